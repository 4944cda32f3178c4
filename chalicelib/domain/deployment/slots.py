"""Slots: the numbered places where runs work. There is one by default, so that no two overlap."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import Run

#: What the keys of forced runs' slots begin with; the others are numbers.
_FORCED: Final = "forced-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot. `token` is that of its latest claim; the run's fields are set while it is held.

    `since` is when it was claimed, or when it became free. `turn`, `served` and `in_a_row` are the
    turn of its latest claim (see `turns`).
    """

    key: str
    pool: str = MAIN
    token: int = 0
    turn: int = 0
    served: str | None = None
    in_a_row: int = 0
    tenant_id: str | None = None
    run_id: str | None = None
    schedule_id: str | None = None
    schedule_name: str | None = None
    since: datetime | None = None
    expected_end_at: datetime | None = None
    forced: bool = False

    @property
    def is_held(self) -> bool:
        return self.run_id is not None


def slot_key(number: int) -> str:
    """The key of a numbered slot; it sorts by number."""
    return f"{number:03d}"


def is_forced_key(key: str) -> bool:
    """Whether that is the key of a slot outside the capacity, made for one forced run."""
    return key.startswith(_FORCED)


def forced_slot(run: Run) -> Slot:
    """A slot outside the capacity, made for one forced run and removed at its end."""
    return Slot(key=_FORCED + run.run_id, pool=run.pool, forced=True)


def occupy(slot: Slot, run: Run, turn: Turn, now: datetime, expected: timedelta) -> Slot:
    """The slot as this claimed run holds it. A forced run takes nobody's turn."""
    taken = (
        slot
        if run.forced
        else replace(slot, turn=turn.number, served=turn.tenant_id, in_a_row=turn.in_a_row)
    )
    return replace(
        taken,
        token=run.token,
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        schedule_name=run.schedule_name,
        since=now,
        expected_end_at=now + expected,
    )


def next_token(slot: Slot, run: Run) -> int:
    """A fencing token higher than any that this slot or this run was claimed with before."""
    return max(slot.token, run.token) + 1


def latest_turn(slots: Iterable[Slot]) -> Turn:
    """The latest turn that stands on these slots of a pool."""
    turns = (Turn(slot.turn, slot.served, slot.in_a_row) for slot in slots if slot.served)
    return max(turns, key=lambda turn: turn.number, default=Turn())
