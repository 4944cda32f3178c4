"""Conditions as trees, to be held against items: of writes, of filters, of keys."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final, Protocol

from tests.dynamodb.language.tokens import Scope
from tests.dynamodb.values import Item, Value, kind_of, order

ORDERING: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
#: What has a size.
MEASURED: Final = {"S", "B", "SS", "NS", "BS", "L", "M"}


class Operand(Protocol):
    """Something that has a value for an item, or none."""

    @abstractmethod
    def value(self, item: Item, scope: Scope) -> Value | None: ...


class Condition(Protocol):
    """Something that holds for an item, or does not."""

    @abstractmethod
    def holds(self, item: Item, scope: Scope) -> bool: ...


@dataclass(frozen=True, slots=True)
class Size:
    path: Operand

    def value(self, item: Item, scope: Scope) -> Value | None:
        found = self.path.value(item, scope)
        if found is None or kind_of(found) not in MEASURED:
            return None
        return {"N": str(len(next(iter(found.values()))))}


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Operand
    operator: str
    right: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        left, right = self.left.value(item, scope), self.right.value(item, scope)
        if self.operator == "<>":
            return left != right
        if left is None or right is None:
            return False
        return left == right if self.operator == "=" else in_order(left, self.operator, right)


@dataclass(frozen=True, slots=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        bounds = Comparison(self.operand, ">=", self.low), Comparison(self.operand, "<=", self.high)
        return all(bound.holds(item, scope) for bound in bounds)


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    choices: list[Operand]

    def holds(self, item: Item, scope: Scope) -> bool:
        found = self.operand.value(item, scope)
        return found is not None and found in [one.value(item, scope) for one in self.choices]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: list[Operand]

    def holds(self, item: Item, scope: Scope) -> bool:
        return FUNCTIONS[self.name](*(one.value(item, scope) for one in self.arguments))


@dataclass(frozen=True, slots=True)
class Every:
    parts: list[Condition]

    def holds(self, item: Item, scope: Scope) -> bool:
        return all(part.holds(item, scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    parts: list[Condition]

    def holds(self, item: Item, scope: Scope) -> bool:
        return any(part.holds(item, scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Negation:
    part: Condition

    def holds(self, item: Item, scope: Scope) -> bool:
        return not self.part.holds(item, scope)


def in_order(left: Value, operator: str, right: Value) -> bool:
    """Whether two values stand in that order: never, if they are of different types."""
    if kind_of(left) != kind_of(right):
        return False
    one, other = order(left), order(right)
    return one is not None and ORDERING[operator](one, other)


def _begins(whole: Value | None, start: Value | None) -> bool:
    if whole is None or start is None or kind_of(whole) != kind_of(start):
        return False
    return kind_of(whole) in ("S", "B") and order(whole).startswith(order(start))


def _contains(whole: Value | None, part: Value | None) -> bool:
    if whole is None or part is None:
        return False
    ((kind, held),), ((wanted, sought),) = whole.items(), part.items()
    if kind == "L":
        return part in held
    return (
        (kind in (wanted, wanted + "S")) and kind in ("S", "B", "SS", "NS", "BS") and sought in held
    )


FUNCTIONS: Final[dict[str, Callable[..., bool]]] = {
    "attribute_exists": lambda found: found is not None,
    "attribute_not_exists": lambda found: found is None,
    "attribute_type": lambda found, kind: found is not None and kind_of(found) == kind["S"],
    "begins_with": _begins,
    "contains": _contains,
}
