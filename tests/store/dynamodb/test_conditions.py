"""Each condition that writes carry: what it lets through, and the near-misses it stops."""

from dataclasses import replace
from typing import Final

import pytest
from pynamodb.expressions.condition import Condition

from chalicelib.domain.deployment.slots import Slot, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.arming import disarm
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem, TokenItem
from tests.builders import MILLISECOND, NOON, a_run, a_run_that_is, a_schedule, after
from tests.store.writing import a_slot, holds, store, vacated

QUEUED: Final = a_run()
CLAIMED: Final = a_run_that_is(RunStatus.CLAIMED)
RUNNING: Final = a_run_that_is(RunStatus.RUNNING)
PUT_BACK: Final = transitions.unclaim(CLAIMED)
CLAIMED_AGAIN: Final = transitions.claim(PUT_BACK, "001", 2, after(90), concurrent=1)
ENDED: Final = a_run_that_is(RunStatus.SUCCEEDED)

SEEN: Final = a_schedule(fire_at=NOON, next_fire_at=after(5), pending_run_id="01PENDING")

FREE: Final = a_slot()
HELD: Final = occupy(FREE, CLAIMED, Turn(4, "acme", 1), NOON, NOON - after(-60))
VACATED: Final = vacated(HELD)
HELD_AGAIN: Final = replace(HELD, token=2)


def run_lets_through(there: Run | None, condition: Condition) -> bool:
    if there is not None:
        store(there)
    return holds(RunItem("acme", "01RUN"), RunItem.summary.set("written"), condition)


def schedule_lets_through(there: Schedule | None, condition: Condition) -> bool:
    if there is not None:
        store(there)
    item = ScheduleItem("acme", "01SCHEDULE")
    return holds(item, ScheduleItem.description.set("written"), condition)


def slot_lets_through(there: Slot | None, condition: Condition) -> bool:
    if there is not None:
        to_item(ControlItem, there, kind="floor").save()
    return holds(ControlItem("floor", "000"), ControlItem.value.set({}), condition)


# Schedules


def test_a_schedule_is_new_if_there_is_none_of_its_id() -> None:
    assert schedule_lets_through(None, conditions.schedule_is_new())


def test_a_schedule_is_not_new_if_there_is_one() -> None:
    assert not schedule_lets_through(SEEN, conditions.schedule_is_new())


@pytest.mark.parametrize(
    "near", [replace(SEEN, tenant_id="umbrella"), replace(SEEN, schedule_id="01OTHER")]
)
def test_a_schedule_is_new_though_there_is_one_of_another_key(near: Schedule) -> None:
    assert schedule_lets_through(near, conditions.schedule_is_new())


@pytest.mark.parametrize(
    "seen",
    [
        SEEN,
        disarm(SEEN),
        replace(SEEN, pending_run_id=None),
        replace(disarm(SEEN), pending_run_id=None),
    ],
)
def test_a_schedule_is_unchanged_if_it_is_as_seen(seen: Schedule) -> None:
    assert schedule_lets_through(seen, conditions.schedule_is_unchanged(seen))


def test_a_schedule_is_unchanged_if_only_what_nobody_decides_on_differs() -> None:
    renamed = replace(SEEN, name="Renamed by hand", average_steps=3.5)
    assert schedule_lets_through(renamed, conditions.schedule_is_unchanged(SEEN))


@pytest.mark.parametrize(
    "there",
    [
        None,
        replace(SEEN, version=2),
        replace(SEEN, version=0),
        replace(SEEN, fire_at=NOON + MILLISECOND),
        replace(SEEN, fire_at=None),
        replace(SEEN, next_fire_at=after(5) + MILLISECOND),
        replace(SEEN, next_fire_at=None),
        disarm(SEEN),
        replace(SEEN, pending_run_id="01OTHER"),
        replace(SEEN, pending_run_id=None),
    ],
)
def test_a_schedule_is_changed_if_one_thing_differs(there: Schedule | None) -> None:
    assert not schedule_lets_through(there, conditions.schedule_is_unchanged(SEEN))


@pytest.mark.parametrize(
    "there",
    [
        replace(disarm(SEEN), fire_at=NOON),
        replace(disarm(SEEN), next_fire_at=NOON),
        disarm(SEEN),
    ],
)
def test_what_was_not_there_when_seen_must_not_be_there_now(there: Schedule) -> None:
    seen = replace(disarm(SEEN), pending_run_id=None)
    assert not schedule_lets_through(there, conditions.schedule_is_unchanged(seen))


# Runs


def test_a_run_is_new_if_its_fire_time_has_no_record() -> None:
    assert run_lets_through(None, conditions.run_is_new())


@pytest.mark.parametrize("there", [QUEUED, a_run_that_is(RunStatus.SKIPPED)])
def test_a_run_is_not_new_if_its_fire_time_has_a_record_of_any_kind(there: Run) -> None:
    assert not run_lets_through(there, conditions.run_is_new())


@pytest.mark.parametrize(
    "near", [replace(QUEUED, tenant_id="umbrella"), replace(QUEUED, run_id="01OTHER")]
)
def test_a_run_is_new_though_there_is_one_of_another_key(near: Run) -> None:
    assert run_lets_through(near, conditions.run_is_new())


@pytest.mark.parametrize("seen", [QUEUED, PUT_BACK])
def test_a_run_is_queued_if_it_waits_as_seen(seen: Run) -> None:
    assert run_lets_through(seen, conditions.run_is_queued(seen))


@pytest.mark.parametrize(
    "there",
    [
        None,
        CLAIMED,
        replace(CLAIMED, token=QUEUED.token),
        PUT_BACK,
        a_run_that_is(RunStatus.SKIPPED),
    ],
)
def test_a_run_is_not_queued_if_it_went_on_or_came_back(there: Run | None) -> None:
    assert not run_lets_through(there, conditions.run_is_queued(QUEUED))


def test_a_run_put_back_with_a_token_is_told_from_one_put_back_once_more() -> None:
    again = transitions.unclaim(CLAIMED_AGAIN)
    assert not run_lets_through(again, conditions.run_is_queued(PUT_BACK))


def test_a_claim_is_there_to_be_started() -> None:
    assert run_lets_through(CLAIMED, conditions.run_is_claimed(CLAIMED.token))


@pytest.mark.parametrize("there", [None, RUNNING, PUT_BACK, CLAIMED_AGAIN, ENDED])
def test_a_claim_is_not_there_to_be_started_twice_or_by_an_older_message(
    there: Run | None,
) -> None:
    assert not run_lets_through(there, conditions.run_is_claimed(CLAIMED.token))


@pytest.mark.parametrize("seen", [CLAIMED, RUNNING])
def test_a_run_is_held_if_its_claim_is_in_force(seen: Run) -> None:
    assert run_lets_through(seen, conditions.run_is_held(seen))


def test_a_run_is_held_though_its_lease_was_renewed_and_it_was_asked_to_stop() -> None:
    beaten = replace(RUNNING, lease_expires_at=after(900), steps=7)
    asked = transitions.request_cancel(beaten, "ann", after(8))
    assert run_lets_through(asked, conditions.run_is_held(RUNNING))


@pytest.mark.parametrize(
    "there", [None, CLAIMED, PUT_BACK, CLAIMED_AGAIN, replace(RUNNING, token=2), ENDED]
)
def test_a_run_is_not_held_once_its_claim_is_over(there: Run | None) -> None:
    assert not run_lets_through(there, conditions.run_is_held(RUNNING))


def test_a_lease_that_ended_at_that_very_instant_has_ended() -> None:
    there = replace(RUNNING, lease_expires_at=NOON)
    assert run_lets_through(there, conditions.lease_has_ended(NOON))


@pytest.mark.parametrize("there", [None, QUEUED, replace(RUNNING, lease_expires_at=after(0.001))])
def test_a_lease_that_runs_or_was_never_given_has_not_ended(there: Run | None) -> None:
    assert not run_lets_through(there, conditions.lease_has_ended(NOON))


# Slots


@pytest.mark.parametrize(("there", "seen"), [(None, FREE), (FREE, FREE), (VACATED, VACATED)])
def test_a_slot_is_free_if_nobody_holds_it_and_it_is_as_seen(
    there: Slot | None, seen: Slot
) -> None:
    assert slot_lets_through(there, conditions.slot_is_free(seen))


@pytest.mark.parametrize(
    ("there", "seen"),
    [
        (HELD, FREE),
        (HELD, VACATED),
        (replace(HELD, token=0), FREE),
        (VACATED, FREE),
        (vacated(HELD_AGAIN), VACATED),
        (None, VACATED),
    ],
)
def test_a_slot_is_not_free_if_it_was_taken_since_even_if_given_back(
    there: Slot | None, seen: Slot
) -> None:
    assert not slot_lets_through(there, conditions.slot_is_free(seen))


def test_a_slot_is_held_by_the_claim_that_took_it() -> None:
    assert slot_lets_through(HELD, conditions.slot_is_held_by(HELD))


@pytest.mark.parametrize(
    "there", [None, FREE, VACATED, HELD_AGAIN, replace(HELD, run_id="01OTHER")]
)
def test_a_slot_is_not_held_by_a_claim_that_is_over(there: Slot | None) -> None:
    assert not slot_lets_through(there, conditions.slot_is_held_by(HELD))


# Tokens


def test_a_token_is_new_if_there_is_none_of_its_id() -> None:
    item = TokenItem("01TOKEN")
    assert holds(item, TokenItem.name.set("new"), conditions.token_is_new())
    assert not holds(item, TokenItem.name.set("newer"), conditions.token_is_new())
