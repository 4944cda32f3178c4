"""The next fire times for people: in UTC, in the zone, and what a clock change did to them."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cadences import Cron, Interval, next_fire, preview

MARCH = datetime(2026, 3, 28, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 24, 12, tzinfo=UTC)


def notes(expression: str, after: datetime, count: int = 3) -> list[str | None]:
    return [time.note for time in preview(Cron(expression, "Europe/Berlin"), after, count)]


def test_it_shows_utc_and_the_local_time_with_its_offset() -> None:
    first, second = preview(Cron("30 1 * * *", "Europe/Berlin"), MARCH, 2)
    assert (first.at, first.local) == (
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        "2026-03-29T01:30:00+01:00",
    )
    assert (second.at, second.local) == (
        datetime(2026, 3, 29, 23, 30, tzinfo=UTC),
        "2026-03-30T01:30:00+02:00",
    )


@pytest.mark.parametrize("count", [0, 1, 50])
def test_it_shows_as_many_as_asked_for(count: int) -> None:
    times = [time.at for time in preview(Cron("*/5 * * * *"), MARCH, count)]
    assert times == [MARCH + timedelta(minutes=5 * n) for n in range(1, count + 1)]


def test_it_shows_fewer_at_the_end_of_time() -> None:
    assert len(preview(Cron("0 0 31 12 *"), datetime(9997, 1, 1, tzinfo=UTC), 50)) == 3


def test_it_is_what_next_fire_says_step_by_step() -> None:
    cadence, at = Cron("*/20 1-3 * * *", "Europe/Berlin"), MARCH
    for time in preview(cadence, MARCH, 20):
        following = next_fire(cadence, at)
        assert following == time.at
        at = time.at


def test_a_moved_time_says_so() -> None:
    assert notes("30 2 * * *", MARCH) == [
        "moved: 02:30 is skipped as the clock goes forward",
        None,
        None,
    ]


def test_merged_times_say_so() -> None:
    assert notes("0,30 2 * * *", MARCH, 2) == [
        "merged: 02:00 to 02:30 skipped as the clock goes forward, and this one run stands for all",
        None,
    ]


def test_a_skipped_time_merged_with_one_that_is_due_says_so() -> None:
    assert notes("0 2,3 * * *", MARCH, 2) == [
        "merged: 02:00 skipped as the clock goes forward, and this one run stands for all",
        None,
    ]


def test_a_time_that_comes_twice_says_so() -> None:
    assert notes("30 2 * * *", OCTOBER) == [
        "merged: 02:30 comes twice as the clock goes back, and the first one counts",
        None,
        None,
    ]


@pytest.mark.parametrize("after", [MARCH, OCTOBER])
@pytest.mark.parametrize("expression", ["*/30 * * * *", "30 */1 * * *", "30 1 * * *", "30 3 * * *"])
def test_stars_and_other_times_have_no_note(expression: str, after: datetime) -> None:
    assert set(notes(expression, after, 40)) == {None}


def test_a_skipped_day_has_no_note() -> None:
    times = preview(Cron("0 0 * * *", "Pacific/Apia"), datetime(2011, 12, 29, tzinfo=UTC), 3)
    assert [time.note for time in times] == [None] * 3


def test_an_interval_is_shown_in_utc() -> None:
    (time,) = preview(Interval(60), MARCH, 1)
    assert time.local == "2026-03-28T12:01:00+00:00"


def test_a_cron_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidFields):
        preview(Cron("61 * * * *"), MARCH, 1)
