"""Random operations on two small tables, in the shape PynamoDB gives them."""

from functools import reduce
from operator import and_, or_
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value

Item = dict[str, Any]
Operation = tuple[str, Item]


def _table(name: str, sort_kind: str, projection: str) -> Item:
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": sort_kind},
            {"AttributeName": "gpk", "AttributeType": "S"},
            {"AttributeName": "gsk", "AttributeType": sort_kind},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "sparse",
                "KeySchema": [
                    {"AttributeName": "gpk", "KeyType": "HASH"},
                    {"AttributeName": "gsk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": projection},
            }
        ],
    }


#: Table name → type of its sort keys.
SORT_KINDS: Final = {"texts": "S", "numbers": "N"}
TABLES: Final = [_table("texts", "S", "KEYS_ONLY"), _table("numbers", "N", "ALL")]

_TEXTS: Final = st.sampled_from(["a", "ab", "b", "é", "z", "Z", "\U0001f600", "\uffee"])
_NUMBERS: Final = st.sampled_from(["0", "1", "2", "10", "-1.5", "0.25", "100000000000000000000"])
#: Without booleans, which moto takes for numbers.
_SCALARS: Final[SearchStrategy[Item]] = st.one_of(
    _TEXTS.map(lambda text: {"S": text}),
    _NUMBERS.map(lambda number: {"N": number}),
)
_SETS: Final[SearchStrategy[Item]] = st.one_of(
    st.sets(_TEXTS, min_size=1).map(lambda some: {"SS": sorted(some)}),
    st.sets(_NUMBERS, min_size=1).map(lambda some: {"NS": sorted(some)}),
)
_VALUES: Final[SearchStrategy[Item]] = st.one_of(
    _SCALARS,
    _SCALARS,
    _SETS,
    st.just({"NULL": True}),
    st.just({"S": ""}),
    st.lists(_SCALARS, max_size=3).map(lambda some: {"L": some}),
    st.dictionaries(st.sampled_from("xy"), _SCALARS).map(lambda some: {"M": some}),
)
#: What moto answers to UPDATED_OLD and UPDATED_NEW is not worth a comparison.
_RETURNED: Final = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"])
_LIMITS: Final = st.one_of(st.none(), st.integers(1, 3))
_PATHS: Final = st.sampled_from(
    [["a"], ["a"], ["b"], ["b"], ["c"], ["gpk"], ["gsk"], ["a", "x"], ["b", "y"], ["a[0]"]]
).map(Path)
_OPERANDS: Final = _VALUES.map(Value)
#: moto takes a NULL for an attribute that is missing.
_COMPARED: Final = _VALUES.filter(lambda value: "NULL" not in value).map(Value)
_ORDERED: Final = _SCALARS.map(Value)
_BOUNDS: Final = st.one_of(
    st.tuples(_TEXTS, _TEXTS).map(lambda two: [Value({"S": text}) for text in sorted(two)]),
    st.tuples(_NUMBERS, _NUMBERS).map(
        lambda two: [Value({"N": text}) for text in sorted(two, key=float)]
    ),
)
_TESTS: Final[SearchStrategy[Condition]] = st.one_of(
    st.builds(Path.__eq__, _PATHS, _COMPARED),
    st.builds(Path.__ne__, _PATHS, _COMPARED),
    st.builds(Path.__lt__, _PATHS, _ORDERED),
    st.builds(Path.__le__, _PATHS, _ORDERED),
    st.builds(Path.__gt__, _PATHS, _ORDERED),
    st.builds(Path.__ge__, _PATHS, _ORDERED),
    st.builds(lambda path, bounds: path.between(*bounds), _PATHS, _BOUNDS),
    st.builds(
        lambda path, some: path.is_in(*some), _PATHS, st.lists(_COMPARED, min_size=1, max_size=3)
    ),
    st.builds(Path.startswith, _PATHS, _TEXTS),
    st.builds(Path.contains, _PATHS, _SCALARS.map(Value)),
    st.builds(Path.is_type, _PATHS, st.sampled_from(["S", "N", "SS", "L", "M"])),
    st.builds(Path.exists, _PATHS),
    st.builds(Path.does_not_exist, _PATHS),
)
_CONDITIONS: Final[SearchStrategy[Condition]] = st.recursive(
    _TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: reduce(and_, some)),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: reduce(or_, some)),
        inner.map(lambda one: ~one),
    ),
    max_leaves=4,
)


@st.composite
def _actions(draw: st.DrawFn, table: str) -> list[Any]:
    """Changes of different attributes; of the index's keys, only to what they may be."""
    heads = draw(st.lists(st.sampled_from(["a", "b", "c", "gpk"]), min_size=1, unique=True))
    return [draw(_index_action(table) if head == "gpk" else _action(head)) for head in heads]


def _action(head: str) -> SearchStrategy[Any]:
    path = Path(head)
    number = _NUMBERS.map(lambda text: Value({"N": text}))
    some = st.lists(_SCALARS, max_size=2).map(lambda some: Value({"L": some}))
    return st.one_of(
        _OPERANDS.map(path.set),
        _OPERANDS.map(path.set),
        number.map(lambda more: path.set(path + more)),
        number.map(lambda less: path.set((path | Value({"N": "1"})) - less)),
        some.map(lambda more: path.set((path | Value({"L": []})).append(more))),
        some.map(lambda more: path.set(path.prepend(more))),
        st.just(path.remove()),
        number.map(path.add),
        _SETS.map(path.add),
        _SETS.map(path.delete),
    )


@st.composite
def _index_action(draw: st.DrawFn, table: str) -> Any:
    values = {
        "gpk": {"S": draw(st.sampled_from("gh"))},
        "gsk": {SORT_KINDS[table]: draw(_sorts(table))},
    }
    name = draw(st.sampled_from(sorted(values)))
    return Path(name).set(Value(values[name])) if draw(st.booleans()) else Path(name).remove()


_FILTERS: Final = _CONDITIONS
_MOSTLY: Final = st.sampled_from([True, True, True, False])
_TABLES: Final = st.sampled_from(sorted(SORT_KINDS))


def _sorts(table: str) -> SearchStrategy[str]:
    return _TEXTS if SORT_KINDS[table] == "S" else _NUMBERS


@st.composite
def _items(draw: st.DrawFn, table: str) -> Item:
    """Attributes beside the key; those of the index now and then of a type it cannot take."""
    kind = SORT_KINDS[table]
    item = draw(st.dictionaries(st.sampled_from("abc"), _VALUES))
    if draw(_MOSTLY):
        item["gpk"] = {"S": draw(st.sampled_from("ggh"))}
    if draw(_MOSTLY):
        item["gsk"] = {kind: draw(_sorts(table))}
    return item


@st.composite
def _target(draw: st.DrawFn, table: str) -> Item:
    """An item, and perhaps a condition on it."""
    target = {
        "table_name": table,
        "hash_key": draw(st.sampled_from("ppq")),
        "range_key": draw(_sorts(table)),
    }
    return {**target, "condition": draw(_CONDITIONS)} if draw(st.booleans()) else target


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
        more = {"actions": draw(_actions(table)), "return_values": draw(_RETURNED)}
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
            target["actions"] = draw(_actions(table))
        if which == "condition_check":
            target["condition"] = draw(_CONDITIONS)
        if draw(st.booleans()):
            target["return_values_on_condition_failure"] = "ALL_OLD"
        parts[which].append(target)
    return "transact_write_items", parts


def _key(hash_key: str, range_key: str) -> dict[str, str]:
    return {"hash_key": hash_key, "range_key": range_key}


@st.composite
def _read(draw: st.DrawFn) -> Operation:
    table = draw(_TABLES)
    keys = st.builds(_key, st.sampled_from("ppq"), _sorts(table))
    which = draw(st.sampled_from(["get_item", "batch_get_item", "transact_get_items", "scan"]))
    if which == "scan":
        return which, {"table_name": table, "filter_condition": draw(_CONDITIONS)}
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
        query["filter_condition"] = draw(_FILTERS)
    if draw(st.booleans()):
        query["select"] = "COUNT"
    return "query", query


@st.composite
def _key_tests(draw: st.DrawFn, table: str, path: Path) -> Condition:
    kind = SORT_KINDS[table]
    low, high = sorted((draw(_sorts(table)), draw(_sorts(table))), key=_by_worth(kind))
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
    key = st.tuples(st.sampled_from("ppq"), _sorts(table)).map(
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
