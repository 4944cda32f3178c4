"""Slots: which are free, who holds them, and tokens that only ever rise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import (
    Slot,
    forced_slot,
    latest_turn,
    next_token,
    occupy,
    slot_key,
)
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import run as runs
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.firing import Pressure
from chalicelib.domain.runs.run import Run, RunStatus
from tests.builders import NOON, a_run, a_run_that_is, after

MINUTE: Final = timedelta(minutes=1)
TURN: Final = Turn(3, "acme", 2)


def held(key: str, run_id: str = "01RUN", ends_in: float = 60, forced: bool = False) -> Slot:
    run = a_run_that_is(RunStatus.CLAIMED, run_id=run_id)
    return occupy(Slot(key=key, forced=forced), run, TURN, NOON, timedelta(seconds=ends_in))


def floor(*slots: Slot, capacity: int = 1) -> Floor:
    return Floor(settings=Settings(capacity=capacity), slots=slots)


def keys(slots: Sequence[Slot]) -> list[str]:
    return [slot.key for slot in slots]


def test_a_floor_nobody_ever_used_has_every_slot_free() -> None:
    assert keys(floor(capacity=3).free) == ["000", "001", "002"]


def test_a_held_slot_is_not_free_and_its_neighbour_is() -> None:
    assert keys(floor(held("000"), capacity=2).free) == ["001"]


def test_a_vacated_slot_is_free_with_the_token_it_had() -> None:
    (free,) = floor(Slot(key="000", token=7)).free
    assert free.token == 7


def test_a_slot_above_a_lowered_capacity_is_held_but_never_free() -> None:
    lowered = floor(Slot(key="000", token=1), held("001"), Slot(key="002", token=3), capacity=1)
    assert keys(lowered.free) == ["000"]
    assert keys(lowered.holders) == ["001"]


def test_a_forced_run_takes_no_slot_of_the_capacity() -> None:
    busy = floor(held("forced-01RUN", forced=True))
    assert keys(busy.free) == ["000"]
    assert keys(busy.holders) == ["forced-01RUN"]


@given(st.integers(1, 20), st.sets(st.integers(0, 25)))
def test_every_numbered_slot_is_either_held_or_free(capacity: int, taken: set[int]) -> None:
    busy = floor(*(held(slot_key(number)) for number in sorted(taken)), capacity=capacity)
    numbered = [slot_key(number) for number in range(capacity)]
    within = [key for key in keys(busy.holders) if key in numbered]
    assert sorted(within + keys(busy.free)) == numbered


@given(st.integers(0, 999), st.integers(0, 999))
def test_slot_keys_sort_by_number(one: int, other: int) -> None:
    assert (slot_key(one) < slot_key(other)) is (one < other)


def test_a_forced_run_has_a_slot_of_its_own() -> None:
    forced = a_run(run_id="01A", pool="gpu", forced=True)
    assert forced_slot(forced) == Slot(key="forced-01A", pool="gpu", forced=True)
    assert forced_slot(forced).key != forced_slot(a_run(run_id="01B", forced=True)).key


def test_an_occupied_slot_shows_its_run_and_when_it_may_end() -> None:
    run = a_run_that_is(RunStatus.CLAIMED, token=4)
    slot = occupy(Slot(key="000", token=2), run, TURN, after(1), MINUTE)
    assert slot == Slot(
        key="000",
        token=5,
        turn=3,
        served="acme",
        in_a_row=2,
        tenant_id="acme",
        run_id="01RUN",
        schedule_id="01SCHEDULE",
        schedule_name="Nightly crawl",
        since=after(1),
        expected_end_at=after(61),
    )
    assert slot.is_held


def test_a_forced_run_takes_nobodys_turn() -> None:
    forced = a_run_that_is(RunStatus.CLAIMED, forced=True)
    assert occupy(forced_slot(forced), forced, TURN, NOON, MINUTE).served is None


def test_the_latest_turn_of_a_pool_stands_on_the_slot_that_was_claimed_last() -> None:
    slots = [
        Slot(key="000", turn=7, served="acme", in_a_row=1),
        Slot(key="001", turn=8, served="umbrella", in_a_row=2),
        Slot(key="002"),
    ]
    assert latest_turn(slots) == Turn(8, "umbrella", 2)
    assert latest_turn([]) == latest_turn([Slot(key="000", token=4)]) == Turn()


@pytest.mark.parametrize(("slots", "runs_", "token"), [(0, 0, 1), (7, 2, 8), (2, 7, 8), (3, 3, 4)])
def test_the_next_token_is_above_that_of_slot_and_run(slots: int, runs_: int, token: int) -> None:
    assert next_token(Slot(key="000", token=slots), a_run(token=runs_)) == token


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans()), max_size=40))
def test_no_two_claims_of_a_slot_or_of_a_run_ever_share_a_token(
    history: list[tuple[int, int, bool]],
) -> None:
    """Any history of claims and hand-backs: tokens rise strictly, per slot and per run."""
    slots = {number: Slot(key=slot_key(number)) for number in range(3)}
    waiting = {number: a_run(run_id=f"{number}") for number in range(4)}
    for where, who, is_started in history:
        slot, run = slots[where], waiting[who]
        token = next_token(slot, run)
        assert token > slot.token
        assert token > run.token
        claimed = transitions.claim(run, slot.key, token, NOON, concurrent=1)
        slots[where] = given_up(occupy(slot, claimed, TURN, NOON, MINUTE))
        waiting[who] = given_back(claimed, is_started)


def given_up(slot: Slot) -> Slot:
    return replace(slot, run_id=None)


def given_back(claimed: Run, is_started: bool) -> Run:
    if not is_started:
        return transitions.unclaim(claimed)
    running = transitions.start(claimed, "worker-1", NOON)
    return transitions.retry_later(running, runs.FailureReason.ERROR, None, after(60), after(5))


def test_schedules_at_work_are_told_apart_by_the_kind_of_their_slot() -> None:
    other = replace(held("001"), schedule_id="01OTHER")
    busy = floor(held("forced-01RUN", forced=True), other, Slot(key="002", token=3), capacity=3)
    assert busy.busy_schedules(forced=False) == {"01OTHER"}
    assert busy.busy_schedules(forced=True) == {"01SCHEDULE"}


@pytest.mark.parametrize(("now", "holds"), [(after(59.999), True), (after(60), False)])
def test_a_signal_of_pressure_holds_until_its_very_end(now: datetime, holds: bool) -> None:
    assert Floor(pressure={"ann": after(60)}).is_under_pressure(now) is holds


def test_any_one_source_is_pressure_enough() -> None:
    assert Floor(pressure={"ann": after(-60), "bob": after(60)}).is_under_pressure(NOON)
    assert not Floor().is_under_pressure(NOON)


def test_settings_say_how_far_pressure_puts_off() -> None:
    settings = Settings(pressure_delay_seconds=5, pressure_max_seconds=50)
    assert settings.pressure == Pressure(timedelta(seconds=5), timedelta(seconds=50))


def test_the_wait_is_until_the_earliest_expected_end() -> None:
    full = floor(held("000", ends_in=90), held("001", ends_in=60), capacity=2)
    assert full.seconds_until_free(after(20)) == 40


@pytest.mark.parametrize(("late", "seconds"), [(-0.4, 1), (0, 1), (0.9, 1), (2, 2), (600, 600)])
def test_a_holder_that_overruns_is_taken_to_need_as_long_again(late: float, seconds: int) -> None:
    assert floor(held("000", ends_in=60)).seconds_until_free(after(60 + late)) == seconds


def test_with_a_free_slot_there_is_nothing_to_wait_for() -> None:
    half_full = floor(held("000", ends_in=90), capacity=2)
    assert half_full.seconds_until_free(NOON) == 1


def test_without_an_expected_end_the_guess_is_a_second() -> None:
    assert floor(replace(held("000"), expected_end_at=None)).seconds_until_free(NOON) == 1


def test_the_end_of_a_forced_run_frees_no_slot() -> None:
    full = floor(held("000", ends_in=600), held("forced-01A", ends_in=10, forced=True))
    assert full.seconds_until_free(NOON) == 600


def test_the_end_of_a_run_above_the_capacity_frees_no_slot() -> None:
    lowered = floor(held("000", ends_in=600), held("001", ends_in=10), capacity=1)
    assert lowered.seconds_until_free(NOON) == 600
