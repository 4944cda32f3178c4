"""Two small tables, and random values, conditions and updates of their items."""

from functools import reduce
from operator import and_, or_
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value

Item = dict[str, Any]


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

TEXTS: Final = st.sampled_from(["a", "ab", "b", "é", "z", "Z", "\U0001f600", "\uffee"])
NUMBERS: Final = st.sampled_from(["0", "1", "2", "10", "-1.5", "0.25", "100000000000000000000"])
#: Without booleans, which moto takes for numbers.
_SCALARS: Final[SearchStrategy[Item]] = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda number: {"N": number}),
)
_SETS: Final[SearchStrategy[Item]] = st.one_of(
    st.sets(TEXTS, min_size=1).map(lambda some: {"SS": sorted(some)}),
    st.sets(NUMBERS, min_size=1).map(lambda some: {"NS": sorted(some)}),
)
VALUES: Final[SearchStrategy[Item]] = st.one_of(
    _SCALARS,
    _SCALARS,
    _SETS,
    st.just({"NULL": True}),
    st.just({"S": ""}),
    st.lists(_SCALARS, max_size=3).map(lambda some: {"L": some}),
    st.dictionaries(st.sampled_from("xy"), _SCALARS).map(lambda some: {"M": some}),
)
_PATHS: Final = st.sampled_from(
    [["a"], ["a"], ["b"], ["b"], ["c"], ["gpk"], ["gsk"], ["a", "x"], ["b", "y"], ["a[0]"]]
).map(Path)
_OPERANDS: Final = VALUES.map(Value)
#: moto takes a NULL for an attribute that is missing.
_COMPARED: Final = VALUES.filter(lambda value: "NULL" not in value).map(Value)
_ORDERED: Final = _SCALARS.map(Value)
_BOUNDS: Final = st.one_of(
    st.tuples(TEXTS, TEXTS).map(lambda two: [Value({"S": text}) for text in sorted(two)]),
    st.tuples(NUMBERS, NUMBERS).map(
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
    st.builds(Path.startswith, _PATHS, TEXTS),
    st.builds(Path.contains, _PATHS, _SCALARS.map(Value)),
    st.builds(Path.is_type, _PATHS, st.sampled_from(["S", "N", "SS", "L", "M"])),
    st.builds(Path.exists, _PATHS),
    st.builds(Path.does_not_exist, _PATHS),
)
CONDITIONS: Final[SearchStrategy[Condition]] = st.recursive(
    _TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: reduce(and_, some)),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: reduce(or_, some)),
        inner.map(lambda one: ~one),
    ),
    max_leaves=4,
)


def sort_keys(table: str) -> SearchStrategy[str]:
    """Sort keys of that table, without their type."""
    return TEXTS if SORT_KINDS[table] == "S" else NUMBERS


@st.composite
def actions(draw: st.DrawFn, table: str) -> list[Any]:
    """Changes of different attributes; of the index's keys, only to what they may be."""
    heads = draw(st.lists(st.sampled_from(["a", "b", "c", "gpk"]), min_size=1, unique=True))
    return [draw(_index_action(table) if head == "gpk" else _action(head)) for head in heads]


def _action(head: str) -> SearchStrategy[Any]:
    path = Path(head)
    number = NUMBERS.map(lambda text: Value({"N": text}))
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
        "gsk": {SORT_KINDS[table]: draw(sort_keys(table))},
    }
    name = draw(st.sampled_from(sorted(values)))
    return Path(name).set(Value(values[name])) if draw(st.booleans()) else Path(name).remove()
