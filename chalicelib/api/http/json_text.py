"""Request bodies as JSON, read more strictly than Python's own reader does.

What two readers could understand differently is refused: keys given twice, numbers outside of
JSON's grammar or a float's range, halves of surrogate pairs (RFC 7493, "I-JSON").
"""

import json
import math
import re
from typing import Any, Final

from chalicelib.api.http.problems import Problem

DEEPEST: Final = 32
#: One that never ends reaches to the end of the text, so that nothing is looked at twice.
_STRINGS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object these bytes are. Raises a 400 `Problem` that says what is wrong and where."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not UTF-8 at byte {error.start}") from error
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_constant=_refuse_constant,
            parse_float=_finite,
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


def _check_depth(text: str) -> None:
    """Brackets are counted before anything is built."""
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            raise _malformed(f"is nested more than {DEEPEST} levels deep")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twin)} is given twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:40]} is out of range")
    return value


def _malformed(why: str) -> Problem:
    return Problem(400, "malformed_json", f"The body {why}.")
