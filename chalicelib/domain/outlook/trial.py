"""What would become of a schedule, and of the others, at each minute of the hour."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.outlook.forecast import Forecast, floored
from chalicelib.domain.outlook.quieter import moved
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.runs.schedule import Schedule

MINUTES: Final = 60
#: How many events are looked at for each minute: sixty times that is a second or two of a core.
MOST_STEPS: Final = 3_000
#: How long before its first fire time the looking begins, so that the slots are as they will be.
_BEFORE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMinute:
    """What would become of it at that minute, and how long others would wait in all."""

    minute: int
    tally: Tally
    others_wait_seconds: float


def beginning(schedule: Schedule, now: datetime) -> datetime:
    """When to begin to look: shortly before the hour in which it fires first."""
    if schedule.fire_at is None:
        return floored(now)
    return max(floored(now), schedule.fire_at.replace(minute=0, second=0, microsecond=0) - _BEFORE)


def at_each_minute(forecast: Forecast, number: int, others: Collection[int]) -> list[AtMinute]:
    """The outcome at each minute of the hour, for a cron with one fixed minute.

    Args:
        forecast: The forecast with the schedule in it, as far as `MOST_STEPS` events reach.
        number: The schedule's number there.
        others: The numbers of those whose waits are summed up.
    """
    found = []
    for minute in range(MINUTES):
        times = moved(forecast, number, minute)
        # As far as the others reach: that it moves adds few events.
        tallies = forecast.with_times(number, times, 2 * MOST_STEPS).tallies
        waits = sum(tallies[other].total_wait for other in others) / 1000
        found.append(AtMinute(minute=minute, tally=tallies[number], others_wait_seconds=waits))
    return found
