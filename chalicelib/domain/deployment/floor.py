"""The floor: the deployment's slots, settings, pressure and last tick, read all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, slot_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The slots, the settings, the pressure and the last tick, as they were at one moment."""

    settings: Settings = field(default_factory=Settings)
    slots: Sequence[Slot] = ()
    #: Source of a signal → until when it says that somebody works interactively.
    pressure: Mapping[str, datetime] = field(default_factory=dict)
    last_tick_at: datetime | None = None

    @property
    def holders(self) -> list[Slot]:
        """The slots that are held, forced ones and those above a lowered capacity included."""
        return [slot for slot in self.slots if slot.is_held]

    @property
    def free(self) -> list[Slot]:
        """The slots a run may claim: numbered below the capacity and held by nobody."""
        stored = {slot.key: slot for slot in self.slots}
        numbered = (slot_key(number) for number in range(self.settings.capacity))
        candidates = (stored.get(key, Slot(key=key)) for key in numbered)
        return [slot for slot in candidates if not slot.is_held]

    def is_under_pressure(self, now: datetime) -> bool:
        """Whether any source's signal is still in force."""
        return any(now < until for until in self.pressure.values())

    def busy_schedules(self) -> set[str]:
        """The ids of schedules with a run on a slot: their next run waits for its end."""
        return {slot.schedule_id for slot in self.holders if slot.schedule_id}

    def seconds_until_free(self, now: datetime) -> int:
        """The estimated seconds until a slot becomes free: the earliest expected end, 1 at least.

        Only ends that make room count: not those of forced runs, nor above a lowered capacity.
        """
        beyond = slot_key(self.settings.capacity)
        making_room = [slot for slot in self.holders if not slot.forced and slot.key < beyond]
        ends = [slot.expected_end_at for slot in making_room if slot.expected_end_at]
        if not ends or self.free:
            return 1
        return max(1, round((min(ends) - now).total_seconds()))
