"""Leases: two clocks may differ by the margin, and still no two holders overlap."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs import lease
from tests.builders import MILLISECOND, NOON, after

MARGIN_MS: Final = lease.SKEW_MARGIN // MILLISECOND
OFFSETS: Final = st.integers(-2 * MARGIN_MS, 2 * MARGIN_MS).map(lambda ms: NOON + ms * MILLISECOND)
#: The lease lengths that the API takes.
LEASES: Final = st.integers(10, 86_400).map(lambda seconds: timedelta(seconds=seconds))


def test_a_lease_counts_from_before_the_request() -> None:
    assert lease.until(NOON, timedelta(seconds=90)) == after(90)


def test_the_holder_loses_the_lease_at_its_very_end() -> None:
    assert lease.has_ended(NOON, NOON)
    assert not lease.has_ended(NOON, NOON - MILLISECOND)


def test_others_wait_for_the_whole_margin() -> None:
    assert lease.may_be_reaped(NOON, NOON + lease.SKEW_MARGIN)
    assert not lease.may_be_reaped(NOON, NOON + lease.SKEW_MARGIN - MILLISECOND)


@given(OFFSETS, OFFSETS)
def test_the_form_for_write_conditions_says_the_same(expires_at: datetime, now: datetime) -> None:
    is_over = expires_at <= lease.reapable_before(now)
    assert is_over is lease.may_be_reaped(expires_at, now)


@given(OFFSETS, st.integers(-MARGIN_MS, MARGIN_MS))
def test_nobody_reaps_while_the_holder_believes_in_its_lease(now: datetime, skew: int) -> None:
    others_now = now + skew * MILLISECOND
    if not lease.has_ended(NOON, now):
        assert not lease.may_be_reaped(NOON, others_now)


def test_clocks_further_apart_than_the_margin_would_overlap() -> None:
    holder = NOON - MILLISECOND
    other = holder + lease.SKEW_MARGIN + MILLISECOND
    assert not lease.has_ended(NOON, holder)
    assert lease.may_be_reaped(NOON, other)


@pytest.mark.parametrize(
    ("lease_seconds", "beat_seconds"), [(10, 10 / 3), (60, 20), (90, 30), (91, 30), (1200, 30)]
)
def test_a_holder_renews_after_a_third_but_at_least_every_30_seconds(
    lease_seconds: float, beat_seconds: float
) -> None:
    beat = lease.beat_interval(timedelta(seconds=lease_seconds))
    assert beat.total_seconds() == pytest.approx(beat_seconds)


@given(LEASES)
def test_two_renewals_may_fail_before_the_lease_is_lost(length: timedelta) -> None:
    assert not lease.has_ended(NOON + length, NOON + 2 * lease.beat_interval(length))
