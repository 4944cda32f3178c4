"""Pages of a query, and the cursors that lead from one to the next."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.errors import BatonError

T = TypeVar("T")


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


def from_cursor(cursor: str | None, fixed: Mapping[str, str]) -> dict[str, Any] | None:
    """The key to go on from; `fixed` are attributes it must have with these very values.

    Raises `BadCursor`. The tenant is among the fixed ones, so a cursor cannot reach another's.
    """
    if cursor is None:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error
    if not isinstance(plain, dict) or not all(isinstance(value, str) for value in plain.values()):
        raise BadCursor
    if any(plain.get(name) != value for name, value in fixed.items()):
        raise BadCursor
    return {name: {"S": value} for name, value in plain.items()}
