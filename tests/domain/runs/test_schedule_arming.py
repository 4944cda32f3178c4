"""Arming: which fire time a schedule is set to, within its start, its end and its jitter."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.arming import LAST_INSTANT, advance, arm, disarm, next_fire_time
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule, ScheduleStatus
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once
from tests.builders import MILLISECOND, NOON, a_schedule, after

EVERY_FIVE_MINUTES: Final = Cron("*/5 * * * *")
HOURLY_GRID: Final = Interval(3600, "grid")
AFTER_COMPLETION: Final = Interval(3600)
NAMES: Final = st.text(min_size=1, max_size=26)


def armed(cadence: Cadence, **changes: Any) -> Schedule:
    return arm(a_schedule(cadence=cadence, **changes), NOON)


@pytest.mark.parametrize(
    ("cadence", "fires_at"),
    [
        (EVERY_FIVE_MINUTES, after(300)),
        (HOURLY_GRID, after(3600)),
        (Interval(3600, "grid", anchor=after(-60)), after(3540)),
        (AFTER_COMPLETION, after(3600)),
        (Once(after(1)), after(1)),
        (Once(NOON), None),
        (Manual(), None),
    ],
)
def test_a_schedule_is_set_to_its_first_fire_time_after_the_instant(
    cadence: Cadence, fires_at: datetime | None
) -> None:
    schedule = armed(cadence)
    assert (schedule.fire_at, schedule.next_fire_at) == (fires_at, fires_at)


@pytest.mark.parametrize("cadence", [EVERY_FIVE_MINUTES, HOURLY_GRID, Once(NOON)])
def test_a_fire_time_is_strictly_after_the_instant(cadence: Cadence) -> None:
    schedule = a_schedule(cadence=cadence)
    assert next_fire_time(schedule, NOON - MILLISECOND) == NOON
    assert next_fire_time(schedule, NOON) != NOON


@pytest.mark.parametrize("status", [ScheduleStatus.PAUSED, ScheduleStatus.BROKEN])
def test_a_schedule_that_is_off_is_disarmed(status: ScheduleStatus) -> None:
    before = armed(EVERY_FIVE_MINUTES)
    schedule = arm(a_schedule(status=status, fire_at=before.fire_at, next_fire_at=NOON), NOON)
    assert (schedule.fire_at, schedule.next_fire_at) == (None, None)


def test_disarming_takes_the_fire_time_and_nothing_else() -> None:
    schedule = a_schedule()
    assert disarm(arm(schedule, NOON)) == schedule


@pytest.mark.parametrize("cadence", [EVERY_FIVE_MINUTES, HOURLY_GRID, AFTER_COMPLETION])
def test_a_fire_time_that_is_recorded_does_not_come_again_on_a_clock_that_is_behind(
    cadence: Cadence,
) -> None:
    first = armed(cadence).fire_at
    assert first is not None
    again = arm(advance(armed(cadence)), NOON - MILLISECOND)
    assert again.fire_at == next_fire_time(again, first)
    assert advance(armed(cadence)).recorded_until == first


# Start and end


def test_a_start_on_a_fire_time_is_the_first_fire_time() -> None:
    assert armed(EVERY_FIVE_MINUTES, starts_at=after(600)).fire_at == after(600)


def test_a_start_between_fire_times_waits_for_the_next() -> None:
    assert armed(EVERY_FIVE_MINUTES, starts_at=after(600) + MILLISECOND).fire_at == after(900)


def test_a_start_that_has_passed_changes_nothing() -> None:
    assert armed(EVERY_FIVE_MINUTES, starts_at=after(-600)).fire_at == after(300)


def test_an_interval_from_completion_first_fires_at_its_start_if_that_is_later() -> None:
    assert armed(AFTER_COMPLETION, starts_at=after(7200)).fire_at == after(7200)
    assert armed(AFTER_COMPLETION, starts_at=after(3599)).fire_at == after(3600)


def test_once_before_the_start_never_fires() -> None:
    assert armed(Once(after(60)), starts_at=after(61)).fire_at is None
    assert armed(Once(after(60)), starts_at=after(60)).fire_at == after(60)


def test_a_fire_time_on_the_end_still_counts() -> None:
    assert armed(EVERY_FIVE_MINUTES, ends_at=after(300)).fire_at == after(300)


def test_a_fire_time_past_the_end_does_not() -> None:
    schedule = armed(EVERY_FIVE_MINUTES, ends_at=after(300) - MILLISECOND)
    assert (schedule.fire_at, schedule.next_fire_at) == (None, None)


def test_the_end_is_about_fire_times_and_not_about_their_jitter() -> None:
    schedule = armed(EVERY_FIVE_MINUTES, ends_at=after(300), jitter_seconds=3600)
    assert schedule.fire_at == after(300)


# Jitter


@given(NAMES, st.integers(0, 3600))
def test_jitter_delays_what_is_due_and_not_the_fire_time(name: str, most: int) -> None:
    schedule = armed(EVERY_FIVE_MINUTES, schedule_id=name, jitter_seconds=most)
    assert schedule.fire_at == after(300)
    assert schedule.next_fire_at == after(300) + schedule.jitter
    assert timedelta(0) <= schedule.jitter <= timedelta(seconds=most)


def test_jitter_is_the_same_each_time_so_that_the_rhythm_stays_even() -> None:
    first = armed(EVERY_FIVE_MINUTES, jitter_seconds=240)
    second = advance(first)
    assert first.next_fire_at is not None
    assert second.next_fire_at == first.next_fire_at + timedelta(minutes=5)


def test_jitter_spreads_schedules_over_its_whole_width() -> None:
    delays = {a_schedule(schedule_id=f"{n}", jitter_seconds=9).jitter for n in range(300)}
    assert delays == {timedelta(seconds=n) for n in range(10)}


# Moving on


@pytest.mark.parametrize("cadence", [EVERY_FIVE_MINUTES, HOURLY_GRID])
def test_a_schedule_moves_on_from_its_fire_time_and_not_from_now(cadence: Cadence) -> None:
    first = armed(cadence)
    assert first.fire_at is not None
    assert advance(first).fire_at == next_fire_time(first, first.fire_at)


def test_an_interval_from_completion_waits_for_its_run_to_end() -> None:
    assert advance(armed(AFTER_COMPLETION)).next_fire_at is None


def test_once_has_no_second_fire_time() -> None:
    assert advance(armed(Once(after(60)))).next_fire_at is None


def test_the_last_fire_time_before_the_end_is_the_last() -> None:
    last = armed(EVERY_FIVE_MINUTES, ends_at=after(599))
    assert advance(last).next_fire_at is None


@pytest.mark.parametrize(
    ("cadence", "from_completion"),
    [(AFTER_COMPLETION, True), (HOURLY_GRID, False), (EVERY_FIVE_MINUTES, False)],
)
def test_only_intervals_count_from_completion(cadence: Cadence, from_completion: bool) -> None:
    assert a_schedule(cadence=cadence).measures_from_completion is from_completion


# The due index


def test_what_cannot_fire_is_not_in_the_due_index() -> None:
    assert a_schedule().due_shard is None
    assert disarm(armed(EVERY_FIVE_MINUTES)).due_shard is None


@given(NAMES, NAMES)
def test_what_can_fire_keeps_one_shard_for_ever(tenant: str, name: str) -> None:
    schedule = armed(EVERY_FIVE_MINUTES, tenant_id=tenant, schedule_id=name)
    assert schedule.due_shard in {str(shard) for shard in range(DUE_SHARDS)}
    assert advance(schedule).due_shard == schedule.due_shard


def test_schedules_spread_evenly_over_the_shards() -> None:
    shards = [armed(EVERY_FIVE_MINUTES, schedule_id=f"{n}").due_shard for n in range(400)]
    assert all(shards.count(str(shard)) > 60 for shard in range(DUE_SHARDS))


# The ends of the calendar


@pytest.mark.parametrize("cadence", [EVERY_FIVE_MINUTES, HOURLY_GRID, Once(after(60))])
def test_a_start_at_the_beginning_of_the_calendar_can_be_armed(cadence: Cadence) -> None:
    assert armed(cadence, starts_at=datetime(1, 1, 1, tzinfo=UTC)).fire_at is not None


def test_the_last_instant_can_be_armed_with_any_jitter() -> None:
    armed_last = armed(Once(LAST_INSTANT), jitter_seconds=3600, schedule_id="01LATE")
    assert armed_last.jitter > timedelta(minutes=5)
    assert armed_last.next_fire_at == LAST_INSTANT + armed_last.jitter


@pytest.mark.parametrize(
    "late", [LAST_INSTANT + MILLISECOND, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_what_is_later_than_the_last_instant_never_fires(late: datetime) -> None:
    assert armed(Once(late)).next_fire_at is None
    assert armed(Cron("*/5 * * * *"), starts_at=late).next_fire_at is None
