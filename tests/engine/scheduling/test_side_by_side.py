"""What is due is fired side by side, but for what may take the last slots of its pool."""

from dataclasses import replace

from chalicelib.engine.scheduling import passes
from chalicelib.engine.scheduling.rounds import by_room
from chalicelib.store import floor_items
from infra import template
from tests.api_client import Api
from tests.builders import a_schedule
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack


def sorted_out(room: dict[str, int], at_once: int, *due: str) -> list[list[str]]:
    """`due` are names of pools."""
    schedules = [a_schedule(schedule_id=f"{number}", pool=pool) for number, pool in enumerate(due)]
    parts = by_room(schedules, room, at_once)
    return [[f"{each.pool}{each.schedule_id}" for each in part] for part in parts]


def test_who_may_take_a_last_slot_waits_for_those_before_it() -> None:
    found = sorted_out({"a": 5}, 2, "a", "a", "a", "a", "a", "a", "a")
    assert found == [["a0", "a1", "a2"], ["a3", "a4"], ["a5", "a6"]]


def test_each_pool_has_its_own_room() -> None:
    found = sorted_out({"a": 1, "b": 9}, 3, "a", "b", "a", "b", "gone")
    assert found == [["b1", "b3"], ["a0"], ["a2", "gone4"]]


def test_one_at_a_time_keeps_the_order() -> None:
    found = sorted_out({"a": 2}, 1, "a", "a", "a")
    assert [each for part in found for each in part] == ["a0", "a1", "a2"]


def test_with_many_threads_each_run_has_a_slot_of_its_own() -> None:
    with Stack(capacity=40) as stack, connected(InMemoryDynamoDB(template.tables(STACK))):
        api = Api(stack)
        for number in range(60):
            api.create(name=f"S{number}", cadence={"type": "once", "at": "2026-03-01T00:00:30Z"})
        stack.advance(30)
        stack.system = replace(stack.system, writers=8)
        passes.Pass(stack.system).make()
        held = [slot for slot in floor_items.read(40).slots if slot.is_held]
        assert len({slot.run_id for slot in held}) == len(held) == 40
        assert len(api.runs()) == 60
