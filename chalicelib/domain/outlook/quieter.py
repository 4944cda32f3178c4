"""Minutes of the hour that a schedule could move to and would not wait there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Final

from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.cron import crontab

MOST: Final = 3
_MINUTES: Final = 60
_MINUTE: Final = 60_000


def quieter_minutes(forecast: Forecast, number: int) -> list[int]:
    """Up to three minutes at which the schedule would not wait at all, nearest first.

    Only for a cron with one fixed minute, and only if it waits or is skipped where it is. Nothing
    else is moved. What looks free is tried out, for the others come to run at other times with this
    one out of their way; once the forecast has no steps left for trials, nothing is suggested.
    """
    tally = forecast.simulation.tallies[number]
    minute = fixed_minute(forecast.schedules[number])
    if minute is None or not (tally.waits or tally.skipped):
        return []
    candidates = _nearest_first(minute)
    quiet = (
        each
        for each in candidates
        if _is_free(forecast, number, each - minute)
        and _never_waits(forecast.moved(number, (each - minute) * _MINUTE))
    )
    return list(islice(quiet, MOST))


def fixed_minute(schedule: Schedule) -> int | None:
    """The one minute of the hour at which a cron fires; None if there are several, or no cron."""
    if not isinstance(schedule.cadence, Cron):
        return None
    minutes = crontab(schedule.cadence.expression, schedule.cadence.timezone).fields.minutes
    return minutes[0] if len(minutes) == 1 else None


def _nearest_first(minute: int) -> Iterator[int]:
    for distance in range(1, _MINUTES):
        for candidate in (minute + distance, minute - distance):
            if 0 <= candidate < _MINUTES:
                yield candidate


def _is_free(forecast: Forecast, number: int, minutes: int) -> bool:
    """Whether all its fire times, moved so many minutes, meet a slot free for a whole run."""
    simulation = forecast.simulation
    work = simulation.works[number]
    for time in work.times:
        begin = time + work.jitter + minutes * _MINUTE
        end = begin + work.duration
        if begin >= 0 and end <= simulation.until and not _is_room(forecast, number, begin, end):
            return False
    return True


def _never_waits(tally: Tally | None) -> bool:
    return tally is not None and not tally.waits and not tally.skipped


def _is_room(forecast: Forecast, number: int, begin: int, end: int) -> bool:
    """Whether a slot is free of others from begin to end."""
    full = forecast.simulation.full
    at = max(bisect_right(full, (begin, begin)) - 1, 0)
    while at < len(full) and full[at][0] < end:
        since, until = max(full[at][0], begin), min(full[at][1], end)
        if since < until and not _is_own(forecast, number, since, until):
            return False
        at += 1
    return True


def _is_own(forecast: Forecast, number: int, begin: int, end: int) -> bool:
    """Whether one run of its own is on a slot all that time."""
    duration = forecast.simulation.works[number].duration
    starts = forecast.simulation.tallies[number].starts
    at = bisect_left(starts, begin + 1) - 1
    return at >= 0 and starts[at] + duration >= end
