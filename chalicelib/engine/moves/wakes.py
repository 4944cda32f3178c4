"""Asking for passes at exact seconds, between two ticks."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.system import System

#: How far a tick looks ahead: to the next tick and a little more, for ticks come a bit unevenly.
LOOK_AHEAD: Final = timedelta(seconds=65)


def every_second(now: datetime, ahead: timedelta) -> set[datetime]:
    """Each second until so long after now: where too much is due to look at each instant."""
    return {now + timedelta(seconds=second) for second in range(1, int(ahead.total_seconds()) + 1)}


def wake_for(system: System, schedule: Schedule, now: datetime) -> None:
    """Ask for a wake at the schedule's next fire time, if no tick will look ahead to it."""
    at = schedule.next_fire_at
    if at is not None and at - now <= LOOK_AHEAD:
        system.queues.send_wakes([at], now)
