"""Sleeping between retries, and between looks at a run."""

import time
from typing import Protocol


class Sleeper(Protocol):
    """Can sleep."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemSleeper:
    """Sleeps in real time."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: TID251  # the one place where the command line sleeps
