"""Who a caller is found to be, and what they then see."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from chalicelib.api.http.auth import CACHED_SECONDS, caller_of
from chalicelib.api.http.identification import identify
from chalicelib.api.http.problems import Problem
from chalicelib.store.dynamodb.models import shared_connection
from tests.api_client import Api
from tests.harness import Stack


def test_of_several_scopes_the_highest_counts(stack: Stack) -> None:
    token = stack.token(scopes=["admin", "viewer"])
    assert stack.http("POST", "/v1/tick", token=token).status == 200


def test_what_the_authorizer_passes_on_is_text(stack: Stack) -> None:
    """API Gateway makes text of it; in the tests' client it would stay as it is."""
    made = {"name": "CI", "scopes": ["viewer"], "expires_in_days": 1}
    secret = stack.http("POST", "/v1/tokens", made, token=stack.admin).json["secret"]
    for bearer in (secret, stack.owner, "nonsense", ""):
        found = identify(stack.system.config, stack.system.clock, f"Bearer {bearer}")
        assert found
        assert all(type(value) is str for value in found.values())
        assert not any(secret.rpartition("_")[2] in value for value in found.values())


def test_a_token_ends_on_time_although_whose_it_is_was_cached(stack: Stack) -> None:
    made = {"name": "CI", "scopes": ["viewer"], "expires_at": "2026-03-01T00:00:30Z"}
    secret = stack.http("POST", "/v1/tokens", made, token=stack.admin).json["secret"]
    context = {"authorizer": identify(stack.system.config, stack.system.clock, f"Bearer {secret}")}
    assert CACHED_SECONDS > 30
    caller_of(context, "viewer", datetime(2026, 3, 1, 0, 0, 29, 999000, tzinfo=UTC))
    with pytest.raises(Problem) as caught:
        caller_of(context, "viewer", datetime(2026, 3, 1, 0, 0, 30, tzinfo=UTC))
    assert (caught.value.status, caught.value.detail) == (401, "The token has expired.")


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {"scope": "owner"}}])
def test_without_an_identity_there_is_no_caller(context: Any) -> None:
    with pytest.raises(Problem) as caught:
        caller_of(context, "viewer", datetime(2026, 3, 1, tzinfo=UTC))
    assert caught.value.status == 401


@contextmanager
def instead_of_updates(happens: Callable[[], object]) -> Iterator[None]:
    """Have something happen whenever an item is to be updated."""
    events = shared_connection().client.meta.events

    def asked(**_: Any) -> None:
        happens()

    events.register("before-call.dynamodb.UpdateItem", asked, unique_id="instead")
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", unique_id="instead")


def test_a_use_that_cannot_be_noted_is_no_reason_to_refuse(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    token, tried = stack.viewer, Event()

    def fail() -> None:
        tried.set()
        raise OSError("for the test")

    with instead_of_updates(fail), caplog.at_level("ERROR", "baton"):
        assert stack.http("GET", "/v1/slot", token=token).status == 200
    assert tried.is_set()
    assert token not in caplog.text


def test_a_use_that_takes_long_to_note_is_not_waited_for(stack: Stack) -> None:
    token, tried, over = stack.viewer, Event(), Event()

    def hang() -> None:
        tried.set()
        over.wait(30)

    with instead_of_updates(hang):
        assert stack.http("GET", "/v1/slot", token=token).status == 200
        assert tried.is_set()
        over.set()


def test_what_belongs_to_another_tenant_is_not_found(api: Api, stack: Stack) -> None:
    schedule = api.create()
    run = api.start(schedule)
    foreign = stack.token(tenant="other", scopes=["admin"])
    for method, path in [
        ("GET", f"/v1/schedules/{schedule['id']}"),
        ("PATCH", f"/v1/schedules/{schedule['id']}"),
        ("DELETE", f"/v1/schedules/{schedule['id']}"),
        ("POST", f"/v1/schedules/{schedule['id']}/runs"),
        ("GET", f"/v1/schedules/{schedule['id']}/runs"),
        ("GET", f"/v1/schedules/{schedule['id']}/explain"),
        ("GET", f"/v1/runs/{run['id']}"),
        ("GET", f"/v1/runs/{run['id']}/log"),
        ("POST", f"/v1/runs/{run['id']}/cancel"),
    ]:
        answer = stack.http(method, path, {}, token=foreign)
        assert (answer.status, answer.json["code"]) == (404, "not_found"), path
    assert stack.http("GET", "/v1/schedules", token=foreign).json["items"] == []
    listed = stack.http("GET", f"/v1/runs?schedule_id={schedule['id']}", token=foreign)
    assert listed.json["items"] == []


def test_health_is_public_and_tells_nothing(stack: Stack) -> None:
    answer = stack.http("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_an_unknown_path_is_404_in_the_same_shape(stack: Stack) -> None:
    answer = stack.http("GET", "/v1/nowhere", token=stack.viewer)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
