"""HTTP targets through the API and the runner."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.api_client import Api
from tests.harness import Stack
from tests.targets.peer import Peer, answers, peer, response, silence

SECRET = "Bearer s3cret-value"


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack(allow_targets=["127.0.0.0/8"]) as running:
        boto3.client("ssm").put_parameter(
            Name="/baton/secrets/default/crm", Value=SECRET, Type="SecureString"
        )
        yield running


@pytest.fixture
def echo() -> Iterator[Peer]:
    """A peer that sends back what it was sent."""
    with peer(lambda found, out: out.sendall(response(200, found.requests[-1]))) as found:
        yield found


def target(found: Peer, **more: Any) -> dict[str, Any]:
    return {"type": "http", "url": found.url, **more}


def test_a_secret_is_sent_and_nowhere_to_be_seen(stack: Stack, api: Api, echo: Peer) -> None:
    wanted = target(echo, headers={"Authorization": {"secret": "crm"}, "X-Plain": "text"})
    schedule = api.create(target=wanted)
    run = api.start(schedule)
    stack.deliver()
    assert echo.headers["authorization"] == SECRET
    assert api.run(run)["status"] == "succeeded"
    assert api.schedule(schedule)["target"]["headers"] == wanted["headers"]
    seen = repr([api.schedule(schedule), api.run(run), api.get(f"/v1/runs/{run['id']}/log")])
    assert "authorization: [secret]" in seen.lower()
    assert "s3cret" not in seen


def test_another_tenant_has_no_such_secret(stack: Stack, api: Api, echo: Peer) -> None:
    other = stack.token("other", ["admin"])
    foreign = target(echo, headers={"A": {"secret": "crm"}})
    schedule = api.create(other, target=foreign, enabled=False)
    path = f"/v1/schedules/{schedule['id']}/runs"
    run = stack.http("POST", path, {}, token=other).json
    stack.deliver()
    ended = stack.http("GET", f"/v1/runs/{run['id']}", token=other).json
    assert (ended["status"], ended["failure_reason"]) == ("failed", "aborted")
    assert echo.requests == []


def test_a_wait_that_is_asked_for_delays_the_next_attempt(stack: Stack, api: Api) -> None:
    with peer(answers(response(429, Retry_After="600"), response(200))) as found:
        retry = {"max_attempts": 2, "delay_seconds": 60}
        run = api.start(api.create(target=target(found), retry=retry))
        stack.deliver()
        assert api.run(run)["not_before"] == "2026-03-01T00:10:00.000Z"
        stack.run_for(660)
    assert api.run(run)["status"] == "succeeded"


def test_the_timeout_of_the_schedule_bounds_the_request(stack: Stack, api: Api) -> None:
    with peer(silence) as found:
        run = api.start(api.create(target=target(found), timeout_seconds=1))
        stack.deliver()
    ended = api.run(run)
    assert ended["failure_reason"] == "timeout"
    assert ended["error_message"] == "It took longer than 1 s."
