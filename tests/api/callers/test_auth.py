"""Who may call what."""

import re
from collections.abc import Iterator

import pytest

from chalicelib.domain.access.scopes import SCOPES
from tests.harness import Stack

#: `run`: the token of one run, which no caller of the API has.
ROUTES = [
    ("GET", "/v1/schedules", "viewer"),
    ("POST", "/v1/schedules", "operator"),
    ("POST", "/v1/schedules/preview", "operator"),
    ("GET", "/v1/schedules/x", "viewer"),
    ("PATCH", "/v1/schedules/x", "operator"),
    ("DELETE", "/v1/schedules/x", "operator"),
    ("POST", "/v1/schedules/x/pause", "operator"),
    ("POST", "/v1/schedules/x/resume", "operator"),
    ("POST", "/v1/schedules/x/check", "operator"),
    ("POST", "/v1/schedules/x/runs", "operator"),
    ("GET", "/v1/schedules/x/runs", "viewer"),
    ("GET", "/v1/schedules/x/explain", "viewer"),
    ("GET", "/v1/runs", "viewer"),
    ("GET", "/v1/runs/x", "viewer"),
    ("GET", "/v1/runs/x/log", "viewer"),
    ("GET", "/v1/runs/x/log.ndjson", "viewer"),
    ("GET", "/v1/timeline", "viewer"),
    ("GET", "/v1/me", "viewer"),
    ("GET", "/v1/overview", "viewer"),
    ("POST", "/v1/runs/x/cancel", "operator"),
    ("POST", "/v1/runs/x/retry", "operator"),
    ("POST", "/v1/runs/x/start", "operator"),
    ("POST", "/v1/runs/x/heartbeat", "run"),
    ("POST", "/v1/runs/x/complete", "run"),
    ("POST", "/v1/runs/x/fail", "run"),
    ("GET", "/v1/slot", "viewer"),
    ("GET", "/v1/forecast", "viewer"),
    ("POST", "/v1/forecast/trial", "operator"),
    ("GET", "/v1/budget-suggestion", "viewer"),
    ("GET", "/v1/jobs", "viewer"),
    ("POST", "/v1/cadence/preview", "viewer"),
    ("POST", "/v1/tick", "operator"),
    ("GET", "/v1/settings", "viewer"),
    ("GET", "/v1/limits", "viewer"),
    ("PATCH", "/v1/settings", "owner"),
    ("PUT", "/v1/pressure/x", "operator"),
    ("DELETE", "/v1/pressure/x", "operator"),
    ("GET", "/v1/activity", "viewer"),
    ("GET", "/v1/stats", "viewer"),
    ("GET", "/v1/health", "viewer"),
    ("GET", "/v1/dead-letters", "owner"),
    ("POST", "/v1/dead-letters/redrive", "owner"),
    ("GET", "/v1/audits", "viewer"),
    ("POST", "/v1/audits", "operator"),
    ("GET", "/v1/audits/x", "viewer"),
    ("PATCH", "/v1/audits/x", "operator"),
    ("DELETE", "/v1/audits/x", "operator"),
    ("POST", "/v1/audits/x/publish", "operator"),
    ("POST", "/v1/audits/x/extend", "operator"),
    ("POST", "/v1/audits/x/deactivate", "operator"),
    ("POST", "/v1/audits/x/reactivate", "operator"),
    ("GET", "/v1/notifications", "viewer"),
    ("GET", "/v1/notifications/x", "viewer"),
    ("POST", "/v1/notifications/read-all", "viewer"),
    ("POST", "/v1/notifications/x/read", "viewer"),
    ("POST", "/v1/notifications/x/resolve", "operator"),
    ("GET", "/v1/tokens", "admin"),
    ("GET", "/v1/tokens/x", "admin"),
    ("POST", "/v1/tokens", "admin"),
    ("POST", "/v1/tokens/x/rotate", "admin"),
    ("DELETE", "/v1/tokens/x", "admin"),
]
PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/docs"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/"),
    ("GET", "/ui"),
    ("GET", "/ui/x"),
    ("GET", "/ui/x/x"),
    ("GET", "/assets/x"),
}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Stack]:
    """One deployment for all requests that change nothing."""
    with Stack() as running:
        yield running


def test_the_list_above_names_every_route(deployed: Stack) -> None:
    routes = deployed.app.routes.items()
    of_any_path = {"HEAD", "OPTIONS"}  # Pages of another origin begin with the latter.
    served = {(method, path) for path, methods in routes for method in methods.keys() - of_any_path}
    plain = {(method, re.sub(r"{\w+}", "x", path)) for method, path in served}
    assert plain == {(method, path) for method, path, _ in ROUTES} | PUBLIC


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_route_wants_a_token(deployed: Stack, method: str, path: str, scope: str) -> None:
    answer = deployed.http(method, path)
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("method", "path", "scope"), [route for route in ROUTES if route[2] in SCOPES[1:]]
)
def test_the_scope_below_is_not_enough(deployed: Stack, method: str, path: str, scope: str) -> None:
    below = SCOPES[[str(each) for each in SCOPES].index(scope) - 1]
    answer = deployed.http(method, path, {}, token=deployed.token(scopes=[below]))
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    wanted = f'Bearer error="insufficient_scope", scope="{scope}"'
    assert answer.headers["www-authenticate"] == wanted


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_its_scope_opens_a_route(deployed: Stack, method: str, path: str, scope: str) -> None:
    if scope in SCOPES:
        answer = deployed.http(method, path, {}, token=deployed.token(scopes=[scope]))
        assert answer.status not in (401, 403)
    else:
        answer = deployed.http(method, path, {}, token=deployed.owner)
        assert answer.status == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer two words",
        "Bearer bt_01ABC_secret",
        "Bearer bt__",
        "Bearer bt_" + "0" * 26 + "_x",
        "Bearer bt_ü_x",
        "Bearer ünïcode",
        "Bearer \udc80",
        "Bearer \x00",
        'Bearer "quoted"',
        "Bearer a.b.c",
        "Bearer " + "x" * 5000,
        "Bearer " + "x" * 1_000_000,
        "Bearer x, Bearer y",
        "bearer nonsense",
    ],
)
def test_what_is_no_valid_token_is_401(deployed: Stack, header: str) -> None:
    answer = deployed.http("GET", "/v1/slot", headers={"Authorization": header})
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="The token is not valid."'
    )


@pytest.mark.parametrize(
    "header", ["Basic dXNlcjpwYXNz", "bt_01ABC_secret", "Digest x=y", "Bearer\tx", "BearerX x", " "]
)
def test_what_is_no_bearer_token_is_asked_for_one(deployed: Stack, header: str) -> None:
    answer = deployed.http("GET", "/v1/slot", headers={"Authorization": header})
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_with_a_wrong_secret_is_401(deployed: Stack) -> None:
    answer = deployed.http("GET", "/v1/slot", token=deployed.viewer[:-1] + "~")
    assert answer.status == 401


@pytest.mark.parametrize("form", ["bearer {}", "BEARER {}", " Bearer   {} "])
def test_the_scheme_is_read_in_any_case_and_spaces_do_no_harm(deployed: Stack, form: str) -> None:
    header = {"Authorization": form.format(deployed.viewer)}
    assert deployed.http("GET", "/v1/slot", headers=header).status == 200
