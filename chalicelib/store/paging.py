"""Pages of a query, and the cursors that lead from one to the next."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.errors import BatonError

T = TypeVar("T")
_LONGEST_KEY = 1024


class BadCursor(BatonError):
    """The cursor is damaged or belongs to another list."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and the cursor of the page after them."""

    items: list[T]
    next_cursor: str | None = None


def to_cursor(key: Mapping[str, Any] | None) -> str | None:
    """The key a query stopped at, as opaque text."""
    if not key:
        return None
    plain = {name: value["S"] for name, value in key.items()}
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def from_cursor(
    cursor: str | None, fixed: Mapping[str, str], names: Sequence[str]
) -> dict[str, Any] | None:
    """The key to go on from: exactly these names, the fixed ones with these very values.

    Raises `BadCursor`. The tenant is among the fixed ones, so a cursor cannot reach another's.
    """
    if cursor is None:
        return None
    plain = _decoded(cursor)
    if set(plain) != set(names) or not all(map(_can_be_key, plain.values())):
        raise BadCursor
    if any(plain[name] != value for name, value in fixed.items()):
        raise BadCursor
    return {name: {"S": value} for name, value in plain.items()}


def _decoded(cursor: str) -> dict[str, Any]:
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(plain, dict):
        raise BadCursor
    return plain


def _can_be_key(value: Any) -> bool:
    """DynamoDB takes sort keys of 1 to 1024 bytes."""
    return isinstance(value, str) and 1 <= len(value.encode("utf-8", "replace")) <= _LONGEST_KEY
