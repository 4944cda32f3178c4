"""What happens when a schedule is due: which record its fire time makes.

Every fire time makes exactly one record (rule 2): a run, a skip, or its place in one record that
covers several missed ones. `decide` looks at one schedule and answers with the record and the
schedule as it is afterwards; the engine writes both in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import ids
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs.arming import advance, arm, disarm
from chalicelib.domain.runs.new_runs import DEFAULT_LEASE_SECONDS, new_run
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import (
    MisfirePolicy,
    Schedule,
    ScheduleStatus,
    WhenBusy,
    lease_of,
)

#: Passes come that exactly: a fire time taken up within this is not late, whatever its grace.
PRECISION: Final = timedelta(seconds=5)
#: Who starts a run so shortly before a fire time comes for that one: clocks differ. Where fire
#: times are near each other it is a quarter of their distance.
EARLY: Final = timedelta(seconds=60)
#: Missed fire times that one record may stand for, and that `run_all` makes up for at most.
LONGEST_COVER = 1000
MOST_CATCH_UP_RUNS = 100
#: Records that one change of a schedule makes at most; DynamoDB takes a hundred writes at once.
MOST_RECORDS: Final = 90


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
    default_lease_seconds: int = DEFAULT_LEASE_SECONDS,
) -> Firing | Deferral:
    """Decide the earliest due fire time, and with it those that share its record.

    `free` says that a slot is there for the taking; `pending` is the schedule's own run that has
    not ended yet, if any; `default_lease_seconds` is the deployment's, for targets that call back.
    """
    assert schedule.fire_at is not None and schedule.next_fire_at is not None
    if schedule.is_external:
        return _nobody_came(schedule, now, pending)
    if pressure is not None:
        until = min(now + pressure.delay, schedule.fire_at + schedule.due_after + pressure.most)
        if until > now:
            put_off = replace(schedule, next_fire_at=until, held_up_until=until)
            return Deferral(put_off, until)
    grace = max(timedelta(seconds=schedule.misfire.grace_seconds), PRECISION)
    if now - _punctual_until(schedule) > grace:
        firing = _missed(schedule, now, now - grace, free=free, pending=pending)
    else:
        firing = _on_time(schedule, now, Trigger.SCHEDULED, free=free, pending=pending)
    lease_seconds = lease_of(schedule, default_lease_seconds)
    return replace(firing, record=replace(firing.record, lease_seconds=lease_seconds))


def _nobody_came(schedule: Schedule, now: datetime, pending: Run | None) -> Firing:
    """The record of fire times for which somebody had time to come, and did not start a run.

    Whoever waits for a slot stands for them, too. Whoever found a run of the schedule at work, or
    no free slot, had to go: that is no failure to come.
    """
    most = LONGEST_COVER
    if _stands_for_others(pending, for_caller=True):
        reason = SkipReason.COALESCED
    elif _was_turned_away(schedule):
        reason, most = SkipReason.SLOT_BUSY, 1
    else:
        reason = SkipReason.SLOT_BUSY if schedule.is_at_work else SkipReason.NO_SHOW
    count, last = _sweep(schedule, most, _due_by(now))
    record = run_of_fire_time(last, now, Trigger.SCHEDULED)
    skipped = _standing_for(_skipped(record, reason, now), schedule, count)
    counted = count if reason is SkipReason.COALESCED else 0
    return Firing(skipped, pass_over(last, now), counted)


def _was_turned_away(schedule: Schedule) -> bool:
    """Whether somebody came for the fire time that it is set to, and found no free slot."""
    return schedule.fire_at is not None and schedule.turned_away_for == schedule.fire_at


def came_for(schedule: Schedule, run: Run, now: datetime) -> Firing | None:
    """The run of somebody who comes to do the schedule's work, as the record of its fire times.

    It stands for all that have come, or for the next one if that is near. None if it comes for
    none; then it is a run that somebody asks for, like any other.
    """
    if not _expects_somebody(schedule, now):
        return None
    count, last = _sweep(schedule, LONGEST_COVER, _comes_by(now))
    record = replace(run, trigger=Trigger.SCHEDULED, fire_at=last.fire_at or run.fire_at)
    firing = _queued(_standing_for(record, schedule, count), last)
    return replace(firing, schedule=replace(firing.schedule, no_show_notification_id=None))


def turned_away(schedule: Schedule, now: datetime) -> Schedule:
    """The schedule as somebody comes to do its work and finds no free slot.

    The same object if nobody was expected, or if somebody has come for that fire time before.
    """
    if not _expects_somebody(schedule, now) or _was_turned_away(schedule):
        return schedule
    return replace(schedule, turned_away_for=schedule.fire_at, no_show_notification_id=None)


def _expects_somebody(schedule: Schedule, now: datetime) -> bool:
    is_on = schedule.status is ScheduleStatus.ACTIVE and schedule.is_external
    if not is_on or schedule.fire_at is None:
        return False
    before = schedule.recorded_until
    early = EARLY if before is None else min(EARLY, (schedule.fire_at - before) / 4)
    return schedule.fire_at <= now + early


def _comes_by(now: datetime) -> Callable[[Schedule], bool]:
    """Tells whether the fire time that a schedule is set to has come."""
    return lambda each: each.fire_at is not None and each.fire_at <= now


def _punctual_until(schedule: Schedule) -> datetime:
    """From when on the fire time it is set to is late: not while interactive work held it up."""
    assert schedule.next_fire_at is not None
    return max(schedule.next_fire_at, schedule.held_up_until or schedule.next_fire_at)


def _on_time(
    schedule: Schedule, now: datetime, trigger: Trigger, *, free: bool, pending: Run | None
) -> Firing:
    record = run_of_fire_time(schedule, now, trigger)
    busy = not free or (pending is not None and not pending.is_final)
    if not busy:
        return _queued(record, schedule)
    if _stands_for_others(pending, for_caller=False):
        return Firing(_skipped(record, SkipReason.COALESCED, now), advance(schedule), counted=1)
    if schedule.when_busy is WhenBusy.SKIP:
        return Firing(_skipped(record, SkipReason.SLOT_BUSY, now), pass_over(schedule, now))
    return _queued(record, schedule)


def _stands_for_others(pending: Run | None, *, for_caller: bool) -> bool:
    """Whether a run of the schedule waits, and does what a further fire time asks for.

    One that waited before the schedule's work went elsewhere, or came back, does not.
    """
    if pending is None or pending.status is not RunStatus.QUEUED:
        return False
    return pending.for_caller is for_caller


def _missed(
    schedule: Schedule, now: datetime, late_before: datetime, *, free: bool, pending: Run | None
) -> Firing:
    policy = schedule.misfire.policy
    if policy is MisfirePolicy.RUN_ALL:
        count, _ = _sweep(schedule, LONGEST_COVER, _due_by(now))
        if count <= MOST_CATCH_UP_RUNS:
            return _queued(run_of_fire_time(schedule, now, Trigger.CATCH_UP), schedule)
        return _covering(schedule, *_sweep(schedule, count - MOST_CATCH_UP_RUNS, _due_by(now)), now)
    if policy is MisfirePolicy.SKIP:
        too_late = late_before - timedelta(milliseconds=1)
        return _covering(schedule, *_sweep(schedule, LONGEST_COVER, _due_by(too_late)), now)
    count, last = _sweep(schedule, LONGEST_COVER, _due_by(now))
    if is_due(advance(last), now):
        return _covering(schedule, count, last, now)
    firing = _on_time(last, now, Trigger.CATCH_UP, free=free, pending=pending)
    record = _standing_for(firing.record, schedule, count)
    return replace(firing, record=record, counted=count if firing.counted else 0)


def _due_by(until: datetime) -> Callable[[Schedule], bool]:
    """Tells whether the fire time that a schedule is set to is due by then."""
    return lambda each: each.next_fire_at is not None and each.next_fire_at <= until


def _sweep(
    schedule: Schedule, most: int, belongs: Callable[[Schedule], bool]
) -> tuple[int, Schedule]:
    """How many fire times in a row belong together, and the schedule set to the last of them.

    The one it is set to is counted in any case, and `most` at most.
    """
    count, last = 1, schedule
    while count < most and belongs(following := _moved_past(last)):
        count, last = count + 1, following
    return count, last


def _moved_past(schedule: Schedule) -> Schedule:
    """The schedule past the fire time it is set to; with none, if its cadence has lost its meaning.

    People can change such a schedule all the same, which is how they mend it.
    """
    try:
        return advance(schedule)
    except InvalidFields:
        return disarm(schedule)


def _covering(schedule: Schedule, count: int, last: Schedule, now: datetime) -> Firing:
    record = _skipped(run_of_fire_time(last, now, Trigger.SCHEDULED), SkipReason.MISFIRE, now)
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


def run_of_fire_time(schedule: Schedule, now: datetime, trigger: Trigger) -> Run:
    """The queued run of the fire time the schedule is set to; its id is derived from that."""
    assert schedule.fire_at is not None and schedule.next_fire_at is not None
    run_id = ids.scheduled_run_id(schedule.tenant_id, schedule.schedule_id, schedule.fire_at)
    run = new_run(schedule, trigger, now, run_id=run_id, fire_at=schedule.fire_at)
    return replace(run, deferred_by_pressure=_was_held_up(schedule))


def _was_held_up(schedule: Schedule) -> bool:
    """Whether interactive work put the fire time off, or one before it that it had to wait for."""
    assert schedule.fire_at is not None and schedule.next_fire_at is not None
    if schedule.is_external:
        return False
    if schedule.next_fire_at != schedule.fire_at + schedule.due_after:
        return True
    return schedule.held_up_until is not None and schedule.next_fire_at <= schedule.held_up_until


def records_of(
    schedule: Schedule, belongs: Callable[[Schedule], bool], reason: SkipReason, now: datetime
) -> tuple[list[Run], Schedule]:
    """Skip records of the next fire times as long as they belong, and the schedule past them.

    Each record stands for `LONGEST_COVER` fire times at most, and there are `MOST_RECORDS` at most.
    """
    records: list[Run] = []
    while belongs(schedule) and len(records) < MOST_RECORDS:
        count, last = _sweep(schedule, LONGEST_COVER, belongs)
        record = _skipped(run_of_fire_time(last, now, Trigger.SCHEDULED), reason, now)
        records.append(_standing_for(record, schedule, count))
        schedule = _moved_past(last)
    return records, schedule
