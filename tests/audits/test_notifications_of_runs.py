"""What the engine itself has to say in the inbox: failures, broken schedules, its own absence."""

from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib.domain.audits import notifications
from chalicelib.engine.scheduling.lateness import LATE_AFTER
from chalicelib.jobs.context import JobContext
from chalicelib.store.dynamodb.models import InboxItem
from infra import template
from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Crash, Stack

FAILING = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
MINUTELY = {"type": "cron", "expression": "* * * * *"}


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def kinds(api: Api, token: str | None = None) -> list[str]:
    """Of all notifications, oldest first."""
    return [item["kind"] for item in api.get("/v1/notifications?limit=200", token)["items"]][::-1]


def newest(api: Api) -> dict[str, Any]:
    return dict(api.get("/v1/notifications?limit=1")["items"][0])


def test_a_run_that_failed_for_good_is_told_once(api: Api, stack: Stack) -> None:
    retry = {"max_attempts": 2, "delay_seconds": 0}
    at = {"type": "once", "at": "2026-03-01T00:00:30Z"}
    schedule = api.create(name="Sync", target=FAILING, cadence=at, retry=retry)
    stack.run_for(180)
    (run,) = api.runs(schedule)
    assert (run["status"], run["attempt"]) == ("failed", 2)
    notification = newest(api)
    assert kinds(api) == ["run_failed"]
    assert (notification["subject"], notification["run_id"]) == (run["id"], run["id"])
    assert notification["schedule_id"] == schedule["id"]
    assert notification["message"] == "A run of “Sync” failed: error."
    assert notification["details"]["attempts"] == 2
    assert notification["actions"] == []


def test_the_breaker_that_opens_is_told_with_why(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Sync", target=FAILING, cadence=MINUTELY, breaker={"failures": 2})
    stack.run_for(300)
    assert sorted(kinds(api)) == ["run_failed", "schedule_broken"]
    (broken,) = [
        item for item in api.get("/v1/notifications")["items"] if item["kind"] == "schedule_broken"
    ]
    assert (broken["subject"], broken["schedule_id"]) == (schedule["id"], schedule["id"])
    assert broken["run_id"] == api.runs(schedule)[-1]["id"]
    assert "2 failures in a row" in broken["message"]


def test_a_lease_that_ran_out_is_a_failure_too(api: Api, stack: Stack) -> None:
    stack.register("probe", crash)
    at = {"type": "once", "at": "2026-03-01T00:00:30Z"}
    api.create(cadence=at, lease_seconds=60, target={"type": "function", "name": "probe"})
    stack.run_for(300)
    assert kinds(api) == ["run_failed"]
    assert newest(api)["details"]["failure_reason"] == "lease_expired"


def test_what_a_person_tries_out_is_not_told(api: Api, stack: Stack) -> None:
    api.start(api.create(target=FAILING))
    stack.deliver()
    assert kinds(api) == []


def test_success_skips_and_cancellations_are_not_told(api: Api, stack: Stack) -> None:
    api.create(cadence=MINUTELY)
    slow = {"type": "function", "name": "drill", "params": {"seconds": 90, "steps": 1}}
    api.create(cadence=MINUTELY, target=slow, when_busy="skip")
    stack.run_for(600)
    waiting = api.start(api.create(), "?when_busy=queue")
    stack.http("POST", f"/v1/runs/{waiting['id']}/cancel", token=stack.operator)
    assert kinds(api) == []


def test_a_tenants_failures_are_its_own(api: Api, stack: Stack) -> None:
    theirs = stack.token("other", ["operator"])
    at = {"type": "once", "at": "2026-03-01T00:00:30Z"}
    api.create(theirs, target=FAILING, cadence=at)
    stack.run_for(120)
    assert kinds(api, theirs) == ["run_failed"]
    assert kinds(api) == []


def writes_of_a_scheduled_run(ending: str) -> Counter[str]:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        target = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": ending}}
        Api(stack).create(target=target, cadence={"type": "once", "at": "2026-03-01T00:00:30Z"})
        engine.meter.reset()
        stack.run_for(50)
        counted = {n: u for n, u in engine.meter.requests.items() if "Write" in n or "Put" in n}
        return Counter(counted)


def test_telling_of_a_failure_takes_no_request_of_its_own() -> None:
    assert writes_of_a_scheduled_run("fail") == writes_of_a_scheduled_run("succeed")


# The scheduler's own absence


def test_a_tick_that_comes_too_late_says_so_once_an_outage(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.advance(LATE_AFTER.total_seconds() + 1)
    stack.tick()
    stack.tick()
    assert kinds(api) == ["scheduler_late"]
    notification = newest(api)
    assert (notification["subject"], notification["at"]) == ("tick", "2026-03-01T00:05:01.000Z")
    assert notification["message"] == "The scheduler was away for 301 s."
    assert notification["details"] == {"last_tick_at": "2026-03-01T00:00:00.000Z", "seconds": 301}
    stack.run_for(600)
    assert kinds(api) == ["scheduler_late"]
    stack.advance(3600)
    stack.tick()
    assert kinds(api) == ["scheduler_late", "scheduler_late"]


def test_five_minutes_to_the_millisecond_are_not_too_late(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.advance(LATE_AFTER.total_seconds())
    stack.tick()
    assert kinds(api) == []
    stack.advance((LATE_AFTER + timedelta(milliseconds=1)).total_seconds())
    stack.tick()
    assert kinds(api) == ["scheduler_late"]


def test_the_first_tick_ever_is_not_late(api: Api, stack: Stack) -> None:
    stack.advance(86_400)
    stack.tick()
    assert kinds(api) == []


def test_only_the_deployments_own_tenant_is_told(api: Api, stack: Stack) -> None:
    theirs = stack.token("other", ["viewer"])
    stack.tick()
    stack.advance(3600)
    stack.tick()
    assert kinds(api, theirs) == []


def failures(api: Api) -> list[tuple[str, int]]:
    """Message and count of each notification about failed runs, oldest first."""
    items = api.get("/v1/notifications")["items"][::-1]
    found = [item for item in items if item["kind"] == "run_failed"]
    return [(item["message"], item["details"]["count"]) for item in found]


def test_failures_in_a_row_are_one_notification_that_counts_them(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Sync", target=FAILING, cadence=MINUTELY, breaker={"failures": 9})
    stack.run_for(190)
    assert failures(api) == [("3 runs of “Sync” failed in a row: error.", 3)]
    (notification,) = api.get("/v1/notifications")["items"]
    assert notification["run_id"] == api.runs(schedule)[-1]["id"]


def test_a_success_or_a_resume_begins_another_streak(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Sync", target=FAILING, cadence=MINUTELY, breaker={"failures": 9})
    stack.run_for(130)
    path = f"/v1/schedules/{schedule['id']}"
    for verb in ("pause", "resume"):
        assert stack.http("POST", f"{path}/{verb}", token=stack.operator).status == 200
    stack.run_for(60)
    assert [count for _, count in failures(api)] == [2, 1]


def test_a_streak_whose_notification_has_gone_gets_a_new_one(api: Api, stack: Stack) -> None:
    api.create(name="Sync", target=FAILING, cadence=MINUTELY, breaker={"failures": 9})
    stack.run_for(70)
    (first,) = api.get("/v1/notifications")["items"]
    InboxItem("default", notifications.PREFIX + first["id"]).delete()
    stack.run_for(60)
    assert [count for _, count in failures(api)] == [1]
