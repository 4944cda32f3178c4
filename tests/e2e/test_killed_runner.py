"""Runs whose work does not come to its own end: killed, timed out, cancelled."""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs import lease
from chalicelib.platform.queues import RunMessage
from tests.e2e.aws import client_of
from tests.e2e.client import Client, at, drill, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import listening

LEASE_SECONDS = 10  # the shortest there is


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


def kill_runners(deployment: Deployment) -> None:
    """End every process of the runner in the middle of whatever it does."""
    for pid in deployment.worker_pids("Runner"):
        os.kill(pid, signal.SIGKILL)


def stored_token(deployment: Deployment, run: dict[str, Any]) -> int:
    """The token of the run's claim, which the API keeps to itself."""
    item = deployment.stack.aws.dynamodb.get_item(
        TableName=f"{deployment.stack.name}-runs",
        Key={"tenant_id": {"S": "default"}, "run_id": {"S": run["id"]}},
    )["Item"]
    return int(item["token"]["N"])


def send_again(deployment: Deployment, run: dict[str, Any], token: int) -> None:
    """Put the run's message into the run queue once more, as SQS may do at any time."""
    queues = client_of(deployment, "sqs")
    url = queues.get_queue_url(QueueName=f"{deployment.stack.name}-run")["QueueUrl"]
    body = RunMessage("default", run["id"], token).to_body()
    queues.send_message(QueueUrl=url, MessageBody=body)


def starts_that_came_too_late(deployment: Deployment, run: dict[str, Any]) -> list[str]:
    """What the runner said about messages of this run that started nothing."""
    lines = [line.text for line in deployment.logs("Runner")]
    return [text for text in lines if "start_lost" in text and run["id"] in text]


def test_a_killed_run_ends_as_lease_expired_and_the_next_one_gets_its_slot(
    local_stack: Deployment, client: Client
) -> None:
    doomed = client.create(target=drill(steps=60, seconds=60), lease_seconds=LEASE_SECONDS)
    run = client.start(doomed)
    waiting = client.start(client.create(name="Next"), "?when_busy=queue")
    assert waiting["status"] == "queued"
    client.until(run, "running", within=20)
    wait_for("its log has begun", lambda: client.log(run), within=20)
    token = stored_token(local_stack, run)

    kill_runners(local_stack)
    lease_ends_at = at(client.run(run)["lease_expires_at"])
    assert [holder["run_id"] for holder in client.holders()] == [run["id"]]

    def reaped() -> dict[str, Any] | None:
        client.tick()  # A wake that an earlier pass asked for may come before it.
        found = client.run(run)
        return found if found["finished_at"] else None

    ended = wait_for("it is reaped", reaped, within=30, every=1)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert ended["slot"] is None
    assert at(ended["finished_at"]) >= lease_ends_at + lease.SKEW_MARGIN
    assert client.log(run), "what it had said before is still there"

    following = client.until_ended(waiting, within=30)
    assert following["status"] == "succeeded"
    assert at(following["started_at"]) >= at(ended["finished_at"])
    assert client.holders() == []

    send_again(local_stack, run, token)
    wait_for(
        "the second delivery is refused",
        lambda: starts_that_came_too_late(local_stack, run),
        within=20,
    )
    assert client.run(run) == ended
    assert client.holders() == []


def test_a_run_that_nobody_answers_is_interrupted_at_its_timeout(client: Client) -> None:
    with listening(silent=True) as listener:
        target = {"type": "http", "url": listener.url}
        run = client.start(client.create(target=target, timeout_seconds=4))
        ended = client.until_ended(run, within=30)
        assert len(listener.requests) == 1
    assert (ended["status"], ended["failure_reason"]) == ("failed", "timeout")
    assert ended["error_message"] == "It took longer than 4 s."
    worked = at(ended["finished_at"]) - at(ended["started_at"])
    assert timedelta(seconds=4) <= worked <= timedelta(seconds=8)
    assert client.holders() == []
    assert client.until_ended(client.start(client.create()), within=30)["status"] == "succeeded"


def test_a_run_that_blocks_is_interrupted_soon_after_it_is_cancelled(client: Client) -> None:
    with listening(silent=True) as listener:
        target = {"type": "http", "url": listener.url}
        run = client.start(client.create(target=target, lease_seconds=LEASE_SECONDS))
        wait_for("it is at work", lambda: listener.requests, within=20)
        asked = client.call("POST", f"/v1/runs/{run['id']}/cancel", {}, 202)
        assert asked["status"] == "running"
        ended = client.until_ended(run, within=30)
    assert (ended["status"], ended["cancelled_by"]) == ("cancelled", "tests")
    took = at(ended["finished_at"]) - at(ended["cancel_requested_at"])
    assert took <= timedelta(seconds=LEASE_SECONDS)
    assert client.holders() == []


def test_a_drill_that_hangs_keeps_its_lease_until_it_is_cancelled(client: Client) -> None:
    run = client.start(client.create(target=drill(ending="hang"), lease_seconds=LEASE_SECONDS))
    first = client.until(run, "running", within=20)

    def renewed() -> bool:
        return at(client.run(run)["lease_expires_at"]) >= at(first["started_at"]) + 2 * timedelta(
            seconds=LEASE_SECONDS
        )

    wait_for("its lease is renewed past its first two", renewed, within=30)
    client.call("POST", f"/v1/runs/{run['id']}/cancel", {}, 202)
    assert client.until_ended(run, within=30)["status"] == "cancelled"
    assert client.log(run)[-1]["message"] == "Hanging, as asked to"
