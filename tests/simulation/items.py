"""Items as they are stored, read without the engine's own code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulation.world import milliseconds

Item = Mapping[str, Mapping[str, Any]]
HOLDING = ("claimed", "running")
FINAL = ("succeeded", "failed", "skipped", "cancelled")
OWN = ("scheduled", "catch_up")


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did to one item."""

    table: str
    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """The item after it, or before it if it is gone: for what never changes."""
        item = self.after if self.after is not None else self.before
        assert item is not None
        return item


def text(item: Item | None, name: str) -> str | None:
    """A text attribute."""
    return item[name]["S"] if item is not None and name in item else None


def number(item: Item | None, name: str, default: int = 0) -> int:
    """A whole number; what has its default is not stored."""
    return int(item[name]["N"]) if item is not None and name in item else default


def time(item: Item | None, name: str) -> int | None:
    """An instant, as a time of the simulation."""
    found = text(item, name)
    return None if found is None else milliseconds(datetime.fromisoformat(found))


def truth(item: Item | None, name: str) -> bool:
    """A yes or no."""
    return bool(item is not None and name in item and item[name]["BOOL"])


def status(run: Item | None) -> str | None:
    """Where a run is."""
    return text(run, "status")


def holds(run: Item | None) -> bool:
    """Whether a run holds a slot."""
    return status(run) in HOLDING


def has_ended(change: Change) -> bool:
    """Whether a run has come to its end by it; what never ran was recorded, and is no end."""
    return (
        change.table == "runs"
        and change.before is not None
        and status(change.before) not in FINAL
        and status(change.after) in FINAL
    )


def has_got_a_slot(change: Change) -> bool:
    """Whether a run was claimed by it."""
    return change.table == "runs" and holds(change.after) and not holds(change.before)


def pool_of(item: Item | None) -> str:
    """The pool of a run, or that which a schedule names: `main` is not stored."""
    return text(item, "slots_of") or (text(item, "pool") if _is_schedule(item) else None) or "main"


def _is_schedule(item: Item | None) -> bool:
    return item is not None and "run_id" not in item


def slot_partition(pool: str, slot: str) -> str:
    """Where a slot lies in the control table."""
    block = int(slot) // 100 if slot.isdigit() else 0
    return "floor" if (pool, block) == ("main", 0) else f"slots#{pool}#{block}"


def is_slot(change: Change) -> bool:
    """Whether a slot was changed."""
    kind, key = text(change.item, "kind") or "", text(change.item, "key") or ""
    of_slots = kind == "floor" or kind.startswith("slots#")
    return change.table == "control" and of_slots and key.startswith("slot#")


def is_own(run: Item | None) -> bool:
    """Whether it is a run of the scheduler's own."""
    return text(run, "trigger") in OWN


def run_name(run: Item) -> str:
    """A run as the rules speak of it."""
    return f"run {text(run, 'run_id')} of {text(run, 'schedule_id')}"
