"""A command that does the work of a run: kept, watched, stopped, and its end told."""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from baton import Fail, Run, Stopped, Unreachable
from baton.runs import run as run_of
from baton.runs import seconds
from baton_cli.exits import Exit
from baton_cli.work.guarded import Ended, Guarded
from baton_cli.work.output import Output
from baton_cli.work.signals import Signals

#: How long a look at the command takes, in seconds.
_LOOK: Final = 0.25
#: The command is over so long before its lease is: clocks and the network have their part in it.
_MARGIN: Final = 5.0
_SHORTEST_MARGIN: Final = 2.0
#: A lease has so many parts: one is the margin, if that is less; one is for ending in order.
_PARTS: Final = 6
#: For so long a guardian that does nothing is waited for, beyond what it was asked for.
_STUCK: Final = 3.0
#: Heartbeats are at least as often as that, so that the log is read while the command runs.
EVERY: Final = 10.0
_SIGNALLED: Final = 128
#: For so long a process that was asked to end tries to say so.
_PATIENCE_AFTER_A_SIGNAL: Final = 10.0
_LOST: Final = frozenset({"lease_lost", "unauthorized"})


@dataclass(frozen=True, slots=True)
class Work:
    """A command, and for how many seconds it may go on when it is asked to end."""

    command: Sequence[str]
    grace: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit code for what has become of the work, and what its run ends by; None: it is done."""

    code: int
    error: Fail | Stopped | None = None


def begun(
    source: Mapping[str, Any],
    signals: Signals,
    sleep: Callable[[float], None],
    transport: httpx.BaseTransport | None,
) -> Run:
    """The run that `source` names. Its end is said for as long as the lease runs.

    A signal gives that up; if there has been one before, it takes ten seconds at most.
    """

    def interruptible(span: float) -> None:
        with signals.interrupting():
            sleep(span)

    def patience() -> float:
        if signals.were_taken or under_way.lease is None:
            return _PATIENCE_AFTER_A_SIGNAL
        return max(under_way.lease[1] - seconds(), _PATIENCE_AFTER_A_SIGNAL)

    under_way = run_of(
        source, every=EVERY, patience=patience, transport=transport, sleep=interruptible
    )
    return under_way


def do(run: Run, work: Work, seen: Callable[[], Mapping[str, Any]], signals: Signals) -> int:
    """Do the work of the run, tell Baton its end, and return the exit code.

    `seen` gets the run as the API shows it. Signals are only noted meanwhile: Baton is told that
    the slot is free when nothing is at work any more, and not before.

    Raises:
        Stopped, Unreachable, Problem: its end was not taken, as of `baton.Run`.
        CliError: there is no such command; the run has failed.
        Interrupted: a signal has come while nobody took its end.
    """
    outcome: Outcome | None = None
    try:
        with run:
            outcome = _outcome(run, work, seen, signals)
            if outcome.error is not None:
                raise outcome.error
    except (Fail, Stopped) as error:
        if outcome is None or error is not outcome.error:
            raise
    return outcome.code


def _outcome(
    run: Run, work: Work, seen: Callable[[], Mapping[str, Any]], signals: Signals
) -> Outcome:
    if run.lease is None:
        raise Unreachable("Nobody answered the first heartbeat, so nothing was begun.")
    with tempfile.TemporaryDirectory(prefix="baton-") as place:
        ending_file = Path(place) / "ending.json"
        environ = {**os.environ, **_variables(run, seen(), ending_file)}
        output = Output(lambda line, level: _log(run, line, level))
        with Guarded(work.command, environ, output, _over_by(run)) as guarded:
            ended, why = _watched(run, guarded, work.grace, signals)
        reported = _reported(ending_file)
    if why == "signal":
        number = signals.take()
        name = signal.Signals(number).name
        return Outcome(_SIGNALLED + number, Fail("aborted", f"It was stopped by {name}."))
    if why is not None:
        return Outcome(Exit.STOPPED, Stopped(why))
    return _judged(run, ended, reported)


def _judged(run: Run, ended: Ended, reported: Mapping[str, Any]) -> Outcome:
    """What a command has come to that has ended by itself."""
    said = dict(reported.get("body", {}))
    failure = {name: said.pop(name, None) for name in ("reason", "message", "retry_after_seconds")}
    run.adopt(said)
    code = ended.code if ended.code >= 0 else _SIGNALLED - ended.code
    if reported.get("what") == "fail":
        rest = failure["retry_after_seconds"]
        return Outcome(code, Fail(failure["reason"], failure["message"], retry_after=rest))
    if ended.code < 0:
        name = signal.Signals(-ended.code).name
        return Outcome(code, Fail("error", f"The command was killed by {name}."))
    if ended.code > 0:
        return Outcome(code, Fail("error", f"The command ended with exit code {ended.code}."))
    return Outcome(0)


def _watched(
    run: Run, guarded: Guarded, grace: float, signals: Signals
) -> tuple[Ended, str | None]:
    """How the command ended, and why it was stopped: as `Stopped` has it; None: it was not."""
    why: str | None = None
    kill_by = float("inf")
    while True:
        ended = guarded.ended(_LOOK)
        if ended is not None:
            return ended, "silence" if ended.has_expired else why
        now, over_by = seconds(), _over_by(run)
        guarded.renew(over_by)
        if why is None:
            why = _why_to_stop(run, signals, now)
            if why is not None:
                # What is somebody else's by now has no time left.
                left = 0.0 if why in _LOST else max(min(grace, over_by - now), 0.0)
                guarded.stop(left)
                kill_by = now + left + _STUCK
        if now >= min(kill_by, over_by + _LOOK):
            guarded.kill()
            return Ended(-signal.SIGKILL), why or "silence"


def _why_to_stop(run: Run, signals: Signals, now: float) -> str | None:
    if signals.number is not None:
        return "signal"
    if run.reason is not None:
        return run.reason
    assert run.lease is not None
    length, _ = run.lease
    return "silence" if now >= _over_by(run) - length / _PARTS else None


def _over_by(run: Run) -> float:
    """The instant at which the command has to be over: a little before the lease is."""
    assert run.lease is not None
    length, ends = run.lease
    return ends - max(min(_MARGIN, length / _PARTS), _SHORTEST_MARGIN)


def _variables(run: Run, seen: Mapping[str, Any], ending_file: Path) -> dict[str, str]:
    """What the command finds in its environment."""
    callback = run.callback
    return {
        "BATON_RUN_ID": callback.run_id,
        "BATON_CALLBACK_URL": callback.url,
        "BATON_RUN_TOKEN": callback.token,
        "BATON_SCHEDULE_ID": callback.schedule_id or "",
        "BATON_FIRE_AT": callback.fire_at or "",
        "BATON_ATTEMPT": str(callback.attempt or 1),
        "BATON_PAYLOAD": json.dumps(seen.get("payload") or {}),
        "BATON_CHECKPOINT": json.dumps(run.resumed_from),
        "BATON_ENDING_FILE": str(ending_file),
    }


def _log(run: Run, line: str, level: str) -> None:
    with suppress(Stopped):  # The line is kept; that the run is to stop is seen elsewhere.
        run.log(line, level)


def _reported(ending_file: Path) -> Mapping[str, Any]:
    """What `baton.run` in the command has said of its end; nothing if it has not."""
    try:
        reported = json.loads(ending_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return reported if isinstance(reported, dict) else {}
