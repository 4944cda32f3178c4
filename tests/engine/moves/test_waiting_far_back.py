"""A run that waits so far back that no pass sees it at the head of the queue."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Crash, Stack

#: More than are read at once.
CROWD = 25


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def test_it_is_ended_in_time_by_the_next_fire_time_of_its_schedule(api: Api, stack: Stack) -> None:
    api.set_limits(waiting_runs_of_schedule=CROWD)
    stack.register("crash", crash)
    api.start(api.create(target={"type": "function", "name": "crash"}, lease_seconds=600))
    stack.deliver()
    minutely = {"type": "cron", "expression": "* * * * *"}
    schedule = api.create(cadence=minutely, queue_limit_seconds=90, priority=1)
    urgent = api.create(priority=9)
    for _ in range(CROWD):
        api.start(urgent, "?when_busy=queue")
    for _ in range(3):
        stack.advance(60)
        stack.tick()

    reasons = [run["skip_reason"] for run in api.runs(schedule)]
    assert reasons == ["queue_expired", "coalesced", None]


def test_a_slot_does_not_stay_free_behind_a_crowd_of_a_schedule_that_is_at_work(
    api: Api, stack: Stack
) -> None:
    api.set_limits(waiting_runs_of_schedule=CROWD)
    crowd, other = api.create(), api.create()
    api.start(crowd)
    for _ in range(CROWD):
        api.start(crowd, "?when_busy=queue")
    last = api.start(other, "?when_busy=queue")
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    stack.tick()
    assert api.run(last)["status"] == "claimed"
    assert len(api.get("/v1/slot")["holders"]) == 2
