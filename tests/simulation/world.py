"""Time, chance and what happens next: the whole simulation hangs on one queue of events.

Nothing here reads a clock of the machine or draws from anything but the seed, so a seed is a
history, and the same history each time.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

#: When every history begins.
START: Final = datetime(2026, 3, 1, tzinfo=UTC)
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
#: Before anything that a history has; clocks that are behind begin before zero.
LONG_AGO: Final = -60 * MINUTE


class Broken(Exception):
    """A rule does not hold."""

    def __init__(self, rule: str, what: str) -> None:
        self.rule, self.what = rule, what
        super().__init__(f"{rule}: {what}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history: when, who, what they did, what came of it."""

    at: int
    who: str
    what: str
    outcome: str = ""


@dataclass
class World:
    """True time in milliseconds since the start, the events to come, and what has been."""

    random: Random
    now: int = 0
    history: list[Line] = field(default_factory=list)
    broken: Broken | None = None
    #: Rules that are not looked at, so that what lies behind them is seen.
    unwatched: tuple[str, ...] = ()
    #: Steps of processes (a call, a message sent, the death) and deliveries, ticks, user calls.
    events: int = 0
    _queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Do that then; what is due at the same millisecond is done in the order of asking."""
        heapq.heappush(self._queue, (max(when, self.now), next(self._order), action))

    def after(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Do that so much later."""
        self.at(self.now + milliseconds, action)

    def run_until(self, end: int) -> None:
        """Let happen what happens by then. Raises `Broken` as soon as a rule does not hold."""
        while self._queue and self._queue[0][0] <= end:
            self.now, _, action = heapq.heappop(self._queue)
            action()
            if self.broken is not None:
                raise self.broken
        self.now = max(self.now, end)

    def note(self, who: str, what: str, outcome: str = "") -> None:
        """Write it into the history, as an event."""
        self.events += 1
        self.history.append(Line(self.now, who, what, outcome))

    def breaks(self, rule: str, what: str) -> None:
        """Note that a rule does not hold; the first one counts, and ends the history.

        It is no exception where it is found: the engine would take it for a failure of a job.
        """
        if self.broken is None and rule not in self.unwatched:
            self.broken = Broken(rule, what)

    def chance(self, probability: float) -> bool:
        """Whether something of that probability happens now."""
        return probability > 0 and self.random.random() < probability


def instant(milliseconds: int) -> datetime:
    """That time of the simulation as a date."""
    return START + timedelta(milliseconds=milliseconds)


def milliseconds(at: datetime) -> int:
    """That date as a time of the simulation."""
    return (at - START) // timedelta(milliseconds=1)
