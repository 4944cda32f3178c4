"""What all operations get, and what they answer with."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.dynamodb.errors import Refused, invalid
from tests.dynamodb.faults import Call, Faults
from tests.dynamodb.language.expressions import Request
from tests.dynamodb.table import Table

#: Table name → capacity units.
Cost = dict[str, float]


@dataclass(frozen=True, slots=True)
class Context:
    """The tables, and the call that is being answered."""

    tables: Mapping[str, Table]
    faults: Faults
    call: Call

    def table(self, name: str) -> Table:
        """The table of that name. Raises `Refused`."""
        if name not in self.tables:
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]

    def lag(self, request: Request, table: str, index: str | None = None) -> int:
        """How old this read's view is; consistent reads see what is."""
        return 0 if request.get("ConsistentRead") else self.faults.lag(table, index)


@dataclass(slots=True)
class Outcome:
    """An answer, and what it costs."""

    answer: dict[str, Any]
    cost: Cost = field(default_factory=dict)


Operation = Callable[[Context, Request], Outcome]


def choice(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    """A parameter with few values, of which the first is the default."""
    chosen: str = request.get(name, allowed[0])
    if chosen not in allowed:
        raise invalid(f"Value '{chosen}' at '{name}' failed to satisfy constraint")
    return chosen


@dataclass(slots=True)
class Meter:
    """Requests and capacity units since the last reset, by operation."""

    requests: Counter[str] = field(default_factory=Counter)
    read_units: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    write_units: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def reset(self) -> None:
        """Count from zero."""
        self.requests.clear()
        self.read_units.clear()
        self.write_units.clear()
