"""The one way to make an endpoint: from a route and a handler to what API Gateway calls.

A handler's signature says what its route takes and answers:
`(request: Request[Body, Query], …path values) -> Answer[Out]`. Requests are parsed by it here,
and `openapi` describes the API by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http import json_text, repeats
from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN, authorizer, caller_of, target_of
from chalicelib.api.http.problems import UNCACHED, Problem, from_error
from chalicelib.api.http.request import MergePatch, Request
from chalicelib.api.schemas.base import Query, ValidationContext
from chalicelib.domain import ids
from chalicelib.domain.errors import BatonError, FieldError, InvalidFields, NotFound, Unavailable
from chalicelib.engine.system import current
from chalicelib.platform import events
from chalicelib.platform.validation import parse
from chalicelib.store.dynamodb.transaction import is_busy

MOST_BODY_BYTES: Final = 256 * 1024
_JSON: Final = ("application/json",)
_PATCH: Final = ("application/merge-patch+json", "application/json")
_UTF8: Final = ("utf-8", "utf8")
_NO_CONTENT: Final = 204

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """One endpoint.

    `problems` are the statuses of errors that it may answer with besides those that all share.
    A `repeatable` one creates something and honours `Idempotency-Key`; a `guarded` one honours
    `If-Match`. Fields of the answer that are `shown_once` are not kept for repeated requests:
    they are null when the answer is given again.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    status: int
    problems: tuple[int, ...]
    repeatable: bool
    guarded: bool
    shown_once: tuple[str, ...] = ()

    @cached_property
    def takes(self) -> tuple[Any, type[Query]]:
        """The models of the body and the query, from the handler's signature."""
        request, *_ = get_type_hints(self.handler).values()
        body, query = get_args(request)
        return body, query

    @cached_property
    def answers(self) -> Any:
        """The type of the answer's body, from the handler's signature."""
        returned = get_type_hints(self.handler)["return"]
        return get_args(returned)[0] if get_origin(returned) is Answer else returned

    @cached_property
    def patches(self) -> bool:
        """Whether the body is a merge patch."""
        return get_origin(self.takes[0]) is MergePatch

    @property
    def has_body(self) -> bool:
        """Whether the body of a request is read at all."""
        return self.method not in ("GET", "DELETE")

    @property
    def may_be_empty(self) -> bool:
        """Whether the body may be left out: no field of it is required."""
        return not self.patches and not any(
            field.is_required() for field in self.takes[0].model_fields.values()
        )

    @property
    def content_types(self) -> tuple[str, ...]:
        """The content types the body may have, the preferred one first."""
        return _PATCH if self.patches else _JSON


#: Every endpoint, in the order they were made.
ROUTES: Final[list[Route]] = []


def endpoint(
    blueprint: Blueprint,
    route: str,
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
    method, _, path = route.partition(" ")

    def decorate(handler: Handler) -> Handler:
        made = Route(
            method, path, scope, handler, status, problems, repeatable, guarded, shown_once
        )
        ROUTES.append(made)

        def view(**path_values: str) -> Response:
            return _answer(made, blueprint.current_request, path_values)

        # Chalice names views by their function and passes path values by name.
        view.__name__ = handler.__name__
        methods = [method, "HEAD"] if method == "GET" else [method]
        blueprint.route(path, methods=methods, authorizer=authorizer, content_types=["*/*"])(view)
        return handler

    return decorate


def _answer(route: Route, given: ChaliceRequest, path_values: dict[str, str]) -> Response:
    response = _response(route, given, path_values)
    if given.method == "HEAD":
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


def _response(route: Route, given: ChaliceRequest, path_values: dict[str, str]) -> Response:
    try:
        request = _request(route, given, path_values)
        if not route.repeatable or "idempotency-key" not in request.headers:
            return _handled(route, request, path_values)
        return repeats.once(
            request,
            request_target(route, given, path_values),
            _raw(given),
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


def request_target(route: Route, given: ChaliceRequest, path_values: Mapping[str, str]) -> str:
    """What the request asks for: method, path, and the query with its parameters in order."""
    target = f"{route.method} {route.path.format(**path_values)}"
    query = urlencode(sorted(_query_data(given).items()))
    return f"{target}?{query}" if query else target


def _handled(route: Route, request: Request[Any, Any], path_values: Mapping[str, str]) -> Response:
    result = route.handler(request, **path_values)
    if isinstance(result, Response):
        return result
    if not isinstance(result, Answer):
        result = Answer(result)
    headers: dict[str, str | list[str]] = {**_HEADERS, **result.headers}
    body = "" if route.status == _NO_CONTENT else result.body
    return Response(body, status_code=route.status, headers=headers)


_HEADERS: Final = {"Content-Type": "application/json", **UNCACHED}


def _request(
    route: Route, given: ChaliceRequest, path_values: Mapping[str, str]
) -> Request[Any, Any]:
    system = current()
    now = system.clock.now()
    if route.scope == RUN:
        caller = target_of(given.headers, path_values["run_id"])
    else:
        caller = caller_of(given.context, route.scope, now)
    body, query = _parsed(route, given, ValidationContext(system, now))
    for name, value in path_values.items():
        # Nothing has an id like this, and DynamoDB would refuse some of them as a key.
        if name.endswith("_id") and not ids.is_id(value):
            raise NotFound(f"There is no such {name.removesuffix('_id')}.")
    return Request(
        system=system,
        now=now,
        caller=caller,
        body=body,
        query=query,
        headers=given.headers,
        base_path=base_path_of(given),
    )


def _parsed(route: Route, given: ChaliceRequest, context: ValidationContext) -> tuple[Any, Query]:
    """The body and the query. Raises `InvalidFields` with every wrong field of both."""
    model, query_model = route.takes
    data = _data(route, given)
    errors: list[FieldError] = []
    body = query = None
    try:
        query = parse(query_model, _query_data(given))
    except InvalidFields as error:
        errors += error.errors
    try:
        body = MergePatch(data) if route.patches else parse(model, data, context)
    except InvalidFields as error:
        errors += error.errors
    if errors or query is None:
        raise InvalidFields(errors)
    return body, query


def _query_data(given: ChaliceRequest) -> dict[str, str]:
    values = given.query_params
    if values is None:
        return {}
    repeated = [name for name in values if len(values.getlist(name)) > 1]
    if repeated:
        raise InvalidFields(FieldError(name, "was given more than once") for name in repeated)
    return {name: values[name] for name in values}


def _data(route: Route, given: ChaliceRequest) -> dict[str, Any]:
    """The body's JSON object. Raises a 400, 413 or 415 `Problem`."""
    raw = _raw(given) if route.has_body else b""
    if len(raw) > MOST_BODY_BYTES:
        raise Problem(413, "too_large", f"The body may have {MOST_BODY_BYTES} bytes at most.")
    if not route.has_body or (not raw.strip() and route.may_be_empty):
        return {}
    _check_content_type(route, given.headers)
    return json_text.read_object(raw)


def _check_content_type(route: Route, headers: Mapping[str, str]) -> None:
    kind, *rest = headers.get("content-type", _JSON[0]).lower().split(";")
    parameters = [
        (name.strip(), value.strip(' "'))
        for name, _, value in (parameter.partition("=") for parameter in rest)
    ]
    in_utf8 = all(value in _UTF8 for name, value in parameters if name == "charset")
    plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
    if kind.strip() not in route.content_types or not in_utf8 or not plain:
        detail = f"Send {route.content_types[0]} in UTF-8, not encoded any further."
        raise Problem(415, "unsupported_media_type", detail)


def _raw(given: ChaliceRequest) -> bytes:
    try:
        body = given.raw_body
    except ValueError as error:  # It is not Unicode, or is marked as base64 and is not.
        raise Problem(400, "malformed_json", "The body cannot be read.") from error
    return body.encode() if isinstance(body, str) else body


def base_path_of(given: ChaliceRequest) -> str:
    """The part of the path before `/v1`: API Gateway's stage (`/api`), or nothing."""
    before, found, _ = str(given.context.get("path", "")).partition("/v1/")
    return before if found else ""
