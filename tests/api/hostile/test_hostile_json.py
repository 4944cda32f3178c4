"""Bodies that are no JSON object that every reader understands the same."""

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.api.hostile.requests import GOOD, MALFORMED, Hostile, World, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile json")


_TEXT = json.dumps(GOOD)
_PLACES = {
    "create": ("POST", "/v1/schedules"),
    "patch": ("PATCH", "/v1/schedules/{schedule}"),
    "preview": ("POST", "/v1/cadence/preview"),
    "run": ("POST", "/v1/schedules/{schedule}/runs"),
    "settings": ("PATCH", "/v1/settings"),
}
#: Malformed wherever they are sent.
_BODIES: dict[str, bytes] = {
    "cut off": _TEXT[:-1].encode(),
    "two values": (_TEXT + _TEXT).encode(),
    "rubbish after": (_TEXT + "x").encode(),
    "trailing comma": b'{"name": "x",}',
    "no comma": b'{"name": "x" "tags": []}',
    "no colon": b'{"name" "x"}',
    "single quotes": b"{'name': 'x'}",
    "bare key": b'{name: "x"}',
    "comment": b'{"name": "x" /* why */}',
    "line comment": b'{"name": "x"} // why',
    "list": b'[{"name": "x"}]',
    "text": b'"name"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "a bracket": b"{",
    "wrong bracket": b'{"name": "x"]',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "minus Infinity": b'{"name": -Infinity}',
    "1e999": b'{"name": 1e999}',
    "minus 1e999": b'{"name": -1e999}',
    "leading zero": b'{"name": 012}',
    "hexadecimal": b'{"name": 0x10}',
    "plus sign": b'{"name": +1}',
    "bare point": b'{"name": .5}',
    "point at the end": b'{"name": 5.}',
    "huge integer": b'{"name": ' + b"9" * 5000 + b"}",
    "key twice": b'{"name": "x", "name": "y"}',
    "key twice within": b'{"retry": {"max_attempts": 1, "max_attempts": 2}}',
    "key twice by escape": b'{"name": "x", "n\\u0061me": "y"}',
    "raw newline in text": b'{"name": "a\nb"}',
    "raw NUL in text": b'{"name": "a\x00b"}',
    "raw tab in text": b'{"name": "a\tb"}',
    "unknown escape": b'{"name": "\\x41"}',
    "short escape": b'{"name": "\\u12"}',
    "high surrogate": b'{"name": "\\ud800"}',
    "low surrogate": b'{"name": "\\udc00"}',
    "surrogates swapped": b'{"name": "\\udc00\\ud800"}',
    "surrogate in a key": b'{"\\ud800": 1}',
    "surrogate deep down": b'{"target": {"params": {"a": ["\\udfff"]}}}',
    "text without end": b'{"name": "x',
    "escape without end": b'{"name": "\\',
    "deep lists": b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    "deep objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "very deep": b"[" * 100_000,
    "very deep objects": b'{"a":' * 40_000,
    "UTF-8 cut off": b'{"name": "\xc3"}',
    "UTF-8 overlong": b'{"name": "\xc0\xaf"}',
    "UTF-8 surrogate": b'{"name": "\xed\xa0\x80"}',
    "UTF-8 beyond Unicode": b'{"name": "\xf4\x90\x80\x80"}',
    "Latin-1": '{"name": "ü"}'.encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + _TEXT.encode(),
    "UTF-16": _TEXT.encode("utf-16"),
    "UTF-16 without mark": _TEXT.encode("utf-16-le"),
    "UTF-32": _TEXT.encode("utf-32"),
    "gzip unsaid": gzip.compress(_TEXT.encode()),
    "form": b"name=x&cadence=manual",
    "XML": b"<schedule><name>x</name></schedule>",
    "YAML": b"name: x\ncadence: {type: manual}",
    "only spaces then text": b"   x",
    "NUL": b"\x00",
    "NBSP around": "\u00a0{}\u00a0".encode(),
    "form feed around": b"\x0c{}",
}
#: Where all of them are tried; elsewhere, a few show that it is the same reader.
_ALL_OF_THEM = ("create", "settings")
_SOME = {name: _BODIES[name] for name in ("cut off", "list", "NaN", "key twice", "high surrogate")}


def _cases() -> Iterator[Hostile]:
    for place, (method, path) in _PLACES.items():
        for name, raw in _BODIES.items() if place in _ALL_OF_THEM else _SOME.items():
            case = f"{place}: {name}"
            yield Hostile(name=case, answer=MALFORMED, method=method, path=path, raw=raw)
    for place in ("create", "patch", "preview", "settings"):
        method, path = _PLACES[place]
        for name, raw in {"nothing": b"", "spaces": b" \r\n\t "}.items():
            case = f"{place}: {name}"
            yield Hostile(name=case, answer=MALFORMED, method=method, path=path, raw=raw)


@table(_cases())
def test_it_is_400_and_changes_nothing(world: World, case: Hostile) -> None:
    world.check(case)
