"""Replay one history, or look for one that breaks a rule.

python -m tests.simulation SEED             its story, line by line
python -m tests.simulation --soak SECONDS   new seeds for so long, with progress
python -m tests.simulation --missed         write down in which history each guard is missed
"""

import argparse
import sys
from time import monotonic

from tests.simulation import missing
from tests.simulation.simulate import simulate
from tests.simulation.telling import command, told

#: Soaking starts beyond the seeds of the test suite.
FIRST_NEW_SEED = 1_000_000
_SECONDS_BETWEEN_REPORTS = 10


def replay(seed: int, last: int | None) -> int:
    """Print the history of a seed; 1 if it breaks a rule."""
    history = simulate(seed)
    print("\n".join(told(history, last)))
    return 1 if history.broken else 0


def soak(seconds: float, first: int) -> int:
    """Histories for so long; stops at the first that breaks a rule, and prints how to replay it."""
    began, reported, events, seed = monotonic(), 0.0, 0, first
    while (spent := monotonic() - began) < seconds:
        history = simulate(seed)
        events += history.events
        if history.broken:
            print(f"{history.broken}\nreplay: {command(seed)}")
            return 1
        seed += 1
        if spent - reported >= _SECONDS_BETWEEN_REPORTS:
            reported = spent
            print(_progress(seed - first, events, spent, seconds), flush=True)
    print(_progress(seed - first, events, spent, seconds), "every rule held")
    return 0


def _progress(histories: int, events: int, spent: float, seconds: float) -> str:
    rate = events / max(spent, 1e-9)
    return f"{spent:6.0f} of {seconds:.0f} s: {histories} histories, {events} events, {rate:.0f}/s"


def main(arguments: list[str]) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="replay this history")
    parser.add_argument("--last", type=int, help="only so many lines at its end")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="try new seeds for so long")
    parser.add_argument("--first", type=int, default=FIRST_NEW_SEED, help="where to start soaking")
    parser.add_argument("--missed", action="store_true", help="write missed_in.json anew")
    given = parser.parse_args(arguments)
    if given.missed:
        missing.write_down()
        return 0
    if given.soak is not None:
        return soak(given.soak, given.first)
    if given.seed is None:
        parser.error("a seed, --soak SECONDS, or --missed")
    return replay(given.seed, given.last)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
