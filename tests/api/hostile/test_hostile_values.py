"""Fields with values of other types, and outside of their bounds. Nothing is converted silently."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.hostile.requests import GOOD, HTTP, INVALID, Hostile, World, created, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile values")


_NO_INTEGERS: dict[str, Any] = {
    "text": "5",
    "empty text": "",
    "true": True,
    "fraction": 5.5,
    "float that is whole": 5.0,
    "list": [5],
    "object": {"value": 5},
    "negative": -1,
    "huge": 10**30,
    "huge negative": -(10**30),
    "huge float": 1e300,
}
_NO_TEXT: dict[str, Any] = {
    "number": 1,
    "zero": 0,
    "true": True,
    "list": ["x"],
    "object": {"x": "x"},
    "null": None,
}
_NO_INSTANTS: dict[str, Any] = {
    "number": 1772323200,
    "text": "tomorrow",
    "empty": "",
    "without a zone": "2026-03-02T00:00:00",
    "a date": "2026-03-02",
    "13th month": "2026-13-01T00:00:00Z",
    "30 February": "2026-02-30T00:00:00Z",
    "25 o'clock": "2026-03-02T25:00:00Z",
    "year 0": "0000-01-01T00:00:00Z",
    "year 1": "0001-01-01T00:00:00+23:59",
    "year 9999": "9999-12-31T23:59:59-23:59",
    "year 10000": "10000-01-01T00:00:00Z",
    "before 1970": "1969-12-31T23:59:59Z",
    "odd digits": "２０２６-03-02T00:00:00Z",
    "true": True,
    "list": ["2026-03-02T00:00:00Z"],
}
_NUMBERS = (
    "timeout_seconds",
    "lease_seconds",
    "max_steps",
    "priority",
    "jitter_seconds",
    "queue_limit_seconds",
)
_NESTED = {
    "misfire": ("grace_seconds",),
    "retry": ("max_attempts", "delay_seconds", "max_delay_seconds"),
    "breaker": ("failures", "budget_breaches", "interruptions"),
}
_CHOICES = {"when_busy": None, "misfire": "policy", "retry": "backoff"}


def _numbers() -> Iterator[Hostile]:
    for kind, value in _NO_INTEGERS.items():
        for name in _NUMBERS:
            yield created(f"{name}: {kind}", name, **{name: value})
        for outer, inner in _NESTED.items():
            for name in inner:
                yield created(f"{name}: {kind}", f"{outer}.{name}", **{outer: {name: value}})
        interval = {"type": "interval", "seconds": value}
        yield created(f"interval: {kind}", "cadence.seconds", cadence=interval)


def _texts() -> Iterator[Hostile]:
    for kind, value in _NO_TEXT.items():
        yield created(f"name: {kind}", "name", name=value)
        yield created(f"description: {kind}", "description", description=value)
        yield created(f"tag: {kind}", "tags.0", tags=[value])
        cron = {"type": "cron", "expression": value}
        yield created(f"expression: {kind}", "cadence.expression", cadence=cron)
        zone = {"type": "cron", "expression": "0 0 * * *", "timezone": value}
        yield created(f"zone: {kind}", "cadence.timezone", cadence=zone)
        function = {"type": "function", "name": value}
        yield created(f"function: {kind}", "target.name", target=function)
        yield created(f"url: {kind}", "target.url", target={"type": "http", "url": value})


def _choices() -> Iterator[Hostile]:
    wrong = {"unknown": "sometimes", "empty": "", "upper case": "QUEUE", "number": 1, "list": []}
    for kind, value in {**wrong, "null": None, "NUL": "queue\x00", "space": " queue"}.items():
        for outer, inner in _CHOICES.items():
            path = f"{outer}.{inner}" if inner else outer
            yield created(
                f"choice of {outer}: {kind}", path, **{outer: {inner: value} if inner else value}
            )
        yield created(f"cadence type: {kind}", "cadence", cadence={"type": value})
        yield created(f"target type: {kind}", "target", target={"type": value})


def _instants() -> Iterator[Hostile]:
    for kind, value in _NO_INSTANTS.items():
        yield created(f"starts_at: {kind}", "starts_at", starts_at=value)
        yield created(f"ends_at: {kind}", "ends_at", ends_at=value)
        yield created(f"once: {kind}", "cadence.at", cadence={"type": "once", "at": value})
    for kind, at in {"now": "2026-03-01T00:00:00Z", "past": "2025-01-01T00:00:00Z"}.items():
        yield created(f"once: {kind}", "cadence.at", cadence={"type": "once", "at": at})


def _shapes() -> Iterator[Hostile]:
    for name in ("cadence", "target", "misfire", "retry", "breaker"):
        for kind, value in {"text": "x", "list": [], "number": 1, "true": True}.items():
            yield created(f"{name}: {kind}", name, **{name: value})
    for name in ("cadence", "target", "name"):
        body = {key: value for key, value in GOOD.items() if key != name}
        fields = frozenset({name})
        yield Hostile(name=f"no {name}", answer=INVALID, body=body, fields=fields)
    for kind, value in {"text": "a,b", "object": {}, "null": None, "number": 1}.items():
        yield created(f"tags: {kind}", "tags", tags=value)
    for kind, value in {"text": "x", "list": [], "null": None, "number": 1}.items():
        target = {**GOOD["target"], "params": value}
        yield created(f"params: {kind}", "target.params", target=target)
    for name in ("id", "status", "next_fire_at", "tenant_id", "version", "__proto__", "NAME", ""):
        yield created(f"unknown: {name or 'nothing'}", name, **{name: "x"})
    yield created("unknown within", "retry.forever", retry={"forever": True})
    yield created("unknown in cadence", "cadence.at", cadence={"type": "manual", "at": "x"})
    yield created("unknown in target", "target.url", target={**GOOD["target"], "url": "x"})
    yield created("enabled: text", "enabled", enabled="false")
    yield created("enabled: number", "enabled", enabled=0)


def _http() -> Iterator[Hostile]:
    for kind, value in {"text": "200", "float": 200.0, "true": True, "99": 99, "600": 600}.items():
        target = {**HTTP, "success_codes": [value]}
        yield created(f"success code: {kind}", "target.success_codes.0", target=target)
    for kind, method in {"lower case": "get", "CONNECT": "CONNECT", "space": "GET /x"}.items():
        yield created(f"method: {kind}", "target.method", target={**HTTP, "method": method})
    for kind, value in {"number": 1, "null": None, "list": [], "line break": "a\r\nX: b"}.items():
        target = {**HTTP, "headers": {"X-Key": value}}
        yield created(f"header: {kind}", "target.headers.X-Key", target=target)
    for name in ("Host", "Content-Length", "Transfer-Encoding", "X Y", "", "X\r\nY", "Ü"):
        path = f"target.headers.{name}"
        yield created(f"header name: {name!r}", path, target={**HTTP, "headers": {name: "x"}})


def _elsewhere() -> Iterator[Hostile]:
    preview = "/v1/cadence/preview"
    for kind, value in {"0": 0, "51": 51, "text": "3", "float": 3.0, "true": True}.items():
        body = {"cadence": {"type": "manual"}, "count": value}
        wrong = frozenset({"count"})
        yield Hostile(name=f"count: {kind}", answer=INVALID, path=preview, body=body, fields=wrong)
    for kind, value in {"0": 0, "float": 60.0, "text": "60", "null": None, "huge": 1e9}.items():
        yield Hostile(
            name=f"ttl: {kind}",
            answer=INVALID,
            method="PUT",
            path="/v1/pressure/editor",
            body={"ttl_seconds": value},
            fields=frozenset({"ttl_seconds"}),
        )
    for kind, value in _NO_INTEGERS.items():
        yield Hostile(
            name=f"capacity: {kind}",
            answer=INVALID,
            method="PATCH",
            path="/v1/settings",
            body={"capacity": value},
            fields=frozenset({"capacity"}),
        )
    for kind, value in {"text": "x", "list": [1], "number": 1}.items():
        run = "/v1/schedules/{schedule}/runs"
        body = {"payload": value}
        wrong = frozenset({"payload"})
        yield Hostile(name=f"payload: {kind}", answer=INVALID, path=run, body=body, fields=wrong)


def _patches() -> Iterator[Hostile]:
    wrong: dict[str, Any] = {
        "name": None,
        "cadence": None,
        "target": None,
        "status": "paused",
        "id": None,
        "priority": "5",
        "retry": [],
        "enabled": False,
    }
    for name, value in wrong.items():
        yield Hostile(
            name=f"patch {name}",
            answer=INVALID,
            method="PATCH",
            path="/v1/schedules/{schedule}",
            body={name: value},
            fields=frozenset({name}),
        )


@table(
    [
        *_numbers(),
        *_texts(),
        *_choices(),
        *_instants(),
        *_shapes(),
        *_http(),
        *_elsewhere(),
        *_patches(),
    ]
)
def test_it_is_422_with_the_path_of_the_field(world: World, case: Hostile) -> None:
    world.check(case)
