"""Fire times over a window, nominal and many at once: what a forecast is made of.

Walking a cadence from one fire time to the next costs tens of microseconds each. On a day without
a clock change a cron names the same local minutes as on any other, so such days are laid out whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cadence, Cron
from chalicelib.domain.time.cron import Crontab, crontab

MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)


class Expansion:
    """The fire times from `start` until before `end`; each cadence is expanded once."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._known: dict[Cadence, list[int]] = {}

    def of(self, schedule: Schedule) -> Sequence[int]:
        """A schedule's fire times in milliseconds after `start`, ascending.

        Nominal ones, within its `starts_at`…`ends_at` and without its jitter. None of what is
        measured from completion: its runs set its fire times.
        """
        if schedule.measures_from_completion:
            return ()
        times = self._of_cadence(schedule.cadence)
        first, last = 0, len(times)
        if schedule.starts_at is not None:
            first = bisect_left(times, self.offset(schedule.starts_at))
        if schedule.ends_at is not None:
            last = bisect_right(times, self.offset(schedule.ends_at))
        return times if (first, last) == (0, len(times)) else times[first:last]

    def offset(self, instant: datetime) -> int:
        """The instant in milliseconds after `start`."""
        return (instant - self.start) // MILLISECOND

    def instant(self, offset: int) -> datetime:
        """The instant so many milliseconds after `start`."""
        return self.start + offset * MILLISECOND

    def _of_cadence(self, cadence: Cadence) -> list[int]:
        if cadence not in self._known:
            self._known[cadence] = [
                self.offset(at) for at in between(cadence, self.start, self.end)
            ]
        return self._known[cadence]


def between(cadence: Cadence, start: datetime, end: datetime) -> Iterator[datetime]:
    """The fire times from `start` until before `end`: those that `next_fire` walks to."""
    table = crontab(cadence.expression, cadence.timezone) if isinstance(cadence, Cron) else None
    at = cadences.next_fire(cadence, start - MILLISECOND)
    while at is not None and at < end:
        last = at
        for last in _rest_of_day(table, at) if table else (at,):
            if last >= end:
                return
            yield last
        at = cadences.next_fire(cadence, last)


def _rest_of_day(table: Crontab, at: datetime) -> Iterator[datetime]:
    """A fire time and those that follow it on its local day; it alone if the clock changes then."""
    day = at.astimezone(table.zone).date()
    midnight = _midnight(table, day, fold=0)
    if midnight.utcoffset() != _midnight(table, day + _DAY, fold=1).utcoffset():
        yield at
        return
    begin = at - timedelta(hours=at.astimezone(table.zone).hour, minutes=_minute(table, at))
    for hour in table.fields.hours:
        for minute in table.fields.minutes:
            later = begin + timedelta(hours=hour, minutes=minute)
            if later >= at:
                yield later


def _minute(table: Crontab, at: datetime) -> int:
    return at.astimezone(table.zone).minute


def _midnight(table: Crontab, day: date, fold: int) -> datetime:
    return datetime.combine(day, time(fold=fold), tzinfo=table.zone)
