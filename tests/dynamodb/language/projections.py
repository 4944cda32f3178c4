"""The parts of an item that a reader asks for."""

from collections.abc import Iterable

from tests.dynamodb.language.tokens import Step, Steps, within
from tests.dynamodb.values import Item, Value, copied_value, kind_of


def projected(item: Item, places: Iterable[Steps]) -> Item:
    """A copy of what is at these places, each where it was; lists close up."""
    found = _narrowed({"M": item}, list(places))
    return {} if found is None else dict(found["M"])


def _narrowed(value: Value | None, places: list[Steps]) -> Value | None:
    if value is None:
        return None
    if () in places:
        return copied_value(value)
    kind = kind_of(value)
    kept = [
        (step, inner)
        for step, deeper in _branches(places).items()
        if (inner := _narrowed(within(value, (step,)), deeper)) is not None
    ]
    if not kept:
        return None
    if kind == "L":
        return {"L": [inner for _, inner in sorted(kept, key=lambda pair: int(pair[0]))]}
    return {"M": dict(kept)}


def _branches(places: list[Steps]) -> dict[Step, list[Steps]]:
    branches: dict[Step, list[Steps]] = {}
    for first, *rest in places:
        branches.setdefault(first, []).append(tuple(rest))
    return branches
