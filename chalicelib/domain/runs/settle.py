"""What the end of an attempt does to its run and to its schedule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.runs import breaker, transitions
from chalicelib.domain.runs.arming import arm, is_set
from chalicelib.domain.runs.at_work import without_run_at_work, without_run_waiting
from chalicelib.domain.runs.retry import next_attempt_at
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, SkipReason, Totals
from chalicelib.domain.runs.schedule import End, Schedule, ScheduleStatus
from chalicelib.domain.time.instants import to_text

#: Weight of the newest run in a schedule's moving averages: about the last ten runs count.
NEWEST_WEIGHT = 0.2
#: Decimal places of an average: a cost may be small.
_PLACES = 6
#: How many ends a schedule remembers.
MOST_RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended: well if there is no `reason`; `cancelled`: it was asked to stop."""

    reason: FailureReason | None = None
    message: str | None = None
    cancelled: bool = False
    totals: Totals = field(default_factory=Totals)
    steps: int = 0
    progress: Mapping[str, int] | None = None
    usage: Mapping[str, float] | None = None
    summary: str | None = None
    checkpoint: Mapping[str, Any] | None = None
    retry_after: timedelta | None = None
    #: How many log lines the run has by now, where the holder counts them.
    log_lines: int = 0


def end_attempt(run: Run, schedule: Schedule | None, outcome: Outcome, now: datetime) -> Run:
    """The run after its attempt: at rest until the next one, or at its end.

    If its schedule was deleted (None), no other attempt follows.
    """
    run = replace(
        run,
        totals=outcome.totals,
        steps=outcome.steps,
        progress=outcome.progress,
        usage=outcome.usage,
        summary=outcome.summary,
        checkpoint=run.checkpoint if outcome.checkpoint is None else outcome.checkpoint,
        log_lines=max(run.log_lines, outcome.log_lines),
    )
    if outcome.cancelled:
        return transitions.cancel(run, now)
    if outcome.reason is None:
        return transitions.succeed(run, now)
    again_at = _next_attempt_at(run, schedule, outcome, now)
    if again_at is None:
        return transitions.fail(run, outcome.reason, outcome.message, now)
    return transitions.retry_later(run, outcome.reason, outcome.message, again_at, now)


def _next_attempt_at(
    run: Run, schedule: Schedule | None, outcome: Outcome, now: datetime
) -> datetime | None:
    if schedule is None or outcome.reason is None or run.cancel_requested_at is not None:
        return None
    if reason_not_to_start(schedule, run) is not None:
        return None
    return next_attempt_at(schedule.retry, run, outcome.reason, now, outcome.retry_after)


def reason_not_to_start(schedule: Schedule, run: Run) -> SkipReason | None:
    """Why the run may not start (again); None if it may.

    It may not if it is the scheduler's own and its schedule is off; what people ask for goes on
    (rule 9). Nor may it if the schedule's work is done elsewhere by now: nobody comes for it.
    """
    if run.moves_breaker and schedule.status is not ScheduleStatus.ACTIVE:
        return off_reason(schedule)
    if schedule.is_external and not run.for_caller:
        return SkipReason.NO_SHOW
    return None


def off_reason(schedule: Schedule) -> SkipReason:
    """Why nothing of the scheduler's own starts for a schedule that is off."""
    is_broken = schedule.status is ScheduleStatus.BROKEN
    return SkipReason.SCHEDULE_BROKEN if is_broken else SkipReason.SCHEDULE_PAUSED


def after_attempt(schedule: Schedule, before: Run, after: Run, now: datetime) -> Schedule:
    """The schedule after a run of it gave up its slot, or its place in the queue."""
    schedule = without_run_waiting(schedule, before, after)
    if before.holds_slot:
        schedule = without_run_at_work(schedule, before.run_id, forced=before.forced)
    return record_end(schedule, after, now) if after.is_final else schedule


def without_orphan(
    schedule: Schedule, run_id: str, now: datetime, *, forced: bool, gone: bool
) -> Schedule:
    """The schedule without a run whose slot was an orphan. `gone`: the run has no item any more."""
    after = without_run_at_work(schedule, run_id, forced=forced)
    if gone and after.pending_run_id == run_id:
        after = replace(after, pending_run_id=None)
    if after is schedule or not after.measures_from_completion or after.fire_at is not None:
        return after
    return arm(after, now)


def record_end(schedule: Schedule, run: Run, now: datetime) -> Schedule:
    """The schedule after one of its runs reached a final state."""
    after = replace(
        schedule,
        last_run=_brief(run),
        recent=(*schedule.recent, End(run.status, run.duration_ms))[-MOST_RECENT:],
        version=schedule.version + 1,
    )
    if schedule.pending_run_id == run.run_id:
        after = replace(after, pending_run_id=None)
    if run.status is RunStatus.SUCCEEDED:
        after = _averaged(after, run)
    if run.moves_breaker:
        after = breaker.after_run(after, run)
    return _rearmed(after, run, now)


def _brief(run: Run) -> dict[str, str | None]:
    return {
        "id": run.run_id,
        "status": run.status,
        "finished_at": to_text(run.finished_at) if run.finished_at else None,
    }


def _averaged(schedule: Schedule, run: Run) -> Schedule:
    seconds, usage = (run.duration_ms or 0) / 1000, run.usage or {}
    return replace(
        schedule,
        average_steps=_moving(schedule.average_steps, run.steps),
        average_tokens=_moving(schedule.average_tokens, usage.get("tokens")),
        average_cost=_moving(schedule.average_cost, usage.get("cost")),
        average_duration_seconds=_moving(schedule.average_duration_seconds, seconds),
    )


def _moving(average: float | None, newest: float | None) -> float | None:
    """The average with one more run in it; as it was if that run has not counted."""
    if newest is None:
        return average
    moved = newest if average is None else average + (newest - average) * NEWEST_WEIGHT
    return round(moved, _PLACES)


def _rearmed(schedule: Schedule, run: Run, now: datetime) -> Schedule:
    """An interval measured from completion starts over when a run of the schedule has ended.

    A fire time that has come already stays; so does one that is ahead, if the run was asked for by
    a person and never started.
    """
    if not schedule.measures_from_completion or is_set(schedule, now):
        return schedule
    never_started = run.started_at is None and not run.moves_breaker
    if never_started and schedule.next_fire_at is not None:
        return schedule
    return arm(schedule, now)
