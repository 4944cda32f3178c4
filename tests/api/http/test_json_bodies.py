"""How request bodies are read: as every other reader of JSON does, or not at all."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.http.json_text import DEEPEST, read_object
from chalicelib.api.http.problems import Problem

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def refused(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_object(raw)
    assert (caught.value.status, caught.value.code) == (400, "malformed_json")
    return caught.value.detail


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_what_was_meant_is_what_is_read(value: dict[str, Any]) -> None:
    for ascii_only in (True, False):
        assert read_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(read_object(raw), dict)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'{\n "name": nope}', "The body is not JSON: Expecting value at line 2 column 10."),
        (b'{"name": "\xff"}', "The body is not UTF-8 at byte 10."),
        (b'{"a": {"b": 1, "b": 2}}', 'The body is not JSON: the key "b" is given twice.'),
        (b'{"a": NaN}', "The body is not JSON: NaN is not a JSON number."),
        (b'{"a": -1e400}', "The body is not JSON: the number -1e400 is out of range."),
        (b'{"a": "\\ud83d"}', "The body holds half of a surrogate pair."),
        (b"[1]", "The body must be a JSON object."),
    ],
)
def test_what_is_wrong_is_said_and_where(raw: bytes, detail: str) -> None:
    assert refused(raw) == detail


def test_nesting_has_its_limit_on_the_brackets_and_not_on_those_in_text() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)

    assert read_object(nested(DEEPEST))
    assert "levels deep" in refused(nested(DEEPEST + 1))
    assert read_object(b'{"a": "' + b"[{" * 1000 + b'"}')
    assert read_object(b'{"a": "\\"' + b"[" * 1000 + b'"}')
    assert read_object(b'{"a": [' + b"[]," * 1000 + b"[]]}")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 262_144,
        b'"' * 262_143,
        b'{"' + b"\\" * 262_000,
        b'{"a":"' + b'\\"' * 130_000,
        (b'{"a":' * 40_000)[:262_144],
        b"{" + b'"a":1,' * 43_000 + b'"a":1}',
        b'{"a":[' + b'"",' * 85_000 + b'""',
    ],
)
def test_large_bodies_made_to_be_slow_are_refused_at_once(raw: bytes) -> None:
    """Read in quadratic time, each of them would outlast the test's time limit."""
    for _ in range(5):
        assert refused(raw)


def test_numbers_keep_their_kind_and_their_digits() -> None:
    read = read_object(b'{"a": 1, "b": 1.0, "c": -0, "d": 1e2, "e": 12345678901234567890123}')
    assert read == {"a": 1, "b": 1.0, "c": 0, "d": 100.0, "e": 12345678901234567890123}
    assert [type(value) for value in read.values()] == [int, float, int, float, int]


def test_surrogates_in_pairs_are_one_character() -> None:
    assert read_object(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
