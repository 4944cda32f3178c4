"""The API's own description (OpenAPI 3.1), made from the routes and their handlers' signatures."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, get_origin, get_type_hints

from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN
from chalicelib.api.http.routes import ROUTES, Route
from chalicelib.api.openapi import parts
from chalicelib.api.openapi.examples import ANSWERS, BODIES
from chalicelib.api.openapi.shapes import REFERENCE, Schema, Shapes, parameters_of, referred_to

_EVERYWHERE: Final = (401, 403, 422, 429, 500, 503)
_OF_BODIES: Final = (400, 413, 415)
#: The 429 of a route that names it: it says who holds the slots.
_FULL: Final = {429: "CapacityFull"}
_PLACE: Final = re.compile(r"{(\w+)}")
#: The tags of resources that are not tagged by the first part of their path.
_TAGS: Final = {
    "dead-letters": "service",
    "health": "service",
    "overview": "service",
    "stats": "service",
    "tick": "slot",
    "timeline": "runs",
}


@cache
def document() -> Schema:
    """The description without `servers`, which depend on the request; made once a process."""
    shapes = Shapes(ROUTES)
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, shapes)
    paths |= parts.PUBLIC
    schemas = {**shapes.components, **parts.SCHEMAS}
    return {
        "openapi": "3.1.0",
        "info": parts.INFO,
        "security": [{"bearer": []}],
        "tags": list(_tags(paths)),
        "paths": paths,
        "components": {
            "schemas": referred_to(schemas, [paths, parts.RESPONSES]),
            "responses": parts.RESPONSES,
            "parameters": parts.PARAMETERS,
            "headers": parts.HEADERS,
            "securitySchemes": parts.SECURITY,
        },
    }


def _tags(paths: dict[str, Schema]) -> Iterator[Schema]:
    operations = [operation for path in paths.values() for operation in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    for tag in sorted(sorted(used), key=lambda tag: [*parts.TAGS, tag].index(tag)):
        yield {"name": tag, "description": parts.TAGS.get(tag, f"All about {tag}.")}


def _operation(route: Route, shapes: Shapes) -> Schema:
    text = inspect.getdoc(route.handler) or ""
    body = shapes.body(route)
    needed = "the token of the run" if route.scope == RUN else f"the scope `{route.scope}`"
    return {
        "operationId": route.handler.__name__,
        "tags": [_tag(route)],
        "summary": text.partition("\n")[0].rstrip("."),
        "description": f"{text}\n\nNeeds {needed}.",
        "x-required-scope": route.scope,
        "security": [{"runToken" if route.scope == RUN else "bearer": []}],
        "parameters": list(_parameters(route)),
        **({} if body is None else {"requestBody": _request_body(route, body)}),
        "responses": {
            str(route.status): _success(route, route.status, shapes.answer(route)),
            **{
                str(status): _success(route, status, shapes.answer(route, status))
                for status in route.also
            },
            **_problems(route),
        },
    }


def _tag(route: Route) -> str:
    if route.scope == RUN:
        return "callbacks"
    first = route.path.split("/")[2]
    return _TAGS.get(first, first)


def _parameters(route: Route) -> Iterator[Schema]:
    for name in _PLACE.findall(route.path):
        schema = parts.ID if name.endswith("_id") else parts.NAME
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    yield from parameters_of(route)
    if route.repeatable or route.keyed:
        yield {"$ref": "#/components/parameters/IdempotencyKey"}
    if route.guarded:
        yield {"$ref": "#/components/parameters/IfMatch"}


def _request_body(route: Route, schema: Schema) -> Schema:
    content: Schema = {"schema": schema}
    if route.handler.__name__ in BODIES:
        content["examples"] = BODIES[route.handler.__name__]
    return {
        "required": not route.may_be_empty,
        "content": dict.fromkeys(route.content_types, content),
    }


def _success(route: Route, status: int, schema: Schema) -> Schema:
    success: Schema = {"description": parts.SUCCESSES[status]}
    headers = {
        name: {"$ref": f"#/components/headers/{name.replace('-', '')}"}
        for name in _headers(route, status)
    }
    if headers:
        success["headers"] = headers
    if status != parts.NO_CONTENT:
        content: Schema = {"schema": schema}
        if example := ANSWERS.get(schema.get("$ref", "").removeprefix(REFERENCE)):
            content["example"] = example
        success["content"] = {route.media_type: content}
    return success


def _headers(route: Route, status: int) -> Iterator[str]:
    if route.media_type == "application/x-ndjson":
        yield "Baton-Next-After"
    elif get_origin(get_type_hints(route.handler)["return"]) is Answer:
        if parts.ACCEPTED not in (status, route.status):
            yield "ETag"
        if status in (parts.CREATED, parts.ACCEPTED):
            yield "Location"
    if route.repeatable:
        yield "Idempotent-Replayed"


def _problems(route: Route) -> dict[str, Any]:
    statuses = {*_EVERYWHERE, *route.problems}
    names = {parameter.get("name") for parameter in parameters_of(route)}
    if route.has_body:
        statuses |= set(_OF_BODIES)
    if "cursor" in names:
        statuses.add(400)
    if any(name.endswith("_id") for name in _PLACE.findall(route.path)):
        statuses.add(404)
    if route.repeatable:
        statuses.add(409)
    if route.guarded:
        statuses.add(412)
    names_of = {**parts.NAMES, **(_FULL if _FULL.keys() & {*route.problems} else {})}
    return {
        str(status): {"$ref": f"#/components/responses/{names_of[status]}"}
        for status in sorted(statuses)
    }
