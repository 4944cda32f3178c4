"""What all endpoints share: authentication, scope, the body, the shape of answers and errors."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalice.app import Blueprint, Response

from chalicelib import events
from chalicelib.api.auth import Caller, authorizer, caller_of
from chalicelib.api.problems import Problem, from_error
from chalicelib.errors import BatonError, FieldError, InvalidFields, Unavailable
from chalicelib.store.transaction import is_busy

MOST_BODY_BYTES: Final = 256 * 1024
DEFAULT_LIMIT: Final = 50
MOST_ITEMS: Final = 200


@dataclass(frozen=True, slots=True)
class Request:
    """A request after authentication. `query` holds each parameter's last value."""

    caller: Caller
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes

    def json(self, content_types: tuple[str, ...] = ("application/json",)) -> dict[str, Any]:
        """The body, which must be a JSON object. Raises a 400, 413 or 415 `Problem`."""
        kind = self.headers.get("content-type", "application/json").partition(";")[0]
        if kind.strip().lower() not in content_types:
            raise Problem(415, "unsupported_media_type", f"Send {content_types[0]}, not {kind}.")
        return _object(self.raw_body)

    def json_or_empty(self) -> dict[str, Any]:
        """The body, where an empty one stands for `{}`."""
        return self.json() if self.raw_body.strip() else {}

    @property
    def limit(self) -> int:
        """`?limit=`: how many items a page may have."""
        return self.number("limit", default=DEFAULT_LIMIT, least=1, most=MOST_ITEMS)

    @property
    def cursor(self) -> str | None:
        return self.query.get("cursor")

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number of the query. Raises `InvalidFields`."""
        text = self.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= most):
            raise InvalidFields(
                [FieldError(name, f"must be a whole number from {least} to {most}")]
            )
        return int(text)

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """One of some words of the query. Raises `InvalidFields`."""
        value = self.query.get(name, default)
        if value not in options:
            raise InvalidFields([FieldError(name, f"must be one of {', '.join(options)}")])
        return value


Handler = Callable[..., Any]


def endpoint(blueprint: Blueprint, route: str, scope: str) -> Callable[[Handler], Handler]:
    """Make a handler (`handler(request, **path)`) answer a route (`"GET /v1/runs/{run_id}"`).

    Whoever calls needs the scope. The handler answers with a JSON value, or with a `Response`.
    """
    method, _, path = route.partition(" ")

    def decorate(handler: Handler) -> Handler:
        def view(**path_values: str) -> Response:
            return _answer(lambda: handler(_request(blueprint, scope), **path_values), route)

        # Chalice names views by their function and passes path values by name.
        view.__name__ = handler.__name__
        blueprint.route(path, methods=[method], authorizer=authorizer, content_types=["*/*"])(view)
        return handler

    return decorate


def _answer(work: Callable[[], Any], route: str) -> Response:
    try:
        result = work()
    except BatonError as error:
        return from_error(error).response()
    except Exception as error:
        if is_busy(error):
            events.warn("storage_busy", route=route)
            return from_error(Unavailable()).response()
        events.error("request_failed", route=route)
        return Problem(500, "internal_error", "Baton failed; the log says how.").response()
    return result if isinstance(result, Response) else Response(result, headers=_NO_STORE)


_NO_STORE: Final[dict[str, str | list[str]]] = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
}


def _request(blueprint: Blueprint, scope: str) -> Request:
    current = blueprint.current_request
    caller = caller_of(current.context, scope)
    body = current.raw_body
    if len(body) > MOST_BODY_BYTES:
        raise Problem(413, "too_large", f"The body may have {MOST_BODY_BYTES} bytes at most.")
    query = current.query_params
    return Request(
        caller=caller,
        query={name: query.getlist(name)[-1] for name in query} if query else {},
        headers=current.headers,
        raw_body=body.encode() if isinstance(body, str) else body,
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8 at byte {error.start}."
        raise Problem(400, "malformed_json", detail) from error
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}."
        raise Problem(400, "malformed_json", detail) from error
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed_json", f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Problem(400, "malformed_json", "The body must be a JSON object.")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def created(body: Any, location: str) -> Response:
    """201 with the place of what was made."""
    return Response(body, status_code=201, headers={**_NO_STORE, "Location": location})


def accepted(body: Any) -> Response:
    """202: it will happen."""
    return Response(body, status_code=202, headers=_NO_STORE)


def no_content() -> Response:
    """204."""
    return Response("", status_code=204, headers={"Content-Type": "application/json"})
