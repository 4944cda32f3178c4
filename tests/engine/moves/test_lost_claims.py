"""Handing out slots while others do so too: nobody who may start is left waiting."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.deployment.slots import occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.run import Place, RunStatus
from chalicelib.engine.moves import claiming
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, run_table
from chalicelib.store.dynamodb.transaction import Transaction
from tests.api_client import Api
from tests.builders import NOON, a_run_that_is
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Stack

Json = dict[str, Any]


@pytest.fixture
def waiting(api: Api, stack: Stack) -> list[Json]:
    """Two runs that wait, in the order they are served; their slots have just become free."""
    holder = api.create()
    held = api.start(holder)
    queued = [api.start(api.create(priority=each), "?when_busy=queue") for each in (9, 1)]
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    assert [run["status"] for run in queued] == ["queued", "queued"]
    assert api.run(held)["status"] == "claimed"
    return queued


def take_a_slot() -> None:
    """Somebody else takes the first free slot, for a run that nobody here knows."""
    (free, *_) = floor_items.read(2).free
    transaction = Transaction(SystemClock())
    other = a_run_that_is(RunStatus.CLAIMED, run_id="01OTHER")
    floor_items.occupy(transaction, free, occupy(free, other, Turn(), NOON, timedelta(hours=1)))
    transaction.commit()


def hand_out(stack: Stack) -> list[tuple[str, str | None, int | None]]:
    """One pass over the queue: run, slot, and how many are at work, for each claim."""
    claimed = claiming.claim_waiting(stack.system, floor_items.read(1), stack.now)
    return [(run.run_id, run.slot, run.concurrent_runs) for run in claimed.runs]


def test_the_first_in_the_queue_gets_the_free_slot(stack: Stack, waiting: list[Json]) -> None:
    assert hand_out(stack) == [(waiting[0]["id"], "001", 2)]


def test_the_slot_of_a_run_that_is_cancelled_meanwhile_goes_to_the_next(
    stack: Stack, waiting: list[Json]
) -> None:
    path = f"/v1/runs/{waiting[0]['id']}/cancel"
    with just_before(TRANSACTION, lambda: stack.http("POST", path, token=stack.operator)):
        assert hand_out(stack) == [(waiting[1]["id"], "001", 2)]


def test_a_slot_that_is_taken_meanwhile_is_not_tried_again(
    api: Api, stack: Stack, waiting: list[Json]
) -> None:
    with just_before(TRANSACTION, take_a_slot), stack.counting() as requests:
        assert hand_out(stack) == []
    assert requests[TRANSACTION] == 2, "the other's, and one lost"
    assert api.run(waiting[0])["status"] == "queued"


def test_who_finds_a_slot_taken_gets_the_next(stack: Stack, waiting: list[Json]) -> None:
    stack.http("PATCH", "/v1/settings", {"capacity": 3}, token=stack.owner)
    with just_before(TRANSACTION, take_a_slot):
        assert hand_out(stack) == [(waiting[0]["id"], "002", 2)]


def test_each_of_several_claims_counts_those_before_it(
    api: Api, stack: Stack, waiting: list[Json]
) -> None:
    stack.http("PATCH", "/v1/settings", {"capacity": 3}, token=stack.owner)
    assert hand_out(stack) == [(waiting[0]["id"], "001", 2), (waiting[1]["id"], "002", 3)]


def test_runs_that_one_pass_fires_count_those_before_them(api: Api, stack: Stack) -> None:
    stack.http("PATCH", "/v1/settings", {"capacity": 3}, token=stack.owner)
    at_ten = {"type": "once", "at": "2026-03-01T00:00:10Z"}
    due = [api.create(cadence=at_ten) for _ in range(3)]
    stack.lose_wakes()
    stack.advance(10)
    stack.tick()
    counted = sorted(api.runs(schedule)[0]["concurrent_runs"] for schedule in due)
    assert counted == [1, 2, 3]


def test_an_error_with_one_waiting_run_keeps_no_other_from_its_slot(
    api: Api, stack: Stack, waiting: list[Json], caplog: pytest.LogCaptureFixture
) -> None:
    def break_down() -> None:
        raise RuntimeError("storage is out of order")

    with caplog.at_level("ERROR"), just_before(TRANSACTION, break_down):
        assert hand_out(stack) == [(waiting[1]["id"], "001", 2)]


def test_a_claim_says_how_long_its_run_is_expected_to_take(
    api: Api, stack: Stack, waiting: list[Json]
) -> None:
    hand_out(stack)
    (slot,) = [slot for slot in floor_items.read(1).holders if slot.key == "001"]
    timeout = api.schedule({"id": waiting[0]["schedule_id"]})["timeout_seconds"]
    assert slot.since == stack.now
    assert slot.expected_end_at is not None
    assert (slot.expected_end_at - stack.now).total_seconds() == timeout


def test_a_slot_that_frees_while_a_pass_fires_goes_to_the_one_it_put_in_the_queue(
    api: Api, stack: Stack
) -> None:
    """Also if that pass then fires another that does not wait."""
    api.start(api.create())
    (message,) = stack.messages()
    stack.drop(message)
    at_ten = {"type": "once", "at": "2026-03-01T00:00:10Z"}
    patient = api.create(cadence=at_ten, priority=9)
    hasty = api.create(cadence=at_ten, priority=1, when_busy="skip")
    stack.lose_wakes()
    stack.advance(10)
    with just_before(TRANSACTION, lambda: stack.redeliver(message)):
        stack.tick()

    assert [run["status"] for run in api.runs(hasty)] == ["skipped"]
    assert [run["status"] for run in api.runs(patient)] == ["claimed"]


def test_a_run_that_has_waited_too_long_does_not_get_the_slot_that_frees(
    api: Api, stack: Stack
) -> None:
    working = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 60}}
    api.start(api.create(target=working))
    overdue = api.start(api.create(queue_limit_seconds=50, priority=9), "?when_busy=queue")
    patient = api.start(api.create(priority=1), "?when_busy=queue")
    stack.deliver()

    ended = api.run(overdue)
    assert (ended["status"], ended["skip_reason"]) == ("skipped", "queue_expired")
    assert api.run(patient)["status"] == "succeeded"


def test_a_head_gets_the_slot_whose_forced_run_ended_after_the_look_at_the_slots(
    api: Api, stack: Stack
) -> None:
    """Nobody else hands it out: its head stood there as the forced run ended."""
    api.start(api.create())
    schedule = api.create(cadence={"type": "once", "at": "2026-03-01T00:00:10Z"})
    stack.lose_wakes()
    stack.advance(10)
    stack.tick()
    forced = api.start(schedule, "?when_busy=force")
    (message,) = [each for each in stack.messages() if each.json["run_id"] == forced["id"]]
    stack.drop(message)
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    seen = stack.system.floor()
    with just_before("GetItem", lambda: stack.redeliver(message)):
        (claimed,) = claiming.claim_waiting(stack.system, seen, stack.now).runs
    assert api.run(forced)["status"] == "succeeded"
    assert (claimed.schedule_id, claimed.slot) == (schedule["id"], "001")


def test_a_head_whose_run_is_at_work_steps_back_and_comes_forward_as_that_ends(
    api: Api, stack: Stack
) -> None:
    api.start(api.create())
    schedule = api.create(cadence={"type": "once", "at": "2026-03-01T00:00:10Z"})
    stack.lose_wakes()
    stack.advance(10)
    stack.tick()
    forced = api.start(schedule, "?when_busy=force")
    (message,) = [each for each in stack.messages() if each.json["run_id"] == forced["id"]]
    stack.drop(message)
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    assert hand_out(stack) == []
    (waiting,) = [run for run in api.runs(schedule) if run["status"] == "queued"]
    assert run_table.get("default", waiting["id"]).place is Place.LINE
    stack.redeliver(message)
    assert api.run(waiting)["status"] == "claimed"
