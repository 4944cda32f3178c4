"""Setting a schedule to its next fire time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.domain.runs.schedule import AnySchedule, Schedule, ScheduleStatus
from chalicelib.domain.time import cadences

#: What fires later than this cannot be jittered or put off without leaving the calendar.
LAST_INSTANT: Final = datetime(9999, 12, 30, tzinfo=UTC)


def arm(schedule: AnySchedule, after: datetime) -> AnySchedule:
    """The schedule set to its first fire time strictly after that instant.

    It is disarmed if it is not active, if no fire time is left before `ends_at`, and if it is an
    interval measured from completion of which a run is on its way: that run's end sets the next.
    """
    if schedule.status is not ScheduleStatus.ACTIVE or _waits_for_an_end(schedule):
        return disarm(schedule)
    fire_at = next_fire_time(schedule, past_what_is_recorded(schedule, after))
    if fire_at is None or fire_at > LAST_INSTANT:
        return disarm(schedule)
    return replace(
        schedule,
        fire_at=fire_at,
        next_fire_at=fire_at + schedule.due_after,
        zone_rules=cadences.zone_rules(schedule.cadence),
    )


def is_set(schedule: Schedule, now: datetime) -> bool:
    """Whether a fire time of it has come and has no record yet: it waits to be due, or for a pass.

    No edit or pause may lose it (rule 2).
    """
    return schedule.fire_at is not None and schedule.fire_at <= now


def _waits_for_an_end(schedule: Schedule) -> bool:
    on_its_way = schedule.is_at_work or schedule.pending_run_id is not None
    return schedule.measures_from_completion and on_its_way


def past_what_is_recorded(schedule: Schedule, after: datetime) -> datetime:
    """The instant, or the last recorded fire time if that is later: clocks differ."""
    return max(after, schedule.recorded_until or after)


def disarm(schedule: AnySchedule) -> AnySchedule:
    """The schedule with no fire time: it is off, at its end, or waits for its run to end."""
    return replace(schedule, fire_at=None, next_fire_at=None)


def next_fire_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first fire time strictly after the instant and within `starts_at`…`ends_at`."""
    if schedule.starts_at is not None and not schedule.measures_from_completion:
        after = _not_before(after, schedule.starts_at)
    fire_at = cadences.next_fire(schedule.cadence, after)
    if fire_at is not None and schedule.starts_at is not None:
        fire_at = max(fire_at, schedule.starts_at)
    if fire_at is None or (schedule.ends_at is not None and fire_at > schedule.ends_at):
        return None
    return fire_at


def _not_before(after: datetime, starts_at: datetime) -> datetime:
    """The instant to count from, such that `starts_at` itself is strictly after it."""
    return after if after >= starts_at else starts_at - timedelta(milliseconds=1)


def advance(schedule: AnySchedule) -> AnySchedule:
    """The schedule moved past the fire time it is set to.

    An interval measured from completion has no next fire time until its run has ended.
    """
    assert schedule.fire_at is not None
    recorded = replace(schedule, recorded_until=past_what_is_recorded(schedule, schedule.fire_at))
    if schedule.measures_from_completion:
        return disarm(recorded)
    return arm(recorded, schedule.fire_at)
