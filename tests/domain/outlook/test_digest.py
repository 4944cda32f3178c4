"""A tenant's schedules in short."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.outlook import digest as digests
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from tests.builders import NOON, a_schedule, after

ACTIVE, PAUSED, BROKEN = ScheduleStatus.ACTIVE, ScheduleStatus.PAUSED, ScheduleStatus.BROKEN


def set_to(number: int, seconds: float, **more: Any) -> WholeSchedule:
    due_at = after(seconds)
    return a_schedule(schedule_id=f"S{number:03d}", fire_at=due_at, next_fire_at=due_at, **more)


def test_it_counts_by_status_and_names_what_fires_next_in_order() -> None:
    schedules = [
        set_to(1, 60, average_duration_seconds=7.5),
        set_to(2, 30),
        set_to(3, 30, status=PAUSED),
        a_schedule(schedule_id="S4"),
    ]
    made = digests.digest(schedules, NOON, is_complete=True)
    assert made.by_status == {"active": 3, "paused": 1}
    assert [each.schedule_id for each in made.following] == ["S002", "S001"]
    assert [(each.takes_seconds, each.is_assumed) for each in made.following] == [
        (60, True),
        (7.5, False),
    ]


def test_the_schedule_that_broke_last_comes_first() -> None:
    schedules = [
        a_schedule(schedule_id=f"S{n}", status=BROKEN, broken_at=after(n), broken_reason="no")
        for n in range(12)
    ]
    made = digests.digest(schedules, NOON, is_complete=True)
    assert [each.schedule_id for each in made.broken][:2] == ["S11", "S10"]
    assert len(made.broken) == digests.MOST_BROKEN


def test_what_has_fired_is_looked_at_again_and_takes_its_new_place() -> None:
    made = digests.digest([set_to(n, 10 * n) for n in range(1, 5)], NOON, is_complete=True)
    assert digests.over(made, after(20)) == ["S001", "S002"]
    fired = [set_to(1, 35), set_to(2, 99, status=PAUSED)]
    after_all = digests.brought_up(made, fired, after(20))
    assert [each.schedule_id for each in after_all.following] == ["S003", "S001", "S004"]


def test_it_is_good_for_a_minute_and_for_longer_where_there_are_very_many() -> None:
    few = digests.digest([a_schedule()], NOON, is_complete=True)
    assert few.is_good(after(59))
    assert not few.is_good(after(60))
    many = digests.digest([a_schedule()] * 1000, NOON, is_complete=True)
    assert many.is_good(after(119))
    assert not many.is_good(NOON + timedelta(seconds=120))
