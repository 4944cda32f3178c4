"""Paths, methods, queries and cursors."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.hostile.requests import INVALID, NO_SUCH, Hostile, World, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile paths")


_BAD_CURSOR = (400, "bad_cursor")
_IDS = {
    "text": "x",
    "dots": "..",
    "encoded dots": "%2e%2e",
    "encoded slash": "a%2Fb",
    "encoded backslash": "..%5c..",
    "NUL": "%00",
    "id and NUL": "{schedule}%00",
    "newline": "%0a",
    "encoded twice": "%252e%252e",
    "not UTF-8": "%ff%fe",
    "no encoding": "%",
    "long": "A" * 5000,
    "long id": "{schedule}" * 10,
    "lower case": "01kjq4z6w0ztg4x2n8q5v7b3cd",
    "unknown": "01KJQ4Z6W0ZTG4X2N8Q5V7B3CD",
    "odd letters": "01KJQ4Z6W0ZTG4X2N8Q5V7B3CU",
    "one short": "01KJQ4Z6W0ZTG4X2N8Q5V7B3C",
    "wide digits": quote("０1KJQ4Z6W0ZTG4X2N8Q5V7B3CD"),
    "emoji": quote("👩🏽‍💻"),
    "space": "%20",
    "star": "*",
    "null": "null",
    "zero": "0",
    "negative": "-1",
    "quote": "'",
    "SQL": quote("' OR '1'='1"),
    "object": quote('{"S": "x"}'),
    "semicolon": "x;y=z",
    "theirs": "{their_schedule}",
    "run of theirs": "{their_run}",
}
_EVERYWHERE = ("dots", "NUL", "unknown", "theirs", "run of theirs")
#: What these tests, who are owners, may do to another tenant's.
_ALLOWED = (("run of theirs", "/v1/runs/{id}/cancel"),)
_CALLS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/v1/schedules/{id}", None),
    ("PATCH", "/v1/schedules/{id}", {"name": "Mine now"}),
    ("DELETE", "/v1/schedules/{id}", None),
    ("POST", "/v1/schedules/{id}/pause", None),
    ("POST", "/v1/schedules/{id}/runs", {}),
    ("GET", "/v1/schedules/{id}/runs", None),
    ("GET", "/v1/schedules/{id}/explain", None),
    ("GET", "/v1/runs/{id}", None),
    ("GET", "/v1/runs/{id}/log", None),
    ("POST", "/v1/runs/{id}/cancel", None),
    ("POST", "/v1/runs/{id}/retry", None),
    ("GET", "/v1/audits/{id}", None),
    ("POST", "/v1/audits/{id}/publish", None),
    ("POST", "/v1/notifications/{id}/read", None),
    ("DELETE", "/v1/tokens/{id}", None),
)
_LISTS = ("/v1/schedules", "/v1/runs", "/v1/activity", "/v1/audits", "/v1/notifications")


def _ids() -> Iterator[Hostile]:
    for kind, text in _IDS.items():
        for method, path, body in _CALLS if kind in _EVERYWHERE else _CALLS[:4]:
            if (kind, path) in _ALLOWED:
                continue
            yield Hostile(
                name=f"{method} {path}: {kind}",
                answer=NO_SUCH,
                method=method,
                path=path.replace("{id}", text),
                body=body,
            )


def _routes() -> Iterator[Hostile]:
    for path in (
        "/v1",
        "/v2/schedules",
        "/V1/schedules",
        "/v1/Schedules",
        "/v1/schedule",
        "/v1//schedules",
        "//v1/schedules",
        "/v1/schedules//",
        "/v1/./schedules",
        "/v1/x/../schedules",
        "/v1/%73chedules",
        "/v1%2Fschedules",
        "/v1/schedules/{schedule}/nothing",
        "/v1/schedules/{schedule}/runs/{run}",
        "/v1/runs/{run}/log/1",
        "/.env",
        "/.git/config",
        "/admin",
        "/wp-login.php",
        "/v1/tables",
        "/_ministack/ready",
        "/" + "x" * 8000,
        "/v1/" + "a/" * 500,
    ):
        yield Hostile(name=f"no route: {path[:60]}", answer=NO_SUCH, method="GET", path=path)
    for method, path in (
        ("PUT", "/v1/schedules"),
        ("DELETE", "/v1/schedules"),
        ("PATCH", "/v1/schedules"),
        ("POST", "/v1/schedules/{schedule}"),
        ("PUT", "/v1/schedules/{schedule}"),
        ("DELETE", "/v1/runs/{run}"),
        ("PATCH", "/v1/runs/{run}"),
        ("POST", "/v1/runs"),
        ("GET", "/v1/schedules/{schedule}/pause"),
        ("GET", "/v1/tick"),
        ("DELETE", "/v1/settings"),
        ("PUT", "/v1/settings"),
        ("POST", "/v1/activity"),
        ("DELETE", "/v1/activity"),
        ("TRACE", "/v1/schedules"),
        ("CONNECT", "/v1/schedules"),
        ("PROPFIND", "/v1/schedules"),
        ("get", "/v1/tick"),
    ):
        yield Hostile(name=f"no method: {method} {path}", answer=NO_SUCH, method=method, path=path)


def _queries() -> Iterator[Hostile]:
    limits = ("", "0", "-1", "201", "1.0", "1e2", "0x10", "+5", " 5", "5 ", "ten", "true", "null")
    more = ("٣", "９", "9" * 30, "5\x00", "[]", "{}", "5;5", "5,6", "1_0", "NaN", "Infinity")
    for path in _LISTS:
        for text in (*limits, *more) if path == _LISTS[0] else limits[:4]:
            yield Hostile(
                name=f"{path} limit={text!r}",
                answer=INVALID,
                method="GET",
                path=f"{path}?limit={quote(text)}",
                fields=frozenset({"limit"}),
            )
        twice = {
            "limit=5&limit=6": "limit",
            "limit=5&limit=5": "limit",
            "cursor=a&cursor=b": "cursor",
        }
        odd = {
            "limit[]=5": "limit[]",
            "limit%5B0%5D=5": "limit[0]",
            "Limit=5": "Limit",
            "page=2": "page",
            "offset=5": "offset",
            "tenant_id=other": "tenant_id",
            "=5": "",
            "%00=5": "\x00",
            "__proto__=5": "__proto__",
            "$where=1": "$where",
            "cursor=" + "x" * 4097: "cursor",
        }
        for query, name in {**twice, **(odd if path == _LISTS[0] else {})}.items():
            yield Hostile(
                name=f"{path}?{query[:40]}",
                answer=INVALID,
                method="GET",
                path=f"{path}?{query}",
                fields=frozenset({name}),
            )
    for query, name in {
        "/v1/runs?status=done": "status",
        "/v1/runs?status=": "status",
        "/v1/runs?status=QUEUED": "status",
        "/v1/runs?status=queued%00": "status",
        "/v1/runs?status=queued,late": "status",
        "/v1/runs?status=queued,": "status",
        "/v1/runs?trigger=cron": "trigger",
        "/v1/runs?schedule_id=": "schedule_id",
        "/v1/runs?schedule_id=" + "x" * 101: "schedule_id",
        "/v1/schedules?status=on": "status",
        "/v1/schedules?q=": "q",
        "/v1/schedules?q=" + "x" * 201: "q",
        "/v1/schedules?target=": "target",
        "/v1/runs/{run}/log?after=-1": "after",
        "/v1/runs/{run}/log?after=x": "after",
        "/v1/runs/{run}/log?after=99999999999999999": "after",
        "/v1/runs/{run}/log?cursor=x": "cursor",
        "/v1/schedules/{schedule}?verbose=1": "verbose",
        "/v1/slot?x": "x",
        "/v1/audits?state=old": "state",
        "/v1/notifications?unread=1": "unread",
        "/v1/forecast?hours=0": "hours",
        "/v1/forecast?hours=169": "hours",
    }.items():
        wrong = frozenset({name})
        yield Hostile(name=query[:60], answer=INVALID, method="GET", path=query, fields=wrong)
    for value in ("", "wait", "FORCE", "queue%00", "true"):
        yield Hostile(
            name=f"when_busy={value}",
            answer=INVALID,
            path=f"/v1/schedules/{{schedule}}/runs?when_busy={value}",
            body={},
            fields=frozenset({"when_busy"}),
        )


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _cursors() -> Iterator[Hostile]:
    texts = {
        "empty": "",
        "text": "x",
        "number": "1",
        "id": "{schedule}",
        "empty object": _encoded({}),
        "list": _encoded([]),
        "null": _encoded(None),
        "text in it": _encoded("x"),
        "number in it": _encoded(1),
        "other names": _encoded({"a": "b"}),
        "tenant alone": _encoded({"tenant_id": "default"}),
        "empty id": _encoded({"tenant_id": "default", "schedule_id": "", "run_id": ""}),
        "id a number": _encoded({"tenant_id": "default", "schedule_id": 1, "run_id": 1}),
        "id a list": _encoded({"tenant_id": "default", "schedule_id": [], "run_id": []}),
        "other tenant": _encoded({"tenant_id": "other", "schedule_id": "{schedule}"}),
        "surrogate": _encoded({"tenant_id": "default", "schedule_id": "\ud800"}),
        "too much": _encoded({"tenant_id": "default", "schedule_id": "x", "run_id": "x", "a": "b"}),
        "long id": _encoded({"tenant_id": "default", "schedule_id": "x" * 1025}),
        "deep": base64.urlsafe_b64encode(b"[" * 3000).decode(),
        "not base64": "!!!!",
        "not UTF-8": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        "NUL": "%00",
        "wide": quote("ａｂｃ"),
        "spaces": "%20%20",
        "one letter": "A",
        "changed": "A{cursor}",
        "doubled": "{cursor}{cursor}",
        "huge integer": base64.urlsafe_b64encode(b"9" * 3000).decode(),
    }
    for path in _LISTS:
        for kind, text in texts.items():
            name = f"{path} cursor: {kind}"
            cursor = f"{path}?cursor={text}"
            yield Hostile(name=name, answer=_BAD_CURSOR, method="GET", path=cursor)
    for path in _LISTS[1:]:
        name = f"{path} cursor: of schedules"
        cursor = f"{path}?cursor={{cursor}}"
        yield Hostile(name=name, answer=_BAD_CURSOR, method="GET", path=cursor)


@table([*_ids(), *_routes(), *_queries(), *_cursors()])
def test_it_is_refused_and_changes_nothing(world: World, case: Hostile) -> None:
    world.check(case)


@pytest.mark.parametrize("path", ["/v1/schedules?cursor={cursor}", "/v1/schedules/?limit=1"])
def test_what_lists_give_out_they_take(world: World, path: str) -> None:
    answer = world.stack.http("GET", world.filled(path), token=world.token)
    assert answer.status == 200
    assert len(answer.json["items"]) == 1


def test_a_cursor_of_another_tenant_leads_nowhere(world: World) -> None:
    foreign = world.stack.token(tenant="other", scopes=["owner"])
    path = world.filled("/v1/schedules?cursor={cursor}")
    answer = world.stack.http("GET", path, token=foreign)
    assert (answer.status, answer.json["code"]) == _BAD_CURSOR
