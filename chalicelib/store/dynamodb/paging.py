"""Pages of a query, and the cursors that lead from one to the next."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from chalicelib.domain.errors import BatonError

T = TypeVar("T")
_LONGEST_KEY = 1024
#: What one request for a filtered page looks at, and in how large parts.
MOST_SIFTED: Final = 1000
_SIFTED_AT_ONCE: Final = 100


class BadCursor(BatonError):
    """The cursor is damaged or belongs to another list."""

    message = "The cursor is damaged or belongs to another list."


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and the cursor of the page after them."""

    items: list[T]
    next_cursor: str | None = None


def filtered_page(
    read: Callable[[int, str | None], Page[T]],
    keep: Callable[[T], bool],
    key: Callable[[T], Mapping[str, str]],
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """A page of what is worth keeping, from a list that knows nothing of it.

    It looks at `MOST_SIFTED` items and then stops with what it has: a page may be short or empty
    and still have one after it. `key` tells where an item is in the list.
    """
    kept: list[T] = []
    for _ in range(0, MOST_SIFTED, _SIFTED_AT_ONCE):
        page = read(_SIFTED_AT_ONCE, cursor)
        for item in filter(keep, page.items):
            if len(kept) == limit:
                return Page(kept, _cursor_of(key(kept[-1])))
            kept.append(item)
        cursor = page.next_cursor
        if cursor is None:
            break
    return Page(kept, cursor)


def _cursor_of(key: Mapping[str, str]) -> str | None:
    return to_cursor({name: {"S": value} for name, value in key.items()})


def to_cursor(key: Mapping[str, Any] | None) -> str | None:
    """The key a query stopped at, as opaque text."""
    if not key:
        return None
    plain = {name: value["S"] for name, value in key.items()}
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def from_cursor(
    cursor: str | None,
    fixed: Mapping[str, str],
    names: Sequence[str],
    starts: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """The key to go on from: exactly these names, the fixed ones with these very values.

    Raises `BadCursor`. The tenant is among the fixed ones, so a cursor cannot reach another's.
    `starts` says what a value has to start with: DynamoDB takes no key outside of the query.
    """
    if cursor is None:
        return None
    plain = _decoded(cursor)
    if set(plain) != set(names) or not all(map(_can_be_key, plain.values())):
        raise BadCursor
    if any(plain[name] != value for name, value in fixed.items()):
        raise BadCursor
    if any(not plain[name].startswith(start) for name, start in (starts or {}).items()):
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
    try:
        return isinstance(value, str) and 1 <= len(value.encode()) <= _LONGEST_KEY
    except UnicodeEncodeError:
        return False  # Half of a surrogate pair.
