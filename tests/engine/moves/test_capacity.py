"""Capacity can change while Baton works."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.builders import UNDELIVERED
from tests.harness import Stack


def set_capacity(stack: Stack, capacity: int) -> None:
    answer = stack.http("PATCH", "/v1/settings", {"capacity": capacity}, token=stack.owner)
    assert answer.status == 200, answer.json


def held(api: Api) -> list[str]:
    return [holder["slot"] for holder in api.get("/v1/slot")["holders"]]


def test_a_higher_capacity_takes_effect_at_once(api: Api, stack: Stack) -> None:
    first, second, third = (api.create() for _ in range(3))
    api.start(first)
    assert api.run_now(second).status == 429
    set_capacity(stack, 2)

    assert api.run_now(second).status == 202
    assert api.run_now(third).status == 429
    assert held(api) == ["000", "001"]


def test_a_higher_capacity_serves_what_waits_with_the_next_tick(api: Api, stack: Stack) -> None:
    api.start(api.create())
    for _ in range(3):
        api.start(api.create(), "?when_busy=queue")
    set_capacity(stack, 3)
    stack.tick()

    assert held(api) == ["000", "001", "002"]
    assert api.get("/v1/slot")["waiting"] == 1


def test_a_lower_capacity_ends_no_run_and_is_kept_as_slots_free(api: Api, stack: Stack) -> None:
    set_capacity(stack, 3)
    schedules = [api.create() for _ in range(3)]
    runs = [api.start(schedule) for schedule in schedules]
    set_capacity(stack, 1)
    stack.tick()
    assert len(held(api)) == 3

    stack.deliver()
    assert [api.run(run)["status"] for run in runs] == ["succeeded"] * 3
    first, second, _ = schedules
    api.start(first)
    assert api.run_now(second).status == 429


def test_a_silent_holder_above_the_capacity_is_reaped_too(api: Api, stack: Stack) -> None:
    set_capacity(stack, 2)
    api.start(api.create())
    second = api.start(api.create())
    set_capacity(stack, 1)
    for message in stack.messages():
        stack.drop(message)
    stack.advance(UNDELIVERED)
    stack.tick()

    assert held(api) == ["000"]
    assert api.run(second)["status"] in ("claimed", "queued")


def test_a_forced_run_is_on_record_with_who_asked(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    forced = api.start(schedule, "?when_busy=force")

    activity = api.get("/v1/activity")["items"][0]
    assert (activity["action"], activity["actor"], activity["subject"]) == (
        "run_forced",
        "default-admin",
        forced["id"],
    )


def test_forced_runs_do_not_use_up_the_capacity(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule, "?when_busy=force")
    assert api.run_now(schedule).status == 202


def test_a_crashed_forced_run_leaves_no_slot_behind(api: Api, stack: Stack) -> None:
    api.start(api.create(), "?when_busy=force")
    for _ in range(6):
        for message in stack.messages():
            stack.drop(message)
        stack.advance(UNDELIVERED)
        stack.tick()
    assert held(api) == []


def test_settings_refuse_what_is_out_of_range_and_keep_the_rest(api: Api, stack: Stack) -> None:
    wrong = {"capacity": 0, "batch_per_tenant": "5", "surprise": 1, "retention": {"run_days": 0}}
    answer = stack.http("PATCH", "/v1/settings", wrong, token=stack.owner)
    named = {error["field"] for error in answer.json["errors"]}
    assert answer.status == 422
    assert named == {"capacity", "batch_per_tenant", "surprise", "retention.run_days"}
    assert api.get("/v1/settings")["capacity"] == 1


def test_a_schedule_does_not_overlap_itself_with_slots_to_spare() -> None:
    with Stack(capacity=3) as stack:
        api = Api(stack)
        active: list[int] = []
        most: list[int] = []

        def probe(context: Any, _params: Any) -> None:
            active.append(1)
            most.append(len(active))
            for _ in range(3):
                context.sleep(60)
                stack.tick()
            active.pop()

        stack.register("probe", probe)
        schedule = api.create(
            target={"type": "function", "name": "probe"},
            cadence={"type": "cron", "expression": "* * * * *"},
        )
        stack.run_for(1200)
        assert set(most) == {1}
        assert {run["skip_reason"] for run in api.runs(schedule)} == {None, "coalesced"}


@pytest.mark.parametrize("policy", ["run_once", "run_all"])
def test_a_schedule_with_several_fire_times_due_at_once_does_not_overlap_itself(
    policy: str,
) -> None:
    with Stack(capacity=2) as stack:
        api = Api(stack)
        api.create(
            cadence={"type": "cron", "expression": "* * * * *"},
            misfire={"policy": policy, "grace_seconds": 600},
        )
        stack.advance(180)
        stack.tick()
        assert held(api) == ["000"]
        assert len({run["fire_at"] for run in api.runs()}) == 3
