"""What every answer says of itself: that nobody keeps it, and what it is; and HEAD where GET is."""

from typing import Any

import pytest

from tests.api.hostile.requests import GOOD
from tests.api_client import Api
from tests.harness import Stack

READS = [
    "/v1/schedules",
    "/v1/schedules/{id}",
    "/v1/runs",
    "/v1/slot",
    "/v1/settings",
    "/v1/activity",
    "/healthz",
    "/docs",
    "/v1/openapi.json",
]


@pytest.mark.parametrize("path", READS)
def test_head_says_what_get_says_without_a_body(api: Api, stack: Stack, path: str) -> None:
    path = path.format(id=api.create()["id"])
    got = stack.http("GET", path, token=stack.viewer)
    head = stack.http("HEAD", path, token=stack.viewer)
    assert (head.status, head.headers, head.body) == (200, got.headers, b"")
    assert got.body


def test_head_needs_a_token_and_finds_nothing_as_get_does(stack: Stack) -> None:
    assert stack.http("HEAD", "/v1/schedules").status == 401
    missing = stack.http("HEAD", "/v1/schedules/x", token=stack.viewer)
    assert (missing.status, missing.body) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/schedules", None, 200),
        ("POST", "/v1/schedules", GOOD, 201),
        ("POST", "/v1/schedules", {}, 422),
        ("GET", "/v1/schedules/x", None, 404),
        ("GET", "/healthz", None, 200),
    ],
)
def test_answers_with_data_are_kept_by_nobody(
    stack: Stack, method: str, path: str, body: Any, status: int
) -> None:
    answer = stack.http(method, path, body, token=stack.operator)
    assert answer.status == status
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_nobody_is_told_how_to_come_back_as_somebody(stack: Stack) -> None:
    answer = stack.http("GET", "/v1/schedules", token="nonsense")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("stage", ["", "/api", "/_aws/execute-api/abc/api"])
def test_what_was_made_is_where_its_location_says(stack: Stack, stage: str) -> None:
    caller = {"tenant_id": "default", "name": "x", "scope": "operator", "token_id": "x"}
    event = {
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/v1/schedules",
            "path": f"{stage}/v1/schedules",
            "authorizer": caller,
        },
        "headers": {},
        "pathParameters": {},
        "stageVariables": {},
        "multiValueQueryStringParameters": None,
        "body": '{"name": "x", "cadence": {"type": "manual"}, '
        '"target": {"type": "function", "name": "drill"}}',
    }
    answer = stack.app(event, None)
    assert answer["statusCode"] == 201, answer
    assert answer["headers"]["Location"].startswith(f"{stage}/v1/schedules/0")


@pytest.mark.parametrize("body", [b"{", b"x" * 300_000])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_where_none_is_read_is_no_mistake(stack: Stack, method: str, body: bytes) -> None:
    odd = {"Content-Type": "text/plain"}
    for path in ("/v1/schedules", "/healthz", "/docs", "/v1/openapi.json"):
        answer = stack.http(method, path, raw=body, headers=odd, token=stack.viewer)
        assert answer.status == 200
