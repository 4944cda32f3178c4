"""Pages of other origins: those that the deployment lists are let in, and no others (CORS)."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from app import app
from chalicelib.api.http.origins import EXPOSED
from chalicelib.api.http.routes import ROUTES
from infra import template
from tests.api.hostile.requests import GOOD
from tests.api_client import Api
from tests.harness import Answer, Stack

FIRST: Final = "https://app.example.com"
LISTED: Final = (FIRST, "http://localhost:5173")
UNLISTED: Final = (
    "https://example.com",
    "https://evil.test",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com/",
    "https://APP.example.com",
    "https://www.app.example.com",
    "https://app.example.com.evil.test",
    "https://evilapp.example.com",
    "https://app.example.com, https://evil.test",
    "https://app.example.com http://localhost:5173",
    "http://localhost",
    "http://localhost:51730",
    "https://localhost:5173",
    "http://localhost:5173.evil.test",
    "null",
    "*",
    "",
)
ALLOWED: Final = "access-control-allow-origin"
HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack(allow_origins=LISTED) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack)


#: Status → requests, of which the last is answered so: what is asked, its body, and what else of
#: it is not as usual. `{id}` is a new schedule.
REQUESTS: Final[dict[int, list[tuple[str, Any, dict[str, Any]]]]] = {
    200: [("GET /v1/schedules", None, {})],
    201: [("POST /v1/schedules", GOOD, {})],
    202: [("POST /v1/schedules/{id}/runs?when_busy=queue", None, {})],
    204: [("DELETE /v1/schedules/{id}", None, {})],
    304: [("GET /v1/openapi.json", None, {"headers": {"If-None-Match": "*"}})],
    400: [("POST /v1/schedules", None, {"raw": b"{"})],
    401: [("GET /v1/schedules", None, {"token": "nonsense"})],
    403: [("PATCH /v1/settings", {"capacity": 2}, {})],
    404: [("GET /v1/schedules/x", None, {})],
    409: [
        ("POST /v1/schedules", GOOD, {"headers": {"Idempotency-Key": "once"}}),
        ("POST /v1/schedules", {**GOOD, "name": "B"}, {"headers": {"Idempotency-Key": "once"}}),
    ],
    412: [("PATCH /v1/schedules/{id}", {"name": "B"}, {"headers": {"If-Match": '"before"'}})],
    413: [("POST /v1/schedules", None, {"raw": b" " * 300_000})],
    415: [("POST /v1/schedules", GOOD, {"headers": {"Content-Type": "text/plain"}})],
    422: [("POST /v1/schedules", {}, {})],
    429: [("POST /v1/schedules/{id}/runs", None, {}), ("POST /v1/schedules/{id}/runs", None, {})],
}


def _answer_with(stack: Stack, status: int, origin: dict[str, str]) -> Answer:
    """An answer of that status to a request with that header."""
    answers = []
    for asked, body, more in REQUESTS[status]:
        method, path = asked.replace("{id}", Api(stack).create()["id"]).split()
        usual = {"token": stack.operator, **more, "headers": {**origin, **more.get("headers", {})}}
        answers.append(stack.http(method, path, body, **usual))
    return answers[-1]


@pytest.mark.parametrize("status", REQUESTS)
def test_a_listed_origin_reads_every_answer(stack: Stack, status: int) -> None:
    for origin in LISTED:
        answer = _answer_with(stack, status, {"Origin": origin})
        assert answer.status == status
        assert answer.headers[ALLOWED] == origin
        assert answer.headers["vary"] == "Origin"
        assert answer.headers["access-control-expose-headers"] == ", ".join(EXPOSED)
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("status", REQUESTS)
def test_no_other_origin_reads_any(stack: Stack, status: int) -> None:
    for origin in UNLISTED:
        answer = _answer_with(stack, status, {"Origin": origin})
        assert answer.status == status
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["vary"] == "Origin"


def test_who_names_no_origin_is_told_nothing_of_them(stack: Stack) -> None:
    answer = _answer_with(stack, 200, {})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_deployment_without_a_list_lets_no_page_in() -> None:
    with Stack() as stack:
        for origin in (*LISTED, *UNLISTED):
            answers = [
                _answer_with(stack, 200, {"Origin": origin}),
                _asked(stack, "/v1/runs", origin),
            ]
            for answer in answers:
                assert not [name for name in answer.headers if name.startswith("access-control-")]


# What API Gateway answers by itself


@pytest.mark.parametrize(("path", "status"), [("/v1/schedules", 401), ("/v1/nothing", 404)])
def test_the_first_origin_reads_what_api_gateway_answers(
    stack: Stack, path: str, status: int
) -> None:
    answer = stack.http("GET", path, headers={"Origin": FIRST})
    assert (answer.status, answer.headers[ALLOWED]) == (status, FIRST)


NAMED: Final = template.gateway_responses("baton", {"AllowOrigins": ",".join(LISTED)})
UNNAMED: Final = template.gateway_responses("baton")


@pytest.mark.parametrize("kind", NAMED)
def test_every_answer_of_api_gateway_names_the_first_origin_and_no_other(kind: str) -> None:
    headers = NAMED[kind]["ResponseParameters"]["Headers"]
    assert headers["Access-Control-Allow-Origin"] == f"'{FIRST}'"
    assert headers["Vary"] == "'Origin'"
    exposed = headers["Access-Control-Expose-Headers"].strip("'").split(", ")
    assert set(exposed) == {"Retry-After", "WWW-Authenticate", "x-amzn-RequestId"}
    assert "Access-Control-Allow-Origin" not in UNNAMED[kind]["ResponseParameters"]["Headers"]


# Preflights


def _asked(stack: Stack, path: str, origin: str, method: str = "GET") -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return stack.http("OPTIONS", path, headers=headers)


@pytest.mark.parametrize("origin", LISTED)
def test_a_browser_may_ask_about_every_route_without_a_token(stack: Stack, origin: str) -> None:
    for route in ROUTES:
        answer = _asked(stack, route.path, origin, route.method)
        assert (answer.status, answer.body) == (204, b"")
        is_told = route.for_browsers and not route.makes_tokens
        assert (answer.headers.get(ALLOWED) == origin) is is_told, route.path
        if is_told:
            assert route.method in answer.headers["access-control-allow-methods"].split(", ")
            assert answer.headers["access-control-allow-headers"] == HEADERS
            assert answer.headers["access-control-max-age"] == "3600"


def test_every_path_has_its_preflight_and_no_authorizer_before_it() -> None:
    for path, methods in app.routes.items():
        assert methods["OPTIONS"].authorizer is None, path


@pytest.mark.parametrize("origin", UNLISTED)
def test_a_browser_is_told_nothing_about_another_origin(stack: Stack, origin: str) -> None:
    answer = _asked(stack, "/v1/runs", origin)
    assert answer.status == 204
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_method_that_the_path_does_not_have_is_not_allowed(stack: Stack) -> None:
    assert ALLOWED in _asked(stack, "/v1/runs", FIRST).headers
    assert ALLOWED not in _asked(stack, "/v1/runs", FIRST, "POST").headers
    assert ALLOWED not in _asked(stack, "/v1/runs", FIRST, "OPTIONS").headers
    assert ALLOWED not in _asked(stack, "/v1/runs", FIRST, "").headers


def test_what_is_told_depends_on_what_was_asked(stack: Stack) -> None:
    answer = _asked(stack, "/v1/runs", FIRST)
    for header in ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"):
        assert header in answer.headers["vary"].split(", ")


# What is not for browsers

CLOSED: Final = [
    ("POST", "/v1/runs/{run_id}/heartbeat"),
    ("POST", "/v1/runs/{run_id}/complete"),
    ("POST", "/v1/runs/{run_id}/fail"),
    ("POST", "/v1/runs/{run_id}/start"),
    ("POST", "/v1/dead-letters/redrive"),
    ("POST", "/v1/tokens"),
    ("POST", "/v1/tokens/{token_id}/rotate"),
]


def test_callbacks_redrive_and_the_making_of_tokens_are_not_for_browsers(stack: Stack) -> None:
    closed = [
        (route.method, route.path)
        for route in ROUTES
        if not route.for_browsers or route.makes_tokens
    ]
    assert sorted(closed) == sorted(CLOSED)
    for method, path in CLOSED:
        answer = stack.http(method, path, {}, token=stack.owner, headers={"Origin": FIRST})
        assert ALLOWED not in answer.headers
        assert answer.headers["vary"] == "Origin"
        assert ALLOWED not in _asked(stack, path, FIRST, method).headers


def test_pages_see_and_revoke_tokens_all_the_same(stack: Stack) -> None:
    answer = _asked(stack, "/v1/tokens", FIRST, "GET")
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert ALLOWED in _asked(stack, "/v1/tokens/{token_id}", FIRST, "DELETE").headers


def test_a_deployment_may_let_pages_make_tokens() -> None:
    with Stack(allow_origins=LISTED, tokens_from_browsers=True) as stack:
        for path in ("/v1/tokens", "/v1/tokens/{token_id}/rotate"):
            assert ALLOWED in _asked(stack, path, FIRST, "POST").headers
        body = {"name": "page", "scopes": ["viewer"]}
        made = stack.http("POST", "/v1/tokens", body, token=stack.admin, headers={"Origin": FIRST})
        assert (made.status, made.headers[ALLOWED]) == (201, FIRST)
        assert ALLOWED not in _asked(stack, "/v1/dead-letters/redrive", FIRST, "POST").headers
