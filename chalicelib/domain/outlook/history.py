"""What happened at a schedule's last fire times, from their records, in sentences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.outlook.behind import Behind, behind
from chalicelib.domain.outlook.phrases import ANOTHER_RUN, counted, in_utc, spoken
from chalicelib.domain.runs.run import OWN_TRIGGERS, Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.texts import Text, joined, say

MOST: Final = 10
#: A wait shorter than this is the time that the engine itself takes, and is not told of.
_A_MOMENT: Final = timedelta(seconds=1)
#: Code and sentence of each skip reason whose sentence is always the same.
_SKIPS: Final = {
    SkipReason.MISFIRE: (
        "missed",
        Text(
            "It was noticed later than its misfire grace allows.",
            "Später bemerkt, als die Nachsicht für verpasste Auslösezeiten erlaubt.",
        ),
    ),
    SkipReason.QUEUE_EXPIRED: (
        "queue_expired",
        Text(
            "It waited longer than it may and was given up.",
            "Länger gewartet als erlaubt, und aufgegeben.",
        ),
    ),
    SkipReason.SCHEDULE_DELETED: (
        "schedule_deleted",
        Text(
            "Its schedule was deleted while it waited.",
            "Der Zeitplan wurde gelöscht, während dieser Lauf wartete.",
        ),
    ),
    SkipReason.SCHEDULE_PAUSED: (
        "schedule_paused",
        Text(
            "Its schedule was paused while it waited.",
            "Der Zeitplan wurde angehalten, während dieser Lauf wartete.",
        ),
    ),
    SkipReason.SCHEDULE_BROKEN: (
        "schedule_broken",
        Text(
            "Its schedule was switched off by its breaker while it waited.",
            "Die Sicherung schaltete den Zeitplan aus, während dieser Lauf wartete.",
        ),
    ),
    SkipReason.NO_SHOW: (
        "no_show",
        Text(
            "It was not done: nobody came in time.",
            "Nicht getan: niemand kam rechtzeitig.",
        ),
    ),
}
#: Fire times that never waited, so that nothing was counted on them.
_NEVER_WAITED: Final = frozenset({SkipReason.SLOT_BUSY, SkipReason.COALESCED, SkipReason.MISFIRE})


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimeOutcome:
    """What became of one fire time: a code for programs, and more of them in `also`; a sentence."""

    fire_at: datetime
    run_id: str
    code: str
    message: str
    also: tuple[str, ...] = ()
    at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


def of_fire_times(records: Iterable[Run]) -> list[Run]:
    """The records that fire times made, newest first; what people asked for is left out."""
    own = (run for run in records if run.trigger in OWN_TRIGGERS)
    return sorted(own, key=lambda run: run.run_id, reverse=True)


def history(
    records: Iterable[Run],
    others: Sequence[Run],
    capacity: int,
    now: datetime,
    jitter: timedelta = timedelta(0),
) -> list[FireTimeOutcome]:
    """The last ten fire times, newest first.

    `others` are the tenant's runs around that time: a run that does not remember behind whom it
    waited may have waited behind them. `jitter` is the schedule's own.
    """
    own = of_fire_times(records)
    outcomes = []
    for run in own[:MOST]:
        ahead = behind(run, others, capacity, now) if waited_for_slot(run) else Behind()
        outcomes.append(_outcome(run, own, ahead, now, jitter))
    return outcomes


def waited_for_slot(run: Run) -> bool:
    """Whether others kept it from a slot: it waited for one, or was skipped as none was free."""
    if run.status is RunStatus.QUEUED:
        return run.not_before is None
    waited = timedelta(milliseconds=run.slot_wait_ms or 0) > _A_MOMENT
    return waited or run.skip_reason is SkipReason.SLOT_BUSY


def _outcome(
    run: Run, own: Sequence[Run], ahead: Behind, now: datetime, jitter: timedelta
) -> FireTimeOutcome:
    code, message, at = _in_short(run, own, ahead, now)
    also, more = _besides(run, ahead, jitter)
    data = {**ahead.as_json(), "slot_wait_ms": run.slot_wait_ms, "covers": run.covers}
    return FireTimeOutcome(
        fire_at=run.fire_at,
        run_id=run.run_id,
        code=code,
        message=joined([message, *more]),
        also=also,
        at=at,
        data=data if ahead else {},
    )


def _in_short(
    run: Run, own: Sequence[Run], ahead: Behind, now: datetime
) -> tuple[str, str, datetime | None]:
    """Code, sentence and instant of what became of it."""
    if run.status is RunStatus.SKIPPED:
        return *_skipped(run, own, ahead), run.finished_at
    return _ended(run) if run.is_final else _going_on(run, now)


def _going_on(run: Run, now: datetime) -> tuple[str, str, datetime | None]:
    if run.not_before:
        return "resting", _resting(run), run.not_before
    if run.status is RunStatus.QUEUED:
        waited = spoken(now - run.queued_at)
        message = say("It has waited for {waited}.", "Wartet seit {waited}.", waited=waited)
        return "waiting", message, run.queued_at
    if run.status is RunStatus.CLAIMED:
        message = say("It has a slot and is about to start.", "Hat einen Slot und beginnt gleich.")
        return "starting", message, run.claimed_at
    started = run.started_at or now
    message = say(
        "It has been running for {worked}.", "Läuft seit {worked}.", worked=spoken(now - started)
    )
    return "running", message, started


def _ended(run: Run) -> tuple[str, str, datetime | None]:
    if run.status is RunStatus.CANCELLED:
        message = say("It was cancelled{by}.", "Abgebrochen{by}.", by=_by(run))
        return "cancelled", message, run.finished_at
    took: str = ""
    if run.duration_ms:
        long = spoken(timedelta(milliseconds=run.duration_ms))
        took = say(" after {long}", " nach {long}", long=long)
    if run.status is RunStatus.SUCCEEDED:
        message = say("It ran and succeeded{took}.", "Gelaufen und gelungen{took}.", took=took)
        return "ran", message, run.started_at
    message = say(
        "It ran and failed{took}{why}.",
        "Gelaufen und fehlgeschlagen{took}{why}.",
        took=took,
        why=f": {run.failure_reason}" if run.failure_reason else "",
    )
    return "failed", message, run.started_at


def _skipped(run: Run, own: Sequence[Run], ahead: Behind) -> tuple[str, str]:
    if run.skip_reason is SkipReason.SLOT_BUSY:
        message = say(
            "It was skipped: {names} held the slot.",
            "Übersprungen, denn den Slot hatte: {names}.",
            names=ahead.names() or ANOTHER_RUN,
        )
        return "skipped", message
    if run.skip_reason is SkipReason.COALESCED:
        return "coalesced", _coalesced(run, own)
    if run.skip_reason is None:
        raise ValueError(f"run {run.run_id} was skipped and does not say why")
    return _SKIPS[run.skip_reason]


def _coalesced(run: Run, own: Sequence[Run]) -> str:
    """On which fire time it was counted: the newest one before it that still waited then."""
    for each in own:
        if each.fire_at < run.fire_at and _still_waited(each, run.queued_at):
            return say(
                "It was counted on the fire time of {at}, which still waited.",
                "Zur Auslösezeit {at} gezählt, die noch wartete.",
                at=in_utc(each.fire_at),
            )
    return say(
        "It was counted on an earlier fire time that still waited.",
        "Zu einer früheren Auslösezeit gezählt, die noch wartete.",
    )


def _still_waited(run: Run, at: datetime) -> bool:
    """Whether the run may have waited then, for a slot or for its next attempt."""
    has_ended = run.finished_at is not None and run.finished_at < at
    return run.skip_reason not in _NEVER_WAITED and not has_ended


def _resting(run: Run) -> str:
    why = f" ({run.failure_reason})" if run.failure_reason else ""
    return say(
        "Attempt {last} failed{why}; attempt {next} follows.",
        "Versuch {last} schlug fehl{why}; Versuch {next} folgt.",
        last=run.attempt - 1,
        why=why,
        next=run.attempt,
    )


def _by(run: Run) -> str:
    return say(" by {name}", " von {name}", name=run.cancelled_by) if run.cancelled_by else ""


def _besides(run: Run, ahead: Behind, jitter: timedelta) -> tuple[tuple[str, ...], list[str]]:
    """The further codes and sentences of a fire time."""
    notes: list[tuple[str, str]] = []
    late = spoken(max(run.queued_at - run.fire_at - jitter, timedelta(0)))
    if ahead and run.status is not RunStatus.SKIPPED:
        long = f" {spoken(timedelta(milliseconds=run.slot_wait_ms))}" if run.slot_wait_ms else ""
        names = ahead.names()
        waited = say(
            "It waited{long} behind {names}.",
            "Gewartet{long}; vorher: {names}.",
            long=long,
            names=names,
        )
        notes.append(("waited", waited))
    if run.deferred_by_pressure:
        deferred = say(
            "It was put off for {late}: somebody worked interactively.",
            "Um {late} aufgeschoben: jemand arbeitete interaktiv.",
            late=late,
        )
        notes.append(("deferred", deferred))
    if run.trigger is Trigger.CATCH_UP:
        caught_up = say(
            "It was noticed {late} late and made up for.",
            "Um {late} zu spät bemerkt und nachgeholt.",
            late=late,
        )
        notes.append(("caught_up", caught_up))
    if run.covers > 1:
        times = counted(run.covers, "fire time")
        covers = say("It stands for {times}.", "Steht für {times}.", times=times)
        notes.append(("covers", covers))
    if run.attempt > 1 and not run.not_before:
        attempts = counted(run.attempt, "attempt")
        retried = say("It took {attempts}.", "Brauchte {attempts}.", attempts=attempts)
        notes.append(("retried", retried))
    return tuple(code for code, _ in notes), [sentence for _, sentence in notes]
