"""The one way to make an endpoint: from a route and a handler to what API Gateway calls.

A handler's signature says what its route takes and answers:
`(request: Request[Body, Query], …path values) -> Answer[Out]`. Requests are parsed by it, and
`openapi` describes the API by it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http import cursors, json_text, repeats
from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN, authorizer, caller_of, target_of
from chalicelib.api.http.parsing import (
    base_path_of,
    parsed,
    raw_body,
    request_target,
    source_of,
)
from chalicelib.api.http.problems import UNCACHED, Problem, from_error
from chalicelib.api.http.request import Request
from chalicelib.api.http.routes import ROUTES, Handler, Route
from chalicelib.api.schemas.base import ValidationContext
from chalicelib.domain import ids
from chalicelib.domain.errors import BatonError, NotFound, Unavailable
from chalicelib.engine.system import current
from chalicelib.platform import events
from chalicelib.store.dynamodb.transaction import is_busy

_NO_CONTENT: Final = 204
_REFUSALS: Final = (401, 403)


def endpoint(
    blueprint: Blueprint,
    method_and_path: str,
    *,
    scope: str,
    status: int = 200,
    problems: tuple[int, ...] = (),
    repeatable: bool = False,
    guarded: bool = False,
    shown_once: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Have the decorated handler answer a route, such as `GET /v1/runs/{run_id}`.

    Callers need the scope. The handler returns a JSON value (None for a 204), or an `Answer` if
    there are headers, too.
    """
    method, _, path = method_and_path.partition(" ")

    def decorate(handler: Handler) -> Handler:
        route = Route(
            method, path, scope, handler, status, problems, repeatable, guarded, shown_once
        )
        ROUTES.append(route)

        def view(**path_values: str) -> Response:
            return _answer(route, blueprint.current_request, path_values)

        # Chalice names views by their function and passes path values by name.
        view.__name__ = handler.__name__
        methods = [method, "HEAD"] if method == "GET" else [method]
        blueprint.route(path, methods=methods, authorizer=authorizer, content_types=["*/*"])(view)
        return handler

    return decorate


def _answer(route: Route, incoming: ChaliceRequest, path_values: dict[str, str]) -> Response:
    response = _response(route, incoming, path_values)
    if incoming.method == "HEAD":
        response.body = ""
    elif not isinstance(response.body, str):
        response.body = _as_text(route, response.body)
    return response


def _as_text(route: Route, body: Any) -> str:
    """The body as JSON. A number that JSON does not have is shown as null, and an event says so."""
    try:
        return json_text.write(body)
    except ValueError:
        events.warn("answer_not_finite", route=f"{route.method} {route.path}")
        return json_text.write(json_text.finite(body))


def _response(route: Route, incoming: ChaliceRequest, path_values: dict[str, str]) -> Response:
    try:
        request = _request(route, incoming, path_values)
        if not route.repeatable or "idempotency-key" not in request.headers:
            return _handled(route, request, path_values)
        return repeats.once(
            request,
            request_target(route, incoming, path_values),
            raw_body(incoming),
            lambda seeded: _handled(route, seeded, path_values),
            route.shown_once,
        )
    except BatonError as error:
        problem = from_error(error)
        if problem.status in _REFUSALS:
            _log_refusal(route, incoming, problem)
        return problem.response()
    except Exception as error:
        if is_busy(error):
            events.warn("storage_busy", route=f"{route.method} {route.path}")
            return from_error(Unavailable()).response()
        events.error("request_failed", route=f"{route.method} {route.path}")
        return Problem(500, "internal_error", "Baton failed; the log says how.").response()


def _log_refusal(route: Route, incoming: ChaliceRequest, problem: Problem) -> None:
    """Log who was refused, and from where; of their token, nothing but whose it is."""
    identity = incoming.context.get("authorizer") or {}
    events.warn(
        "request_refused",
        status=problem.status,
        route=f"{route.method} {route.path}",
        why=problem.detail,
        source=source_of(incoming),
        tenant_id=identity.get("tenant_id"),
        actor_id=identity.get("actor_id"),
    )


def _handled(route: Route, request: Request[Any, Any], path_values: Mapping[str, str]) -> Response:
    result = route.handler(request, **path_values)
    if isinstance(result, Response):
        return result
    if not isinstance(result, Answer):
        result = Answer(result)
    headers: dict[str, str | list[str]] = {**_HEADERS, **result.headers}
    body = "" if route.status == _NO_CONTENT else cursors.bound(result.body, request.cursor_tag)
    return Response(body, status_code=route.status, headers=headers)


_HEADERS: Final = {"Content-Type": "application/json", **UNCACHED}


def _request(
    route: Route, incoming: ChaliceRequest, path_values: Mapping[str, str]
) -> Request[Any, Any]:
    system = current()
    now = system.clock.now()
    if route.scope == RUN:
        caller = target_of(incoming.headers, path_values["run_id"])
    else:
        caller = caller_of(incoming.context, route.scope, now)
    context = ValidationContext(system, now, tenant_id=caller.tenant_id)
    body, query = parsed(route, incoming, context)
    cursor_tag = cursors.binding(caller.tenant_id, route.path, path_values, query)
    for name, value in path_values.items():
        # Nothing has an id like this, and DynamoDB would refuse some of them as a key.
        if name.endswith("_id") and not ids.is_id(value):
            raise NotFound(f"There is no such {name.removesuffix('_id')}.")
    return Request(
        system=system,
        now=now,
        caller=caller,
        body=body,
        query=cursors.position(query, cursor_tag),
        headers=incoming.headers,
        base_path=base_path_of(incoming),
        source=source_of(incoming),
        cursor_tag=cursor_tag,
    )
