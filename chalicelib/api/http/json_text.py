"""Bodies as JSON, read and written more strictly than Python does it by itself.

Of a request, whatever two readers could understand differently is refused: keys given twice,
numbers outside of JSON's grammar or a float's range, halves of surrogate pairs (RFC 7493,
"I-JSON"). An answer is always JSON.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.api.http.problems import Problem

DEEPEST: Final = 32
#: A string that is never closed reaches to the end of the text: no character is read twice.
_STRINGS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises a 400 `Problem` that says what is wrong and where."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not UTF-8 at byte {error.start}") from error
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_with_each_key_once,
            parse_constant=_refuse_constant,
            parse_float=_float_in_range,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise _malformed(f"is not JSON: {error.msg} at {where}") from error
    except UnicodeEncodeError as error:
        raise _malformed("holds half of a surrogate pair") from error
    except ValueError as error:
        raise _malformed(f"is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _malformed("must be a JSON object")
    return value


def write(value: Any) -> str:
    """The value as compact JSON text. Raises `ValueError` for NaN and infinities."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def finite(value: Any) -> Any:
    """The value with null in place of each number that JSON does not have: NaN and infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value


def _check_depth(text: str) -> None:
    """Raise a 400 `Problem` for deep nesting, before any of it is built in memory."""
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            raise _malformed(f"is nested more than {DEEPEST} levels deep")


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(repeated)} is given twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _float_in_range(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:40]} is out of range")
    return value


def _malformed(why: str) -> Problem:
    return Problem(400, "malformed_json", f"The body {why}.")
