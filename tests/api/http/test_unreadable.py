"""One stored thing that cannot be read: the others are listed, and it itself says what is wrong."""

from typing import Any

import pytest

from chalicelib.domain.runs.run import RunStatus
from chalicelib.store.dynamodb.models import RunItem
from tests.api_client import Api
from tests.harness import Stack
from tests.spoiling import is_stored, set_stored, spoil_run, spoil_schedule

WRONG = "What is stored cannot be read: "


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def problem(stack: Stack, method: str, path: str) -> tuple[int, str, str]:
    answer = stack.http(method, path, token=stack.operator)
    return answer.status, answer.json["code"], answer.json["detail"]


@pytest.mark.parametrize("query", ["", "?limit=1", "?q=probe", "?limit=1&status=active"])
def test_a_list_of_schedules_goes_on_past_it(api: Api, query: str) -> None:
    first, spoilt, last = (api.create() for _ in range(3))
    spoil_schedule(spoilt["id"])
    found: list[str] = []
    path = f"/v1/schedules{query}"
    while True:
        page = api.get(path)
        found += ids(page)
        if page["next_cursor"] is None:
            break
        path = f"/v1/schedules{query}&cursor={page['next_cursor']}"
    assert sorted(found) == sorted([first["id"], last["id"]])


@pytest.mark.parametrize("name", ["status", "attempts", "fire_at"])
def test_lists_of_runs_go_on_past_it(api: Api, stack: Stack, name: str) -> None:
    schedule = api.create()
    runs = []
    for _ in range(3):
        runs.append(api.start(schedule))
        stack.deliver()
        stack.advance(1)
    spoil_run(runs[1]["id"], name)
    left = [runs[2]["id"], runs[0]["id"]]
    assert ids(api.get("/v1/runs")) == left
    assert ids(api.get("/v1/runs?status=succeeded")) == left
    assert ids(api.get(f"/v1/schedules/{schedule['id']}/runs")) == left


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("GET", "/runs"), ("GET", "/explain"), ("POST", "/check"), ("POST", "/runs")],
)
def test_a_schedule_says_what_is_wrong_with_it(
    api: Api, stack: Stack, method: str, tail: str
) -> None:
    schedule = api.create()
    spoil_schedule(schedule["id"], "retry")
    status, code, detail = problem(stack, method, f"/v1/schedules/{schedule['id']}{tail}")
    assert (status, code) == (409, "unreadable")
    assert detail.startswith(WRONG + "retry: ")


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_schedule_that_cannot_be_read_is_not_switched(
    api: Api, stack: Stack, action: str
) -> None:
    schedule = api.create()
    spoil_schedule(schedule["id"])
    path = f"/v1/schedules/{schedule['id']}/{action}"
    assert problem(stack, "POST", path)[:2] == (409, "unreadable")


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("GET", "/log"), ("POST", "/cancel")])
def test_a_run_says_what_is_wrong_with_it(api: Api, stack: Stack, method: str, tail: str) -> None:
    run = api.start(api.create())
    spoil_run(run["id"], "status")
    status, code, detail = problem(stack, method, f"/v1/runs/{run['id']}{tail}")
    assert (status, code) == (409, "unreadable")
    assert detail == WRONG + "status: '{' is not a valid RunStatus"


def test_what_is_missing_is_named(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    stack.deliver()
    RunItem("default", run["id"]).update([RunItem.queued_at.remove()])
    assert problem(stack, "GET", f"/v1/runs/{run['id']}")[2] == WRONG + "queued_at is missing"


def test_another_tenant_still_finds_nothing(api: Api, stack: Stack) -> None:
    schedule = api.create()
    spoil_schedule(schedule["id"])
    answer = stack.http("GET", f"/v1/schedules/{schedule['id']}", token=stack.token("other"))
    assert answer.status == 404


def test_it_can_be_deleted_with_its_history_and_that_is_on_record(api: Api, stack: Stack) -> None:
    schedule = api.create()
    readable, spoilt = (api.start(schedule, "?when_busy=queue") for _ in range(2))
    stack.deliver()
    spoil_schedule(schedule["id"])
    spoil_run(spoilt["id"])
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204

    assert problem(stack, "GET", path)[0] == 404
    for run in (readable, spoilt):
        assert not is_stored("runs", {"tenant_id": "default", "run_id": run["id"]})
    newest = api.get("/v1/activity")["items"][0]
    assert (newest["action"], newest["subject"]) == ("schedule_deleted", schedule["id"])
    assert newest["details"]["unreadable"].startswith(WRONG + "cadence: ")


def test_its_deletion_leaves_a_run_at_work_to_its_end(api: Api, stack: Stack) -> None:
    schedule = api.create()
    run = api.start(schedule)
    spoil_run(run["id"])
    assert (
        stack.http("DELETE", f"/v1/schedules/{schedule['id']}", token=stack.operator).status == 204
    )
    assert is_stored("runs", {"tenant_id": "default", "run_id": run["id"]})


def test_the_clean_up_goes_on_past_it(api: Api, stack: Stack) -> None:
    schedule = api.create()
    runs = []
    for _ in range(3):
        runs.append(api.start(schedule))
        stack.deliver()
        stack.advance(1)
    spoil_run(runs[0]["id"])
    stack.advance(40 * 86_400)
    target = {"type": "function", "name": "cleanup-logs"}
    cleaning = api.start(api.create(target=target))
    stack.deliver()
    done = api.run(cleaning)
    assert (done["status"], done["totals"]["processed"]) == (RunStatus.SUCCEEDED, 2)


def test_health_counts_and_names_what_is_aside_of_the_own_tenant(api: Api, stack: Stack) -> None:
    every_minute = {"type": "cron", "expression": "* * * * *"}
    stranger = stack.token(tenant="other")
    own = api.create(cadence=every_minute)
    others = api.create(stranger, cadence=every_minute)
    spoil_schedule(own["id"])
    spoil_schedule(others["id"], tenant="other")
    stack.run_for(60)

    health = api.get("/v1/health")
    (warning,) = health["warnings"]
    assert (health["overall"], health["put_aside"], warning["code"]) == ("WARNING", 1, "put_aside")
    assert warning["message"].startswith(f"1 schedule cannot be used: {WRONG}cadence: ")
    assert warning["message"].endswith(
        f"; see GET /v1/schedules/{own['id']} of the tenant default."
    )
    assert others["id"] in api.get("/v1/health", stranger)["warnings"][0]["message"]

    health = api.get("/v1/health", stack.owner)
    assert health["put_aside"] == 2
    assert health["warnings"][0]["message"].startswith("2 schedules cannot be used: ")


def test_a_tenant_whose_name_begins_like_anothers_sees_its_own_alone(
    api: Api, stack: Stack
) -> None:
    every_minute = {"type": "cron", "expression": "* * * * *"}
    spoilt = api.create(stack.token(tenant="default-two"), cadence=every_minute)
    spoil_schedule(spoilt["id"], tenant="default-two")
    stack.run_for(60)
    assert api.get("/v1/health")["put_aside"] == 0


def test_an_explanation_of_one_that_is_aside_but_readable_is_an_answer(
    api: Api, stack: Stack
) -> None:
    schedule = api.create(
        cadence={"type": "cron", "expression": "* * * * *", "timezone": "Asia/Tokyo"}
    )
    dropped = '{"type":"cron","expression":"* * * * *","timezone":"US/Pacific-New"}'
    key = {"tenant_id": "default", "schedule_id": schedule["id"]}
    set_stored("schedules", key, "cadence", {"S": dropped})
    stack.run_for(120)
    answer = stack.http("GET", f"/v1/schedules/{schedule['id']}/explain", token=stack.viewer)
    assert answer.status < 500, answer.json
    assert api.schedule(schedule)["cadence"]["timezone"] == "US/Pacific-New"
    assert api.get("/v1/health")["overall"] == "WARNING"
