"""Reads items, one or many, and keeps those that cannot be read apart from the others.

An item that somebody spoiled in the console, or that a newer version of Baton wrote, must not keep
the others from being read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from chalicelib.domain.errors import Unavailable, Unreadable
from chalicelib.platform import events
from chalicelib.store.dynamodb.codec import from_raw
from chalicelib.store.dynamodb.models import Table
from chalicelib.store.dynamodb.transaction import try_write

T = TypeVar("T")
Key = tuple[str, str]

#: Kind of value → the event that says that an item of it cannot be read.
UNREADABLE: Final = {
    "Activity": "activity_unreadable",
    "Audit": "audit_unreadable",
    "LogLine": "logline_unreadable",
    "Notification": "notification_unreadable",
    "Run": "run_unreadable",
    "Schedule": "schedule_unreadable",
    "WholeSchedule": "schedule_unreadable",
}
_MOST_IN_A_REQUEST = 100
_MOST_PARTS = 20


@dataclass(slots=True)
class Batch(Generic[T]):
    """The values that were found, and the keys of unreadable items with what is wrong there."""

    found: list[T] = field(default_factory=list)
    unreadable: list[tuple[Key, Unreadable]] = field(default_factory=list)


def read(
    model: type[Table], kind: type[T], keys: Iterable[Key], *, strong: bool = True
) -> Batch[T]:
    """The existing items of these keys as values, in no particular order.

    It reads consistently, unless what is read is only looked at (`strong=False`, at half the cost).
    """
    batch: Batch[T] = Batch()
    for raw in raw_items(model, list(dict.fromkeys(keys)), strong=strong):
        try:
            batch.found.append(from_raw(model, kind, raw))
        except Unreadable as error:
            batch.unreadable.append((key_of(model, raw), error))
    return batch


def read_one(model: type[Table], kind: type[T], key: Key) -> T | None:
    """The item of this key as a value, if there is one; reads consistently. Raises `Unreadable`."""
    raw = raw_item(model, key)
    return None if raw is None else from_raw(model, kind, raw)


def find_readable(model: type[Table], kind: type[T], key: Key) -> T | None:
    """The item of this key as a value, if there is one that can be read; reads consistently."""
    try:
        return read_one(model, kind, key)
    except Unreadable as error:
        log_unreadable(model, kind, key, error)
        return None


def raw_item(model: type[Table], key: Key) -> dict[str, Any] | None:
    """The item of this key as DynamoDB answers with it, if there is one; reads consistently."""
    answer: dict[str, Any] = model.reach().get_item(*key, consistent_read=True)
    return answer.get("Item")


def readable(model: type[Table], kind: type[T], raw_items: Iterable[dict[str, Any]]) -> Iterator[T]:
    """The values of these items. One that cannot be read is left out, with a warning in the log."""
    for raw in raw_items:
        try:
            yield from_raw(model, kind, raw)
        except Unreadable as error:
            log_unreadable(model, kind, key_of(model, raw), error)


def log_unreadable(model: type[Table], kind: type[Any], key: Key, error: Unreadable) -> None:
    """Warn of an item that cannot be read, in a line such as `run_unreadable`."""
    ids = dict(zip(_key_names(model), key, strict=True))
    events.warn(UNREADABLE[kind.__name__], **ids, why=str(error))


def query(
    model: type[Table],
    hash_key: str,
    condition: Condition | None = None,
    *,
    limit: int | None = None,
    start: dict[str, Any] | None = None,
    newest_first: bool = False,
    index: str | None = None,
    strong: bool = False,
) -> ResultIterator[dict[str, Any]]:
    """The items of a partition, of the table or an index, as DynamoDB has them; `limit` at most.

    With `strong` the read is consistent, which no index's can be.
    """
    options = {
        "range_key_condition": condition,
        "exclusive_start_key": start,
        "scan_index_forward": not newest_first,
        "limit": limit,
        "index_name": index,
        "consistent_read": strong,
    }
    return ResultIterator(model.reach().query, (hash_key,), options, limit=limit)


def raw_items(
    model: type[Table], keys: list[Key], *, strong: bool = True
) -> Iterator[dict[str, Any]]:
    """The existing items of these keys as DynamoDB has them, a request's at a time."""
    hash_name, range_name = _key_names(model)
    remaining = iter([{hash_name: one, range_name: two} for one, two in keys])
    while request := list(islice(remaining, _MOST_IN_A_REQUEST)):
        yield from _whole_answer(model, request, strong)


def _whole_answer(
    model: type[Table], request: list[dict[str, Any]], strong: bool
) -> Iterator[dict[str, Any]]:
    """The items of a request's keys. DynamoDB may answer in parts: it is asked for the rest."""
    for _ in range(_MOST_PARTS):
        answer = model.reach().batch_get_item(request, consistent_read=strong)  # type: ignore[arg-type]  # it takes keys as dicts
        yield from answer.get("Responses", {}).get(model.Meta.table_name, [])
        unread = answer.get("UnprocessedKeys", {}).get(model.Meta.table_name, {}).get("Keys", [])
        if not unread:
            return
        request = [{name: value["S"] for name, value in key.items()} for key in unread]
    raise Unavailable("DynamoDB does not answer in full")


def _key_names(model: type[Table]) -> tuple[str, str]:
    schema = model.reach().get_meta_table()
    return schema.hash_keyname, schema.range_keyname or ""


def key_of(model: type[Table], raw: dict[str, Any]) -> Key:
    """The key of an item as text, with a number as DynamoDB writes it."""
    (hash_key,), (range_key,) = (raw[name].values() for name in _key_names(model))
    return hash_key, range_key


def put_aside(model: type[Table], key: Key, shard: Attribute[str]) -> None:
    """Take an unreadable item out of the sparse index of that shard, so that no pass meets it.

    Nothing is written if the item is gone.
    """
    hash_key, range_key = key
    schema = model.reach().get_meta_table()
    is_there = model.get_attributes()[schema.hash_keyname].exists()
    try_write(
        lambda: model.reach().update_item(
            hash_key, range_key, actions=[shard.remove()], condition=is_there
        )
    )
