"""Cron in a time zone, exactly as Debian's cron runs it when clocks change.

`cron_text` reads an expression and `cron_fields` finds its naive local times on the calendar. This
module makes instants of them by the daylight-saving rules of Debian's cron(8).
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.time.cron_fields import HORIZON_YEARS, Fields
from chalicelib.domain.time.cron_text import parse

#: cron(8): longer changes "are considered to be corrections to the clock or timezone".
_LONGEST_DAYLIGHT_CHANGE: Final = timedelta(hours=3)
#: The local time of an earlier instant does not fit into a datetime in every zone.
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_A_MOMENT: Final = timedelta.resolution
_NO_SHIFT: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Crontab:
    """A cron expression in a time zone."""

    fields: Fields
    zone: ZoneInfo

    def next_after(self, after: datetime) -> datetime | None:
        """The first fire time strictly after an aware instant, in UTC.

        None when there is none within 40 years, or before the year 9999 ends. Walking from one
        fire time to the next meets the same ones as asking from any instants in between.
        """
        try:
            return self._next_after(max(after, _EARLIEST).astimezone(UTC))
        except OverflowError:
            return None

    def names(self, at: datetime) -> bool:
        """Whether the local time of an instant in UTC matches the expression."""
        wall = self._wall(at)
        return self.fields.after(wall - _A_MOMENT) == wall

    def skipped_into(self, at: datetime) -> list[datetime]:
        """The naive local fire times that a clock change skipped and that run at `at` instead."""
        end = self._wall(at)
        gap = end - self._wall(at - _A_MOMENT) - _A_MOMENT
        if gap <= _NO_SHIFT or self._follows_clock(gap):
            return []
        skipped, wall = [], self.fields.after(end - gap - _A_MOMENT)
        while wall is not None and wall < end:
            skipped.append(wall)
            wall = self.fields.after(wall)
        return skipped

    def stands_for_two(self, at: datetime) -> bool:
        """Whether the local time of a fire time comes twice, and only its first one counts."""
        local = at.astimezone(self.zone)
        overlap = _NO_SHIFT if local.fold else _overlap(local)
        return overlap > _NO_SHIFT and not self._follows_clock(overlap)

    def _next_after(self, after: datetime) -> datetime | None:
        local = after.astimezone(self.zone)
        found = self._walk(local.replace(tzinfo=None), after)
        if local.fold:
            return found
        overlap = _overlap(local)
        if overlap <= _NO_SHIFT or not self._follows_clock(overlap):
            return found
        # The clock will be set back to before the local time of `after`, so that matching local
        # times come once more.
        change = self._change_between(after.replace(microsecond=0), after + overlap)
        if found is not None and found < change:
            return found
        return self._walk(self._wall(change) - _A_MOMENT, change - _A_MOMENT)

    def _walk(self, wall: datetime, after: datetime) -> datetime | None:
        """The first fire time after both a local time and an instant, by walking local times."""
        horizon = wall.year + HORIZON_YEARS
        while (due := self.fields.after(wall)) is not None and due.year <= horizon:
            # The two readings of a local time (PEP 495) differ only where the clock changes.
            local = due.replace(tzinfo=self.zone)
            first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
            shift = second - first
            if not shift:
                return first
            follows = self._follows_clock(abs(shift))
            if shift > _NO_SHIFT and (first > after or follows):
                return first if first > after else second
            change = self._change_between(min(first, second), max(first, second))
            if shift < _NO_SHIFT and not follows:
                return change
            # Go on at the end of the gap, or of the repeated time.
            wall = self._wall(change) + max(shift, _NO_SHIFT) - _A_MOMENT
        return None

    def _follows_clock(self, change: timedelta) -> bool:
        """Whether the job just runs by the new local time after a clock change of that size."""
        return not self.fields.fixed_time or change > _LONGEST_DAYLIGHT_CHANGE

    def _wall(self, instant: datetime) -> datetime:
        """The naive local time that a clock on the wall shows at an instant."""
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def _change_between(self, before: datetime, after: datetime) -> datetime:
        """The first instant with the new offset, given that the offset changes once in between."""

        def is_past(second: int) -> bool:
            return (before + timedelta(seconds=second)).astimezone(self.zone).utcoffset() != offset

        offset = before.astimezone(self.zone).utcoffset()
        seconds = range((after - before) // timedelta(seconds=1))
        return before + timedelta(seconds=bisect_left(seconds, True, key=is_past))


def _overlap(local: datetime) -> timedelta:
    """How long the repeated time is whose first pass a local time lies in; zero or less if none."""
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None and second is not None
    return first - second


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that exact name, canonical or link; raises `InvalidFields`.

    Read from the pinned `tzdata` package, never from the host, so that every machine agrees.
    """
    if name not in _zone_names():
        raise InvalidFields([FieldError("cadence.timezone", _no_such_zone(name))])
    with (_tzdata() / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _no_such_zone(name: str) -> str:
    message = f"{name[:64]!r} is not an IANA time zone, such as Europe/Berlin or UTC"
    plain = name.strip().replace(" ", "_").casefold()
    similar = [each for each in _zone_names() if each.casefold() == plain]
    return f"{message}; did you mean {similar[0]}?" if similar else message


@lru_cache(maxsize=1)
def tzdata_release() -> str:
    """The release of the time-zone database in use, by its IANA name, such as 2026f."""
    return str(import_module("tzdata").IANA_VERSION)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset((_tzdata() / "zones").read_text("ascii").split())


def _tzdata() -> Path:
    return Path(import_module("tzdata").__path__[0])


@lru_cache(maxsize=1024)
def crontab(expression: str, timezone: str) -> Crontab:
    """The expression in that time zone, read once a process.

    Raises `InvalidFields` for the first of the two that is wrong.
    """
    return Crontab(parse(expression), zone(timezone))
