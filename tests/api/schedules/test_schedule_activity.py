"""Who did what to a schedule: on record with the change itself, with before and after."""

from typing import Any

from tests.api_client import Api
from tests.harness import Stack

HTTP = {
    "type": "http",
    "url": "https://example.com/",
    "headers": {"X-Key": "hunter2", "X-Token": {"secret": "crm-key"}},
}


def activities(api: Api) -> list[dict[str, Any]]:
    return list(api.get("/v1/activity")["items"])


def test_an_edit_is_kept_with_what_changed_before_and_after(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Crawl", priority=3)
    change = {"name": "Sync", "priority": 3, "tags": ["crm"]}
    stack.http("PATCH", f"/v1/schedules/{schedule['id']}", change, token=stack.admin)
    edit, created = activities(api)
    assert (edit["actor"], edit["action"]) == ("default-admin", "schedule_changed")
    assert edit["subject"] == created["subject"] == schedule["id"]
    assert edit["details"] == {
        "name": "Sync",
        "before": {"name": "Crawl", "tags": []},
        "after": {"name": "Sync", "tags": ["crm"]},
    }
    assert created["action"] == "schedule_created"
    assert created["details"]["before"] is None
    assert created["details"]["after"]["priority"] == 3


def test_switching_and_deleting_are_activities_too(api: Api, stack: Stack) -> None:
    path = f"/v1/schedules/{api.create()['id']}"
    for step in ("pause", "pause", "resume"):
        stack.http("POST", f"{path}/{step}", token=stack.operator)
    stack.http("DELETE", path, token=stack.operator)
    found = activities(api)
    assert [activity["action"] for activity in found] == [
        "schedule_deleted",
        "schedule_resumed",
        "schedule_paused",
        "schedule_created",
    ]
    assert found[2]["details"]["before"] == {"status": "active"}
    assert found[0]["details"]["after"] is None


def test_a_header_that_may_be_a_secret_is_not_kept(api: Api, stack: Stack) -> None:
    stack.keep_secret("crm-key")
    api.create(target=HTTP)
    (activity,) = activities(api)
    assert activity["details"]["after"]["target"]["headers"] == {
        "X-Key": "…",
        "X-Token": {"secret": "crm-key"},
    }
    assert "hunter2" not in str(activity)


def test_what_is_too_long_to_keep_is_told_by_its_length(api: Api, stack: Stack) -> None:
    stack.keep_secret("crm-key")
    schedule = api.create(target={**HTTP, "body": "x" * 60_000})
    (activity,) = activities(api)
    assert activity["subject"] == schedule["id"]
    assert activity["details"]["after"]["target"].endswith(" characters)")


def test_a_refused_change_leaves_no_trace(api: Api, stack: Stack) -> None:
    path = f"/v1/schedules/{api.create()['id']}"
    assert stack.http("PATCH", path, {"name": ""}, token=stack.operator).status == 422
    assert stack.http("PATCH", path, {"name": "x"}, token=stack.viewer).status == 403
    other = stack.token(tenant="other")
    assert stack.http("PATCH", path, {"name": "x"}, token=other).status == 404
    assert len(activities(api)) == 1
    assert api.get("/v1/activity", other)["items"] == []


def test_runs_by_hand_are_on_record_with_who_asked(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Crawl")
    run = api.start(schedule)
    waiting = api.start(schedule, "?when_busy=queue")
    stack.http("POST", f"/v1/runs/{waiting['id']}/cancel", token=stack.operator)
    stack.deliver()
    again = stack.http("POST", f"/v1/runs/{run['id']}/retry", token=stack.operator).json
    recorded = [
        (activity["action"], activity["subject"], activity["actor"]) for activity in activities(api)
    ]
    assert recorded[:-1] == [
        ("run_retried", again["id"], "default-operator"),
        ("run_cancelled", waiting["id"], "default-operator"),
        ("run_triggered", waiting["id"], "default-admin"),
        ("run_triggered", run["id"], "default-admin"),
    ]
    assert activities(api)[0]["details"] == {
        "schedule_id": schedule["id"],
        "schedule_name": "Crawl",
    }


def test_a_refused_run_is_no_activity(api: Api) -> None:
    schedule = api.create()
    api.start(schedule)
    before = activities(api)
    assert api.run_now(schedule).status == 429
    assert activities(api) == before


def test_a_breaker_that_trips_is_on_record(api: Api, stack: Stack) -> None:
    schedule = api.create(
        name="Crawl",
        cadence={"type": "cron", "expression": "* * * * *"},
        target={
            "type": "function",
            "name": "drill",
            "params": {"steps": 1, "seconds": 0, "ending": "fail"},
        },
        breaker={"failures": 2},
    )
    stack.run_for(300)
    trip = activities(api)[0]
    assert (trip["action"], trip["actor"], trip["subject"]) == (
        "schedule_broken",
        "baton",
        schedule["id"],
    )
    assert trip["details"]["run_id"] == api.runs(schedule)[-1]["id"]
    assert trip["details"]["reason"] == api.schedule(schedule)["broken_reason"]
    assert [activity["action"] for activity in activities(api)].count("schedule_broken") == 1
