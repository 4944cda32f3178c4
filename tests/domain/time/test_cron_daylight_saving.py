"""Daylight saving as Debian's cron does it: fixed times are kept, stars follow the real clock."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.time.cron import crontab


def walk(expression: str, timezone: str, after: str, count: int) -> list[str]:
    """The next local fire times, with their offsets."""
    table, found = crontab(expression, timezone), list[str]()
    at = datetime.fromisoformat(after).astimezone(UTC)
    while len(found) < count:
        following = table.next_after(at)
        assert following is not None and following > at
        at = following
        found.append(at.astimezone(table.zone).isoformat())
    return found


# Berlin: 2026-03-29 02:00+01:00 → 03:00+02:00, 2026-10-25 03:00+02:00 → 02:00+01:00.
MARCH = "2026-03-29T01:00:00+01:00"
OCTOBER = "2026-10-25T01:00:00+02:00"


def test_a_fixed_time_in_the_gap_runs_right_after_it() -> None:
    assert walk("30 2 * * *", "Europe/Berlin", "2026-03-28T01:00:00+01:00", 3) == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_fixed_time_in_the_repeated_hour_runs_the_first_time_only() -> None:
    assert walk("30 2 * * *", "Europe/Berlin", "2026-10-24T01:00:00+02:00", 3) == [
        "2026-10-24T02:30:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


@pytest.mark.parametrize("time", ["59 1", "0 3", "30 3"])
def test_fixed_times_beside_the_gap_stay_where_they_are(time: str) -> None:
    minute, hour = time.split()
    (at,) = walk(f"{time} * * *", "Europe/Berlin", MARCH, 1)
    assert f"T0{hour}:{minute:0>2}:00+0" in at and at.startswith("2026-03-29")


@pytest.mark.parametrize(("time", "offset"), [("59 1", "+02:00"), ("0 3", "+01:00")])
def test_fixed_times_beside_the_repeated_hour_run_once(time: str, offset: str) -> None:
    first, second = walk(f"{time} * * *", "Europe/Berlin", OCTOBER, 2)
    assert first.startswith("2026-10-25") and first.endswith(offset)
    assert second.startswith("2026-10-26")


def test_both_ends_of_the_repeated_hour_count_once() -> None:
    assert walk("0,59 2 * * *", "Europe/Berlin", OCTOBER, 3) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:59:00+02:00",
        "2026-10-26T02:00:00+01:00",
    ]


def test_several_skipped_times_merge_into_one() -> None:
    assert walk("0,20,40 2 * * *", "Europe/Berlin", MARCH, 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:00:00+02:00",
    ]


def test_a_skipped_time_merges_with_one_at_the_end_of_the_gap() -> None:
    assert walk("0 1-4 * * *", "Europe/Berlin", MARCH, 3) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T04:00:00+02:00",
        "2026-03-30T01:00:00+02:00",
    ]


def test_a_skipped_time_does_not_merge_with_a_later_one() -> None:
    assert walk("30 1-4 * * *", "Europe/Berlin", MARCH, 4) == [
        "2026-03-29T01:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T03:30:00+02:00",
        "2026-03-29T04:30:00+02:00",
    ]


@pytest.mark.parametrize("expression", ["30 * * * *", "30 */1 * * *", "*/60,30-30 1-4 * * *"])
def test_a_star_in_the_gap_is_skipped(expression: str) -> None:
    times = walk(expression, "Europe/Berlin", MARCH, 6)
    assert not [time for time in times if time.startswith("2026-03-29T02")]
    assert "2026-03-29T01:30:00+01:00" in times and "2026-03-29T03:30:00+02:00" in times


def test_a_star_minute_in_the_gap_is_not_made_up_for() -> None:
    assert walk("*/30 2 * * *", "Europe/Berlin", MARCH, 2) == [
        "2026-03-30T02:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_star_in_the_repeated_hour_runs_both_times() -> None:
    assert walk("30 * * * *", "Europe/Berlin", OCTOBER, 4) == [
        "2026-10-25T01:30:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:30:00+01:00",
    ]


def test_a_star_minute_of_the_repeated_hour_runs_both_times() -> None:
    assert walk("*/30 2 * * *", "Europe/Berlin", OCTOBER, 5) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-26T02:00:00+01:00",
    ]


def test_hourly_is_a_star_and_daily_is_a_fixed_time() -> None:
    assert walk("@hourly", "America/Sao_Paulo", "2018-11-03T22:30:00-03:00", 3) == [
        "2018-11-03T23:00:00-03:00",
        "2018-11-04T01:00:00-02:00",
        "2018-11-04T02:00:00-02:00",
    ]
    assert walk("@daily", "America/Sao_Paulo", "2018-11-03T22:30:00-03:00", 2) == [
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
    ]


# Each zone once with its gap and once with its repeated time, on both halves of the globe.
@pytest.mark.parametrize(
    ("timezone", "expression", "after", "expected"),
    [
        (
            "America/New_York",
            "30 2 * * *",
            "2026-03-08T00:00:00-05:00",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            "2026-11-01T00:00:00-04:00",
            ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
        ),
        (
            "Australia/Sydney",
            "30 2 * * *",
            "2026-10-04T00:00:00+10:00",
            ["2026-10-04T03:00:00+11:00", "2026-10-05T02:30:00+11:00"],
        ),
        (
            "Australia/Sydney",
            "30 2 * * *",
            "2026-04-05T00:00:00+11:00",
            ["2026-04-05T02:30:00+11:00", "2026-04-06T02:30:00+10:00"],
        ),
        (
            "America/Santiago",  # At midnight, and back to the day before.
            "30 0 * * 0",
            "2026-09-05T12:00:00-04:00",
            ["2026-09-06T01:00:00-03:00", "2026-09-13T00:30:00-03:00"],
        ),
        (
            "America/Santiago",
            "30 23 * * 6",
            "2026-04-04T12:00:00-03:00",
            ["2026-04-04T23:30:00-03:00", "2026-04-11T23:30:00-04:00"],
        ),
        (
            "America/Santiago",
            "30 */1 4 4 *",
            "2026-04-04T23:00:00-03:00",
            [
                "2026-04-04T23:30:00-03:00",
                "2026-04-04T23:30:00-04:00",
                "2027-04-04T00:30:00-04:00",
            ],
        ),
        (
            "Africa/Cairo",  # At midnight, Fridays.
            "0 0 * * *",
            "2026-04-23T12:00:00+02:00",
            ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"],
        ),
        (
            "Africa/Cairo",
            "0 23 * * *",
            "2026-10-29T12:00:00+03:00",
            ["2026-10-29T23:00:00+03:00", "2026-10-30T23:00:00+02:00"],
        ),
        (
            "Australia/Lord_Howe",  # By half an hour.
            "15 2 * * *",
            "2026-10-04T00:00:00+10:30",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-05T00:00:00+11:00",
            ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
        (
            "Australia/Lord_Howe",
            "*/20 1 * * *",
            "2026-04-05T00:00:00+11:00",
            [
                "2026-04-05T01:00:00+11:00",
                "2026-04-05T01:20:00+11:00",
                "2026-04-05T01:40:00+11:00",
                "2026-04-05T01:40:00+10:30",
                "2026-04-06T01:00:00+10:30",
            ],
        ),
        (
            "Antarctica/Troll",  # By two hours.
            "0,30 1,2 * * *",
            "2026-03-29T00:00:00+00:00",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T01:00:00+02:00"],
        ),
        (
            "Antarctica/Troll",
            "30 1 * * *",
            "2026-10-25T00:00:00+02:00",
            ["2026-10-25T01:30:00+02:00", "2026-10-26T01:30:00+00:00"],
        ),
        (
            "Europe/Dublin",  # Where winter is the exception.
            "30 1 * * *",
            "2026-03-29T00:00:00+00:00",
            ["2026-03-29T02:00:00+01:00", "2026-03-30T01:30:00+01:00"],
        ),
        (
            "Europe/Dublin",
            "30 1 * * *",
            "2026-10-25T00:00:00+01:00",
            ["2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"],
        ),
        (
            "Africa/Casablanca",  # Back for Ramadan.
            "30 2 * * *",
            "2026-02-15T00:00:00+01:00",
            ["2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00"],
        ),
        (
            "Africa/Casablanca",
            "30 2 * * *",
            "2026-03-22T00:00:00+00:00",
            ["2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"],
        ),
        (
            "Antarctica/Casey",  # By three hours, the longest that counts as daylight saving.
            "30 4,5,6 * * *",
            "2018-10-07T00:00:00+08:00",
            ["2018-10-07T07:00:00+11:00", "2018-10-08T04:30:00+11:00"],
        ),
        (
            "Antarctica/Casey",
            "30 2 * * *",
            "2018-03-11T00:00:00+11:00",
            ["2018-03-11T02:30:00+11:00", "2018-03-12T02:30:00+08:00"],
        ),
    ],
)
def test_a_clock_change(timezone: str, expression: str, after: str, expected: list[str]) -> None:
    assert walk(expression, timezone, after, len(expected)) == expected


@pytest.mark.parametrize(
    ("timezone", "expression", "after", "expected"),
    [
        (
            "Europe/Volgograd",  # An hour forward in 2018, and back in 2020.
            "30 2 * * *",
            "2018-10-27T12:00:00+03:00",
            ["2018-10-28T03:00:00+04:00", "2018-10-29T02:30:00+04:00"],
        ),
        (
            "Europe/Volgograd",
            "30 1 * * *",
            "2020-12-26T12:00:00+04:00",
            ["2020-12-27T01:30:00+04:00", "2020-12-28T01:30:00+03:00"],
        ),
        (
            "Asia/Pyongyang",  # Half an hour back at midnight, and forward before it.
            "45 23 * * *",
            "2015-08-14T12:00:00+09:00",
            ["2015-08-14T23:45:00+09:00", "2015-08-15T23:45:00+08:30"],
        ),
        (
            "Asia/Pyongyang",
            "45 23 * * *",
            "2018-05-04T12:00:00+08:30",
            ["2018-05-05T00:00:00+09:00", "2018-05-05T23:45:00+09:00"],
        ),
        (
            "Africa/Monrovia",  # From an offset of odd seconds.
            "0 0 * * *",
            "1972-01-06T12:00:00+00:00",
            ["1972-01-07T00:44:30+00:00", "1972-01-08T00:00:00+00:00"],
        ),
    ],
)
def test_a_change_for_good(timezone: str, expression: str, after: str, expected: list[str]) -> None:
    assert walk(expression, timezone, after, len(expected)) == expected


# Apia went from 2011-12-29T24:00-10:00 to 2011-12-31T00:00+14:00.
def test_a_skipped_day_is_not_made_up_for() -> None:
    assert walk("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00-10:00", 2) == [
        "2011-12-29T12:00:00-10:00",
        "2011-12-31T12:00:00+14:00",
    ]
    assert walk("0 0 30 * *", "Pacific/Apia", "2011-12-01T00:00:00-10:00", 2) == [
        "2012-01-30T00:00:00+14:00",
        "2012-03-30T00:00:00+14:00",
    ]


def test_what_is_due_right_after_a_skipped_day_runs() -> None:
    assert walk("0 0 30,31 * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 2) == [
        "2011-12-31T00:00:00+14:00",
        "2012-01-30T00:00:00+14:00",
    ]
    assert walk("0 */12 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 2) == [
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T12:00:00+14:00",
    ]


def test_a_repeated_day_runs_again() -> None:
    # Kwajalein went from 1969-09-30T24:00+11:00 to 1969-09-30T01:00-12:00.
    assert walk("30 13 * * *", "Pacific/Kwajalein", "1969-09-30T12:00:00+11:00", 3) == [
        "1969-09-30T13:30:00+11:00",
        "1969-09-30T13:30:00-12:00",
        "1969-10-01T13:30:00-12:00",
    ]


def test_utc_knows_no_daylight_saving() -> None:
    assert walk("30 2 * * *", "UTC", "2026-03-29T00:00:00+00:00", 2) == [
        "2026-03-29T02:30:00+00:00",
        "2026-03-30T02:30:00+00:00",
    ]
