"""What the roles of the Lambdas have to be granted for: secrets, dead letters, tokens."""

from typing import Any

import pytest

from chalicelib.platform.queues import RunMessage
from tests.e2e.aws import client_of
from tests.e2e.client import CLOCK, Client, at, drill, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import listening

VALUE = "Bearer 5f0c2a"


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


def checks_of(client: Client, schedule: dict[str, Any]) -> list[tuple[str, bool]]:
    found = client.call("POST", f"/v1/schedules/{schedule['id']}/check", {})
    return [(one["name"], one["ok"]) for one in found["checks"]]


def test_a_secret_goes_to_the_target_and_nowhere_else(
    local_stack: Deployment, client: Client
) -> None:
    client_of(local_stack, "ssm").put_parameter(
        Name=f"/{local_stack.stack.name}/secrets/default/e2e-key", Value=VALUE, Type="SecureString"
    )
    with listening() as listener:
        target = {
            "type": "http",
            "url": listener.url,
            "headers": {"Authorization": {"secret": "e2e-key"}},
            "probe": True,
        }
        schedule = client.create(target=target, enabled=False)
        ready = [("address", True), ("secret e2e-key", True), ("probe", True)]
        assert checks_of(client, schedule) == ready
        resumed = client.call("POST", f"/v1/schedules/{schedule['id']}/resume", {})
        assert resumed["status"] == "active"
        ended = client.until_ended(client.start(schedule), within=30)
        assert ended["status"] == "succeeded", ended
        asked = listener.requests[-1]
    assert (asked.method, asked.headers["authorization"]) == ("POST", VALUE)
    since = int(at(schedule["created_at"]).timestamp() * 1000)
    said = [line.text for line in local_stack.stack.logs(since_ms=since)]
    for shown in (client.log(ended), client.call("GET", "/v1/activity"), resumed, said):
        assert "5f0c2a" not in str(shown)


def test_a_secret_that_is_not_there_keeps_its_schedule_off(client: Client) -> None:
    with listening() as listener:
        target = {
            "type": "http",
            "url": listener.url,
            "headers": {"Authorization": {"secret": "e2e-nobody"}},
        }
        schedule = client.create(target=target, enabled=False)
        assert checks_of(client, schedule) == [("address", True), ("secret e2e-nobody", False)]
        refused = client.call("POST", f"/v1/schedules/{schedule['id']}/resume", {}, 409)
        assert refused["code"] == "not_ready"
        ended = client.until_ended(client.start(schedule), within=30)
        assert (ended["failure_reason"], listener.requests) == ("aborted", [])
    assert client.call("GET", f"/v1/schedules/{schedule['id']}")["status"] == "paused"


def test_a_schedule_deleted_while_its_run_works_takes_its_history_along_and_leaves_the_slot(
    local_stack: Deployment, client: Client
) -> None:
    doomed = client.create(name="Doomed", target=drill(steps=60, seconds=60))
    since = int(at(doomed["created_at"]).timestamp() * 1000)
    run = client.start(doomed)
    wait_for("it says something", lambda: client.log(run), within=30)
    waiting = client.start(client.create(name="Next"), "?when_busy=queue")
    assert waiting["status"] == "queued"

    client.call("DELETE", f"/v1/schedules/{doomed['id']}", expect=204)
    assert client.until_ended(waiting, within=30)["status"] == "succeeded"
    wait_for("it is gone", lambda: client.ask("GET", f"/v1/runs/{run['id']}").status == 404, 15)
    wait_for("its log is gone", lambda: not stored_lines(local_stack, run), 15)
    assert client.holders() == []
    said = [line.text for line in local_stack.stack.logs(since_ms=since)]
    assert [text for text in said if run["id"] in text]
    assert [text for text in said if "AccessDenied" in text] == []


def stored_lines(deployment: Deployment, run: dict[str, Any]) -> list[Any]:
    """The lines of a run's log in the table, whoever may still read them."""
    found = deployment.stack.aws.dynamodb.query(
        TableName=f"{deployment.stack.name}-run-log",
        KeyConditionExpression="run_id = :run",
        ExpressionAttributeValues={":run": {"S": run["id"]}},
    )
    return found["Items"]


def test_dead_letters_are_listed_and_sent_back(local_stack: Deployment, client: Client) -> None:
    run = client.until_ended(client.start(client.create()), within=30)
    queues = client_of(local_stack, "sqs")
    url = queues.get_queue_url(QueueName=f"{local_stack.stack.name}-run-dead")["QueueUrl"]
    body = RunMessage("default", run["id"], 1).to_body()
    queues.send_message(QueueUrl=url, MessageBody=body)
    for _ in range(2):
        listed = client.call("GET", "/v1/dead-letters")
        assert [letter["content"]["run_id"] for letter in listed["items"]] == [run["id"]]
        assert listed["counts"] == {"run": 1, "wake": 0}
    assert client.call("GET", "/v1/health")["dead_letters"] == 1

    assert client.call("POST", "/v1/dead-letters/redrive", {}, 202) == {"moved": 1}
    assert client.call("GET", "/v1/dead-letters")["items"] == []

    def arrived() -> bool:
        lines = [line.text for line in local_stack.logs("Runner")]
        return any("start_lost" in text and run["id"] in text for text in lines)

    wait_for("it is back at the runner", arrived, within=20)
    assert client.run(run) == run


def test_a_token_is_made_used_listed_and_revoked(local_stack: Deployment, client: Client) -> None:
    before = CLOCK.now()
    wanted = {"name": "Robot", "scopes": ["viewer"], "expires_in_days": 1}
    made = client.call("POST", "/v1/tokens", wanted, 201)
    path = f"/v1/tokens/{made['token']['id']}"
    assert client.call("GET", path) == made["token"]
    assert made["token"]["last_used_at"] is None
    Client(local_stack, made["secret"]).call("GET", "/v1/slot")

    used = client.call("GET", path)
    assert at(used["last_used_at"]).timestamp() >= before.timestamp() - 0.001
    assert used in client.call("GET", "/v1/tokens")["items"]
    client.call("DELETE", path, expect=204)
    assert client.ask("GET", path).status == 404
    assert made["token"]["id"] not in [
        each["id"] for each in client.call("GET", "/v1/tokens")["items"]
    ]
