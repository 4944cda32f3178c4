"""Who is served next: by priority, then age, tenants in turn."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack


@pytest.fixture
def served(stack: Stack) -> list[str]:
    """Schedule names in the order their runs started."""
    started: list[str] = []

    def probe(context: Any, params: dict[str, Any]) -> None:
        started.append(params["mark"])
        context.sleep(5)

    stack.register("probe", probe)
    return started


def queue(api: Api, mark: str, token: str | None = None, **changes: Any) -> None:
    target = {"type": "function", "name": "probe", "params": {"mark": mark}}
    schedule = api.create(token, target=target, **changes)
    path = f"/v1/schedules/{schedule['id']}/runs?when_busy=queue"
    answer = api.stack.http("POST", path, token=token or api.stack.operator)
    assert answer.status == 202


def test_the_more_urgent_go_first_then_the_elder(api: Api, stack: Stack, served: list[str]) -> None:
    queue(api, "holder")
    for mark, priority in [("a", 5), ("low", 1), ("b", 5), ("high", 9), ("c", 5)]:
        queue(api, mark, priority=priority)
        stack.advance(1)
    stack.run_for(120)
    assert served == ["holder", "high", "a", "b", "c", "low"]


def test_tenants_take_turns(api: Api, stack: Stack, served: list[str]) -> None:
    other = stack.token(tenant="other", scopes=["operator"])
    queue(api, "holder")
    for number in range(6):
        queue(api, f"a{number}")
    for number in range(3):
        queue(api, f"b{number}", other)
    stack.run_for(300)

    assert [mark for mark in served if mark[0] == "a"] == [f"a{n}" for n in range(6)]
    assert set(served[1:7]) == {"a0", "b0", "a1", "b1", "a2", "b2"}


def test_a_long_wait_outweighs_priority_in_the_end(
    api: Api, stack: Stack, served: list[str]
) -> None:
    api.set_limits(max_lease_seconds=86_400)
    queue(api, "holder", lease_seconds=86_400)
    queue(api, "patient", priority=8)
    for message in stack.messages():
        stack.drop(message)
    stack.advance(3602)
    queue(api, "urgent", priority=9)
    stack.run_for(300)
    assert served.index("patient") < served.index("urgent")


@pytest.mark.parametrize(
    ("capacity", "taken"),
    [(4, {"default": 2, "other": 1}), (5, {"default": 2, "other": 2}), (20, None)],
)
def test_one_pass_takes_no_more_runs_of_a_tenant_than_its_batch_while_another_waits(
    capacity: int, taken: dict[str, int] | None
) -> None:
    """Though its weight gives it more turns in a row; and no slot stays free for that."""
    with Stack(capacity=1) as stack:
        api = Api(stack)
        other = stack.token(tenant="other", scopes=["operator"])
        stack.register("probe", lambda _context, _params: None)
        queue(api, "holder")
        for number in range(8):
            queue(api, f"a{number}")
        for number in range(3):
            queue(api, f"b{number}", other)
        weighted = {"pools": {"main": {"weights": {"default": 9}}}, "batch_per_tenant": 2}
        answer = stack.http(
            "PATCH", "/v1/settings", {"capacity": capacity, **weighted}, token=stack.owner
        )
        assert answer.status == 200, answer.json
        answer = stack.http("POST", "/v1/tick", token=stack.owner)

        assert answer.json["tenants"] == {
            tenant: {"taken": number, "failed": 0}
            for tenant, number in (taken or {"default": 8, "other": 3}).items()
        }


def test_a_run_that_waits_too_long_is_skipped_on_record(
    api: Api, stack: Stack, served: list[str]
) -> None:
    api.set_limits(max_lease_seconds=86_400)
    queue(api, "holder", lease_seconds=86_400)
    stack.drop(stack.messages()[0])
    schedule = api.create(queue_limit_seconds=50)
    run = api.start(schedule, "?when_busy=queue")
    stack.advance(49)
    stack.tick()
    assert api.run(run)["status"] == "queued"

    stack.advance(1)
    stack.tick()
    ended = api.run(run)
    assert (ended["status"], ended["skip_reason"]) == ("skipped", "queue_expired")


def test_a_fire_time_is_not_counted_on_a_run_that_has_waited_too_long(
    api: Api, stack: Stack
) -> None:
    slow = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 300}}
    api.start(api.create(target=slow))
    minutely = {"type": "cron", "expression": "* * * * *"}
    schedule = api.create(cadence=minutely, queue_limit_seconds=90)
    for _ in range(3):
        stack.advance(60)
        stack.tick()

    reasons = [run["skip_reason"] for run in api.runs(schedule)]
    assert reasons == ["queue_expired", "coalesced", None]


def test_an_interval_starts_over_when_its_run_waited_too_long(api: Api, stack: Stack) -> None:
    slow = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 300}}
    api.start(api.create(target=slow))
    schedule = api.create(cadence={"type": "interval", "seconds": 60}, queue_limit_seconds=30)
    stack.advance(60)
    stack.tick()
    assert api.schedule(schedule)["next_fire_at"] is None

    stack.advance(60)
    stack.tick()
    assert api.schedule(schedule)["next_fire_at"] == "2026-03-01T00:03:00.000Z"
