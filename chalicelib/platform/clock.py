"""The only module of Baton that reads a clock or sleeps; a check enforces it."""

import time
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.domain.time.instants import to_milliseconds


class Clock(Protocol):
    """Gives the present instant, and sleeps. A handler reads `now` once."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds; return at once for zero and less."""
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

    It follows the machine's monotonic clock and no `Clock`: a test's clock that stands still must
    not make a silent peer be waited for without end.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; zero once it has run out."""
        return max(self._ends - time.monotonic(), 0.0)
