"""Who may call what."""

import re

import pytest

from tests.conftest import Api
from tests.harness import Stack

ROUTES = [
    ("GET", "/v1/schedules", "viewer"),
    ("POST", "/v1/schedules", "operator"),
    ("GET", "/v1/schedules/x", "viewer"),
    ("PATCH", "/v1/schedules/x", "operator"),
    ("DELETE", "/v1/schedules/x", "operator"),
    ("POST", "/v1/schedules/x/pause", "operator"),
    ("POST", "/v1/schedules/x/resume", "operator"),
    ("POST", "/v1/schedules/x/runs", "operator"),
    ("GET", "/v1/schedules/x/runs", "viewer"),
    ("GET", "/v1/runs", "viewer"),
    ("GET", "/v1/runs/x", "viewer"),
    ("GET", "/v1/runs/x/log", "viewer"),
    ("POST", "/v1/runs/x/cancel", "operator"),
    ("POST", "/v1/runs/x/retry", "operator"),
    ("GET", "/v1/slot", "viewer"),
    ("POST", "/v1/cadence/preview", "viewer"),
    ("POST", "/v1/tick", "operator"),
    ("GET", "/v1/settings", "viewer"),
    ("PATCH", "/v1/settings", "owner"),
    ("PUT", "/v1/pressure/x", "operator"),
    ("DELETE", "/v1/pressure/x", "operator"),
    ("GET", "/v1/activity", "viewer"),
]
PUBLIC = {("GET", "/healthz")}


def test_the_list_above_names_every_route(stack: Stack) -> None:
    served = {(method, path) for path, methods in stack.app.routes.items() for method in methods}
    plain = {(method, re.sub(r"{\w+}", "x", path)) for method, path in served}
    assert plain == {(method, path) for method, path, _ in ROUTES} | PUBLIC


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_route_wants_a_token(stack: Stack, method: str, path: str, scope: str) -> None:
    answer = stack.http(method, path)
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_route_wants_its_scope(stack: Stack, method: str, path: str, scope: str) -> None:
    answer = stack.http(method, path, token=stack.viewer)
    assert (answer.status == 403) == (scope != "viewer")
    if scope != "viewer":
        assert answer.json["code"] == "forbidden"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer bt_01ABC_secret",
        "Bearer bt__",
        "Basic dXNlcjpwYXNz",
        "bt_01ABC_secret",
        "Bearer " + "x" * 5000,
    ],
)
def test_what_is_no_valid_token_is_401(stack: Stack, header: str) -> None:
    answer = stack.http("GET", "/v1/slot", headers={"Authorization": header})
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")


def test_a_token_with_a_wrong_secret_is_401(stack: Stack) -> None:
    answer = stack.http("GET", "/v1/slot", token=stack.viewer[:-1] + "~")
    assert answer.status == 401


def test_the_scheme_is_read_in_any_case(stack: Stack) -> None:
    header = {"Authorization": f"bearer {stack.viewer}"}
    assert stack.http("GET", "/v1/slot", headers=header).status == 200


def test_of_several_scopes_the_highest_counts(stack: Stack) -> None:
    token = stack.token(scopes=["admin", "viewer"])
    assert stack.http("POST", "/v1/tick", token=token).status == 200


def test_what_belongs_to_another_tenant_is_not_found(api: Api, stack: Stack) -> None:
    schedule = api.create()
    run = api.start(schedule)
    foreign = stack.token(tenant="other", scopes=["owner"])
    for method, path in [
        ("GET", f"/v1/schedules/{schedule['id']}"),
        ("PATCH", f"/v1/schedules/{schedule['id']}"),
        ("DELETE", f"/v1/schedules/{schedule['id']}"),
        ("POST", f"/v1/schedules/{schedule['id']}/runs"),
        ("GET", f"/v1/schedules/{schedule['id']}/runs"),
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
