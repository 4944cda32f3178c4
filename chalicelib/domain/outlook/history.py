"""What happened at a schedule's last fire times, from their records, in sentences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.outlook.phrases import counted, listed, quoted, spoken
from chalicelib.domain.outlook.phrases import in_utc as told
from chalicelib.domain.runs.run import OWN_TRIGGERS, Run, RunStatus, SkipReason, Trigger

MOST: Final = 10
ANOTHER_TENANT: Final = "another tenant's run"
#: A wait shorter than this is the engine's own time.
_A_MOMENT: Final = timedelta(seconds=1)
_SKIPS: Final = {
    SkipReason.MISFIRE: ("missed", "It was noticed later than its misfire grace allows."),
    SkipReason.QUEUE_EXPIRED: ("queue_expired", "It waited longer than it may and was given up."),
    SkipReason.SCHEDULE_DELETED: ("schedule_deleted", "Its schedule was deleted as it waited."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimeOutcome:
    """What became of one fire time. `code` is for programs; `also` has what else is to say."""

    fire_at: datetime
    run_id: str
    code: str
    message: str
    also: tuple[str, ...] = ()
    at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


def of_fire_times(records: Iterable[Run]) -> list[Run]:
    """The newest records that fire times made; what people asked for is left out."""
    own = (run for run in records if run.trigger in OWN_TRIGGERS)
    return sorted(own, key=lambda run: run.run_id, reverse=True)[:MOST]


def history(
    records: Iterable[Run], others: Sequence[Run], capacity: int, now: datetime
) -> list[FireTimeOutcome]:
    """The last ten fire times, newest first.

    `others` are the tenant's runs around that time: behind them it may have waited. Whoever held a
    slot and is not among them belongs to another tenant.
    """
    kept = of_fire_times(records)
    return [_happening(run, kept, others, capacity, now) for run in kept]


def waited_for_slot(run: Run) -> bool:
    """Whether there is somebody to name: it waited, or was skipped for a taken slot."""
    if run.status is RunStatus.QUEUED:
        return run.not_before is None
    waited = timedelta(milliseconds=run.slot_wait_ms or 0) > _A_MOMENT
    return waited or run.skip_reason is SkipReason.SLOT_BUSY


def _happening(
    run: Run, own: Sequence[Run], others: Sequence[Run], capacity: int, now: datetime
) -> FireTimeOutcome:
    behind = _behind(run, others, capacity, now) if waited_for_slot(run) else []
    code, message, at = _in_short(run, own, behind, now)
    also, more = _besides(run, behind)
    names = [
        {"run_id": each.run_id, "schedule_name": each.schedule_name} for each in behind if each
    ]
    data: dict[str, Any] = {"behind": names, "behind_another_tenant": None in behind}
    return FireTimeOutcome(
        fire_at=run.fire_at,
        run_id=run.run_id,
        code=code,
        message=" ".join([message, *more]),
        also=also,
        at=at,
        data={**data, "slot_wait_ms": run.slot_wait_ms, "covers": run.covers} if behind else {},
    )


def _in_short(
    run: Run, own: Sequence[Run], behind: Sequence[Run | None], now: datetime
) -> tuple[str, str, datetime | None]:
    """Code, sentence and instant of what became of it."""
    if run.status is RunStatus.SKIPPED:
        return *_skipped(run, own, behind), run.finished_at
    return _ended(run) if run.is_final else _going_on(run, now)


def _going_on(run: Run, now: datetime) -> tuple[str, str, datetime | None]:
    if run.not_before:
        return "resting", _resting(run), run.not_before
    if run.status is RunStatus.QUEUED:
        return "waiting", f"It has waited for {spoken(now - run.queued_at)}.", run.queued_at
    if run.status is RunStatus.CLAIMED:
        return "starting", "It has a slot and is about to start.", run.claimed_at
    started = run.started_at or now
    return "running", f"It has been running for {spoken(now - started)}.", started


def _ended(run: Run) -> tuple[str, str, datetime | None]:
    if run.status is RunStatus.CANCELLED:
        return "cancelled", f"It was cancelled{_by(run)}.", run.finished_at
    took = f" after {spoken(timedelta(milliseconds=run.duration_ms))}" if run.duration_ms else ""
    if run.status is RunStatus.SUCCEEDED:
        return "ran", f"It ran and succeeded{took}.", run.started_at
    why = f": {run.failure_reason}" if run.failure_reason else ""
    return "failed", f"It ran and failed{took}{why}.", run.started_at


def _skipped(run: Run, own: Sequence[Run], behind: Sequence[Run | None]) -> tuple[str, str]:
    if run.skip_reason is SkipReason.SLOT_BUSY:
        return "skipped", f"It was skipped: {_names(behind) or 'another run'} held the slot."
    if run.skip_reason is SkipReason.COALESCED:
        return "coalesced", _coalesced(run, own)
    return _SKIPS.get(run.skip_reason or SkipReason.MISFIRE, _SKIPS[SkipReason.MISFIRE])


def _coalesced(run: Run, own: Sequence[Run]) -> str:
    """Which waiting run it was counted on: the last one before it that was no coalesced one."""
    earlier = [
        each
        for each in own
        if each.fire_at < run.fire_at and each.skip_reason is not SkipReason.COALESCED
    ]
    if not earlier:
        return "It was counted on an earlier fire time that still waited."
    return f"It was counted on the fire time of {told(earlier[0].fire_at)}, which still waited."


def _resting(run: Run) -> str:
    why = f" ({run.failure_reason})" if run.failure_reason else ""
    return f"Attempt {run.attempt - 1} failed{why}; attempt {run.attempt} follows."


def _by(run: Run) -> str:
    return f" by {run.cancelled_by}" if run.cancelled_by else ""


def _besides(run: Run, behind: Sequence[Run | None]) -> tuple[tuple[str, ...], list[str]]:
    """Further codes and sentences."""
    notes: list[tuple[str, str]] = []
    waited = timedelta(milliseconds=run.slot_wait_ms or 0)
    if behind and run.status is not RunStatus.SKIPPED:
        long = f" {spoken(waited)}" if run.slot_wait_ms else ""
        notes.append(("waited", f"It waited{long} behind {_names(behind)}."))
    if run.deferred_by_pressure:
        late = spoken(max(run.queued_at - run.fire_at, timedelta(0)))
        notes.append(("deferred", f"It was put off for {late}: somebody worked interactively."))
    if run.trigger is Trigger.CATCH_UP:
        late = spoken(max(run.queued_at - run.fire_at, timedelta(0)))
        notes.append(("caught_up", f"It was noticed {late} late and made up for."))
    if run.covers > 1:
        notes.append(("covers", f"It stands for {counted(run.covers, 'fire time')}."))
    if run.attempt > 1 and not run.not_before:
        notes.append(("retried", f"It took {counted(run.attempt, 'attempt')}."))
    return tuple(code for code, _ in notes), [sentence for _, sentence in notes]


def _names(behind: Sequence[Run | None]) -> str:
    names = [quoted(each.schedule_name) if each else ANOTHER_TENANT for each in behind]
    return listed(list(dict.fromkeys(names)))


def _behind(run: Run, others: Sequence[Run], capacity: int, now: datetime) -> list[Run | None]:
    """Whose work overlapped its wait, earliest first; None stands for another tenant's."""
    since, until = _wait_of(run, now)
    worked = [each for each in others if each.run_id != run.run_id and each.claimed_at is not None]
    found: list[Run | None] = [
        each for each in sorted(worked, key=_claimed) if _overlaps(each, since, until, now)
    ]
    at_first = [each for each in worked if _overlaps(each, since, since, now)]
    for_itself = any(each.schedule_id == run.schedule_id for each in at_first)
    slots = run.concurrent_runs or capacity
    return found if for_itself or len(at_first) >= slots else [*found, None]


def _wait_of(run: Run, now: datetime) -> tuple[datetime, datetime]:
    if run.skip_reason is SkipReason.SLOT_BUSY:
        return run.queued_at, run.queued_at
    if run.claimed_at is not None:
        return run.claimed_at - timedelta(milliseconds=run.slot_wait_ms or 0), run.claimed_at
    return run.queued_at, run.finished_at or now


def _claimed(run: Run) -> datetime:
    return run.claimed_at or run.queued_at


def _overlaps(run: Run, since: datetime, until: datetime, now: datetime) -> bool:
    end = run.finished_at or (now + _A_MOMENT)
    return _claimed(run) <= until and end > since and (since == until or _claimed(run) < until)
