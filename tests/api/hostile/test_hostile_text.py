"""Names: any script is welcome; what breaks a line or cannot be seen is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.hostile.requests import GOOD, INVALID, Hostile, World, created, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile text")


_NO_NAMES = {
    "NUL": "a\x00b",
    "newline": "a\nb",
    "carriage return": "a\rb",
    "tab": "a\tb",
    "escape sequence": "\x1b[31mred",
    "bell": "a\x07",
    "delete": "a\x7f",
    "C1 control": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "spaces": "   ",
    "NBSP": "\u00a0",
    "ideographic space": "\u3000",
    "zero width": "\u200b\u200d",
    "marks of direction": "\u200e\u200f",
    "byte order mark": "\ufeff",
}
_NO_PROSE = {name: _NO_NAMES[name] for name in ("NUL", "bell", "delete", "C1 control")}
_NAMES = {
    "right to left": "جدول الليل",
    "hebrew with marks": "\u200fלוּחַ זְמַנִּים",
    "emoji of several": "👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "astral": "𝔑𝔦𝔤𝔥𝔱𝔩𝔶",
    "thai": "ตารางเวลา",
    "spaces around": "  x  ",
    "markup": "<script>alert('1')</script>",
    "SQL": "Robert'); DROP TABLE schedules;--",
    "template": "{{7*7}} ${7*7} %s %n {0}",
    "path": "../../etc/passwd",
    "formula": "=1+1",
    "quotes": "\"'`\\",
    "word null": "null",
    "one": "x",
    "unassigned": "\U000e0fff x",
    "private": "\ue000 x",
    "replacement": "\ufffd x",
}


def _names() -> Iterator[Hostile]:
    for kind, text in _NO_NAMES.items():
        yield created(f"name: {kind}", "name", name=text)
        yield created(f"tag: {kind}", "tags.1", tags=["good", text])
        yield Hostile(
            name=f"patched name: {kind}",
            answer=INVALID,
            method="PATCH",
            path="/v1/schedules/{schedule}",
            body={"name": text},
            fields=frozenset({"name"}),
        )
        body: dict[str, Any] = {"title": text}
        wrong = frozenset({"title"})
        yield Hostile(
            name=f"title: {kind}", answer=INVALID, path="/v1/audits", body=body, fields=wrong
        )
        body = {"name": text, "scopes": ["viewer"]}
        wrong = frozenset({"name"})
        yield Hostile(
            name=f"token: {kind}", answer=INVALID, path="/v1/tokens", body=body, fields=wrong
        )
    for kind, text in _NO_PROSE.items():
        yield created(f"description: {kind}", "description", description=text)
    for kind, text in {
        "NUL": "0 0 * * *\x00",
        "newline": "0 0 * *\n*",
        "wide": "０ 0 * * *",
    }.items():
        cron = {"type": "cron", "expression": text}
        yield created(f"expression: {kind}", "cadence.expression", cadence=cron)
    for kind, text in {
        "NUL": "UTC\x00",
        "path": "../UTC",
        "blank": " ",
        "long": "A" * 5000,
    }.items():
        cron = {"type": "cron", "expression": "0 0 * * *", "timezone": text}
        yield created(f"zone: {kind}", "cadence.timezone", cadence=cron)
    for kind, text in {"NUL": "drill\x00", "path": "../drill", "case": "DRILL"}.items():
        function = {"type": "function", "name": text}
        yield created(f"function: {kind}", "target.name", target=function)


@table(_names())
def test_it_is_422_with_the_path_of_the_field(world: World, case: Hostile) -> None:
    world.check(case)


@pytest.mark.parametrize("text", [pytest.param(text, id=kind) for kind, text in _NAMES.items()])
def test_a_name_comes_back_as_it_was_given(world: World, text: str) -> None:
    body: dict[str, Any] = {**GOOD, "name": text[:200], "tags": [text[:50]], "description": text}
    made = world.stack.http("POST", "/v1/schedules", body, token=world.token)
    assert made.status == 201, made.json
    path = f"/v1/schedules/{made.json['schedule']['id']}"
    found = world.stack.http("GET", path, token=world.token).json
    assert {name: found[name] for name in body} == {**body, "target": found["target"]}
    assert world.stack.http("DELETE", path, token=world.token).status == 204


@pytest.mark.parametrize("text", ["First\r\n\tsecond\nthird", "", " \n "])
def test_prose_may_be_laid_out(world: World, text: str) -> None:
    body = {**GOOD, "description": text}
    made = world.stack.http("POST", "/v1/schedules", body, token=world.token).json["schedule"]
    assert made["description"] == text
    path = f"/v1/schedules/{made['id']}"
    assert world.stack.http("DELETE", path, token=world.token).status == 204
