"""A day of runs, counted hour by hour."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.outlook import hours
from chalicelib.domain.outlook.hours import HOUR, Hour
from chalicelib.domain.outlook.statistics import WINDOW, Measured, Percentiles
from chalicelib.domain.runs.run import RunStatus
from tests.builders import NOON, after

QUARTER_PAST = after(900)


def ran(due_at: datetime, status: str = "succeeded", wait: int = 0, took: int = 5) -> Measured:
    return Measured(due_at, status, wait, took)


def of(counted_at: datetime, *statuses: str) -> Hour:
    hour = Hour(counted_at=counted_at)
    hour.by_status.update(statuses)
    return hour


def test_an_hour_that_is_over_and_done_is_kept() -> None:
    last = NOON - HOUR
    assert hours.kept({last: of(QUARTER_PAST, "succeeded")}, QUARTER_PAST)


@pytest.mark.parametrize(
    ("start", "hour", "why"),
    [
        (NOON, of(QUARTER_PAST), "it is not over"),
        (NOON - HOUR, of(after(299)), "records may have been on their way"),
        (NOON - HOUR, of(QUARTER_PAST, "succeeded", "running"), "one still works"),
        (NOON - HOUR, of(QUARTER_PAST, "of a later release"), "nobody knows whether it ended"),
        (NOON - WINDOW, of(QUARTER_PAST), "only a part of it is within the day"),
        (NOON - 9 * HOUR, of(QUARTER_PAST - 3 * HOUR), "records may have come late"),
    ],
)
def test_any_other_is_counted_again(start: datetime, hour: Hour, why: str) -> None:
    assert hours.kept({start: hour}, QUARTER_PAST) == {}, why


def test_without_any_known_hour_the_whole_day_is_to_be_counted() -> None:
    assert hours.gaps([], QUARTER_PAST) == [(QUARTER_PAST - WINDOW, None)]


def test_what_is_known_is_left_out() -> None:
    known = [NOON - number * HOUR for number in range(1, 24)]
    assert hours.gaps(known, QUARTER_PAST) == [
        (NOON, None),
        (QUARTER_PAST - WINDOW, NOON - 23 * HOUR),
    ]
    known.remove(NOON - 5 * HOUR)
    known.remove(NOON - 6 * HOUR)
    assert hours.gaps(known, QUARTER_PAST)[1] == (NOON - 6 * HOUR, NOON - 4 * HOUR)


def test_at_the_full_hour_a_day_has_no_part_of_an_hour() -> None:
    known = [NOON - number * HOUR for number in range(1, 25)]
    assert hours.gaps(known, NOON) == [(NOON, None)]


def test_runs_are_counted_in_the_hour_that_they_were_due_in() -> None:
    runs = [ran(after(5)), ran(after(-1), "failed"), ran(after(-2))]
    counted = hours.counted(runs, NOON - 2 * HOUR, None, QUARTER_PAST)
    assert sorted(counted) == [NOON - 2 * HOUR, NOON - HOUR, NOON]
    assert counted[NOON - HOUR].by_status == {"failed": 1, "succeeded": 1}
    assert not counted[NOON - 2 * HOUR].by_status


def test_of_a_cut_count_the_last_hour_is_not_kept_and_those_before_are_missing() -> None:
    runs = [ran(after(5)), ran(after(-1)), ran(after(-3601))]
    counted = hours.counted(runs, NOON - 5 * HOUR, None, QUARTER_PAST, is_complete=False)
    assert sorted(counted) == [NOON - 2 * HOUR, NOON - HOUR, NOON]
    assert list(hours.kept(counted, QUARTER_PAST)) == [NOON - HOUR]


def test_hours_add_up_with_every_status_and_percentiles() -> None:
    runs = [ran(after(n), wait=n, took=100 * n) for n in range(1, 21)]
    counted = hours.counted(runs[::-1], NOON, None, QUARTER_PAST)
    in_all = hours.in_all([*counted.values(), of(NOON, "skipped", "of a later release")])
    assert set(in_all.by_status) == set(RunStatus)
    assert (in_all.by_status["succeeded"], in_all.by_status["skipped"]) == (20, 1)
    assert in_all.waits == Percentiles(10, 19)
    assert in_all.durations == Percentiles(1000, 1900)


@pytest.mark.parametrize(
    ("milliseconds", "kept"),
    [(0, 0), (7, 7), (99, 99), (104, 100), (105, 110), (30_000, 30_000), (123_456, 120_000)],
)
def test_milliseconds_have_two_significant_digits(milliseconds: int, kept: int) -> None:
    assert hours.rounded(milliseconds) == kept


def test_a_day_is_good_for_half_a_minute() -> None:
    day = hours.DayOfRuns(at=NOON, runs=hours.in_all([]), is_complete=True)
    assert day.is_good(after(29.9))
    assert not day.is_good(after(30))
    assert not day.is_good(NOON - timedelta(milliseconds=1))
