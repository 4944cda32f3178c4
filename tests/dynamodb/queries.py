"""Query and Scan: a page of a table or an index."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from tests.dynamodb import keys
from tests.dynamodb.errors import invalid, wrong_parameter
from tests.dynamodb.keys import Stretch
from tests.dynamodb.language import expressions
from tests.dynamodb.language.expressions import Request
from tests.dynamodb.language.projections import projected
from tests.dynamodb.language.tokens import Scope, Steps
from tests.dynamodb.operation import Context, Outcome, choice
from tests.dynamodb.schema import Schema
from tests.dynamodb.shelf import Position, Shelf, Stored
from tests.dynamodb.table import Index, Table, read_units
from tests.dynamodb.values import Item, copied, order

_MOST_BYTES: Final = 1024 * 1024
_SELECT: Final = ("", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES")


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: the table itself, or one of its indexes."""

    table: Table
    index: Index | None
    lag: int

    @classmethod
    def of(cls, context: Context, request: Request) -> "Source":
        table = context.table(request["TableName"])
        name = request.get("IndexName")
        if name is not None and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        index = None if name is None else table.index_named(name)
        return cls(table, index, context.lag(request, table.name, name))

    @property
    def schema(self) -> Schema:
        return self.index.schema if self.index else self.table.schema

    @property
    def shelf(self) -> Shelf:
        return self.index.shelf if self.index else self.table.shelf

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes that say where a page ended."""
        return tuple(dict.fromkeys((*self.table.schema.names, *self.schema.names)))

    def place(self, key: Item) -> tuple[Any, Position]:
        """Where the item with these key attributes is."""
        if key.keys() != set(self.key_names):
            raise invalid("The provided starting key is invalid")
        address = self.table.schema.address_of_key(
            {name: key[name] for name in self.table.schema.names}
        )
        if self.index is None:
            return address[0], address[1:]
        return order(key[self.schema.names[0]]), self.index.position(key, address)


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, and whether reading stopped before the end."""

    read: list[Stored]
    stopped: bool


def query(context: Context, request: Request) -> Outcome:
    """Items of one partition, in the order of their sort keys."""
    source = Source.of(context, request)
    condition = expressions.key_condition_of(request)
    shape = Shape.of(request, source, condition)
    partition_key, stretch = keys.read(condition.root, source.schema, shape.scope)
    partition = source.shelf.read(partition_key, source.lag)
    low, high = stretch.among(partition.order)
    forward = request.get("ScanIndexForward", True)
    if "ExclusiveStartKey" in request:
        start = _start(source, request["ExclusiveStartKey"], partition_key, stretch)
        if forward:
            low = max(low, bisect_right(partition.order, start))
        else:
            high = min(high, bisect_left(partition.order, start))
    places = range(low, high) if forward else reversed(range(low, high))
    found = (partition.items[partition.order[place]] for place in places)
    return shape.answer(_page(found, request))


def scan(context: Context, request: Request) -> Outcome:
    """Items of all partitions, which follow each other without visible order."""
    source = Source.of(context, request)
    shape = Shape.of(request, source)
    parts, part = request.get("TotalSegments", 1), request.get("Segment", 0)
    found = sorted(
        ((_spread(key), position), partition.items[position])
        for key, partition in source.shelf.read_all(source.lag)
        if _spread(key)[0] % parts == part
        for position in partition.order
    )
    if "ExclusiveStartKey" in request:
        key, position = source.place(request["ExclusiveStartKey"])
        found = [one for one in found if one[0] > (_spread(key), position)]
    return shape.answer(_page((stored for _, stored in found), request))


def _spread(partition: Any) -> tuple[int, Any]:
    return crc32(repr(partition).encode()), partition


def _start(source: Source, key: Item, partition: Any, stretch: Stretch) -> Position:
    where, position = source.place(key)
    if where != partition:
        raise invalid(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    if position and not stretch.includes(position[0]):
        raise invalid("The provided starting key does not match the range key predicate")
    return position


def _page(found: Iterable[Stored], request: Request) -> Page:
    """As many as the limit and a megabyte allow.

    Who reads exactly up to a limit is told that there may be more, also at the very end.
    """
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        raise invalid(f"Value '{limit}' at 'limit' failed to satisfy constraint")
    read, size = [], 0
    for stored in found:
        read.append(stored)
        size += stored.size
        if len(read) == limit or size >= _MOST_BYTES:
            return Page(read, stopped=True)
    return Page(read, stopped=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the caller wants the answer."""

    request: Request
    source: Source
    scope: Scope
    places: list[Steps] | None

    @classmethod
    def of(cls, request: Request, source: Source, condition: Any = None) -> "Shape":
        """Reads all expressions of the request."""
        only, projection = expressions.filter_of(request), expressions.projection_of(request)
        scope = expressions.scope_of(request, condition, only, projection)
        places = [path.resolved(scope) for path in projection.root] if projection else None
        shape = cls(request, source, scope, places)
        shape.check()
        return shape

    def check(self) -> None:
        """What may not be asked for."""
        select = choice(self.request, "Select", _SELECT)
        index = self.source.index
        if select == "ALL_ATTRIBUTES" and index and index.projected is not None:
            raise wrong_parameter(
                "Select type ALL_ATTRIBUTES is not supported for global secondary index "
                f"{index.name} because its projection type is not ALL"
            )

    def answer(self, page: Page) -> Outcome:
        """The page in that form."""
        only = expressions.filter_of(self.request)
        kept = [
            one.item for one in page.read if only is None or only.root.holds(one.item, self.scope)
        ]
        answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page.read)}
        if self.request.get("Select") != "COUNT":
            answer["Items"] = [self._shown(item) for item in kept]
        if page.stopped:
            last = page.read[-1].item
            answer["LastEvaluatedKey"] = copied(
                {name: last[name] for name in self.source.key_names}
            )
        size = sum(stored.size for stored in page.read)
        units = read_units(size, bool(self.request.get("ConsistentRead")))
        return Outcome(answer, {self.source.table.name: units})

    def _shown(self, item: Item) -> Item:
        return copied(item) if self.places is None else projected(item, self.places)
