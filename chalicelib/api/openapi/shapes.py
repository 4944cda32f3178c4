"""The JSON Schemas of requests and answers, made from the models and types of the handlers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from chalicelib.api.http.routes import Route
from chalicelib.api.schemas.base import NoBody

Schema = dict[str, Any]

REFERENCE: Final = "#/components/schemas/"
_LISTING: Final = re.compile(r"Listing_(\w+?)(Out)?_")


class _Plain(GenerateJsonSchema):
    """JSON Schema without titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class Shapes:
    """The schemas of all that these routes take and answer; `components` has the named ones."""

    def __init__(self, routes: Iterable[Route]) -> None:
        inputs: list[Any] = []
        for route in routes:
            key = f"{route.method} {route.path}"
            inputs.append((f"answer {key}", "serialization", TypeAdapter(route.answers)))
            for status, answer in route.also.items():
                inputs.append((f"answer {key} {status}", "serialization", TypeAdapter(answer)))
            if _takes_body(route):
                model = get_args(route.takes[0])[0] if route.patches else route.takes[0]
                inputs.append((f"body {key}", "validation", TypeAdapter(model)))
        schemas, common = TypeAdapter.json_schemas(
            inputs, ref_template=REFERENCE + "{model}", schema_generator=_Plain
        )
        self._schemas: dict[str, Schema] = {
            key: _renamed(schema) for (key, _), schema in schemas.items()
        }
        self.components: dict[str, Schema] = {
            _public_name(name): _renamed({**schema, "title": _public_name(name)})
            for name, schema in common.get("$defs", {}).items()
        }

    def body(self, route: Route) -> Schema | None:
        """The schema of the request's body; None if the route takes none."""
        if not _takes_body(route):
            return None
        schema = self._schemas[f"body {route.method} {route.path}"]
        patch: Schema = self._patch_of(schema) if route.patches else schema
        return patch

    def answer(self, route: Route, status: int | None = None) -> Schema:
        """The schema of the answer's body; with a status, of the other answer with that."""
        also = "" if status is None else f" {status}"
        return self._schemas[f"answer {route.method} {route.path}{also}"]

    def _patch_of(self, schema: Any) -> Any:
        """The schema of a merge patch: any part of the value, with null to reset a field."""
        if isinstance(schema, list):
            return [self._patch_of(item) for item in schema]
        if not isinstance(schema, Mapping):
            return schema
        if "$ref" in schema:
            return {"$ref": REFERENCE + self._patch_component(schema["$ref"])}
        if "oneOf" in schema:
            # A patch need not name the `type`, and may then fit several of them.
            return {"anyOf": self._patch_of(schema["oneOf"])}
        if "properties" not in schema:
            parts = {"anyOf": self._patch_of(schema["anyOf"])} if "anyOf" in schema else {}
            return {**_without(schema, "default"), **parts}
        properties = {
            name: _or_null(self._patch_of(field)) for name, field in schema["properties"].items()
        }
        return {**_without(schema, "required", "default"), "properties": properties}

    def _patch_component(self, reference: str) -> str:
        before = reference.removeprefix(REFERENCE)
        if "properties" not in self.components[before]:
            return before
        name = f"{before.removesuffix('In')}Patch"
        if name not in self.components:
            self.components[name] = {}  # The schema may refer to itself.
            self.components[name] = {**self._patch_of(self.components[before]), "title": name}
        return name


def referred_to(schemas: Mapping[str, Schema], by: Any) -> dict[str, Schema]:
    """The schemas that these parts refer to, directly or by way of other schemas."""
    found: dict[str, Schema] = {}
    waiting = set(_references(by))
    while waiting:
        name = waiting.pop()
        found[name] = schemas[name]
        waiting |= set(_references(schemas[name])) - found.keys()
    return dict(sorted(found.items()))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        reference = value.get("$ref", "")
        if reference.startswith(REFERENCE):
            yield reference.removeprefix(REFERENCE)
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _references(part)


def parameters_of(route: Route) -> list[Schema]:
    """The parameters of the route's query."""
    adapter = TypeAdapter(route.takes[1])
    schema = adapter.json_schema(schema_generator=_Plain)
    shared = schema.get("$defs", {})
    return [
        _parameter(name, _inlined(field, shared), name in schema.get("required", ()))
        for name, field in schema.get("properties", {}).items()
    ]


def _parameter(name: str, schema: Schema, required: bool) -> Schema:
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        schema = {**_without(schema, "anyOf", "default"), **branches[0]}
    described = {"description": schema["description"]} if "description" in schema else {}
    if schema.get("type") == "array":  # Its values come with commas between them.
        described |= {"style": "form", "explode": False}
    return {
        "name": name,
        "in": "query",
        "required": required,
        **described,
        "schema": _without(schema, "description"),
    }


def _inlined(schema: Any, shared: Mapping[str, Schema]) -> Any:
    """The schema with the schemas it refers to in place of the references."""
    if isinstance(schema, list):
        return [_inlined(item, shared) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        target = shared[schema["$ref"].rpartition("/")[2]]
        schema = {**_without(target, "title", "description"), **_without(schema, "$ref")}
    return {name: _inlined(value, shared) for name, value in schema.items()}


def _takes_body(route: Route) -> bool:
    return route.has_body and route.takes[0] is not NoBody


def _or_null(schema: Schema) -> Schema:
    branches = schema.get("anyOf", [schema])
    if {"type": "null"} in branches:
        return schema
    return {**_without(schema, *schema), "anyOf": [*branches, {"type": "null"}]}


def _public_name(name: str) -> str:
    """The name for clients: Run for `RunOut`, RunList for `Listing_RunOut_`.

    Of two models with one name, pydantic puts the module before it: `…__runs__Log` is RunsLog.
    """
    listed = _LISTING.fullmatch(name)
    if listed:
        return f"{listed[1]}List"
    *modules, plain = name.split("__")
    return "".join(module.capitalize() for module in modules[-1:]) + plain.removesuffix("Out")


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _renamed(item) for key, item in value.items()}
    if isinstance(value, str) and value.startswith(REFERENCE):
        return REFERENCE + _public_name(value.removeprefix(REFERENCE))
    return value


def _without(schema: Mapping[str, Any], *names: str) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}
