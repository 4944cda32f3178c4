"""Ids: sorted by time, and the same for the same fire time."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ids import new_id, scheduled_run_id, time_prefix
from tests.builders import MILLISECOND, NOON, after

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: From 2005 for 33 years, to the millisecond.
INSTANTS: Final = st.integers(0, 33 * 365 * 86_400_000).map(
    lambda ms: datetime(2005, 1, 1, tzinfo=UTC) + ms * MILLISECOND
)


def run_id(tenant: str = "acme", schedule: str = "01S", fire_at: datetime = NOON) -> str:
    return scheduled_run_id(tenant, schedule, fire_at)


def decoded(prefix: str) -> int:
    number = 0
    for letter in prefix:
        number = number * 32 + CROCKFORD.index(letter)
    return number


def test_a_fire_time_has_one_id_whoever_computes_it() -> None:
    assert run_id() == scheduled_run_id("acme", "01S", datetime.fromisoformat(NOON.isoformat()))


def test_the_id_of_a_fire_time_does_not_change_between_versions() -> None:
    """Stored ids were made by earlier versions: with other ids, fire times would run again."""
    assert run_id() == "01KJMMA2G0YDS3XHBBMX3B2VZZ"


def test_another_fire_time_has_another_id() -> None:
    assert run_id(fire_at=NOON + MILLISECOND) != run_id()


def test_another_schedule_has_another_id_at_the_same_fire_time() -> None:
    assert run_id(schedule="01T") != run_id()


def test_another_tenant_has_another_id_for_a_schedule_of_the_same_name() -> None:
    assert run_id(tenant="umbrella") != run_id()


def test_tenant_and_schedule_do_not_run_together() -> None:
    assert run_id(tenant="ab", schedule="c") != run_id(tenant="a", schedule="bc")


@given(INSTANTS)
def test_every_id_has_26_letters_of_crockfords_alphabet(instant: datetime) -> None:
    for made in (new_id(instant), run_id(fire_at=instant)):
        assert len(made) == 26
        assert set(made) <= set(CROCKFORD)


@given(INSTANTS)
def test_an_id_begins_with_its_milliseconds_since_1970(instant: datetime) -> None:
    assert decoded(time_prefix(instant)) == (instant - EPOCH) // MILLISECOND
    assert new_id(instant).startswith(time_prefix(instant))
    assert run_id(fire_at=instant).startswith(time_prefix(instant))


@pytest.mark.parametrize("text", ["1978-08-09T14:12:47.687+00:00", "2038-03-30T07:56:33.693+00:00"])
def test_so_it_does_before_2004_and_from_2038_on(text: str) -> None:
    instant = datetime.fromisoformat(text)
    assert decoded(time_prefix(instant)) == (instant - EPOCH) // MILLISECOND


@given(INSTANTS, INSTANTS)
def test_ids_sort_by_time(one: datetime, other: datetime) -> None:
    if one != other:
        assert (run_id(fire_at=one) < run_id(fire_at=other)) is (one < other)
        assert (new_id(one) < time_prefix(other)) is (one < other)


def test_a_thousand_ids_of_one_millisecond_differ_and_count_up() -> None:
    made = [new_id(after(5)) for _ in range(1000)]
    assert sorted(set(made)) == made


def test_an_id_made_for_another_instant_does_not_disturb_the_count() -> None:
    first, between, second = new_id(after(7)), new_id(after(3)), new_id(after(7))
    assert between < min(first, second)
    assert first != second
