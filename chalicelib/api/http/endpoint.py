"""The one way to make an endpoint: from a route and a handler to what API Gateway calls.

A handler's signature says what its route takes and answers:
`(request: Request[Body, Query], …path values) -> Answer[Out]`. Requests are parsed by it, and
`openapi` describes the API by it.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http import cursors, json_text, repeats
from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN, Caller, authorizer, caller_of, target_of
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
from chalicelib.domain import ids, texts
from chalicelib.domain.errors import BatonError, NotFound, Unavailable
from chalicelib.engine.system import System, current
from chalicelib.platform import events, metrics
from chalicelib.store.dynamodb.transaction import is_busy

_NO_CONTENT: Final = 204
_NOT_LET_IN: Final = (401, 403)


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
    expensive: bool = False,
    for_people: bool = True,
    media_type: str = "application/json",
    keyed: bool = False,
    also: Mapping[int, Any] | None = None,
) -> Callable[[Handler], Handler]:
    """Have the decorated handler answer a route, such as `GET /v1/runs/{run_id}`.

    Callers need the scope. The handler returns a JSON value (None for a 204), or an `Answer` if
    there are headers, too.
    """
    method, _, path = method_and_path.partition(" ")

    def decorate(handler: Handler) -> Handler:
        route = Route(
            method,
            path,
            scope,
            handler,
            status,
            problems,
            repeatable,
            guarded,
            shown_once,
            expensive,
            for_people,
            media_type,
            keyed,
            also or {},
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
    with events.bound(**_subject_of(incoming, path_values)):
        response = _response(route, incoming, path_values)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            _tell_of_refusal(route, incoming, response)
    if incoming.method == "HEAD":
        response.body = ""
    elif not isinstance(response.body, str):
        response.body = _as_text(route, response.body)
    return response


def _subject_of(incoming: ChaliceRequest, path_values: Mapping[str, str]) -> dict[str, str | None]:
    """What the log is to say of all that the request leads to: who asks, and about what."""
    identity = incoming.context.get("authorizer") or {}
    named = {name: path_values.get(name, "") for name in ("schedule_id", "run_id")}
    return {
        "tenant_id": identity.get("tenant_id"),
        "token_id": identity.get("token_id"),
        **{name: value for name, value in named.items() if ids.is_id(value)},
    }


def _tell_of_refusal(route: Route, incoming: ChaliceRequest, response: Response) -> None:
    status = response.status_code
    problem = response.body if isinstance(response.body, dict) else {}
    events.info(
        "request_refused",
        status=status,
        code=problem.get("code"),
        route=f"{route.method} {route.path}",
        **(_who_was_not_let_in(incoming, problem) if status in _NOT_LET_IN else {}),
    )
    metrics.count(metrics.API_ERRORS, by=str(int(status)))


def _who_was_not_let_in(incoming: ChaliceRequest, problem: Mapping[str, Any]) -> dict[str, Any]:
    """What the log says of them: why, from where, and of their token nothing but whose it is."""
    identity = incoming.context.get("authorizer") or {}
    return {
        "why": problem.get("detail"),
        "source": source_of(incoming),
        "actor_id": identity.get("actor_id"),
    }


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
        return from_error(error).response()
    except Exception as error:
        if is_busy(error):
            events.warn("storage_busy", route=f"{route.method} {route.path}")
            return from_error(Unavailable()).response()
        events.error("request_failed", route=f"{route.method} {route.path}")
        return Problem(500, "internal_error", "Baton failed; the log says how.").response()


def _handled(route: Route, request: Request[Any, Any], path_values: Mapping[str, str]) -> Response:
    result = route.handler(request, **path_values)
    if isinstance(result, Response):
        return result
    if not isinstance(result, Answer):
        result = Answer(result)
    headers: dict[str, str | list[str]] = {
        "Content-Type": route.media_type,
        **UNCACHED,
        **result.headers,
    }
    status = result.status or route.status
    body = "" if status == _NO_CONTENT else cursors.bound(result.body, request.cursor_tag)
    body = texts.in_language(body, texts.preferred(request.headers.get("accept-language", "")))
    return Response(body, status_code=status, headers=headers)


def _hold_back(system: System, kind: str | None, caller: Caller, now: datetime) -> None:
    """Raise a 429 `Problem` if the caller's tenant asks for this kind of thing too often."""
    if kind is None or system.throttle is None:
        return
    seconds = system.throttle.seconds_to_wait(kind, caller.tenant_id, now)
    if seconds > 0:
        whole = max(math.ceil(seconds), 1)
        detail = f"Too many requests of your tenant; try again in {whole} s."
        raise Problem(429, "throttled", detail, headers={"Retry-After": str(whole)})


def _request(
    route: Route, incoming: ChaliceRequest, path_values: Mapping[str, str]
) -> Request[Any, Any]:
    system = current()
    now = system.clock.now()
    if route.scope == RUN:
        caller = target_of(incoming.headers, path_values["run_id"])
    else:
        caller = caller_of(incoming.context, route.scope, now)
    _hold_back(system, route.throttled_as, caller, now)
    context = ValidationContext(system, now, tenant_id=caller.tenant_id)
    body, query = parsed(route, incoming, context)
    if getattr(query, "has_filters", False):
        _hold_back(system, "expensive_read", caller, now)
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
