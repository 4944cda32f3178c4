"""Key conditions: which stretch of which partition a query is after."""

from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from operator import le, lt
from typing import Any, Final, NamedTuple

from tests.dynamodb.errors import Refused, invalid, wrong_parameter
from tests.dynamodb.language.conditions import Between, Comparison, Condition, Every, Function
from tests.dynamodb.language.tokens import Path, Scope
from tests.dynamodb.schema import KeyPart, Schema
from tests.dynamodb.shelf import Position
from tests.dynamodb.values import kind_of, order

#: True from some sort key on.
Bound = Callable[[Any], bool]


class Stretch(NamedTuple):
    """The sort keys from where `starts` becomes true to where `ends` does."""

    starts: Bound | None = None
    ends: Bound | None = None

    def among(self, positions: list[Position]) -> tuple[int, int]:
        """The first place of the stretch among sorted positions, and the place after its last."""
        low = self._first(positions, self.starts, 0) if self.starts else 0
        high = self._first(positions, self.ends, low) if self.ends else len(positions)
        return low, high

    def includes(self, sort: Any) -> bool:
        """Whether that sort key lies in the stretch."""
        started = self.starts is None or self.starts(sort)
        return started and not (self.ends is not None and self.ends(sort))

    @staticmethod
    def _first(positions: list[Position], bound: Bound, low: int) -> int:
        return bisect_left(positions, True, lo=low, key=lambda position: bound(position[0]))


class KeyTest(NamedTuple):
    """What a key condition demands of one attribute."""

    operator: str
    values: list[Any]


_STRETCHES: Final[dict[str, Callable[..., Stretch]]] = {
    "=": lambda wanted: Stretch(partial(le, wanted), partial(lt, wanted)),
    "<": lambda most: Stretch(ends=partial(le, most)),
    "<=": lambda most: Stretch(ends=partial(lt, most)),
    ">": lambda least: Stretch(partial(lt, least)),
    ">=": lambda least: Stretch(partial(le, least)),
    "BETWEEN": lambda least, most: Stretch(partial(le, least), partial(lt, most)),
    "begins_with": lambda start: Stretch(
        partial(le, start), lambda sort: bool(sort > start and not sort.startswith(start))
    ),
}


def read(condition: Condition, schema: Schema, scope: Scope) -> tuple[Any, Stretch]:
    """The partition and the stretch of it that a key condition names."""
    tests = _tests(condition, schema, scope)
    hash_part, *rest = schema.parts
    if hash_part.name not in tests:
        raise invalid(f"Query condition missed key schema element: {hash_part.name}")
    if tests[hash_part.name].operator != "=":
        raise invalid("Query key condition not supported")
    (partition,) = tests.pop(hash_part.name).values
    if not tests:
        return partition, Stretch()
    if not rest:
        raise invalid("Query key condition not supported")
    test = tests.pop(rest[0].name, None)
    if test is None or tests:
        raise invalid(f"Query condition missed key schema element: {rest[0].name}")
    return partition, _STRETCHES[test.operator](*test.values)


def _tests(condition: Condition, schema: Schema, scope: Scope) -> dict[str, KeyTest]:
    parts = {part.name: part for part in schema.parts}
    tests: dict[str, KeyTest] = {}
    for one in condition.parts if isinstance(condition, Every) else [condition]:
        path, operator, operands = _taken_apart(one)
        (name,) = path.resolved(scope)[:1]
        if name in tests:
            raise _wrong("KeyConditionExpressions must only contain one condition per key")
        values = [operand.value({}, scope) for operand in operands]
        tests[str(name)] = KeyTest(operator, [_worth(parts.get(str(name)), v) for v in values])
    return tests


def _taken_apart(test: Condition) -> tuple[Path, str, list[Any]]:
    """One condition as attribute, operator and operands."""
    match test:
        case Comparison(Path() as path, operator, right) if operator != "<>":
            return path, operator, [right]
        case Between(Path() as path, low, high):
            return path, "BETWEEN", [low, high]
        case Function("begins_with", [Path() as path, start]):
            return path, "begins_with", [start]
    raise _wrong(f"Invalid operator used in KeyConditionExpression: {type(test).__name__}")


def _worth(part: KeyPart | None, value: Any) -> Any:
    if part is None:
        return None  # not a key: refused with a better message than this could give
    if value is None or kind_of(value) != part.kind:
        raise wrong_parameter("Condition parameter type does not match schema type")
    if value[part.kind] == "":
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty string value. Key: {part.name}"
        )
    return order(value)


def _wrong(why: str) -> Refused:
    return invalid(f"Invalid KeyConditionExpression: {why}")
