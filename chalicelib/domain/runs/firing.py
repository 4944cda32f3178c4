"""What happens when a schedule is due: which record its fire time makes.

Every fire time makes exactly one record (rule 2): a run, a skip, or its place in one record that
covers several missed ones. `decide` looks at one schedule and answers with the record and the
schedule as it is afterwards; the engine writes both in one transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import ids
from chalicelib.domain.runs.arming import advance, arm
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import MisfirePolicy, Schedule, ScheduleStatus, WhenBusy

#: Missed fire times that one record may stand for, and that `run_all` makes up for at most.
LONGEST_COVER = 1000
MOST_CATCH_UP_RUNS = 100


@dataclass(frozen=True, slots=True)
class Firing:
    """The record of one or several fire times, and the schedule moved past them."""

    record: Run
    schedule: Schedule
    #: How many fire times are counted on the schedule's run that waits already.
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Deferral:
    """No record yet: the fire time is put off until that instant."""

    schedule: Schedule
    until: datetime


@dataclass(frozen=True, slots=True)
class Pressure:
    """Somebody works interactively: fire times are put off by `delay`, by `most` in all."""

    delay: timedelta
    most: timedelta


def is_due(schedule: Schedule, now: datetime) -> bool:
    """Whether a fire time of the schedule is to be recorded now."""
    due_at = schedule.next_fire_at
    return schedule.status is ScheduleStatus.ACTIVE and due_at is not None and due_at <= now


def decide(
    schedule: Schedule,
    now: datetime,
    *,
    free: bool,
    pending: Run | None,
    pressure: Pressure | None = None,
) -> Firing | Deferral:
    """Decide the earliest due fire time, and with it those that share its record.

    `free` says that a slot is there for the taking; `pending` is the schedule's own run that has
    not ended yet, if any.
    """
    assert schedule.fire_at is not None and schedule.next_fire_at is not None
    if pressure is not None:
        until = min(now + pressure.delay, schedule.fire_at + schedule.jitter + pressure.most)
        if until > now:
            return Deferral(replace(schedule, next_fire_at=until), until)
    grace = timedelta(seconds=schedule.misfire.grace_seconds)
    if now - schedule.next_fire_at > grace:
        return _missed(schedule, now, now - grace, free=free, pending=pending)
    return _on_time(schedule, now, Trigger.SCHEDULED, free=free, pending=pending)


def _on_time(
    schedule: Schedule, now: datetime, trigger: Trigger, *, free: bool, pending: Run | None
) -> Firing:
    record = new_run(schedule, now, trigger)
    busy = not free or (pending is not None and not pending.is_final)
    if not busy:
        return _queued(record, schedule)
    if pending is not None and pending.status is RunStatus.QUEUED:
        return Firing(_skipped(record, SkipReason.COALESCED, now), advance(schedule), counted=1)
    if schedule.when_busy is WhenBusy.SKIP:
        return Firing(_skipped(record, SkipReason.SLOT_BUSY, now), pass_over(schedule, now))
    return _queued(record, schedule)


def _missed(
    schedule: Schedule, now: datetime, late_before: datetime, *, free: bool, pending: Run | None
) -> Firing:
    policy = schedule.misfire.policy
    if policy is MisfirePolicy.RUN_ALL:
        count, _ = _sweep(schedule, now, LONGEST_COVER)
        if count <= MOST_CATCH_UP_RUNS:
            return _queued(new_run(schedule, now, Trigger.CATCH_UP), schedule)
        return _covering(schedule, *_sweep(schedule, now, count - MOST_CATCH_UP_RUNS), now)
    if policy is MisfirePolicy.SKIP:
        too_late = late_before - timedelta(milliseconds=1)
        return _covering(schedule, *_sweep(schedule, too_late, LONGEST_COVER), now)
    count, last = _sweep(schedule, now, LONGEST_COVER)
    if is_due(advance(last), now):
        return _covering(schedule, count, last, now)
    firing = _on_time(last, now, Trigger.CATCH_UP, free=free, pending=pending)
    record = _standing_for(firing.record, schedule, count)
    return replace(firing, record=record, counted=count if firing.counted else 0)


def _sweep(schedule: Schedule, until: datetime, most: int) -> tuple[int, Schedule]:
    """How many fire times are due by then (`most` at most), and the schedule set to the last."""
    count, last = 1, schedule
    while count < most:
        following = advance(last)
        if following.next_fire_at is None or following.next_fire_at > until:
            break
        count, last = count + 1, following
    return count, last


def _covering(schedule: Schedule, count: int, last: Schedule, now: datetime) -> Firing:
    record = _skipped(new_run(last, now, Trigger.SCHEDULED), SkipReason.MISFIRE, now)
    return Firing(_standing_for(record, schedule, count), pass_over(last, now))


def _standing_for(record: Run, first: Schedule, count: int) -> Run:
    return replace(record, covers=count, covers_from=first.fire_at if count > 1 else None)


def _queued(record: Run, schedule: Schedule) -> Firing:
    return Firing(record, replace(advance(schedule), pending_run_id=record.run_id))


def _skipped(record: Run, reason: SkipReason, now: datetime) -> Run:
    return replace(record, status=RunStatus.SKIPPED, skip_reason=reason, finished_at=now)


def pass_over(schedule: Schedule, now: datetime) -> Schedule:
    """The schedule past a fire time that makes no run: no end of a run will set the next one."""
    past_it = advance(schedule)
    return arm(past_it, now) if schedule.measures_from_completion else past_it


def new_run(schedule: Schedule, now: datetime, trigger: Trigger) -> Run:
    """The queued run of the fire time the schedule is set to."""
    assert schedule.fire_at is not None
    return Run(
        tenant_id=schedule.tenant_id,
        run_id=ids.scheduled_run_id(schedule.tenant_id, schedule.schedule_id, schedule.fire_at),
        schedule_id=schedule.schedule_id,
        schedule_name=schedule.name,
        trigger=trigger,
        status=RunStatus.QUEUED,
        fire_at=schedule.fire_at,
        queued_at=now,
        priority=schedule.priority,
        max_attempts=schedule.retry.max_attempts,
        lease_seconds=schedule.lease_seconds,
        max_steps=schedule.max_steps,
        deferred_by_pressure=schedule.next_fire_at != schedule.fire_at + schedule.jitter,
    )
