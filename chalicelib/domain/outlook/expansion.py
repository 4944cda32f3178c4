"""Fire times over a window, nominal and many at once: what a forecast is made of.

Walking a cadence from one fire time to the next costs tens of microseconds each. On a day without
a clock change a cron names the same local minutes as on any other, so such days are laid out whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.domain.runs.schedule import MisfirePolicy, Schedule
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
        self._laid_out = 0

    def lay_out(self, cadence: Cadence, most: int) -> None:
        """Lay out a cadence's fire times. Raises `InvalidFields` if it cannot be used.

        The end comes nearer while there are more than `most` fire times of all cadences together.
        """
        if cadence in self._known:
            return
        times: list[int] = []
        for at in between(cadence, self.start, self.end):
            if at >= self.end:
                break
            times.append(self.offset(at))
            self._known[cadence] = times
            self._laid_out += 1
            while self._laid_out > most:
                self._come_nearer()
        self._known.setdefault(cadence, times)

    def _come_nearer(self) -> None:
        """Halve the time that is laid out."""
        self.end = self.start + max((self.end - self.start) / 2, MILLISECOND)
        last = self.offset(self.end)
        for times in self._known.values():
            del times[bisect_left(times, last) :]
        self._laid_out = sum(map(len, self._known.values()))

    def of(self, schedule: Schedule) -> Sequence[int]:
        """A schedule's fire times in milliseconds after `start`, ascending.

        These are the nominal fire times that are due from `start` on and have no record yet. One
        that came before, and is held up by jitter or interactive work, is negative. An interval
        from completion has none: its runs set them. Raises `InvalidFields` for a cadence that
        cannot be used.
        """
        if schedule.measures_from_completion:
            return ()
        times: Sequence[int] = self._of_cadence(schedule.cadence)
        earlier = [*map(self.offset, self._still_ahead(schedule))]
        times = self._not_passed_over(schedule, [*earlier, *times] if earlier else times)
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

    def _still_ahead(self, schedule: Schedule) -> Iterator[datetime]:
        """Fire times before the start that are due after it."""
        fire_at, due_at = schedule.fire_at, schedule.next_start_at
        since = self.start - schedule.jitter
        if fire_at is not None and due_at is not None and fire_at < since:
            if due_at >= self.start:
                since = fire_at
            elif _makes_up_for(schedule, self.start - due_at):
                yield fire_at
        if since < self.start:
            yield from between(schedule.cadence, since, self.start)

    def _not_passed_over(self, schedule: Schedule, times: Sequence[int]) -> Sequence[int]:
        """The fire times without those that were before the schedule was made, or set anew.

        Those since the start that it has fired at stay, so that a minute has one forecast.
        """
        set_to = schedule.fire_at or schedule.updated_at + MILLISECOND
        first, fired = bisect_left(times, self.offset(set_to)), 0
        if schedule.recorded_until is not None:
            fired = bisect_right(times, self.offset(schedule.recorded_until))
        return [*times[:fired], *times[first:]] if fired < first else times

    def _of_cadence(self, cadence: Cadence) -> list[int]:
        if cadence not in self._known:
            self._known[cadence] = [
                self.offset(at) for at in between(cadence, self.start, self.end)
            ]
        return self._known[cadence]


def _makes_up_for(schedule: Schedule, late: timedelta) -> bool:
    """Whether a fire time that is so late makes a run all the same."""
    misfire = schedule.misfire
    is_late = late > timedelta(seconds=misfire.grace_seconds)
    return misfire.policy is not MisfirePolicy.SKIP or not is_late


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
