"""Rule 2 once more, at the end: what the cadences named and what was recorded, side by side.

Apart from the checks of each write: here only the instants count at which a schedule was armed,
disarmed or edited. In between, its cadence says what there must be.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from tests.simulation.cadence_oracle import Rhythm, rhythm_of
from tests.simulation.items import Change, text, time
from tests.simulation.world import LONG_AGO, World, instant

RECONCILED: Final = "2 expected and recorded fire times are the same"

#: More than any history has; where the engine is wrong a stretch may never end.
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A schedule goes by this rhythm, and its next fire time is that."""

    rhythm: Rhythm
    first: int
    #: The rhythm counts from here on; the first fire time may be an elder one that was kept.
    since: int = LONG_AGO

    def before(self, end: int | None) -> set[int]:
        """The fire times of the stretch, if it ends with this one still to come; None: all."""
        times: set[int] = set()
        at: int | None = self.first
        for _ in range(_MOST):
            if at is None or (end is not None and at >= end):
                break
            times.add(at)
            at = None if self.rhythm.rest else self.rhythm.next_after(max(at, self.since))
        return times


class Reconciliation:
    """Follows every schedule's stretches."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stretches: dict[str, Stretch] = {}
        self.expected: dict[str, set[int]] = defaultdict(set)

    def follow(self, change: Change, edited_at: int | None) -> None:
        """A schedule changed: by an edit or the end of a run at that instant, or as it fired.

        What had come by then is expected to be recorded, or kept as it is.
        """
        name = text(change.item, "schedule_id") or ""
        was, now = time(change.before, "fire_at"), time(change.after, "fire_at")
        rhythm = None if change.after is None else rhythm_of(change.after)
        stretch = self._stretches.get(name)
        if stretch is not None and stretch.rhythm == rhythm:
            goes_on = edited_at is None and now is not None and not rhythm.rest
            if goes_on or (now == was and not _settles(change, edited_at)):
                return
        if change.after is None:
            self._end(name, was)  # what was still to come goes with the schedule
        elif edited_at is None:
            self._end(name, None)
        elif was is not None and was <= edited_at:
            self._end(name, edited_at + 1, kept=now)
        else:
            self._end(name, was)
        if now is not None and rhythm is not None:
            earlier = LONG_AGO if stretch is None else stretch.since  # clocks differ
            since = earlier if edited_at is None else max(earlier, edited_at)
            self._stretches[name] = Stretch(rhythm, now, since)

    def compare(self, recorded: dict[str, set[int]]) -> None:
        """Every expected fire time is recorded, and no other one."""
        for name in self.expected.keys() | recorded.keys():
            lost = self.expected[name] - recorded.get(name, set())
            doubled = recorded.get(name, set()) - self.expected[name]
            for what, times in (("lost", lost), ("made up", doubled)):
                for at in sorted(times):
                    self._world.breaks(RECONCILED, f"{name}: {instant(at):%H:%M:%S.%f} is {what}")

    def _end(self, name: str, end: int | None, kept: int | None = None) -> None:
        """The schedule's stretch ends; a fire time of it that is kept begins the next one."""
        stretch = self._stretches.pop(name, None)
        if stretch is not None:
            self.expected[name] |= stretch.before(end) - {kept}


def _settles(change: Change, edited_at: int | None) -> bool:
    """Whether an edit has recorded what had come behind a fire time that it keeps."""
    recorded = [time(item, "recorded_until") for item in (change.before, change.after)]
    return edited_at is not None and recorded[0] != recorded[1]
