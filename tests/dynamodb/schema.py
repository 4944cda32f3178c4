"""The keys of a table or index, and where they put an item."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.dynamodb.errors import invalid, wrong_parameter
from tests.dynamodb.values import Item, Value, canonical_number, kind_of, number

#: The values of an item's key: partition first.
Address = tuple[Any, ...]
_MOST_BYTES: Final = (2048, 1024)
_KIND_WORDS: Final = {"S": "string", "B": "binary"}


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One attribute of a key."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Schema:
    """The one or two attributes of a key, partition first."""

    parts: tuple[KeyPart, ...]

    @classmethod
    def of(cls, definition: Mapping[str, Any], kinds: Mapping[str, str]) -> "Schema":
        """From a table's or index's definition; `kinds` are the attributes' types."""
        ordered = sorted(definition["KeySchema"], key=lambda part: str(part["KeyType"]))
        names = [part["AttributeName"] for part in ordered]
        return cls(tuple(KeyPart(name, kinds[name]) for name in names))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts)

    def address_of_key(self, key: Mapping[str, Value]) -> Address:
        """Where the item with this key is. Raises for what is no key of this schema."""
        if len(key) != len(self.parts):
            raise _no_key()
        return tuple(
            _worth(part, key.get(part.name), place) for place, part in enumerate(self.parts)
        )

    def address_of_item(self, item: Item) -> Address:
        """Where this item belongs."""
        for part in self.parts:
            value = item.get(part.name)
            if value is None:
                raise wrong_parameter(f"Missing the key {part.name} in the item")
            if part.kind not in value:
                raise wrong_parameter(
                    f"Type mismatch for key {part.name} expected: {part.kind} "
                    f"actual: {kind_of(value)}"
                )
        return tuple(_worth(part, item[part.name], place) for place, part in enumerate(self.parts))


def _worth(part: KeyPart, value: Value | None, place: int) -> Any:
    if value is None or part.kind not in value:
        raise _no_key()
    held = value[part.kind]
    if part.kind == "N":
        return number(canonical_number(held))
    if not held:
        raise wrong_parameter(
            "The AttributeValue for a key attribute cannot contain an empty "
            f"{_KIND_WORDS[part.kind]} value. Key: {part.name}"
        )
    if len(held) * 4 > _MOST_BYTES[place]:
        _check_size(held, place)
    return held


def _check_size(held: str | bytes, place: int) -> None:
    size = len(held.encode() if isinstance(held, str) else held)
    if size > _MOST_BYTES[place]:
        raise wrong_parameter(
            f"Size of hashkey has exceeded the maximum size limit of {_MOST_BYTES[0]} bytes"
            if place == 0
            else "Aggregated size of all range keys has exceeded the size limit of "
            f"{_MOST_BYTES[1]} bytes"
        )


def _no_key() -> Exception:
    return invalid("The provided key element does not match the schema")
