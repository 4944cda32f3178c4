"""Which days an expression names: the two day fields, last days, nth weekdays, leap years."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.time.cron import crontab

START = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(seconds=1)


def days(day_fields: str, count: int = 4, after: datetime = START) -> list[str]:
    """The first days on which `0 0 <day of month> <month> <day of week>` fires."""
    table, found, at = crontab(f"0 0 {day_fields}", "UTC"), list[str](), after
    while len(found) < count and (following := table.next_after(at)) is not None:
        at = following
        found.append(f"{at:%Y-%m-%d %a}")
    return found


def test_both_day_fields_restricted_are_joined_by_or() -> None:
    assert days("13 * 5") == [
        "2026-01-02 Fri",
        "2026-01-09 Fri",
        "2026-01-13 Tue",
        "2026-01-16 Fri",
    ]


def test_a_star_in_either_day_field_leaves_the_other() -> None:
    assert days("13 * *", 2) == ["2026-01-13 Tue", "2026-02-13 Fri"]
    assert days("* * 5", 2) == ["2026-01-02 Fri", "2026-01-09 Fri"]


@pytest.mark.parametrize("day_fields", ["*/2 * 5", "*/2 * 5-5", "*/2,1-31/2 * FRI"])
def test_a_day_of_month_that_starts_with_a_star_is_joined_by_and(day_fields: str) -> None:
    assert days(day_fields, 3) == ["2026-01-09 Fri", "2026-01-23 Fri", "2026-02-13 Fri"]


def test_a_day_of_month_with_a_star_further_on_is_joined_by_or() -> None:
    assert days("13,* * 5", 3) == ["2026-01-01 Thu", "2026-01-02 Fri", "2026-01-03 Sat"]


def test_a_day_of_week_that_starts_with_a_star_is_joined_by_and() -> None:
    # crontab(5)'s own trick for the first Sunday of a month.
    assert days("1-7 * */7", 3) == ["2026-01-04 Sun", "2026-02-01 Sun", "2026-03-01 Sun"]
    assert days("1-7 * 7", 3) == ["2026-01-01 Thu", "2026-01-02 Fri", "2026-01-03 Sat"]


def test_a_whole_range_does_not_start_with_a_star() -> None:
    assert days("13 * 0-6", 3) == ["2026-01-01 Thu", "2026-01-02 Fri", "2026-01-03 Sat"]
    assert days("1-31 * 5", 3) == ["2026-01-01 Thu", "2026-01-02 Fri", "2026-01-03 Sat"]


def test_the_last_day_of_each_month() -> None:
    after = datetime(2028, 1, 31, tzinfo=UTC)
    assert days("L * *", 3, after) == ["2028-02-29 Tue", "2028-03-31 Fri", "2028-04-30 Sun"]
    assert days("L 2 *", 3, after) == ["2028-02-29 Tue", "2029-02-28 Wed", "2030-02-28 Thu"]


def test_the_last_day_in_a_list() -> None:
    assert days("1,L 2 *", 3) == ["2026-02-01 Sun", "2026-02-28 Sat", "2027-02-01 Mon"]


def test_the_last_day_or_a_weekday() -> None:
    assert days("L 2 1", 5)[-2:] == ["2026-02-23 Mon", "2026-02-28 Sat"]


def test_the_last_day_that_is_an_odd_weekday_too() -> None:
    assert days("L * */7", 2) == ["2026-05-31 Sun", "2027-01-31 Sun"]


@pytest.mark.parametrize("spelled", ["5L", "L5", "l5", "5l"])
def test_the_last_friday(spelled: str) -> None:
    assert days(f"* * {spelled}", 3) == ["2026-01-30 Fri", "2026-02-27 Fri", "2026-03-27 Fri"]


def test_the_last_friday_or_a_day_of_month() -> None:
    assert days("1 * 5L", 3) == ["2026-01-01 Thu", "2026-01-30 Fri", "2026-02-01 Sun"]


def test_the_nth_weekday() -> None:
    assert days("* * 5#2", 3) == ["2026-01-09 Fri", "2026-02-13 Fri", "2026-03-13 Fri"]
    assert days("* * 5#1", 2) == ["2026-01-02 Fri", "2026-02-06 Fri"]


def test_the_fifth_weekday_skips_months_that_have_none() -> None:
    assert days("* * THU#5", 3) == ["2026-01-29 Thu", "2026-04-30 Thu", "2026-07-30 Thu"]


def test_nth_last_and_ordinary_weekdays_in_one_list() -> None:
    assert days("* * 1,3#2,5L", 6) == [
        "2026-01-05 Mon",
        "2026-01-12 Mon",
        "2026-01-14 Wed",
        "2026-01-19 Mon",
        "2026-01-26 Mon",
        "2026-01-30 Fri",
    ]


def test_nth_weekdays_alone_name_no_other_day() -> None:
    assert days("*/100 * 4#1", 1) == ["2026-01-01 Thu"]
    assert days("*/100 * 4#2", 1) == []


def test_months_without_the_day_are_passed_over() -> None:
    assert days("31 * *", 3) == ["2026-01-31 Sat", "2026-03-31 Tue", "2026-05-31 Sun"]
    assert days("30 2 *", 1) == []
    assert days("31 4,6,9,11 *", 1) == []
    assert days("31 2 1", 1) == ["2026-02-02 Mon"]


def test_leap_days() -> None:
    assert days("29 2 *", 2) == ["2028-02-29 Tue", "2032-02-29 Sun"]
    assert days("29 2 *", 1, datetime(2096, 3, 1, tzinfo=UTC)) == ["2104-02-29 Fri"]
    assert days("29 2 */7", 2) == ["2032-02-29 Sun", "2060-02-29 Sun"]


def test_the_longest_wait_there_is() -> None:
    # 2100 is no leap year: the same day of the week comes back after 40 years.
    assert days("29 2 */7", 1, datetime(2088, 3, 1, tzinfo=UTC)) == ["2128-02-29 Sun"]


def test_the_year_9999_ends_quietly() -> None:
    assert days("31 12 *", 3, datetime(9998, 1, 1, tzinfo=UTC)) == [
        "9998-12-31 Thu",
        "9999-12-31 Fri",
    ]
    assert days("* * *", 1, datetime.max.replace(tzinfo=UTC)) == []


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"])
@pytest.mark.parametrize("expression", ["* * * * *", "59 23 31 12 *"])
def test_the_ends_of_time_raise_nothing(timezone: str, expression: str) -> None:
    table = crontab(expression, timezone)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert table.next_after(first) is not None
    assert table.next_after(last) is None


def test_the_last_minute_there_is() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert crontab("* * * * *", "UTC").next_after(last - timedelta(seconds=1)) == last
    assert crontab("* * * * *", "UTC").next_after(last) is None
    # Where the year 10000 comes sooner, and where it would come later than datetimes go.
    assert crontab("* * * * *", "Pacific/Kiritimati").next_after(last - timedelta(hours=1)) is None
    assert crontab("0 14 31 12 *", "Pacific/Honolulu").next_after(last) is None
