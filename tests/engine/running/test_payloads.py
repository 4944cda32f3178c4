"""A run gets the whole of its payload and of its schedule's target, however large they are."""

from typing import Any, Final

import pytest

from chalicelib.domain.errors import Unreadable
from chalicelib.store import body_table
from tests.api_client import Api
from tests.harness import Stack

LARGE: Final = {"text": "x" * 50_000}


@pytest.fixture
def given(stack: Stack) -> list[dict[str, Any]]:
    """What the job `probe` was given, each time it ran."""
    seen: list[dict[str, Any]] = []
    stack.register("probe", lambda _context, params: seen.append(params))
    return seen


def test_a_large_target_reaches_its_job(
    api: Api, stack: Stack, given: list[dict[str, Any]]
) -> None:
    api.create(
        cadence={"type": "cron", "expression": "* * * * *"},
        target={"type": "function", "name": "probe", "params": LARGE},
    )
    stack.run_for(60)
    assert given == [LARGE]


def test_a_large_payload_reaches_its_job_and_that_of_a_retry(
    api: Api, stack: Stack, given: list[dict[str, Any]]
) -> None:
    schedule = api.create(target={"type": "function", "name": "probe", "params": {}})
    run = api.start(schedule, payload=LARGE)
    stack.deliver()
    answer = stack.http("POST", f"/v1/runs/{run['id']}/retry", {}, token=stack.operator)
    stack.deliver()
    assert answer.status == 202
    assert given == [LARGE, LARGE]


def test_a_run_never_starts_without_its_payload(
    api: Api, stack: Stack, given: list[dict[str, Any]]
) -> None:
    schedule = api.create(target={"type": "function", "name": "probe", "params": {}})
    run = api.start(schedule, payload=LARGE)
    body_table.drop_payloads([("default", run["id"])])
    with pytest.raises(Unreadable, match="payload, which lies apart, is missing"):
        stack.deliver()
    assert given == []
    assert api.run(run)["status"] == "claimed", "a pass takes it back, and gives it up in the end"


def test_a_retry_of_a_run_whose_payload_is_gone_is_refused(
    api: Api, stack: Stack, given: list[dict[str, Any]]
) -> None:
    schedule = api.create(target={"type": "function", "name": "probe", "params": {}})
    run = api.start(schedule, payload=LARGE)
    stack.deliver()
    body_table.drop_payloads([("default", run["id"])])
    path = f"/v1/runs/{run['id']}/retry"
    refused = stack.http("POST", path, {}, token=stack.operator)
    assert (refused.status, refused.json["code"]) == (409, "unreadable")
    assert stack.http("POST", path, {"payload": {"a": 1}}, token=stack.operator).status == 202
    stack.deliver()
    assert given == [LARGE, {"a": 1}]
