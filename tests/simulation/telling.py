"""A history for people to read."""

from tests.simulation.simulate import History
from tests.simulation.world import instant


def told(history: History, last: int | None = None) -> list[str]:
    """The history line by line: time, process, call, outcome; and the rule it breaks, if any."""
    chosen = history.lines if last is None else history.lines[-last:]
    lines = [
        f"{instant(line.at):%H:%M:%S.%f}"[:-3] + f"  {line.who:<11} {line.what}  {line.outcome}"
        for line in chosen
    ]
    verdict = f"BROKEN  {history.broken}" if history.broken else "every rule held"
    return [
        *(line.rstrip() for line in lines),
        f"{history.events} events, {history.fire_times} fire times; {verdict}",
    ]


def command(seed: int) -> str:
    """What replays a history."""
    return f"python -m tests.simulation {seed}"


def reported(history: History) -> str:
    """A broken history as a test's message: the end of it, and how to see all of it."""
    return "\n".join([*told(history, last=40), f"replay: {command(history.seed)}"])
