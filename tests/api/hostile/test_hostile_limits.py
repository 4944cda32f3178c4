"""Sizes. What is too large is refused whole; nothing is cut."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.api.http.parsing import MOST_BODY_BYTES
from chalicelib.api.schemas.text_rules import MOST_PAYLOAD_BYTES
from tests.api.hostile.requests import GOOD, HTTP, INVALID, Hostile, World, created, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile limits")


_TOO_LARGE = (413, "too_large")
_PLACES = {
    "create": ("POST", "/v1/schedules"),
    "patch": ("PATCH", "/v1/schedules/{schedule}"),
    "run": ("POST", "/v1/schedules/{schedule}/runs"),
    "preview": ("POST", "/v1/cadence/preview"),
    "settings": ("PATCH", "/v1/settings"),
    "pause": ("POST", "/v1/schedules/{schedule}/pause"),
    "audit": ("POST", "/v1/audits"),
    "pressure": ("PUT", "/v1/pressure/editor"),
}


#: A definition has 64 KiB in all: the rest of it needs some of them.
MOST_WITH_THE_REST = MOST_PAYLOAD_BYTES - 1024


def payload(size: int, unit: str = "x") -> dict[str, str]:
    """A payload that has so many bytes as compact JSON."""
    rest, odd = divmod(size - len('{"k":""}'), len(unit.encode()))
    return {"k": unit * rest + "x" * odd}


def _bodies() -> Iterator[Hostile]:
    bodies = {
        "text": b'{"name": "' + b"x" * MOST_BODY_BYTES + b'"}',
        "spaces": b" " * (MOST_BODY_BYTES + 1),
        "brackets": b"[" * (MOST_BODY_BYTES + 1),
        "not JSON": b"\xff" * (MOST_BODY_BYTES + 1),
        "megabytes": b"{" + b" " * 5_000_000 + b"}",
    }
    for place, (method, path) in _PLACES.items():
        for kind, raw in bodies.items():
            yield Hostile(
                name=f"{place}: {kind}", answer=_TOO_LARGE, method=method, path=path, raw=raw
            )


def _fields() -> Iterator[Hostile]:
    for kind, letter in {"ASCII": "x", "two bytes": "ü", "four bytes": "😀"}.items():
        yield created(f"name: {kind}", "name", name=letter * 201)
        yield created(f"description: {kind}", "description", description=letter * 2001)
        yield created(f"tag: {kind}", "tags.2", tags=["a", "b", letter * 51])
        body = {"title": letter * 201}
        wrong = frozenset({"title"})
        yield Hostile(
            name=f"title: {kind}", answer=INVALID, path="/v1/audits", body=body, fields=wrong
        )
    yield created("name: nothing", "name", name="")
    yield created("tag: nothing", "tags.0", tags=[""])
    yield created("tags: many", "tags", tags=[f"t{number}" for number in range(21)])
    yield created("tags: thousands", "tags", tags=["t"] * 10_000)
    many = {f"unknown{number}": 1 for number in range(50)}
    yield created("unknown fields: many", *many, **many)
    expression = ",".join(["*"] * 500) + " * * * *"
    cron = {"type": "cron", "expression": expression}
    yield created("expression: long", "cadence.expression", cadence=cron)
    function = {"type": "function", "name": "x" * 201}
    yield created("function: long", "target.name", target=function)
    url = "https://example.com/" + "x" * 2000
    yield created("url: long", "target.url", target={**HTTP, "url": url})
    headers = {f"X-{number}": "x" for number in range(51)}
    yield created("headers: many", "target.headers", target={**HTTP, "headers": headers})
    headers = {"X-Key": "x" * 8193}
    yield created("header: long", "target.headers.X-Key", target={**HTTP, "headers": headers})
    codes = list(range(200, 251))
    yield created("codes: many", "target.success_codes", target={**HTTP, "success_codes": codes})
    yield created("codes: none", "target.success_codes", target={**HTTP, "success_codes": []})


def _payloads() -> Iterator[Hostile]:
    for kind, large in {
        "a byte too much": payload(MOST_PAYLOAD_BYTES + 1),
        "two bytes each": payload(MOST_PAYLOAD_BYTES + 2, "ü"),
        "many keys": {f"key{number}": number for number in range(10_000)},
        "a long key": {"k" * MOST_PAYLOAD_BYTES: 1},
        "escapes": {"k": '"' * (MOST_PAYLOAD_BYTES // 2)},
    }.items():
        run = "/v1/schedules/{schedule}/runs"
        wrong = frozenset({"payload"})
        body = {"payload": large}
        yield Hostile(name=f"payload: {kind}", answer=INVALID, path=run, body=body, fields=wrong)
        target = {"type": "function", "name": "drill", "params": large}
        yield created(f"params: {kind}", "target.params", target=target)
        yield created(f"body: {kind}", "target.body", target={**HTTP, "body": large})
        function = {
            "type": "lambda",
            "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:work-x",
            "payload": large,
        }
        yield created(f"event: {kind}", "target.payload", target=function)


@table([*_bodies(), *_fields(), *_payloads()])
def test_it_is_refused_and_changes_nothing(world: World, case: Hostile) -> None:
    world.check(case)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x" * 200},
        {"name": "😀" * 200},
        {"description": "ü" * 2000},
        {"tags": ["😀" * 48 + f"{number:02}" for number in range(20)]},
        {"target": {**HTTP, "body": payload(MOST_WITH_THE_REST)}},
        {"target": {**HTTP, "body": payload(MOST_WITH_THE_REST, "ü")}},
        {"target": {**HTTP, "body": {"deep": json.loads("[" * 20 + "]" * 20)}}},
        {"target": {**HTTP, "body": {"big": 10**100, "small": 1e-300, "zero": -0.0}}},
        {"target": {**HTTP, "headers": {f"X-{number}": "x" for number in range(50)}}},
    ],
)
def test_what_just_fits_is_kept_whole(world: World, changes: dict[str, Any]) -> None:
    made = world.stack.http("POST", "/v1/schedules", {**GOOD, **changes}, token=world.token)
    assert made.status == 201, made.json
    path = f"/v1/schedules/{made.json['schedule']['id']}"
    found = world.stack.http("GET", path, token=world.token).json
    for name, value in changes.items():
        assert found[name] == ({**found[name], **value} if name == "target" else value)
    assert world.stack.http("DELETE", path, token=world.token).status == 204


def test_a_body_of_just_the_limit_is_read(world: World) -> None:
    raw = b'{"cadence": {"type": "manual"}}'.ljust(MOST_BODY_BYTES)
    answer = world.stack.http("POST", "/v1/cadence/preview", raw=raw, token=world.token)
    assert answer.status == 200


def test_a_payload_of_just_the_limit_is_taken(world: World) -> None:
    made = world.stack.http("POST", "/v1/schedules", {**GOOD, "target": HTTP}, token=world.token)
    path = f"/v1/schedules/{made.json['schedule']['id']}"
    body = {"payload": payload(MOST_PAYLOAD_BYTES)}
    run = world.stack.http("POST", f"{path}/runs?when_busy=queue", body, token=world.token)
    assert run.status == 202, run.json
    assert world.stack.http("DELETE", path, token=world.token).status == 204
    world.before = world.database()
