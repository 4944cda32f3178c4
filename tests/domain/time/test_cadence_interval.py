"""Intervals: from the end of a run, or on a grid."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.time.cadences import Interval, next_fire

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2**37).map(lambda ms: EPOCH + timedelta(milliseconds=ms * 10))
intervals = st.integers(60, 400 * 86_400)


def test_from_completion_it_is_measured_from_the_end_of_the_run() -> None:
    ended_at = NOON + timedelta(milliseconds=1234)
    assert next_fire(Interval(3600), ended_at) == ended_at + timedelta(hours=1)


def test_from_completion_an_anchor_does_not_matter() -> None:
    assert next_fire(Interval(60, anchor=NOON), NOON) == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (NOON - timedelta.resolution, NOON),
        (NOON, NOON + timedelta(minutes=15)),
        (NOON + timedelta.resolution, NOON + timedelta(minutes=15)),
        (NOON + timedelta(minutes=15), NOON + timedelta(minutes=30)),
    ],
)
def test_on_the_grid_it_is_the_next_point(after: datetime, expected: datetime) -> None:
    assert next_fire(Interval(900, "grid"), after) == expected


def test_without_an_anchor_the_grid_starts_with_the_epoch() -> None:
    assert next_fire(Interval(7 * 86_400, "grid"), NOON) == datetime(2026, 4, 2, tzinfo=UTC)


def test_the_grid_is_aligned_to_its_anchor_on_both_sides() -> None:
    grid = Interval(3600, "grid", NOON + timedelta(minutes=7))
    assert next_fire(grid, NOON) == NOON + timedelta(minutes=7)
    assert next_fire(grid, NOON - timedelta(days=900)) == NOON - timedelta(days=900, minutes=-7)
    assert next_fire(grid, NOON + timedelta(days=900)) == NOON + timedelta(days=900, minutes=7)


def test_daylight_saving_does_not_move_the_grid() -> None:
    after = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_fire(Interval(86_400, "grid", after), after) == after + timedelta(days=1)


@given(intervals, instants, instants)
def test_the_grid_does_not_drift(seconds: int, anchor: datetime, after: datetime) -> None:
    fire_at = next_fire(Interval(seconds, "grid", anchor), after)
    step = timedelta(seconds=seconds)
    assert fire_at is not None
    assert after < fire_at <= after + step
    assert (fire_at - anchor) % step == timedelta(0)


@pytest.mark.parametrize("cadence", [Interval(86_400), Interval(86_400, "grid")])
def test_the_year_9999_ends_quietly(cadence: Interval) -> None:
    assert next_fire(cadence, datetime(9999, 12, 31, 12, tzinfo=UTC)) is None


@pytest.mark.parametrize("cadence", [Interval(60), Interval(60, "grid")])
def test_the_answer_is_in_utc(cadence: Interval) -> None:
    fire_at = next_fire(cadence, NOON.astimezone(timezone(timedelta(hours=5))))
    assert fire_at == NOON + timedelta(minutes=1)
    assert fire_at.tzinfo is UTC
