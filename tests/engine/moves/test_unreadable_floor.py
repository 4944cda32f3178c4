"""What somebody spoiled of the floor or of a log stops nobody: the rest of it counts."""

from typing import Any, Final

import pytest

from tests.api_client import Api
from tests.engine.conftest import Lines
from tests.harness import Stack
from tests.spoiling import NONSENSE, is_stored, set_stored

EVERY_MINUTE: Final = {"type": "cron", "expression": "* * * * *"}
SLOT: Final = {"kind": "floor", "key": "slot#000"}


def statuses(api: Api, schedule: dict[str, Any]) -> list[str]:
    return [run["status"] for run in api.runs(schedule)]


@pytest.mark.parametrize(
    "name", ["since", "expected_end_at", "schedule_name", "forced", "turn", "served", "in_a_row"]
)
def test_a_holder_whose_row_is_spoilt_in_passing_ends_and_the_next_one_starts(
    api: Api, stack: Stack, lines: Lines, name: str
) -> None:
    schedule = api.create()
    run = api.start(schedule)
    wrong = {"N": "1"} if name in ("schedule_name", "served") else {"S": NONSENSE}
    set_stored("control", SLOT, name, wrong)
    waiting = api.start(schedule, "?when_busy=queue")
    stack.run_for(60)
    assert [api.run(each)["status"] for each in (run, waiting)] == ["succeeded"] * 2
    assert lines.of("slot_unreadable")[0]["item"] == "000"


@pytest.mark.parametrize("name", ["token", "run_id", "tenant_id"])
def test_a_slot_that_nobody_can_say_the_holder_of_stays_taken_and_the_others_serve(
    api: Api, stack: Stack, name: str
) -> None:
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    held, other = api.create(), api.create(cadence=EVERY_MINUTE)
    api.start(held)
    set_stored("control", SLOT, name, {"S": NONSENSE} if name == "token" else {"N": "7"})
    for message in stack.messages():
        stack.drop(message)
    stack.run_for(300)
    assert statuses(api, other) == ["succeeded"] * 5
    assert {run["slot"] for run in api.runs(other)} == {None}
    assert is_stored("control", SLOT)


@pytest.mark.parametrize("key", ["settings", "tick", "pressure", "zone-rules"])
def test_a_mark_or_setting_that_is_spoilt_says_nothing(
    api: Api, stack: Stack, lines: Lines, key: str
) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    stack.run_for(60)
    set_stored("control", {"kind": "floor", "key": key}, "value", {"S": NONSENSE})
    stack.run_for(120)
    assert statuses(api, schedule) == ["succeeded"] * 3
    assert lines.of("control_unreadable")[0]["item"] == key


@pytest.mark.parametrize("name", ["at", "data"])
def test_a_log_line_that_is_spoilt_is_left_out_and_goes_with_its_run(
    api: Api, stack: Stack, name: str
) -> None:
    three_steps = {"type": "function", "name": "drill", "params": {"steps": 3}}
    schedule = api.create(target=three_steps)
    run = api.start(schedule)
    stack.run_for(60)
    whole = api.get(f"/v1/runs/{run['id']}/log")["items"]
    assert len(whole) > 1
    first = {"run_id": run["id"]}
    set_stored("run-log", first, name, {"S": NONSENSE}, sequence=1)
    assert api.get(f"/v1/runs/{run['id']}/log")["items"] == whole[1:]

    stack.http("DELETE", f"/v1/schedules/{schedule['id']}", token=stack.operator)
    assert not is_stored("run-log", first, sequence=1)
