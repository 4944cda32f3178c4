"""From a request as Chalice has it to the body and the query that a handler gets."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from chalice.app import Request as ChaliceRequest

from chalicelib.api.http import json_text
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import MergePatch
from chalicelib.api.http.routes import Route
from chalicelib.api.schemas.base import Query, ValidationContext
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.platform.validation import parse

MOST_BODY_BYTES: Final = 256 * 1024
_UTF8: Final = ("utf-8", "utf8")


def parsed(route: Route, incoming: ChaliceRequest, context: ValidationContext) -> tuple[Any, Query]:
    """The body and the query. Raises `InvalidFields` with every wrong field of both."""
    model, query_model = route.takes
    data = _data(route, incoming)
    errors: list[FieldError] = []
    body = query = None
    try:
        query = parse(query_model, _query_data(incoming))
    except InvalidFields as error:
        errors += error.errors
    try:
        body = MergePatch(data) if route.patches else parse(model, data, context)
    except InvalidFields as error:
        errors += error.errors
    if errors or query is None:
        raise InvalidFields(errors)
    return body, query


def _query_data(incoming: ChaliceRequest) -> dict[str, str]:
    values = incoming.query_params
    if values is None:
        return {}
    repeated = [name for name in values if len(values.getlist(name)) > 1]
    if repeated:
        raise InvalidFields(FieldError(name, "was given more than once") for name in repeated)
    return {name: values[name] for name in values}


def _data(route: Route, incoming: ChaliceRequest) -> dict[str, Any]:
    """The body's JSON object. Raises a 400, 413 or 415 `Problem`."""
    raw = raw_body(incoming) if route.has_body else b""
    if len(raw) > MOST_BODY_BYTES:
        raise Problem(413, "too_large", f"The body may have {MOST_BODY_BYTES} bytes at most.")
    if not route.has_body or (not raw.strip() and route.may_be_empty):
        return {}
    _check_content_type(route, incoming.headers)
    return json_text.read_object(raw)


def _check_content_type(route: Route, headers: Mapping[str, str]) -> None:
    kind, *rest = headers.get("content-type", "application/json").lower().split(";")
    parameters = [
        (name.strip(), value.strip(' "'))
        for name, _, value in (parameter.partition("=") for parameter in rest)
    ]
    in_utf8 = all(value in _UTF8 for name, value in parameters if name == "charset")
    plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
    if kind.strip() not in route.content_types or not in_utf8 or not plain:
        detail = f"Send {route.content_types[0]} in UTF-8, not encoded any further."
        raise Problem(415, "unsupported_media_type", detail)


def raw_body(incoming: ChaliceRequest) -> bytes:
    """The bytes of the body. Raises a 400 `Problem` if it cannot be read."""
    try:
        body = incoming.raw_body
    except ValueError as error:  # It is not Unicode, or is marked as base64 and is not.
        raise Problem(400, "malformed_json", "The body cannot be read.") from error
    return body.encode() if isinstance(body, str) else body


def base_path_of(incoming: ChaliceRequest) -> str:
    """The part of the path before `/v1`: API Gateway's stage (`/api`), or nothing."""
    before, found, _ = str(incoming.context.get("path", "")).partition("/v1/")
    return before if found else ""


def source_of(incoming: ChaliceRequest) -> str:
    """The address that the request came from, as API Gateway saw it: no header can say another."""
    return str((incoming.context.get("identity") or {}).get("sourceIp", ""))


def request_target(route: Route, incoming: ChaliceRequest, path_values: Mapping[str, str]) -> str:
    """What the request asks for: method, path, and the query with its parameters in order."""
    target = f"{route.method} {route.path.format(**path_values)}"
    query = urlencode(sorted(_query_data(incoming).items()))
    return f"{target}?{query}" if query else target
