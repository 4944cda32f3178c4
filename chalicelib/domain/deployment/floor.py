"""The floor of a pool: its slots, with the deployment's settings, pressure and last tick."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.pressure import Signals, holds
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, slot_key
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.zone_rules import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The slots of one pool, the settings, the pressure and the last tick, as they were read."""

    pool: str = MAIN
    settings: Settings = field(default_factory=Settings)
    slots: Sequence[Slot] = ()
    #: The signals of interactive work that are for the whole deployment.
    pressure: Signals = field(default_factory=dict)
    last_tick_at: datetime | None = None
    #: Since when ticks give each waiting run a place of its own, and find none without one.
    placing_since: datetime | None = None
    #: How far schedules were set anew by which time-zone rules; None before the first tick.
    zone_rules: Progress | None = None

    @property
    def terms(self) -> Pool:
        """How much room the pool has, and for whom."""
        return self.settings.pool(self.pool)

    @property
    def holders(self) -> list[Slot]:
        """The slots that are held, forced ones and those above a lowered capacity included."""
        return [slot for slot in self.slots if slot.is_held]

    @property
    def free(self) -> list[Slot]:
        """The slots a run may claim: numbered below the capacity and held by nobody."""
        stored = {slot.key: slot for slot in self.slots}
        numbered = (slot_key(number) for number in range(self.terms.room))
        candidates = (stored.get(key, Slot(key=key, pool=self.pool)) for key in numbered)
        return [slot for slot in candidates if not slot.is_held]

    def is_under_pressure(self, now: datetime) -> bool:
        """Whether any signal for the whole deployment is still in force."""
        return holds(self.pressure, now)

    def busy_schedules(self, *, forced: bool) -> set[str]:
        """The ids of schedules with a run on a forced slot, or with one on a numbered slot."""
        held = (slot for slot in self.holders if slot.forced is forced)
        return {slot.schedule_id for slot in held if slot.schedule_id}

    def held_by(self, schedule_id: str) -> list[Slot]:
        """The slots that runs of the schedule hold, forced ones included."""
        return [slot for slot in self.holders if slot.schedule_id == schedule_id]

    def seconds_until_free(self, now: datetime) -> int:
        """The estimated seconds until a slot becomes free: the earliest expected end, 1 at least.

        Only ends that make room count: not those of forced runs, nor above a lowered capacity.
        """
        counted = {slot_key(number) for number in range(self.terms.room)}
        making_room = [slot for slot in self.holders if slot.key in counted]
        return 1 if self.free else seconds_until_end(making_room, now)


def seconds_until_end(slots: Sequence[Slot], now: datetime) -> int:
    """The estimated seconds until the first of these slots' runs ends, 1 at least."""
    ends = [estimated_end(slot, now) for slot in slots]
    known = [end for end in ends if end is not None]
    return max(1, round((min(known) - now).total_seconds())) if known else 1


def estimated_end(slot: Slot, now: datetime) -> datetime | None:
    """When the run that holds the slot should end; None if nothing is known of it.

    That is its expected end. A run past that is taken to need as long again as it is over it: the
    longer it overruns, the less is known, and "any moment now" would be a lie.
    """
    expected = slot.expected_end_at
    return expected if expected is None or now < expected else now + (now - expected)
