"""Slots go to tenants in turn: no backlog, priority or haste of one keeps another waiting."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

Job = Any


@pytest.fixture
def served(stack: Stack) -> list[str]:
    """The names of schedules as their runs start; each takes ten seconds."""
    started: list[str] = []

    def work(context: Job, _params: Job) -> None:
        started.append(_name(stack, context.schedule_id))
        stack.advance(10)

    stack.register("work", work)
    return started


def _name(stack: Stack, schedule_id: str) -> str:
    for token in (stack.viewer, stack.token("other", ["viewer"])):
        answer = stack.http("GET", f"/v1/schedules/{schedule_id}", token=token)
        if answer.status == 200:
            return str(answer.json["name"])
    return "?"


def queue(stack: Stack, name: str, token: str, **fields: Any) -> dict[str, Any]:
    """A new schedule of whoever has the token, with a run of it in the queue."""
    target = {"type": "function", "name": "work"}
    schedule = Api(stack).create(token=token, name=name, target=target, **fields)
    path = f"/v1/schedules/{schedule['id']}/runs?when_busy=queue"
    answer = stack.http("POST", path, {}, token=token)
    assert answer.status == 202, answer.json
    return schedule


def a_backlog(stack: Stack, count: int, token: str) -> None:
    for number in range(count):
        queue(stack, f"old {number}", token)


def test_a_newcomer_is_served_within_one_turn_however_old_and_long_the_backlog(
    stack: Stack, served: list[str]
) -> None:
    a_backlog(stack, 40, stack.operator)
    stack.advance(6 * 3600)
    queue(stack, "newcomer", stack.token("other", ["operator"]))
    stack.deliver()
    assert served.index("newcomer") <= 2
    assert len(served) == 41


def test_with_a_tenant_whose_name_sorts_before_it_is_the_same(
    stack: Stack, served: list[str]
) -> None:
    a_backlog(stack, 10, stack.token("zebra", ["operator"]))
    queue(stack, "newcomer", stack.operator)
    stack.deliver()
    assert served.index("newcomer") <= 2


def test_priority_orders_a_tenants_own_runs_and_nobody_elses(
    stack: Stack, served: list[str]
) -> None:
    token = stack.token("other", ["operator"])
    for number in range(6):
        queue(stack, f"urgent {number}", stack.operator, priority=9)
    queue(stack, "late", token, priority=0)
    queue(stack, "later but more urgent", token, priority=1)
    stack.deliver()
    assert served.index("later but more urgent") <= 2
    assert served.index("late") <= 4


def test_who_does_not_wait_gets_a_slot_only_if_nobody_waits_for_it(
    stack: Stack, served: list[str]
) -> None:
    queue(stack, "at work", stack.operator)
    queue(stack, "waits", stack.token("other", ["operator"]))
    impatient = Api(stack).create(name="impatient", target={"type": "function", "name": "work"})
    assert Api(stack).run_now(impatient, "?when_busy=reject").status == 429
    stack.deliver()
    assert served == ["at work", "waits"]
    assert Api(stack).run_now(impatient, "?when_busy=reject").status == 202


def test_a_tenant_with_weight_three_has_three_turns_for_each_of_the_other(
    stack: Stack, served: list[str]
) -> None:
    pools = {"pools": {"main": {"weights": {"other": 3}}}}
    assert stack.http("PATCH", "/v1/settings", pools, token=stack.owner).status == 200
    token = stack.token("other", ["operator"])
    for number in range(24):
        queue(stack, f"heavy {number}", token)
    for number in range(8):
        queue(stack, f"light {number}", stack.operator)
    stack.deliver()
    for start in range(len(served) - 20):
        window = served[start : start + 20]
        heavy = sum(name.startswith("heavy") for name in window)
        assert 14 <= heavy <= 16, (start, window)


def test_a_callback_that_falls_silent_loses_its_slot_after_the_lease_an_owner_bounds(
    stack: Stack, served: list[str]
) -> None:
    Api(stack).set_limits(max_lease_seconds=60)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:work-crawl"
    target = {"type": "lambda", "function_arn": arn, "completion": "callback"}
    body = {"name": "C", "cadence": {"type": "manual"}, "target": target, "lease_seconds": 61}
    refused = stack.http("POST", "/v1/schedules", {**body, "enabled": False}, token=stack.operator)
    assert (refused.status, refused.json["code"]) == (409, "limit_exceeded")
    assert served == []
