"""Minutes of the hour to which a schedule could be moved, and where it would not wait."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.domain.outlook.expansion import MILLISECOND
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.cron import crontab
from chalicelib.domain.time.cron_text import ALIASES

MOST: Final = 3
_MINUTES: Final = 60
#: What it takes to lay out another minute, in steps of a simulation.
_STEPS_OF_A_LOOK: Final = 20


def quieter_minutes(forecast: Forecast, number: int) -> list[int]:
    """Up to three minutes at which the schedule would not wait at all, nearest first.

    Only for a cron with one fixed minute, and only if it waits or loses fire times where it is.
    Other schedules stay where they are. A minute that looks free is tried out, because the others
    run at other times once this one is out of their way. When the forecast has no steps left for
    trials, nothing more is suggested.
    """
    minute = fixed_minute(forecast.schedules[number])
    if minute is None or _never_waits(forecast.simulation.tallies[number]):
        return []
    quiet: list[int] = []
    for candidate in _nearest_first(minute):
        if len(quiet) == MOST or forecast.trial_steps_left <= 0:
            break
        if _is_quiet(forecast, number, candidate):
            quiet.append(candidate)
    return quiet


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


def _is_quiet(forecast: Forecast, number: int, minute: int) -> bool:
    """Whether it would run, and never wait, if it were moved there now."""
    forecast.trial_steps_left -= _STEPS_OF_A_LOOK
    times = moved(forecast, number, minute)
    is_quiet = _is_free(forecast, number, times) and all(
        _never_waits(forecast.trial(number, each)) for each in _beginnings(times)
    )
    forecast.trial_steps_left -= len(times)
    return is_quiet and bool(times)


def moved(forecast: Forecast, number: int, minute: int) -> Sequence[int]:
    """The fire times of a cron with that minute, as if it were edited as the forecast starts."""
    schedule = forecast.schedules[number]
    assert isinstance(schedule.cadence, Cron)
    expression = schedule.cadence.expression.strip()
    hours_and_days = ALIASES.get(expression.lower(), expression).split(maxsplit=1)[1]
    there = replace(
        schedule,
        cadence=replace(schedule.cadence, expression=f"{minute} {hours_and_days}"),
        fire_at=None,
        next_fire_at=None,
        recorded_until=None,
        updated_at=forecast.start - MILLISECOND,
    )
    return forecast.expansion.of(there)


def _beginnings(times: Sequence[int]) -> list[Sequence[int]]:
    """The fire times, and also without one at the very start: an edit may come too late for it."""
    return [times, times[1:]] if times and times[0] == 0 else [times]


def _is_free(forecast: Forecast, number: int, times: Sequence[int]) -> bool:
    """Whether all these fire times meet a slot that is free for a whole run."""
    simulation = forecast.simulation
    work = simulation.works[number]
    for time in times:
        begin = time + work.jitter
        end = begin + work.duration
        if end <= simulation.until and not _is_room(forecast, number, begin, end):
            return False
    return True


def _never_waits(tally: Tally | None) -> bool:
    """Whether each fire time of the tally runs at once. Without a tally nobody knows: False."""
    if tally is None:
        return False
    return not tally.waits and tally.fire_times == tally.runs


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
