"""Sorted items in partitions, which can also be read as they were a few writes ago."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.dynamodb.values import Item, size_of

#: Where something is within its partition: the sort key, and in an index the item's own key too.
Position = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as it is kept, and its size in bytes. Never changed, only replaced."""

    item: Item
    size: int

    @classmethod
    def of(cls, item: Item) -> "Stored":
        return cls(item, size_of(item))


@dataclass(slots=True)
class Partition:
    """Items of one partition key: `order` is sorted."""

    order: list[Position] = field(default_factory=list)
    items: dict[Position, Stored] = field(default_factory=dict)

    def put(self, position: Position, stored: Stored | None) -> Stored | None:
        """Have this there, or nothing; answers with what was there."""
        before = self.items.get(position)
        if stored is not None:
            if before is None:
                insort(self.order, position)
            self.items[position] = stored
        elif before is not None:
            del self.order[bisect_left(self.order, position)]
            del self.items[position]
        return before

    def copy(self) -> "Partition":
        """Another one with the same items."""
        return Partition(self.order.copy(), self.items.copy())


class _Change(NamedTuple):
    partition: Any
    position: Position
    before: Stored | None


class Shelf:
    """All partitions of a table or an index; remembers its last changes, so many at most."""

    def __init__(self, memory: int) -> None:
        self._partitions: dict[Any, Partition] = {}
        self._changes: deque[_Change] = deque(maxlen=memory)

    def get(self, partition: Any, position: Position) -> Stored | None:
        """What is there now."""
        found = self._partitions.get(partition)
        return None if found is None else found.items.get(position)

    def put(self, partition: Any, position: Position, stored: Stored | None) -> None:
        """Have this there from now on, or nothing."""
        before = self._partitions.setdefault(partition, Partition()).put(position, stored)
        self._changes.append(_Change(partition, position, before))

    def read(self, partition: Any, lag: int = 0) -> Partition:
        """A partition as it was so many changes ago. Not to be changed."""
        live = self._partitions.get(partition) or Partition()
        undone = [change for change in self._last(lag) if change.partition == partition]
        if not undone:
            return live
        then = live.copy()
        for change in undone:
            then.put(change.position, change.before)
        return then

    def read_all(self, lag: int = 0) -> Iterator[tuple[Any, Partition]]:
        """Every partition as it was so many changes ago, with its key."""
        return ((key, self.read(key, lag)) for key in self._partitions)

    def catch_up(self) -> None:
        """Forget what was: from here on nobody can read anything older than now."""
        self._changes.clear()

    def _last(self, lag: int) -> list[_Change]:
        """So many changes, newest first."""
        newest_first = reversed(self._changes)
        return [change for change, _ in zip(newest_first, range(lag), strict=False)]
