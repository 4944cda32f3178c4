"""Tables with their indexes: where an item is, what it costs to write."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.dynamodb.errors import Refused, invalid, wrong_parameter
from tests.dynamodb.schema import Address, Schema
from tests.dynamodb.shelf import Position, Shelf, Stored
from tests.dynamodb.values import Item, kind_of, order

_LARGEST_ITEM: Final = 400 * 1024
#: How many changes can be read back, of a table or an index, by a reader that lags.
MEMORY: Final = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index holds of an item, and where."""

    partition: Any
    position: Position
    stored: Stored


@dataclass(slots=True)
class Index:
    """A global secondary index: holds only items that have all its key attributes."""

    name: str
    schema: Schema
    base: Schema
    #: Which attributes it holds; None for all.
    projected: tuple[str, ...] | None
    shelf: Shelf = field(default_factory=lambda: Shelf(MEMORY))
    #: Partition → the write units that it has taken.
    written: Counter[Any] = field(default_factory=Counter)

    @classmethod
    def of(cls, definition: Mapping[str, Any], base: Schema, kinds: Mapping[str, str]) -> "Index":
        """From its definition in a table's."""
        schema = Schema.of(definition, kinds)
        projection = definition["Projection"]
        projected = (*base.names, *schema.names, *projection.get("NonKeyAttributes", ()))
        every = projection["ProjectionType"] == "ALL"
        names = None if every else tuple(dict.fromkeys(projected))
        return cls(definition["IndexName"], schema, base, names)

    def check(self, item: Item) -> None:
        """Raises if the item has an attribute that cannot be a key here."""
        for part in self.schema.parts:
            value = item.get(part.name)
            if value is None:
                continue
            if part.kind not in value:
                raise wrong_parameter(
                    f"Type mismatch for Index Key {part.name} Expected: {part.kind} "
                    f"Actual: {kind_of(value)} IndexName: {self.name}"
                )
            if not value[part.kind]:
                raise invalid(
                    "One or more parameter values are not valid. A value specified for a secondary "
                    "index key is not supported. The AttributeValue for a key attribute cannot "
                    f"contain an empty string value. IndexName: {self.name}, IndexKey: {part.name}"
                )

    def change(self, address: Address, before: Stored | None, after: Stored | None) -> int:
        """Follow a change of the table; answers with the write units it costs.

        An entry that moves is deleted here and put there, so it costs both.
        """
        if before and after and self._same(before.item, after.item):
            return 0
        old, new = self._entry(address, before), self._entry(address, after)
        moved = old is None or new is None or self._place(old) != self._place(new)
        units = 0
        if old is not None and moved:
            self.shelf.put(old.partition, old.position, None)
            units += self._charged(old, old.stored.size)
        if new is not None:
            self.shelf.put(new.partition, new.position, new.stored)
            largest = max(new.stored.size, 0 if moved or old is None else old.stored.size)
            units += self._charged(new, largest)
        return units

    def _charged(self, entry: Entry, size: int) -> int:
        units = write_units(size)
        self.written[entry.partition] += units
        return units

    def position(self, item: Item, address: Address) -> Position:
        """Where an entry is within its partition: by sort key, then by the item's own key."""
        return (*(order(item[part.name]) for part in self.schema.parts[1:]), *address)

    def _same(self, before: Item, after: Item) -> bool:
        if self.projected is None:
            return before == after
        return all(before.get(name) == after.get(name) for name in self.projected)

    def _entry(self, address: Address, stored: Stored | None) -> Entry | None:
        if stored is None or any(name not in stored.item for name in self.schema.names):
            return None
        item = stored.item
        if self.projected is not None:
            held = Stored.of({name: item[name] for name in self.projected if name in item})
        else:
            held = stored
        partition = order(item[self.schema.parts[0].name])
        return Entry(partition, self.position(item, address), held)

    @staticmethod
    def _place(entry: Entry) -> tuple[Any, Position]:
        return entry.partition, entry.position


class Table:
    """A table, from the arguments of boto3's `create_table`."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        if "LocalSecondaryIndexes" in definition:
            raise NotImplementedError("local secondary indexes")
        kinds = {
            attribute["AttributeName"]: attribute["AttributeType"]
            for attribute in definition["AttributeDefinitions"]
        }
        self.name: str = definition["TableName"]
        self.schema = Schema.of(definition, kinds)
        self.shelf = Shelf(MEMORY)
        #: Partition → the write units that it has taken.
        self.written: Counter[Any] = Counter()
        made = (
            Index.of(index, self.schema, kinds)
            for index in definition.get("GlobalSecondaryIndexes", ())
        )
        self.indexes = {index.name: index for index in made}

    def get(self, address: Address, lag: int = 0) -> Stored | None:
        """The item with that key, if there is one."""
        if lag:
            return self.shelf.read(address[0], lag).items.get(address[1:])
        return self.shelf.get(address[0], address[1:])

    def check(self, item: Item) -> Stored:
        """The item ready to be stored. Raises if this table cannot hold it."""
        for index in self.indexes.values():
            index.check(item)
        stored = Stored.of(item)
        if stored.size > _LARGEST_ITEM:
            raise invalid("Item size has exceeded the maximum allowed size")
        return stored

    def write(self, address: Address, after: Stored | None, own: int) -> int:
        """Have this item there, or none, for `own` write units.

        Answers with these and the write units of all its indexes.
        """
        before = self.get(address)
        self.written[address[0]] += own
        self.shelf.put(address[0], address[1:], after)
        changed = (index.change(address, before, after) for index in self.indexes.values())
        return own + sum(changed)

    def index_named(self, name: str) -> Index:
        """The index of that name."""
        if name not in self.indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        return self.indexes[name]

    def items(self) -> Iterator[Item]:
        """Every item as stored: to be looked at only."""
        for _, partition in self.shelf.read_all():
            yield from (partition.items[position].item for position in partition.order)

    def written_by_place(self) -> Iterator[tuple[str, Counter[Any]]]:
        """The table, as an empty name, and each index: the write units by partition."""
        yield "", self.written
        yield from ((index.name, index.written) for index in self.indexes.values())

    def catch_up(self) -> None:
        """From here on no reader sees anything older than now."""
        for shelf in (self.shelf, *(index.shelf for index in self.indexes.values())):
            shelf.catch_up()


def find(tables: Mapping[str, Table], name: str) -> Table:
    """The table of that name. Raises `Refused`."""
    if name not in tables:
        raise Refused("ResourceNotFoundException", "Requested resource not found")
    return tables[name]


def write_units(size: int) -> int:
    """What writing so many bytes costs: whole kilobytes, at least one."""
    return max(1, -(-size // 1024))


def read_units(size: int, consistent: bool) -> float:
    """What reading so many bytes costs: four kilobytes a unit, half of that if they may be old."""
    return max(1, -(-size // 4096)) * (1 if consistent else 0.5)
