"""Updates as lists of changes, to be applied to items."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.dynamodb.errors import Refused, invalid
from tests.dynamodb.language.tokens import (
    Path,
    Placeholder,
    Scope,
    Step,
    Steps,
    within,
)
from tests.dynamodb.values import (
    Item,
    Value,
    kind_of,
    taken_in,
    total,
)


class Operand(Protocol):
    """Something that has a value for an item, or none."""

    def value(self, item: Item, scope: Scope) -> Value | None: ...


@dataclass(frozen=True, slots=True)
class Sum:
    left: Operand
    sign: int
    right: Operand

    def value(self, item: Item, scope: Scope) -> Value:
        one, other = (_needed(part, item, scope) for part in (self.left, self.right))
        if "N" not in one or "N" not in other:
            raise _wrong_type()
        return {"N": total(one["N"], other["N"], self.sign)}


@dataclass(frozen=True, slots=True)
class IfNotExists:
    path: Path
    otherwise: Operand

    def value(self, item: Item, scope: Scope) -> Value | None:
        return self.path.value(item, scope) or self.otherwise.value(item, scope)


@dataclass(frozen=True, slots=True)
class ListAppend:
    first: Operand
    second: Operand

    def value(self, item: Item, scope: Scope) -> Value:
        one, other = (_needed(part, item, scope) for part in (self.first, self.second))
        if "L" not in one or "L" not in other:
            raise _wrong_type()
        return {"L": one["L"] + other["L"]}


@dataclass(slots=True)
class Update:
    """What an update expression asks for."""

    sets: list[tuple[Path, Operand]] = field(default_factory=list)
    removes: list[Path] = field(default_factory=list)
    adds: list[tuple[Path, Placeholder]] = field(default_factory=list)
    deletes: list[tuple[Path, Placeholder]] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        """Every place it changes."""
        return [
            *(path for path, _ in self.sets),
            *self.removes,
            *(path for path, _ in self.adds),
            *(path for path, _ in self.deletes),
        ]

    def applied(self, item: Item, scope: Scope) -> Item:
        """A new item with the changes; every operand is read from the item as it was."""
        after = dict(item)
        changes = [(path.resolved(scope), _needed(it, item, scope)) for path, it in self.sets]
        for path, given in self.adds:
            changes.append((path.resolved(scope), _added(path, given, item, scope)))
        for steps, value in sorted(changes, key=_list_places):
            _put(after, steps, value)
        removals = [path.resolved(scope) for path in self.removes]
        for path, given in self.deletes:
            left = _deleted(path, given, item, scope)
            if left is None:
                removals.append(path.resolved(scope))
            else:
                _put(after, path.resolved(scope), left)
        # From the back, so that the places of a list keep their numbers until their turn comes.
        for steps in sorted(removals, key=_list_places, reverse=True):
            _remove(after, steps)
        return after


def _needed(operand: Operand, item: Item, scope: Scope) -> Value:
    value = operand.value(item, scope)
    if value is None:
        raise invalid(
            "The provided expression refers to an attribute that does not exist in the item"
        )
    return value


def _wrong_type() -> Refused:
    return invalid("An operand in the update expression has an incorrect data type")


def _added(path: Path, given: Placeholder, item: Item, scope: Scope) -> Value:
    found, more = path.value(item, scope), given.value(item, scope)
    if found is None:
        return more
    kind = kind_of(more)
    if kind_of(found) != kind:
        raise _wrong_type()
    if kind == "N":
        return {"N": total(found["N"], more["N"], 1)}
    return _as_set(kind, {*found[kind], *more[kind]})


def _deleted(path: Path, given: Placeholder, item: Item, scope: Scope) -> Value | None:
    found, less = path.value(item, scope), given.value(item, scope)
    if found is None:
        return None
    kind = kind_of(less)
    if kind_of(found) != kind:
        raise _wrong_type()
    left = {*found[kind]} - {*less[kind]}
    return _as_set(kind, left) if left else None


def _as_set(kind: str, members: set[Any]) -> Value:
    return taken_in({kind: list(members)})


# Places in an item. What is inside a value is replaced, never changed: others may hold it.


def _list_places(change: Any) -> list[int]:
    steps = change[0] if isinstance(change[0], tuple) else change
    return [step for step in steps if isinstance(step, int)]


def _put(item: Item, steps: Steps, value: Value) -> None:
    item[str(steps[0])] = _replaced(item.get(str(steps[0])), steps[1:], value)


def _remove(item: Item, steps: Steps) -> None:
    if len(steps) == 1:
        item.pop(str(steps[0]), None)
        return
    parent = within(item.get(str(steps[0])), steps[1:-1])
    if parent is None:
        raise _wrong_path()
    ((kind, held),) = _container(parent, steps[-1]).items()
    if kind == "M":
        less: Any = {name: one for name, one in held.items() if name != steps[-1]}
    else:
        less = [one for place, one in enumerate(held) if place != steps[-1]]
    _put(item, steps[:-1], {kind: less})


def _replaced(value: Value | None, steps: Sequence[Step], new: Value) -> Value:
    if not steps:
        return new
    if value is None:
        raise _wrong_path()
    step, rest = steps[0], steps[1:]
    inner = _replaced(within(value, (step,)), rest, new)
    ((kind, held),) = _container(value, step).items()
    if kind == "M":
        return {"M": {**held, step: inner}}
    place = int(step)
    return {"L": [*held[:place], inner, *held[place + 1 :]]}


def _container(value: Value, step: Step) -> Value:
    if kind_of(value) != ("M" if isinstance(step, str) else "L"):
        raise _wrong_path()
    return value


def _wrong_path() -> Refused:
    return invalid("The document path provided in the update expression is invalid for update")
