"""When the simulation's schedules fire, worked out a second time and in another way.

Histories use cadences that are plain grids: `*/k` minutes, intervals on a grid, one instant. So
the expected fire times are arithmetic, and what the engine names is checked against that.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.simulation.items import Item, text, time
from tests.simulation.world import MINUTE, SECOND, milliseconds

_EPOCH = milliseconds(datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A grid, one instant, or a rest after each run."""

    step: int = 0
    origin: int = 0
    once: int | None = None
    rest: int = 0
    ends_at: int | None = None

    def next_after(self, at: int) -> int | None:
        """The first fire time strictly later than that."""
        found: int | None = None
        if self.step:
            found = at + self.step - (at - self.origin) % self.step
        elif self.once is not None and self.once > at:
            found = self.once
        elif self.rest:
            found = at + self.rest
        if found is not None and self.ends_at is not None and found > self.ends_at:
            return None
        return found

    def between(self, first: int, last: int) -> list[int]:
        """Its fire times from the first to the last, of which the first is one."""
        times = [first]
        while (following := self.next_after(times[-1])) is not None and following <= last:
            times.append(following)
        return times


def rhythm_of(schedule: Item) -> Rhythm:
    """The rhythm of a stored schedule."""
    cadence = json.loads(text(schedule, "cadence") or "{}")
    ends_at = time(schedule, "ends_at")
    match cadence["type"]:
        case "cron":
            minutes = int(cadence["expression"].removeprefix("*/").split()[0])
            return Rhythm(step=minutes * MINUTE, ends_at=ends_at)
        case "interval" if cadence["from"] == "grid":
            anchor = cadence.get("anchor")
            origin = milliseconds(datetime.fromisoformat(anchor)) if anchor else _EPOCH
            return Rhythm(step=cadence["seconds"] * SECOND, origin=origin, ends_at=ends_at)
        case "interval":
            return Rhythm(rest=cadence["seconds"] * SECOND, ends_at=ends_at)
        case "once":
            at = milliseconds(datetime.fromisoformat(cadence["at"]))
            return Rhythm(once=at, ends_at=ends_at)
    return Rhythm()
