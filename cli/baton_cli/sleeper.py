"""What waits between retries and looks."""

import time
from typing import Protocol


class Sleeper(Protocol):
    """Waits."""

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemSleeper:
    """Waits in real time."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: TID251  # here is where the command line sleeps
