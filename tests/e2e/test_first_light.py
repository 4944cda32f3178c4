"""First light: on the artefact that ships, a schedule fires, takes the slot, and runs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.time.instants import to_text
from infra.ministack import REGION
from infra.stack import Answer
from tests.e2e.aws import client_of, of_a_rule, physical_name
from tests.e2e.client import CLOCK, Client, at, drill, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import Listener, listening

#: How much later than its fire time a run may start: cold starts on a busy machine included.
LATEST = timedelta(seconds=5)


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def in_seconds(seconds: float) -> str:
    """An instant a little ahead, as the API takes it."""
    return to_text(CLOCK.now() + timedelta(seconds=seconds))


def problem(answer: Answer) -> tuple[int, str]:
    """Status and code of an answer, which must be a whole problem+json."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == answer.status
    assert answer.json["title"] and answer.json["detail"]
    assert answer.json["type"] == f"urn:baton:problem:{answer.json['code']}"
    return answer.status, answer.json["code"]


# It works


def test_an_http_schedule_calls_its_server_at_its_time(client: Client, listener: Listener) -> None:
    fire_at = in_seconds(4)
    schedule = client.create(
        name="Call home",
        cadence={"type": "once", "at": fire_at},
        target={
            "type": "http",
            "url": f"{listener.url}/hook?x=1",
            "headers": {"X-Own": "kept"},
            "body": {"hello": "wörld"},
        },
    )
    assert schedule["next_fire_at"] == fire_at

    run = client.until_ended(client.first_run_of(schedule, within=30), within=30)
    assert (run["status"], run["trigger"], run["summary"]) == ("succeeded", "scheduled", "HTTP 200")
    assert (run["fire_at"], run["attempt"], run["totals"]["processed"]) == (fire_at, 1, 1)

    [received] = listener.requests
    assert (received.method, received.path) == ("POST", "/hook?x=1")
    assert received.body.decode() == '{"hello": "w\\u00f6rld"}'
    wanted = {
        "baton-run-id": run["id"],
        "baton-schedule-id": schedule["id"],
        "baton-fire-at": fire_at,
        "idempotency-key": f"{run['id']}-1",
        "content-type": "application/json",
        "x-own": "kept",
    }
    assert wanted.items() <= received.headers.items()

    assert at(fire_at) <= at(run["claimed_at"]) <= at(run["started_at"]) <= at(fire_at) + LATEST
    assert at(run["started_at"]) <= received.at <= at(run["finished_at"])

    answered, body = client.log(run)
    assert (answered["level"], answered["message"]) == ("info", "The target answered 200")
    assert answered["data"]["status"] == 200
    assert (body["message"], body["data"]) == ("served", {"part": "body"})

    after = client.call("GET", f"/v1/schedules/{schedule['id']}")
    assert (after["next_fire_at"], after["last_run"]["id"]) == (None, run["id"])


def test_a_drill_run_by_hand_shows_its_progress_and_its_log(client: Client) -> None:
    schedule = client.create(target=drill(steps=4, seconds=4))
    run = client.start(schedule)
    assert (run["trigger"], run["status"], run["requested_by"]) == ("manual", "claimed", "tests")

    def half_way() -> dict[str, Any] | None:
        now = client.run(run)
        return now if now["progress"] and now["status"] == "running" else None

    meanwhile = wait_for("progress is shown", half_way, within=20)
    assert 1 <= meanwhile["progress"]["done"] < 4
    assert meanwhile["progress"]["total"] == 4
    assert [holder["run_id"] for holder in client.holders()] == [run["id"]]

    ended = client.until_ended(run, within=30)
    assert (ended["status"], ended["steps"]) == ("succeeded", 4)
    assert ended["progress"] == {"done": 4, "total": 4}
    assert ended["totals"] == {"processed": 4, "skipped": 0, "errors": 0}
    lines = client.log(run)
    assert [line["message"] for line in lines] == [f"Step {n} of 4 done" for n in range(1, 5)]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4]
    assert client.holders() == []


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("169.254.169.254", "169.254.169.254 is never connected to"),
        ("10.0.0.1", "10.0.0.1 is not a public address"),
    ],
)
def test_a_target_that_shows_it_is_not_public_is_not_saved(
    client: Client, host: str, message: str
) -> None:
    body = {"cadence": {"type": "manual"}, "target": {"type": "http", "url": f"http://{host}/"}}
    refused = client.call("POST", "/v1/schedules", {"name": "Probe", **body}, 422)
    assert refused["errors"] == [{"field": "target.url", "message": message}]


def test_slot_and_tick_answer(client: Client) -> None:
    before = CLOCK.now()
    summary = client.tick()
    assert {"reaped", "fired", "skipped", "deferred", "claimed", "tenants"} <= summary.keys()
    slot = client.call("GET", "/v1/slot")
    assert (slot["capacity"], slot["holders"], slot["waiting"]) == (1, [], 0)
    assert at(slot["last_tick_at"]) >= before - timedelta(milliseconds=1)


def test_everything_that_can_be_asked_for_is_granted_by_the_policies(client: Client) -> None:
    schedule = client.create(cadence={"type": "interval", "seconds": 3600})
    path = f"/v1/schedules/{schedule['id']}"
    changed = client.call("PATCH", path, {"cadence": {"seconds": 7200}, "max_steps": 9})
    assert changed["schedule"]["cadence"]["seconds"] == 7200
    assert client.call("POST", f"{path}/pause", {})["status"] == "paused"
    assert client.call("POST", f"{path}/resume", {})["status"] == "active"
    assert client.call("PUT", "/v1/pressure/editor", {"ttl_seconds": 1})["source"] == "editor"
    client.call("DELETE", "/v1/pressure/editor", expect=204)
    settings = client.call("GET", "/v1/settings")
    assert client.call("PATCH", "/v1/settings", {"capacity": 1}) == settings

    working = client.start(client.create(target=drill(seconds=60), lease_seconds=10))
    waiting = client.start(schedule, "?when_busy=queue")
    assert waiting["status"] == "queued"
    assert client.call("POST", f"/v1/runs/{waiting['id']}/cancel", {}, 202)["status"] == "cancelled"
    forced = client.start(schedule, "?when_busy=force")
    assert client.until_ended(forced, within=30)["status"] == "succeeded"
    activities = {activity["action"] for activity in client.call("GET", "/v1/activity")["items"]}
    assert {"run_forced", "settings_changed"} <= activities

    waiting = client.start(schedule, "?when_busy=queue")
    client.call("DELETE", path, expect=204)
    assert client.ask("GET", path).status == 404
    client.call("POST", f"/v1/runs/{working['id']}/cancel", {}, 202)
    assert client.until_ended(working, within=45)["status"] == "cancelled"
    cleanup = client.create(target={"type": "function", "name": "cleanup-logs", "params": {}})
    assert client.until_ended(client.start(cleanup), within=30)["status"] == "succeeded"


def test_the_daily_function_leaves_its_mark(local_stack: Deployment) -> None:
    before = CLOCK.now()
    answer = client_of(local_stack, "lambda").invoke(
        FunctionName=physical_name(local_stack, "Daily"), Payload=json.dumps(of_a_rule())
    )
    assert answer.get("FunctionError") is None, answer["Payload"].read()
    mark = local_stack.stack.aws.dynamodb.get_item(
        TableName=f"{local_stack.stack.name}-control",
        Key={"kind": {"S": "floor"}, "key": {"S": "daily"}},
    )["Item"]
    assert at(json.loads(mark["value"]["S"])["at"]) >= before
    assert wait_for(
        "the log says so",
        lambda: [line for line in local_stack.logs("Daily") if "daily_done" in line.text],
        within=10,
    )


# Nobody else gets in


def test_health_is_public_and_says_nothing(local_stack: Deployment) -> None:
    answer = local_stack.http("GET", "/healthz", token=None)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


INVALID = 'Bearer error="invalid_token", error_description="The token is not valid."'


@pytest.mark.parametrize(
    ("token", "challenge"),
    [
        (None, "Bearer"),
        ("bt_nobody", INVALID),
        ("bt_01JZZZZZZZZZZZZZZZZZZZZZZZ_wrong", INVALID),
    ],
)
def test_without_a_valid_token_nothing_is_told(
    local_stack: Deployment, token: str | None, challenge: str
) -> None:
    answer = local_stack.http("GET", "/v1/slot", token=token)
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == challenge


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing/here"), ("GET", "/v1/nothing"), ("DELETE", "/v1/slot"), ("PUT", "/healthz")],
)
def test_what_is_no_route_is_not_found(local_stack: Deployment, method: str, path: str) -> None:
    assert problem(local_stack.http(method, path)) == (404, "not_found")


def test_wrong_fields_are_named_all_at_once(local_stack: Deployment) -> None:
    body = {"cadence": {"type": "manual"}, "target": drill(), "timeout_seconds": 0, "extra": 1}
    answer = local_stack.http("POST", "/v1/schedules", body)
    assert problem(answer) == (422, "invalid_fields")
    named = sorted(error["field"] for error in answer.json["errors"])
    assert named == ["extra", "name", "timeout_seconds"]


def test_each_scope_opens_what_it_is_for_and_no_more(local_stack: Deployment) -> None:
    viewer = Client(local_stack, local_stack.new_token(scopes="viewer"))
    operator = Client(local_stack, local_stack.new_token(scopes="operator"))
    admin = Client(local_stack, local_stack.new_token(scopes="admin"))
    body = {"name": "Mine", "cadence": {"type": "manual"}, "target": drill()}

    assert problem(viewer.ask("POST", "/v1/schedules", body)) == (403, "forbidden")
    assert problem(viewer.ask("POST", "/v1/tick", {})) == (403, "forbidden")
    schedule = operator.create(**body)
    path = f"/v1/schedules/{schedule['id']}"
    assert viewer.call("GET", path)["name"] == "Mine"
    assert problem(viewer.ask("POST", f"{path}/runs", {})) == (403, "forbidden")
    assert problem(operator.ask("POST", f"{path}/runs?when_busy=force", {})) == (403, "forbidden")
    forced = admin.start(schedule, "?when_busy=force")
    assert forced["forced"] is True
    assert admin.until_ended(forced, within=30)["status"] == "succeeded"
    assert problem(admin.ask("PATCH", "/v1/settings", {"capacity": 9})) == (403, "forbidden")
    assert admin.call("GET", "/v1/settings")["capacity"] == 1


def test_another_tenant_sees_nothing_of_ours(local_stack: Deployment, client: Client) -> None:
    stranger = Client(local_stack, local_stack.new_token(tenant="strangers", scopes="admin"))
    schedule = client.create(name="Secret", target=drill(steps=2, seconds=4))
    run = client.start(schedule)
    [holder] = stranger.holders()
    assert (holder["run_id"], holder["schedule_id"], holder["schedule_name"]) == (None, None, None)
    for method, path in (
        ("GET", f"/v1/schedules/{schedule['id']}"),
        ("PATCH", f"/v1/schedules/{schedule['id']}"),
        ("DELETE", f"/v1/schedules/{schedule['id']}"),
        ("GET", f"/v1/schedules/{schedule['id']}/runs"),
        ("POST", f"/v1/schedules/{schedule['id']}/runs"),
        ("GET", f"/v1/runs/{run['id']}"),
        ("GET", f"/v1/runs/{run['id']}/log"),
        ("POST", f"/v1/runs/{run['id']}/cancel"),
    ):
        assert problem(stranger.ask(method, path, None if method == "GET" else {})) == (
            404,
            "not_found",
        ), (method, path)
    assert stranger.runs() == []
    assert stranger.call("GET", "/v1/schedules")["items"] == []
    assert client.until_ended(run, within=30)["status"] == "succeeded"


def test_a_key_that_has_no_policy_opens_no_table(local_stack: Deployment) -> None:
    nobody: Any = boto3.client(
        "dynamodb",
        endpoint_url=local_stack.stack.aws.endpoint,
        region_name=REGION,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="nobody",
    )
    with pytest.raises(ClientError) as refused:
        nobody.scan(TableName=f"{local_stack.stack.name}-tokens")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
