"""The daily pass."""

from chalicelib import events
from chalicelib.store import floor as stored_floor
from chalicelib.system import System


def daily(system: System) -> None:
    """Make the daily pass and record that it was here."""
    now = system.clock.now()
    stored_floor.mark("daily", now, {})
    events.info("daily_done", at=now)
