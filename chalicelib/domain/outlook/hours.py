"""A day of runs, counted hour by hour: an hour that is over and done is counted only once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.outlook.statistics import (
    WINDOW,
    Measured,
    Percentiles,
    RunStatistics,
    percentiles,
)
from chalicelib.domain.runs.run import FINAL, RunStatus

HOUR: Final = timedelta(hours=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
#: Until so long after its end records of an hour's fire times are still on their way.
_LATE: Final = timedelta(minutes=5)
#: After so long an hour is counted again: fire times that were noticed late, after an outage, get
#: their records in hours that are long over.
_COUNTED_AGAIN_AFTER: Final = timedelta(hours=3)
#: For how long the numbers of the whole day are good.
_GOOD_FOR: Final = timedelta(seconds=30)
#: Milliseconds are kept in so many significant digits: one in twenty more or less.
_DIGITS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The runs that were due in an hour, or in a part of one, in numbers."""

    counted_at: datetime
    by_status: Counter[str] = field(default_factory=Counter)
    #: Milliseconds, rounded → how many runs.
    waits: Counter[int] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)

    @property
    def is_done(self) -> bool:
        """Whether all of its runs have ended."""
        return all(status in FINAL for status in self.by_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfRuns:
    """The runs of the last day in numbers, as they were then."""

    at: datetime
    runs: RunStatistics
    is_complete: bool

    def is_good(self, now: datetime) -> bool:
        """Whether it may still be looked at instead of the runs."""
        return timedelta(0) <= now - self.at < _GOOD_FOR


def hour_of(instant: datetime) -> datetime:
    """The start of the hour that it is in."""
    return instant.replace(minute=0, second=0, microsecond=0)


def kept(hours: Mapping[datetime, Hour], now: datetime) -> dict[datetime, Hour]:
    """Those of the counted hours of the last day that need not be counted again now."""
    since = now - WINDOW
    return {
        start: hour
        for start, hour in hours.items()
        if since <= start and start + HOUR + _LATE <= hour.counted_at
        if hour.is_done and now - hour.counted_at < _COUNTED_AGAIN_AFTER
    }


def gaps(known: Iterable[datetime], now: datetime) -> list[tuple[datetime, datetime | None]]:
    """What of the last day is still to be counted, the newest first: from, and until before.

    The first has no end, for what is due in a moment belongs to it.
    """
    known, since = set(known), now - WINDOW
    found: list[tuple[datetime, datetime | None]] = []
    start = hour_of(now)
    while start + HOUR > since:
        begin, end = max(start, since), start + HOUR
        if start in known:
            pass
        elif found and found[-1][0] == end:
            found[-1] = (begin, found[-1][1])
        else:
            found.append((begin, end if found else None))
        start -= HOUR
    return found


def counted(
    runs: Sequence[Measured],
    since: datetime,
    until: datetime | None,
    now: datetime,
    *,
    is_complete: bool = True,
) -> dict[datetime, Hour]:
    """The hours between two instants, with these runs, which come newest first.

    Where they are not all of that time's, the hours that they do not reach are left out, and the
    last one that they reach counts as not over, for some of its runs may be missing.
    """
    first = hour_of(since if is_complete or not runs else runs[-1].due_at)
    last = hour_of(until - _MILLISECOND if until else now)
    hours: dict[datetime, Hour] = {}
    while first <= last:
        is_cut = not (hours or is_complete)
        hours[first] = Hour(counted_at=first if is_cut else now)
        first += HOUR
    for run in runs:
        hour = hours.setdefault(hour_of(run.due_at), Hour(counted_at=now))
        hour.by_status[run.status] += 1
        if run.wait_ms is not None:
            hour.waits[rounded(run.wait_ms)] += 1
        if run.duration_ms is not None:
            hour.durations[rounded(run.duration_ms)] += 1
    return hours


def rounded(milliseconds: int) -> int:
    """The milliseconds to two significant digits."""
    unit = int(10 ** max(len(str(milliseconds)) - _DIGITS, 0))
    return (milliseconds + unit // 2) // unit * unit


def in_all(hours: Iterable[Hour]) -> RunStatistics:
    """The hours' runs in numbers."""
    by_status = Counter({status.value: 0 for status in RunStatus})
    waits: Counter[int] = Counter()
    durations: Counter[int] = Counter()
    for hour in hours:
        by_status.update(hour.by_status)
        waits.update(hour.waits)
        durations.update(hour.durations)
    known = {status: count for status, count in by_status.items() if status in set(RunStatus)}
    return RunStatistics(by_status=known, waits=_spread(waits), durations=_spread(durations))


def _spread(counts: Counter[int]) -> Percentiles:
    return percentiles(sorted(counts.elements()))
