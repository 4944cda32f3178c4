"""The one door to time. Nothing else in Baton reads a clock; a check enforces it."""

import time
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.domain.time.instants import to_milliseconds


class Clock(Protocol):
    """What a handler reads `now` from, once, and what a wake or a job waits on."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long; zero and less return at once."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return to_milliseconds(datetime.now(UTC))

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)  # noqa: TID251  # here is where Baton sleeps


class Countdown:
    """A span of real time that runs out, for bounding what waits on the network.

    It follows the machine's monotonic clock, which nobody sets: a test clock that stands still
    says nothing about a peer that does.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; zero once it has run out."""
        return max(self._ends - time.monotonic(), 0.0)
