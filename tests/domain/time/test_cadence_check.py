"""What must not be saved, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.time.cadences import (
    LONGEST_WAIT,
    MAX_INTERVAL_SECONDS,
    Cadence,
    Cron,
    Interval,
    Manual,
    Once,
    check,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wrong(cadence: Cadence, now: datetime = NOW) -> list[str]:
    return [error.field for error in check(cadence, now)]


@pytest.mark.parametrize(
    "cadence",
    [
        Cron("0 3 * * 1-5", "Europe/Berlin"),
        Cron("@yearly"),
        Cron("0 0 29 2 *"),
        Cron("30 2 29 3 *", "Europe/Berlin"),
        Interval(60),
        Interval(MAX_INTERVAL_SECONDS, "grid"),
        Once(NOW + timedelta.resolution),
        Once(NOW + LONGEST_WAIT),
        Manual(),
    ],
)
def test_these_may_be_saved(cadence: Cadence) -> None:
    assert wrong(cadence) == []


def test_every_wrong_field_is_named_at_once() -> None:
    assert wrong(Cron("60 24 * * *", "Berlin")) == [
        "cadence.expression",
        "cadence.expression",
        "cadence.timezone",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "0 0 */100 * 1#2",
        "*/30 2 25-31 3 */7",  # The last Sunday of March, in the hour that Berlin skips.
    ],
)
def test_what_never_fires_is_refused(expression: str) -> None:
    (error,) = check(Cron(expression, "Europe/Berlin"), NOW)
    assert error.field == "cadence.expression"
    assert "never fires" in error.message


def test_a_fixed_time_that_is_always_skipped_is_moved_and_may_be_saved() -> None:
    assert wrong(Cron("30 2 25-31 3 */7", "Europe/Berlin")) == []


def test_what_does_not_fire_within_five_years_is_refused() -> None:
    (error,) = check(Cron("0 0 29 2 */7"), NOW)
    assert "within five years" in error.message
    assert "2032-02-29T00:00:00Z" in error.message


def test_the_same_may_be_saved_when_its_time_has_come_near() -> None:
    assert wrong(Cron("0 0 29 2 */7"), datetime(2028, 3, 1, tzinfo=UTC)) == []


def test_a_leap_day_beyond_2100_is_refused() -> None:
    assert wrong(Cron("0 0 29 2 *"), datetime(2096, 3, 1, tzinfo=UTC)) == ["cadence.expression"]


@pytest.mark.parametrize("seconds", [-60, 0, 1, 59, MAX_INTERVAL_SECONDS + 1, 10**30])
def test_an_interval_must_be_a_minute_to_five_years(seconds: int) -> None:
    (error,) = check(Interval(seconds), NOW)
    assert error.field == "cadence.seconds"
    assert f"60 to {MAX_INTERVAL_SECONDS}" in error.message


@pytest.mark.parametrize("at", [NOW, NOW - timedelta(seconds=1), NOW - timedelta(days=400)])
def test_once_must_not_have_passed(at: datetime) -> None:
    assert wrong(Once(at)) == ["cadence.at"]


@pytest.mark.parametrize("wait", [LONGEST_WAIT + timedelta.resolution, timedelta(days=36_500)])
def test_once_must_not_be_more_than_five_years_off(wait: timedelta) -> None:
    (error,) = check(Once(NOW + wait), NOW)
    assert error.field == "cadence.at"
    assert "five years" in error.message
