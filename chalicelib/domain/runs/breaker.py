"""The breaker: failures in a row switch a schedule off, each class of failure by its own streak.

What the job did, how often it overran its budget, and what was done to it (its process died, no
runner started it) are told apart: a bad deployment does not break a sound schedule as soon as a
faulty job breaks its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.runs.arming import disarm, next_fire_time
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus
from chalicelib.domain.runs.schedule import AnySchedule, Schedule, ScheduleStatus

#: Ends that say nothing about the job itself.
INTERRUPTIONS: Final = frozenset({FailureReason.LEASE_EXPIRED, FailureReason.NEVER_STARTED})


@dataclass(frozen=True, slots=True)
class Streak:
    """One class of failures: the field that counts it, its limit, its names for people."""

    counter: str
    limit: int
    one: str
    many: str


def after_run(schedule: Schedule, run: Run) -> Schedule:
    """The schedule after a final run of the scheduler's own; a success ends every streak."""
    if run.status is RunStatus.SUCCEEDED:
        return with_clean_streaks(schedule)
    if run.status is not RunStatus.FAILED or _in_grace(schedule, run):
        return schedule
    streak = _streak_of(schedule, run.failure_reason)
    count = getattr(schedule, streak.counter) + 1
    after: Schedule = replace(schedule, **{streak.counter: count})
    if count < streak.limit or schedule.status is not ScheduleStatus.ACTIVE:
        return after
    failures = streak.one if count == 1 else streak.many
    return _broken(after, f"{count} {failures} in a row", run)


def with_clean_streaks(schedule: AnySchedule) -> AnySchedule:
    """The schedule with no failure counted."""
    return replace(
        schedule,
        failure_streak=0,
        budget_breach_streak=0,
        interruption_streak=0,
        failure_notification_id=None,
        no_show_notification_id=None,
    )


def grace_after_budget_edit(schedule: Schedule, now: datetime) -> datetime:
    """Until when breaches of a budget edited now are not counted: for two cadence intervals."""
    first = next_fire_time(schedule, now)
    second = next_fire_time(schedule, first) if first else None
    return (second or first or now) + timedelta(milliseconds=1)


def _streak_of(schedule: Schedule, reason: FailureReason | None) -> Streak:
    limits = schedule.breaker
    if reason is FailureReason.BUDGET_EXCEEDED:
        limit = limits.budget_breaches
        return Streak("budget_breach_streak", limit, "budget breach", "budget breaches")
    if reason in INTERRUPTIONS:
        limit = limits.interruptions
        return Streak("interruption_streak", limit, "interruption", "interruptions")
    return Streak("failure_streak", limits.failures, "failure", "failures")


def _in_grace(schedule: Schedule, run: Run) -> bool:
    """Whether it breached a budget so new that it may still be finding its measure."""
    counts_from = schedule.breaches_count_from
    breach = run.failure_reason is FailureReason.BUDGET_EXCEEDED
    return breach and counts_from is not None and run.fire_at < counts_from


def _broken(schedule: Schedule, why: str, run: Run) -> Schedule:
    reason = f"{why}; the last one: {run.failure_reason} in run {run.run_id}"
    off = replace(schedule, status=ScheduleStatus.BROKEN, broken_reason=reason)
    return disarm(replace(off, broken_at=run.finished_at))
