"""A pass that loses to others goes on with what is there then; no slot is lost on the way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb.transaction import MOST_TRIES
from tests.api_client import Api
from tests.engine.conftest import Lines
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Stack

AT_ONE: dict[str, Any] = {"type": "once", "at": "2026-03-01T00:01:00Z"}

Json = dict[str, Any]


@pytest.fixture
def two_slots(stack: Stack) -> None:
    assert stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner).status == 200


@pytest.fixture
def due(api: Api, stack: Stack, two_slots: None) -> tuple[Json, Json]:
    """Two schedules at the very instant they are due, in the order they are served."""
    pair = api.create(cadence=AT_ONE, priority=9), api.create(cadence=AT_ONE, priority=1)
    stack.advance(60)
    return pair


def rename(schedule: Json) -> Callable[[], object]:
    """What somebody's edit does to it."""

    def act() -> None:
        seen = schedule_table.get("default", schedule["id"])
        edited = replace(seen, name=seen.name + "!", version=seen.version + 1)
        schedule_table.replace(seen, edited, SystemClock())

    return act


def slots() -> dict[str | None, str]:
    """Schedule → the slot its run holds."""
    return {slot.schedule_id: slot.key for slot in floor_items.read(2).holders}


def test_who_loses_to_an_edit_decides_anew_on_the_very_slot_it_had(
    stack: Stack, due: tuple[Json, Json]
) -> None:
    first, second = due
    with just_before(TRANSACTION, rename(first)):
        stack.tick()

    assert slots() == {first["id"]: "000", second["id"]: "001"}


def test_who_loses_its_slot_takes_the_next_at_once(
    api: Api, stack: Stack, due: tuple[Json, Json], lines: Lines
) -> None:
    first, second = due
    other = api.create()
    with just_before(TRANSACTION, lambda: api.start(other)), stack.counting() as requests:
        stack.tick()

    assert slots() == {other["id"]: "000", first["id"]: "001"}
    (waits,) = api.runs(second)
    assert waits["status"] == "queued"
    assert requests[TRANSACTION] == 4, "one by hand, one lost, one for each of the two"
    assert lines.of("fire_contended") == []


def test_who_loses_all_the_time_is_left_to_the_next_pass_and_named(
    api: Api, stack: Stack, due: tuple[Json, Json], lines: Lines
) -> None:
    first, second = due
    with just_before(TRANSACTION, rename(first), times=MOST_TRIES):
        stack.tick()
    assert slots() == {second["id"]: "000"}
    assert lines.of("fire_contended") == [{"tenant_id": "default", "item": first["id"]}]

    stack.tick()
    assert slots() == {second["id"]: "000", first["id"]: "001"}


def test_a_schedule_that_is_paused_meanwhile_leaves_its_slot_to_the_next(
    api: Api, stack: Stack, due: tuple[Json, Json]
) -> None:
    first, second = due
    path = f"/v1/schedules/{first['id']}/pause"
    with just_before(TRANSACTION, lambda: stack.http("POST", path, token=stack.operator)):
        stack.tick()

    assert slots() == {second["id"]: "000"}
    assert [run["skip_reason"] for run in api.runs(first)] == ["schedule_paused"]


def test_a_schedule_that_is_deleted_meanwhile_leaves_no_record(
    stack: Stack, due: tuple[Json, Json]
) -> None:
    first, second = due
    path = f"/v1/schedules/{first['id']}"
    with just_before(TRANSACTION, lambda: stack.http("DELETE", path, token=stack.operator)):
        stack.tick()

    assert slots() == {second["id"]: "000"}
    assert [run.schedule_id for run in run_table.older_than("default", "~")] == [second["id"]]


def test_a_skipped_fire_time_leaves_its_slot_to_the_next(
    api: Api, stack: Stack, two_slots: None
) -> None:
    api.create(cadence=AT_ONE, priority=9, misfire={"policy": "skip", "grace_seconds": 10})
    second = api.create(cadence=AT_ONE, priority=1)
    stack.advance(71)
    stack.tick()

    assert slots() == {second["id"]: "000"}


def test_each_run_tells_how_many_were_at_work_with_it(due: tuple[Json, Json], stack: Stack) -> None:
    stack.tick()
    runs = list(run_table.older_than("default", "~"))

    assert {run.schedule_id: run.concurrent_runs for run in runs} == {
        due[0]["id"]: 1,
        due[1]["id"]: 2,
    }
