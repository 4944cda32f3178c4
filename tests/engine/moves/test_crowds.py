"""However many wait: no slot stays free beside a run that may take it, and limits hold for all."""

from tests.api_client import Api
from tests.harness import Stack


def set_capacity(stack: Stack, capacity: int) -> None:
    answer = stack.http("PATCH", "/v1/settings", {"capacity": capacity}, token=stack.owner)
    assert answer.status == 200


def test_a_tenant_alone_gets_all_free_slots_at_once_though_its_batch_is_five(
    api: Api, stack: Stack
) -> None:
    api.start(api.create())
    for _ in range(12):
        api.start(api.create(), "?when_busy=queue")
    set_capacity(stack, 13)
    stack.tick()
    assert len(api.get("/v1/slot")["holders"]) == 13
    assert api.get("/v1/slot")["waiting"] == 0


def test_a_wait_that_is_over_ends_wherever_it_stands(api: Api, stack: Stack) -> None:
    api.set_limits(max_lease_seconds=86_400, waiting_runs_of_schedule=60)
    api.start(api.create(lease_seconds=86_400))
    crowd = api.create(priority=9)
    for _ in range(60):
        api.start(crowd, "?when_busy=queue")
    last = api.start(api.create(priority=0, queue_limit_seconds=50), "?when_busy=queue")
    for message in stack.messages():
        stack.drop(message)
    stack.advance(49)
    stack.tick()
    assert api.run(last)["status"] == "queued"
    stack.advance(2)
    stack.tick()
    ended = api.run(last)
    assert (ended["status"], ended["skip_reason"]) == ("skipped", "queue_expired")


def test_one_run_of_a_schedule_waits_though_its_retries_rest(api: Api, stack: Stack) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 5, "ending": "fail"}}
    schedule = api.create(
        cadence={"type": "interval", "seconds": 60, "from": "grid"},
        target=failing,
        retry={"max_attempts": 20, "delay_seconds": 600},
    )
    stack.run_for(1200)
    waiting = [run for run in api.runs(schedule) if run["status"] == "queued"]
    assert len(waiting) == 1
    covered = sum(run["covers"] for run in api.runs(schedule) if run["skip_reason"] is None)
    assert covered == 20
