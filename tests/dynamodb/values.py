"""Attribute values as they travel: {"S": "text"}.

What is stored and what is compared is in one canonical form: numbers as DynamoDB writes them, sets
sorted. So equal values are equal dicts. Stored values are never changed in place, only replaced.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any, Final

from tests.dynamodb.errors import invalid, wrong_parameter

Value = dict[str, Any]
Item = dict[str, Value]

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MOST_DIGITS: Final = 38
_LARGEST_EXPONENT: Final = 125
_SMALLEST_EXPONENT: Final = -130
#: Wide enough that sums are exact before their digits are counted.
_EXACT: Final = Context(prec=300)
_SETS: Final = {"SS": "S", "NS": "N", "BS": "B"}
_EMPTY_SET: Final = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}


def kind_of(value: Value) -> str:
    """Its type, as on the wire: S, N, …"""
    return next(iter(value))


# Into the store and out of it


def taken_in(value: Mapping[str, Any]) -> Value:
    """A canonical copy that nobody else holds."""
    if len(value) != 1:
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            if not value
            else "Supplied AttributeValue has more than one datatypes set, must contain exactly one"
            " of the supported datatypes"
        )
    ((kind, held),) = value.items()
    if kind == "S":
        return {"S": held}
    return {kind: _TAKE[kind](held)}


def taken_in_all(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """A canonical copy of every value, by name."""
    return {name: taken_in(value) for name, value in item.items()}


def copied(item: Mapping[str, Value]) -> Item:
    """A copy that the caller may do anything with."""
    return {name: copied_value(value) for name, value in item.items()}


def copied_value(value: Value) -> Value:
    """A copy of one value."""
    ((kind, held),) = value.items()
    if kind == "M":
        return {"M": copied(held)}
    if kind == "L":
        return {"L": [copied_value(one) for one in held]}
    return {kind: held.copy()} if kind in _SETS else {kind: held}


def plain(value: Value) -> Any:
    """As Python has it: texts, numbers, lists, dicts."""
    ((kind, held),) = value.items()
    if kind == "N":
        return number(held)
    if kind == "M":
        return {name: plain(one) for name, one in held.items()}
    if kind == "L":
        return [plain(one) for one in held]
    return None if kind == "NULL" else held


def _null(held: Any) -> bool:
    if held is not True:
        raise wrong_parameter("Null attribute value types must have the value of true")
    return True


def _taken_set(kind: str) -> Callable[[list[Any]], list[Any]]:
    def take(held: list[Any]) -> list[Any]:
        members = [canonical_number(one) for one in held] if kind == "NS" else held
        if not members:
            raise wrong_parameter(_EMPTY_SET[kind])
        if len(set(members)) < len(members):
            raise wrong_parameter(f"Input collection {members} contains duplicates.")
        return sorted(members, key=number if kind == "NS" else None)

    return take


# Numbers


def canonical_number(text: str) -> str:
    """The number as DynamoDB gives it back: no exponent, no needless zeros."""
    if text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS and text[0] != "0":
        return text
    if not _NUMBER.fullmatch(text):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return _number_text(Decimal(text))


def number(text: str) -> int | Decimal:
    """What a canonical number is worth."""
    return Decimal(text) if "." in text else int(text)


def total(one: str, other: str, sign: int) -> str:
    """The sum of two numbers, or their difference, exactly."""
    return _number_text(_EXACT.add(Decimal(one), sign * Decimal(other)))


def _number_text(exact: Decimal) -> str:
    shortest = exact.normalize(_EXACT)
    if not shortest:
        return "0"
    if shortest.adjusted() > _LARGEST_EXPONENT:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range"
        )
    if shortest.adjusted() < _SMALLEST_EXPONENT:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range"
        )
    if len(shortest.as_tuple().digits) > _MOST_DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return format(shortest, "f")


_TAKE: Final[dict[str, Callable[[Any], Any]]] = {
    "N": canonical_number,
    "B": bytes,
    "BOOL": bool,
    "NULL": _null,
    "SS": _taken_set("SS"),
    "NS": _taken_set("NS"),
    "BS": _taken_set("BS"),
    "M": taken_in_all,
    "L": lambda held: [taken_in(one) for one in held],
}


# Order and size


def order(value: Value) -> Any:
    """What values of one type are sorted by; None for types that have no order.

    Python orders text by code points, which is the order of the UTF-8 bytes.
    """
    ((kind, held),) = value.items()
    if kind == "N":
        return number(held)
    return held if kind in ("S", "B") else None


def size_of(item: Mapping[str, Value]) -> int:
    """What an item weighs in bytes, names included."""
    return sum(map(_text_size, item)) + sum(map(size_of_value, item.values()))


def size_of_value(value: Value) -> int:
    """What a value weighs in bytes."""
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held) if held.isascii() else len(held.encode())
    if kind == "N":
        return _number_size(held)
    if kind in _SETS:
        return sum(_WEIGH[_SETS[kind]](one) for one in held)
    if kind == "M":
        return 3 + len(held) + size_of(held)
    if kind == "L":
        return 3 + len(held) + sum(map(size_of_value, held))
    return len(held) if kind == "B" else 1


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_size(text: str) -> int:
    """About: AWS says one byte for two significant digits, and one more."""
    digits = len(text.strip("-").replace(".", "").strip("0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


_WEIGH: Final[dict[str, Callable[[Any], int]]] = {"S": _text_size, "N": _number_size, "B": len}
