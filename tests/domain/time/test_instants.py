"""Instants as text: fixed width, so that they sort as the instants do."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.time.instants import (
    from_text,
    milliseconds_between,
    to_milliseconds,
    to_text,
)
from tests.builders import MILLISECOND, NOON, after

OFFSETS: Final = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
INSTANTS: Final = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=OFFSETS,
)


def test_text_is_utc_with_milliseconds_and_a_z() -> None:
    assert to_text(NOON) == "2026-03-01T12:00:00.000Z"


def test_text_of_another_zone_is_the_same_instant_in_utc() -> None:
    assert to_text(datetime.fromisoformat("2026-03-01T13:30:00+01:30")) == to_text(NOON)


@given(INSTANTS)
def test_text_keeps_the_instant_to_the_millisecond(instant: datetime) -> None:
    kept = from_text(to_text(instant))
    assert kept == to_milliseconds(instant)
    assert kept.tzinfo is UTC


@given(INSTANTS, INSTANTS)
def test_text_sorts_as_the_instants_do(one: datetime, other: datetime) -> None:
    one, other = to_milliseconds(one), to_milliseconds(other)
    assert (to_text(one) < to_text(other)) is (one < other)
    assert len(to_text(one)) == len(to_text(other))


@pytest.mark.parametrize(("micro", "cut"), [(0, 0), (999, 0), (1000, 1000), (999_999, 999_000)])
def test_instants_are_cut_to_milliseconds_not_rounded(micro: int, cut: int) -> None:
    assert to_milliseconds(NOON.replace(microsecond=micro)) == NOON.replace(microsecond=cut)


def test_durations_are_whole_milliseconds() -> None:
    assert milliseconds_between(NOON, after(1.5)) == 1500
    assert milliseconds_between(NOON, NOON + MILLISECOND / 2) == 0


def test_a_duration_is_never_negative_when_clocks_differ() -> None:
    assert milliseconds_between(after(1), NOON) == 0
