"""What a cron expression means on the calendar of naive local times."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from functools import lru_cache
from typing import Final

#: All 14 kinds of years occur within 40 years: what has not matched by then never will.
HORIZON_YEARS: Final = 40
_EVERY_WEEK: Final = sum(1 << 7 * week for week in range(5))


@dataclass(frozen=True, slots=True)
class Fields:
    """What an expression means: the values that each field matches, and how they are joined.

    Months and times are sorted. Days and weekdays are sets of bits: day 1 is bit 1, Sunday bit 0.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: int
    last_day: bool
    months: tuple[int, ...]
    weekdays: int
    #: Pairs of a weekday (Sunday is 0) and its number in the month: 1 to 5, or 0 for the last one.
    nth_weekdays: frozenset[tuple[int, int]]
    #: Both day fields must match and not just one, because one of them starts with a star.
    both_days: bool
    #: The job has set times, which daylight saving moves; other jobs follow the real clock.
    fixed_time: bool

    def after(self, wall: datetime) -> datetime | None:
        """The first matching minute after a naive local time; None if 40 years have none."""
        time = self._time_after(wall)
        first_day = wall.day if time is not None else wall.day + 1
        date = self._date_from(wall.year, wall.month, first_day)
        if date is None:
            return None
        if time is None or date != (wall.year, wall.month, wall.day):
            time = self.hours[0], self.minutes[0]
        return datetime(*date, *time)  # noqa: DTZ001  # local times have no zone here

    def _time_after(self, wall: datetime) -> tuple[int, int] | None:
        hour = bisect_left(self.hours, wall.hour)
        if hour < len(self.hours) and self.hours[hour] == wall.hour:
            minute = bisect_right(self.minutes, wall.minute)
            if minute < len(self.minutes):
                return wall.hour, self.minutes[minute]
            hour += 1
        return (self.hours[hour], self.minutes[0]) if hour < len(self.hours) else None

    def _date_from(self, year: int, month: int, day: int) -> tuple[int, int, int] | None:
        if month in self.months and (days := self._days_of(year, month) >> day << day):
            return year, month, (days & -days).bit_length() - 1
        for each_year, each_month in self._months_after(year, month):
            if days := self._days_of(each_year, each_month):
                return each_year, each_month, (days & -days).bit_length() - 1
        return None

    def _months_after(self, year: int, month: int) -> Iterator[tuple[int, int]]:
        for each in self.months:
            if each > month:
                yield year, each
        for later in range(year + 1, min(year + HORIZON_YEARS, MAXYEAR) + 1):
            for each in self.months:
                yield later, each

    def _days_of(self, year: int, month: int) -> int:
        monday_based, length = _month(year, month)
        first = (monday_based + 1) % 7
        # The week, rotated to begin on the weekday of the 1st, and repeated through the month.
        week = ((self.weekdays << 7 | self.weekdays) >> first) & 0b1111111
        weekdays = (week * _EVERY_WEEK) << 1
        for weekday, nth in self.nth_weekdays:
            day = 1 + (weekday - first) % 7
            weekdays |= 1 << (day + 7 * (nth - 1) if nth else day + (length - day) // 7 * 7)
        days = self.days | self.last_day << length
        every = (2 << length) - 2
        return (days & weekdays if self.both_days else days | weekdays) & every


@lru_cache(maxsize=64)
def _month(year: int, month: int) -> tuple[int, int]:
    """The weekday that a month begins with, Monday being 0, and how many days it has."""
    return monthrange(year, month)
