"""The one way to make an endpoint: what a route needs, takes and answers.

A handler's signature says it: `(request: Request[Body, Query], …path values) -> Answer[Out]`.
From it comes the parsing here, and the description of the API in `openapi`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, get_args, get_origin, get_type_hints

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http import repeats
from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN, authorizer, caller_of, target_of
from chalicelib.api.http.json_text import read_object
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
    """One endpoint. `problems` are statuses it answers with besides those that all have.

    `repeatable`: it creates, and honours `Idempotency-Key`. `guarded`: it honours `If-Match`.
    `shown_once`: fields of the answer that are not kept, and null where it is given again.
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
        """The models of body and query, as the handler's signature has them."""
        hints = get_type_hints(self.handler)
        body, query = get_args(hints[next(iter(hints))])
        return body, query

    @cached_property
    def answers(self) -> Any:
        """The shape of the answer's body."""
        given = get_type_hints(self.handler)["return"]
        return get_args(given)[0] if get_origin(given) is Answer else given

    @cached_property
    def patches(self) -> bool:
        """Whether the body is a merge patch."""
        return get_origin(self.takes[0]) is MergePatch

    @property
    def has_body(self) -> bool:
        """Whether it looks at the body at all."""
        return self.method not in ("GET", "DELETE")

    @property
    def may_be_empty(self) -> bool:
        """Whether the body has no field that must be there."""
        return not self.patches and not any(
            field.is_required() for field in self.takes[0].model_fields.values()
        )

    @property
    def content_types(self) -> tuple[str, ...]:
        """What the body may be sent as, the preferred one first."""
        return _PATCH if self.patches else _JSON


#: Every endpoint that was made, in order.
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
    """Make a handler answer a route (`"GET /v1/runs/{run_id}"`) to whoever has the scope.

    The handler answers with a JSON value (None for 204), or with an `Answer` that has headers too.
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
    return response


def _response(route: Route, given: ChaliceRequest, path_values: dict[str, str]) -> Response:
    try:
        request = _request(route, given, path_values)
        if not route.repeatable or "idempotency-key" not in request.headers:
            return _handled(route, request, path_values)
        path = route.path.format(**path_values)
        return repeats.once(
            request,
            f"{route.method} {path}",
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
        # What cannot be an id is the id of nothing; DynamoDB would refuse some of it as a key.
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


def _parsed(route: Route, given: ChaliceRequest, judging: ValidationContext) -> tuple[Any, Query]:
    """Body and query. What is wrong with either is told at once."""
    model, query_model = route.takes
    data = _data(route, given)
    errors: list[FieldError] = []
    body = query = None
    try:
        query = parse(query_model, _query_data(given))
    except InvalidFields as error:
        errors += error.errors
    try:
        body = MergePatch(data) if route.patches else parse(model, data, judging)
    except InvalidFields as error:
        errors += error.errors
    if errors or query is None:
        raise InvalidFields(errors)
    return body, query


def _query_data(given: ChaliceRequest) -> dict[str, str]:
    values = given.query_params
    if values is None:
        return {}
    twice = [name for name in values if len(values.getlist(name)) > 1]
    if twice:
        raise InvalidFields(FieldError(name, "was given more than once") for name in twice)
    return {name: values[name] for name in values}


def _data(route: Route, given: ChaliceRequest) -> dict[str, Any]:
    """The body's JSON object. Raises a 400, 413 or 415 `Problem`."""
    raw = _raw(given) if route.has_body else b""
    if len(raw) > MOST_BODY_BYTES:
        raise Problem(413, "too_large", f"The body may have {MOST_BODY_BYTES} bytes at most.")
    if not route.has_body or (not raw.strip() and route.may_be_empty):
        return {}
    _check_content_type(route, given.headers)
    return read_object(raw)


def _check_content_type(route: Route, headers: Mapping[str, str]) -> None:
    kind, *rest = headers.get("content-type", _JSON[0]).lower().split(";")
    parameters = [
        (name.strip(), value.strip(' "')) for name, _, value in (one.partition("=") for one in rest)
    ]
    in_utf8 = all(value in _UTF8 for name, value in parameters if name == "charset")
    plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
    if kind.strip() not in route.content_types or not in_utf8 or not plain:
        detail = f"Send {route.content_types[0]} in UTF-8, not encoded any further."
        raise Problem(415, "unsupported_media_type", detail)


def _raw(given: ChaliceRequest) -> bytes:
    try:
        body = given.raw_body
    except ValueError as error:  # Text that is no Unicode, or said to be base64 and is not.
        raise Problem(400, "malformed_json", "The body cannot be read.") from error
    return body.encode() if isinstance(body, str) else body


def base_path_of(given: ChaliceRequest) -> str:
    """What API Gateway puts before our paths: its stage (`/api`), or nothing."""
    before, found, _ = str(given.context.get("path", "")).partition("/v1/")
    return before if found else ""
