"""Slots: the numbered places where runs work. There is one by default, so that no two overlap."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.runs.run import Run

#: What the keys of forced runs' slots begin with; the others are numbers.
_FORCED: Final = "forced-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot. `token` is that of its latest claim; the run's fields are set while it is held."""

    key: str
    token: int = 0
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


def forced_slot(run_id: str) -> Slot:
    """A slot outside the capacity, made for one forced run and removed at its end."""
    return Slot(key=_FORCED + run_id, forced=True)


def occupy(slot: Slot, run: Run, now: datetime, expected: timedelta) -> Slot:
    """The slot as this claimed run holds it."""
    return replace(
        slot,
        token=run.token,
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        schedule_name=run.schedule_name,
        since=now,
        expected_end_at=now + expected,
    )


def vacate(slot: Slot) -> Slot:
    """The slot as nobody holds it; its token stays, so that no two claims ever share one."""
    return Slot(key=slot.key, token=slot.token, forced=slot.forced)


def next_token(slot: Slot, run: Run) -> int:
    """A fencing token higher than any that this slot or this run was claimed with before."""
    return max(slot.token, run.token) + 1
