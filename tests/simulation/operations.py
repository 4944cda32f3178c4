"""Random operations on the two small tables, as methods of PynamoDB's `Connection`."""

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value

from tests.simulation.random_expressions import (
    CONDITIONS,
    SORT_KINDS,
    VALUES,
    Item,
    actions,
    sort_keys,
)

Operation = tuple[str, Item]

#: What moto answers to UPDATED_OLD and UPDATED_NEW is not worth a comparison.
_RETURNED: Final = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"])
_LIMITS: Final = st.one_of(st.none(), st.integers(1, 3))
_MOSTLY: Final = st.sampled_from([True, True, True, False])
_TABLES: Final = st.sampled_from(sorted(SORT_KINDS))


@st.composite
def _items(draw: st.DrawFn, table: str) -> Item:
    """Attributes beside the key; those of the index now and then of a type it cannot take."""
    kind = SORT_KINDS[table]
    item = draw(st.dictionaries(st.sampled_from("abc"), VALUES))
    if draw(_MOSTLY):
        item["gpk"] = {"S": draw(st.sampled_from("ggh"))}
    if draw(_MOSTLY):
        item["gsk"] = {kind: draw(sort_keys(table))}
    return item


@st.composite
def _target(draw: st.DrawFn, table: str) -> Item:
    """An item, and perhaps a condition on it."""
    target = {
        "table_name": table,
        "hash_key": draw(st.sampled_from("ppq")),
        "range_key": draw(sort_keys(table)),
    }
    return {**target, "condition": draw(CONDITIONS)} if draw(st.booleans()) else target


@st.composite
def _single(draw: st.DrawFn) -> Operation:
    """One write."""
    table = draw(_TABLES)
    target = draw(_target(table))
    which = draw(st.sampled_from(["put_item", "put_item", "update_item", "delete_item"]))
    more: Item = {"return_values": draw(st.sampled_from(["NONE", "ALL_OLD"]))}
    if which == "put_item":
        more["attributes"] = draw(_items(table))
    if which == "update_item":
        more = {"actions": draw(actions(table)), "return_values": draw(_RETURNED)}
    return which, {**target, **more}


@st.composite
def _transaction(draw: st.DrawFn) -> Operation:
    """Up to three writes, parts of `Connection.transact_write_items`."""
    parts: Item = {name: [] for name in ("condition_check", "delete", "put", "update")}
    for _ in range(draw(st.integers(1, 3))):
        table = draw(_TABLES)
        target = draw(_target(table))
        which = draw(st.sampled_from(sorted(parts)))
        if which == "put":
            target |= {"attributes": draw(_items(table)), "key": "Item"}
        if which == "update":
            target["actions"] = draw(actions(table))
        if which == "condition_check":
            target["condition"] = draw(CONDITIONS)
        if draw(st.booleans()):
            target["return_values_on_condition_failure"] = "ALL_OLD"
        parts[which].append(target)
    return "transact_write_items", parts


def _key(hash_key: str, range_key: str) -> dict[str, str]:
    return {"hash_key": hash_key, "range_key": range_key}


@st.composite
def _read(draw: st.DrawFn) -> Operation:
    table = draw(_TABLES)
    keys = st.builds(_key, st.sampled_from("ppq"), sort_keys(table))
    which = draw(st.sampled_from(["get_item", "batch_get_item", "transact_get_items", "scan"]))
    if which == "scan":
        return which, {"table_name": table, "filter_condition": draw(CONDITIONS)}
    if which == "get_item":
        return which, {"table_name": table, **draw(keys), "consistent_read": draw(st.booleans())}
    some = draw(st.lists(keys, min_size=1, max_size=4, unique_by=str))
    return which, {"table_name": table, "keys": some}


@st.composite
def _query(draw: st.DrawFn) -> Operation:
    """A query of the table, with pages of any size, or of its index in whole."""
    table = draw(_TABLES)
    query = {"table_name": table, "scan_index_forward": draw(st.booleans())}
    if draw(st.booleans()):
        query |= {"index_name": "sparse", "hash_key": draw(st.sampled_from("ggh"))}
        sort = Path("gsk")
    else:
        query |= {"hash_key": draw(st.sampled_from("ppq")), "limit": draw(_LIMITS)}
        sort = Path("sk")
    if draw(st.booleans()):
        query["range_key_condition"] = draw(_key_tests(table, sort))
    if draw(st.booleans()):
        query["filter_condition"] = draw(CONDITIONS)
    if draw(st.booleans()):
        query["select"] = "COUNT"
    return "query", query


@st.composite
def _key_tests(draw: st.DrawFn, table: str, path: Path) -> Condition:
    kind = SORT_KINDS[table]
    low, high = sorted((draw(sort_keys(table)), draw(sort_keys(table))), key=_by_worth(kind))
    tests = [
        path == Value({kind: low}),
        path < Value({kind: low}),
        path <= Value({kind: low}),
        path > Value({kind: low}),
        path >= Value({kind: low}),
        path.between(Value({kind: low}), Value({kind: high})),
    ]
    return draw(st.sampled_from([*tests, path.startswith(low)] if kind == "S" else tests))


def _by_worth(kind: str) -> Any:
    return str if kind == "S" else float


@st.composite
def _batch_write(draw: st.DrawFn) -> Operation:
    table = draw(_TABLES)
    kind = SORT_KINDS[table]
    key = st.tuples(st.sampled_from("ppq"), sort_keys(table)).map(
        lambda key: {"pk": {"S": key[0]}, "sk": {kind: key[1]}}
    )
    keys = draw(st.lists(key, min_size=2, max_size=5, unique_by=str))
    puts = [{**key, **draw(_items(table))} for key in keys if draw(_MOSTLY)]
    deletes = [key for key in keys if not any(key.items() <= put.items() for put in puts)]
    return "batch_write_item", {"table_name": table, "put_items": puts, "delete_items": deletes}


_WRITES: Final = st.one_of(_single(), _single(), _transaction(), _batch_write())
_READS: Final = st.one_of(_read(), _query(), _query())


def _joined(parts: tuple[list[Operation], ...]) -> list[Operation]:
    return [operation for part in parts for operation in part]


#: Operations in their order, each a method of PynamoDB's `Connection` and its arguments: first
#: there are items, then these are read and written in turn.
SEQUENCES: Final[SearchStrategy[list[Operation]]] = st.tuples(
    st.lists(_batch_write(), min_size=1, max_size=3),
    st.lists(_WRITES, min_size=3, max_size=8),
    st.lists(_READS, min_size=4, max_size=8),
    st.lists(st.one_of(_WRITES, _READS), min_size=2, max_size=8),
).map(_joined)
