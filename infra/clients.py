"""What the client for Python knows of the API, written from the API's own description.

In ``clients/python/baton``, ``types.py`` has the objects of the description and ``operations.py``
its calls. The description itself is ``clients/openapi.json`` (`infra.openapi`), of which the client
for TypeScript and the dashboard make their types. A test tells when one of them is outdated; ``make
web-types`` writes them all, and ``python -m infra.clients`` those of Python and the description.
"""

import json
import keyword
import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import openapi
from infra.places import COMMANDS, ROOT

Schema = Mapping[str, Any]

_PYTHON: Final = ROOT / "clients" / "python" / "baton"
TYPES: Final = _PYTHON / "types.py"
OPERATIONS: Final = _PYTHON / "operations.py"
_REFERENCE: Final = "#/components/schemas/"
_PLAIN: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_YES_OR_NO: Final = ["true", "false"]
#: Of a line of documentation, in characters.
_LONGEST_DOC: Final = 84

_HEAD_OF_TYPES: Final = '''\
"""What the API takes and gives, as types of its JSON: made by `python -m infra.clients`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

'''
_HEAD_OF_OPERATIONS: Final = '''\
"""Every call of the API by its name: made by `python -m infra.clients`."""

from __future__ import annotations

from typing import Any, Literal, cast

from baton import types
from baton.exchange import KEY, Call, path
from baton.pages import AsyncPages, Pages

'''


def texts() -> dict[Path, str]:
    """Each file that is written here, and what has to be in it."""
    text = openapi.text()
    described = json.loads(text)
    return {
        openapi.DESCRIPTION: text,
        TYPES: _formatted(_types(described)),
        OPERATIONS: _formatted(_operations(described)),
    }


# Types


def _types(described: Schema) -> str:
    schemas = described["components"]["schemas"]
    lines: list[str] = []
    for name, schema in sorted(schemas.items()):
        lines += _type(name, schema)
    return _HEAD_OF_TYPES + "\n".join(lines)


def _type(name: str, schema: Schema) -> Iterator[str]:
    """The definition of one type, with those of the objects inside it before it."""
    if "enum" in schema:
        yield from ("", f"{name} = Literal[")
        yield from (f'    "{each}",' for each in schema["enum"])
        yield "]"
        return
    if "properties" not in schema:
        yield from ("", f"{name} = dict[str, Any]")
        return
    fields: dict[str, str] = {}
    for field, each in schema["properties"].items():
        inner = f"{name}{field.title().replace('_', '')}"
        if each.get("type") == "object" and "properties" in each:
            yield from _type(inner, each)
            fields[field] = inner
        else:
            fields[field] = python_type(each)
    required = set(schema.get("required", ()))
    yield from _typed_dict(name, schema.get("description", ""), fields, required)


def _typed_dict(
    name: str, text: str, fields: Mapping[str, str], required: set[str]
) -> Iterator[str]:
    if any(map(keyword.iskeyword, fields)):
        # No class can have such a field; so none of them is checked to be there.
        inside = ", ".join(f"{field!r}: {kind!r}" for field, kind in fields.items())
        total = "" if required >= fields.keys() else ", total=False"
        yield from ("", f'{name} = TypedDict("{name}", {{{inside}}}{total})')
        return
    needed = {field: kind for field, kind in fields.items() if field in required}
    others = {field: kind for field, kind in fields.items() if field not in required}
    base = "TypedDict"
    if needed and others:
        base = f"_{name}Required"
        yield from ("", "", f"class {base}(TypedDict):", *_fields(needed))
    head = f"class {name}({base}{', total=False' if others else ''}):"
    yield from (
        "",
        "",
        head,
        f'    """{_sentence(text or name)}"""',
        "",
        *_fields(others or needed),
    )


def _fields(fields: Mapping[str, str]) -> Iterator[str]:
    yield from (f"    {field}: {kind}" for field, kind in fields.items())


def python_type(  # noqa: PLR0911  # one for each way to write a schema
    schema: Schema | bool,
) -> str:
    """A schema as an annotation; within `types.py`, so names stand for themselves."""
    if isinstance(schema, bool) or not schema:
        return "Any"
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REFERENCE)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(map(python_type, schema[several])))
    if "const" in schema:
        return f"Literal[{json.dumps(schema['const'])}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(json.dumps, schema['enum']))}]"
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return " | ".join(python_type({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"list[{python_type(schema.get('items', True))}]"
    if kind == "object":
        return f"dict[str, {python_type(schema.get('additionalProperties', True))}]"
    return _PLAIN[kind]


# Operations


@dataclass(frozen=True)
class _Operation:
    """One call, as a method has it."""

    name: str
    method: str
    path: str
    summary: str
    of_path: tuple[str, ...]
    #: The name of a parameter of the query → its type.
    query: Mapping[str, str]
    body: str | None
    body_is_needed: bool
    creates: bool
    is_guarded: bool
    answer: str
    #: The type of what is listed, if it is a list that comes page by page.
    item: str | None

    @property
    def parameters(self) -> str:
        """The parameters of the method behind `self`."""
        positional = [f"{name}: str" for name in self.of_path]
        if self.body is not None:
            positional.append(
                f"body: {self.body}" if self.body_is_needed else f"body: {self.body} | None = None"
            )
        named = [f"{_name(name)}: {kind} | None = None" for name, kind in self.query.items()]
        named += ["if_match: str | None = None"] * self.is_guarded
        named += ["idempotency_key: str | None = None"] * self.creates
        return ", ".join(["self", *positional, *(["*"] if named else []), *named])

    @property
    def call(self) -> str:
        """The expression that makes the call."""
        places = "".join(f", {name}={name}" for name in self.of_path)
        given = [f'"{self.method}"', f'path("{self.path}"{places})' if places else f'"{self.path}"']
        if self.query:
            inside = ", ".join(f'"{name}": {_name(name)}' for name in self.query)
            given.append(f"query={{{inside}}}")
        if self.body is not None:
            given.append("body=body")
        if self.is_guarded:
            given.append('headers={"If-Match": if_match}')
        if self.creates:
            given += ["headers={KEY: idempotency_key}", "creates=True"]
        return f"Call({', '.join(given)})"


def _operations(described: Schema) -> str:
    found = [*_all_operations(described)]
    return _HEAD_OF_OPERATIONS + "\n".join(
        [*_class_of(found, is_async=False), "", "", *_class_of(found, is_async=True), ""]
    )


def _all_operations(described: Schema) -> Iterator[_Operation]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if "x-required-scope" in operation and _is_json(operation):
                yield _operation(described, path, method.upper(), operation)


def _is_json(operation: Schema) -> bool:
    """Whether it answers with JSON, or with nothing; what comes as text has no type."""
    return all(
        "application/json" in each.get("content", {"application/json": None})
        for status, each in operation["responses"].items()
        if status[0] == "2"
    )


def _name(parameter: str) -> str:
    """A parameter as Python can have it: `from` is `from_`."""
    return f"{parameter}_" if keyword.iskeyword(parameter) else parameter


def _operation(described: Schema, path: str, method: str, operation: Schema) -> _Operation:
    parameters = operation["parameters"]
    references = {each["$ref"].rpartition("/")[2] for each in parameters if "$ref" in each}
    query = {each["name"]: each["schema"] for each in parameters if each.get("in") == "query"}
    body = operation.get("requestBody")
    # Of several answers, that with the highest status is the one that is given unasked.
    responses: Schema = operation["responses"]
    success = responses[max(status for status in responses if status[0] == "2")]
    answered = _schema_of(success) if "content" in success else {"type": "null"}
    is_list = "cursor" in query
    return _Operation(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        of_path=tuple(re.findall(r"{(\w+)}", path)),
        query={
            name: "bool" if each.get("enum") == _YES_OR_NO else _qualified(python_type(each))
            for name, each in query.items()
            if name != "cursor"
        },
        body=None if body is None else _qualified(python_type(_schema_of(body))),
        body_is_needed=bool(body and body.get("required")),
        creates="IdempotencyKey" in references,
        is_guarded="IfMatch" in references,
        answer=_qualified(python_type(answered)),
        item=_item_of(described, answered) if is_list else None,
    )


def _schema_of(part: Schema) -> Schema:
    [content, *_] = part["content"].values()
    schema: Schema = content["schema"]
    return schema


def _item_of(described: Schema, listed: Schema) -> str:
    schema = described["components"]["schemas"][python_type(listed)]
    return _qualified(python_type(schema["properties"]["items"]["items"]))


def _qualified(kind: str) -> str:
    """The annotation with names of `types.py` as other modules write them."""
    return re.sub(r'(?<!["\w])(?!None|Any|Literal)([A-Z]\w+)', r"types.\1", kind)


def _class_of(operations: list[_Operation], *, is_async: bool) -> Iterator[str]:
    pages, wait, define = (
        ("AsyncPages", "await ", "async def") if is_async else ("Pages", "", "def")
    )
    yield f"class {'AsyncOperations' if is_async else 'Operations'}:"
    yield '    """The calls. Whoever derives from it says how one is carried."""'
    yield ""
    yield f"    {define} _value(self, call: Call) -> Any:"
    yield "        raise NotImplementedError"
    yield ""
    yield f"    def _pages(self, call: Call) -> {pages}[Any, Any]:"
    yield "        raise NotImplementedError"
    for each in operations:
        head = "def" if each.item else define
        answer = f"{pages}[{each.item}, {each.answer}]" if each.item else each.answer
        yield ""
        yield f"    {head} {each.name}({each.parameters}) -> {answer}:"
        yield f'        """{_sentence(each.summary)}"""'
        yield from _body(each, wait)


def _body(operation: _Operation, wait: str) -> Iterator[str]:
    call = operation.call
    yield f"        call = {call}"
    if operation.item:
        yield "        return self._pages(call)"
    elif operation.answer == "None":
        yield f"        {wait}self._value(call)"
    else:
        yield f'        return cast("{operation.answer}", {wait}self._value(call))'


def _sentence(text: str) -> str:
    """The first sentence of a description, on one line."""
    first = re.split(r"(?<=[.:;]) ", " ".join(text.split()))[0]
    return textwrap.shorten(first, _LONGEST_DOC, placeholder=" …").rstrip(".:;") + "."


def _formatted(source: str) -> str:
    """The source as the project formats it."""
    done = subprocess.run(  # noqa: S603  # a command of .venv
        [str(COMMANDS / "ruff"), "format", "--stdin-filename", str(TYPES), "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    for written, text in texts().items():
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")
