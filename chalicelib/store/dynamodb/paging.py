"""Pages of a list, and the cursors that lead from one to the next."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from chalicelib.domain.errors import BatonError
from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.models import Table

T = TypeVar("T")
_LONGEST_KEY = 1024
#: How many items one request for a filtered page looks at, and how many of them at once.
MOST_SIFTED: Final = 1000
_SIFTED_AT_ONCE: Final = 100


class BadCursor(BatonError):
    """The cursor is damaged or belongs to another list."""

    message = "The cursor is damaged or belongs to another list."


#: From one sort key to another, both included.
Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and the cursor of the page after them."""

    items: list[T]
    next_cursor: str | None = None
    #: The keys of items that belong here and cannot be read, where whoever asks needs them.
    unreadable: tuple[Key, ...] = ()


def newest(
    model: type[Table],
    kind: type[T],
    tenant_id: str,
    limit: int,
    cursor: str | None,
    *,
    prefix: str = "",
    span: Span | None = None,
) -> Page[T]:
    """A page of those of a tenant's items whose sort key has that prefix, newest first.

    With `span`, of those whose sort key lies in it. An item that cannot be read is left out, with a
    warning in the log.
    """
    found = newest_raw(model, tenant_id, limit, cursor, prefix=prefix, span=span)
    items = list(batches.readable(model, kind, found))
    return Page(items, to_cursor(found.last_evaluated_key))


def newest_raw(
    model: type[Table],
    tenant_id: str,
    limit: int,
    cursor: str | None,
    *,
    prefix: str = "",
    span: Span | None = None,
) -> ResultIterator[dict[str, Any]]:
    """Those of a tenant's items whose sort key has that prefix or lies in that span, raw.

    They come newest first, `limit` at most, and are read as far as is asked.
    """
    name = model.reach().get_meta_table().range_keyname or ""
    sort_key = model.get_attributes()[name]
    start = from_cursor(cursor, {"tenant_id": tenant_id}, ("tenant_id", name), {name: prefix})
    condition: Condition | None = sort_key.startswith(prefix) if prefix else None
    if span is not None:
        condition = sort_key.between(*span)
        demand_within(start, name, span)
    return batches.query(model, tenant_id, condition, limit=limit, start=start, newest_first=True)


def demand_within(start: Mapping[str, Any] | None, name: str, span: Span | None) -> None:
    """Raise `BadCursor` if a list would go on from outside the span, which DynamoDB refuses."""
    if start is not None and span is not None and not span[0] <= start[name]["S"] <= span[1]:
        raise BadCursor


def filtered_page(
    read: Callable[[int, str | None], Page[T]],
    keep: Callable[[T], bool],
    key_of: Callable[[T], Mapping[str, str]],
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """A page of the items that `keep` accepts, out of a list that is read page by page.

    It looks at `MOST_SIFTED` items and then stops with what it has: a page may be short or empty
    and still have another one after it. `key_of` gives the key by which the list goes on after an
    item.
    """
    kept: list[T] = []
    for _ in range(0, MOST_SIFTED, _SIFTED_AT_ONCE):
        page = read(_SIFTED_AT_ONCE, cursor)
        for item in filter(keep, page.items):
            if len(kept) == limit:
                return Page(kept, cursor_of(key_of(kept[-1])))
            kept.append(item)
        cursor = page.next_cursor
        if cursor is None:
            break
    return Page(kept, cursor)


def cursor_of(key: Mapping[str, str]) -> str | None:
    """The cursor of what comes after the item with that key."""
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
    """The key to go on from, which has exactly these names; None without a cursor.

    The `fixed` names must have these very values. The tenant is one of them, so that a cursor
    cannot reach another tenant's items. `starts` gives what other values must start with, because
    DynamoDB refuses keys outside of the query. Raises `BadCursor`.
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
    """Whether DynamoDB takes the value for a sort key: text of 1 to 1024 bytes."""
    try:
        return isinstance(value, str) and 1 <= len(value.encode()) <= _LONGEST_KEY
    except UnicodeEncodeError:
        return False  # It has half of a surrogate pair.
