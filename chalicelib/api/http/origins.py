"""Which pages of other origins may call the API from a browser (CORS), and what browsers are told.

A deployment lists the origins one by one; without a list, only pages that the API itself serves can
call it. A listed origin is named in every answer, problems included, and no other one ever is.
Credentials that a browser adds by itself (cookies) are never asked for: a page sends a token.

API Gateway asks no authorizer about a preflight, for a browser sends none of the page's headers
with it. What API Gateway answers by itself is in ``infra/cloudformation/api.yaml``.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from chalice.app import Chalice, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http.routes import ROUTES, Route
from chalicelib.engine.system import current
from chalicelib.platform.config import Config

#: Headers of requests that pages may send besides those that browsers let every page send.
_SENT: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
#: Headers of answers that pages may read besides those that browsers let every page read. API
#: Gateway renames the WWW-Authenticate of a function, and names the request by a header of its own.
EXPOSED: Final = (
    "ETag",
    "Location",
    "Retry-After",
    "Idempotent-Replayed",
    "WWW-Authenticate",
    "x-amzn-Remapped-WWW-Authenticate",
    "x-amzn-RequestId",
)
#: For how long a browser need not ask again, in seconds.
_PREFLIGHT_LASTS: Final = 3600
#: What the answer to a preflight depends on.
_ASKED_BY: Final = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def let_in(app: Chalice) -> None:
    """Have every route of the application answer preflights, and name the listed origins.

    Called when all routes have been registered.
    """
    for path in list(app.routes):

        def preflight(**_path_values: str) -> Response:
            request = app.current_request
            assert request is not None
            return _preflight(app, request)

        app.route(path, methods=["OPTIONS"], content_types=["*/*"])(preflight)
    app.middleware("http")(_with_origin)


def _with_origin(event: ChaliceRequest, answer: Callable[[ChaliceRequest], Any]) -> Any:
    """Chalice's middleware: the answer, with what lets the page read it."""
    response = answer(event)
    config = current().config
    if config.allow_origins and event.method != "OPTIONS":
        response.headers.update(_headers(config, event))
    return response


def _headers(config: Config, request: ChaliceRequest) -> dict[str, str]:
    headers = {"Vary": "Origin"}
    if (origin := _listed(config, request)) and _is_open(config, *_route_of(request)):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)
    return headers


def _preflight(app: Chalice, request: ChaliceRequest) -> Response:
    """What a browser is told that asks whether a page may send a request to this path.

    It is told nothing if the page's origin is not listed, or nothing of the path is for browsers.
    """
    config, (_, path) = current().config, _route_of(request)
    methods = list(app.routes[path])
    headers: dict[str, str | list[str]] = {
        "Allow": ", ".join(methods),
        "Vary": _ASKED_BY,
        "Cache-Control": "no-store",
    }
    allowed = [each for each in methods if each != "OPTIONS" and _is_open(config, each, path)]
    asked = request.headers.get("access-control-request-method", "")
    if (origin := _listed(config, request)) and asked in allowed:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Methods"] = ", ".join(allowed)
        headers["Access-Control-Allow-Headers"] = ", ".join(_SENT)
        headers["Access-Control-Max-Age"] = str(_PREFLIGHT_LASTS)
    return Response("", status_code=204, headers=headers)


def _listed(config: Config, request: ChaliceRequest) -> str | None:
    """The origin of the page that asks, if the deployment lists it: letter by letter."""
    origin: str = request.headers.get("origin", "")
    return origin if origin in config.allow_origins else None


def _route_of(request: ChaliceRequest) -> tuple[str, str]:
    """The method, and the path as it was registered."""
    return request.method, request.context["resourcePath"]


def _is_open(config: Config, method: str, path: str) -> bool:
    """Whether a page of a listed origin may call this route."""
    route = _routes().get(("GET" if method == "HEAD" else method, path))
    if route is None:  # It is none of the API's: its description, or a page.
        return True
    if route.makes_tokens:
        return config.tokens_from_browsers
    return route.for_browsers


@cache
def _routes() -> Mapping[tuple[str, str], Route]:
    """The API's routes by method and path."""
    return {(route.method, route.path): route for route in ROUTES}
