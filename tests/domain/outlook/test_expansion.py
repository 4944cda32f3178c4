"""Laying out whole days names the same fire times as walking from one to the next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.outlook.expansion import MILLISECOND, Expansion, between
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once, next_fire
from tests.builders import NOON, a_schedule, after

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
EXPRESSIONS = (
    "* * * * *",
    "*/7 * * * *",
    "30 2 * * *",
    "0,59 1-3 * * *",
    "15 */6 * * 1-5",
    "0 0 1 * *",
    "0 0 29 2 *",
)
#: Around clock changes in all of these zones, and some quiet days.
STARTS = [
    datetime(2026, 3, 7, 20, tzinfo=UTC),
    datetime(2026, 3, 28, 21, 30, tzinfo=UTC),
    datetime(2026, 4, 4, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 0, tzinfo=UTC),
    datetime(2026, 7, 14, 11, 59, 59, tzinfo=UTC),
]


def walked(cadence: Cadence, start: datetime, end: datetime) -> list[datetime]:
    times = []
    at = next_fire(cadence, start - MILLISECOND)
    while at is not None and at < end:
        times.append(at)
        at = next_fire(cadence, at)
    return times


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_whole_days_are_what_the_walk_finds(expression: str, zone: str) -> None:
    cadence = Cron(expression, zone)
    for start in STARTS:
        end = start + timedelta(hours=30)
        assert list(between(cadence, start, end)) == walked(cadence, start, end)


@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(ZONES),
    st.integers(0, 366 * 24 * 60 * 60),
    st.integers(1, 48 * 60),
)
@settings(max_examples=150, deadline=None)
def test_any_window_is_what_the_walk_finds(
    expression: str, zone: str, seconds: int, minutes: int
) -> None:
    start = NOON + timedelta(seconds=seconds)
    end = start + timedelta(minutes=minutes)
    cadence = Cron(expression, zone)
    assert list(between(cadence, start, end)) == walked(cadence, start, end)


@pytest.mark.parametrize(
    ("cadence", "seconds"),
    [
        (Interval(1800, "grid"), [0, 1800]),
        (Interval(1800, "grid", after(-60)), [1740, 3540]),
        (Once(NOON), [0]),
        (Once(after(3600)), []),
        (Once(after(-1)), []),
        (Manual(), []),
        (Interval(60), []),
    ],
)
def test_other_cadences_from_the_start_until_before_the_end(
    cadence: Cadence, seconds: list[int]
) -> None:
    expansion = Expansion(NOON, after(3600))
    times = expansion.of(a_schedule(cadence=cadence))
    assert list(times) == [each * 1000 for each in seconds]
    assert [expansion.instant(each) for each in times] == [after(each) for each in seconds]


def test_schedules_of_one_cadence_share_its_fire_times() -> None:
    expansion = Expansion(NOON, after(3600))
    one, other = (expansion.of(a_schedule(schedule_id=key)) for key in "AB")
    assert one is other
