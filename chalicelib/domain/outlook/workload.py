"""What a forecast needs of a schedule: when it fires, how long it works, how it waits.

All times are whole milliseconds after the start of the forecast.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.outlook.expansion import MILLISECOND, Expansion
from chalicelib.domain.runs.queue_order import HEAD_START_PER_LEVEL, HIGHEST_PRIORITY, USUAL
from chalicelib.domain.runs.schedule import Schedule, WhenBusy
from chalicelib.domain.time.cadences import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A schedule as the simulation takes it."""

    key: str
    #: Tenants take turns.
    tenant_id: str = ""
    #: Nominal fire times, each due `jitter` later; of an interval from completion only the first.
    times: Sequence[int]
    jitter: int = 0
    #: Until when interactive work has put it off: nothing of it is due before.
    put_off_until: int = 0
    #: Of an interval from completion: from a run's end to the next fire time, and its bounds.
    gap: int | None = None
    not_before: int | None = None
    not_after: int | None = None
    duration: int
    #: Handicap in the queue: 0 is the most urgent.
    handicap: int = 0
    skips: bool = False
    wait_limit: int | None = None

    def due(self, number: int) -> int | None:
        """When the fire time of that number is due; None if there are not so many."""
        if number >= len(self.times):
            return None
        return max(self.times[number] + self.jitter, self.put_off_until)

    def due_before(self, at: int) -> int:
        """How many of the fire times are due before that instant."""
        return bisect_left(self.times, at - self.jitter) if at > self.put_off_until else 0

    def due_after_end(self, at: int) -> int | None:
        """When an interval from completion is due after a run that ends then; else None."""
        if self.gap is None:
            return None
        fire_at = at + self.gap if self.not_before is None else max(at + self.gap, self.not_before)
        if self.not_after is not None and fire_at > self.not_after:
            return None
        return fire_at + self.jitter

    def work_between(self, begin: int, end: int) -> float:
        """Milliseconds of work that become due between two instants, if it never waits."""
        if self.gap is None:
            return self.duration * (self.due_before(end) - self.due_before(begin))
        first = self.due(0)
        if first is None:
            return 0
        cycle = self.duration + self.gap + self.jitter
        if self.not_after is not None:
            rounds = (self.not_after + self.jitter - first) // cycle + 1
            end = min(end, first + rounds * cycle)
        return self.duration * max(end - max(begin, first), 0) / cycle


def workload(schedule: Schedule, expansion: Expansion) -> Workload:
    """The schedule's work over that window. Raises `InvalidFields` if its cadence is of no use."""
    limit = schedule.queue_limit_seconds
    handicap = HEAD_START_PER_LEVEL * (HIGHEST_PRIORITY - schedule.priority)
    gap = _gap(schedule)
    return Workload(
        key=schedule.schedule_id,
        tenant_id=schedule.tenant_id,
        times=expansion.of(schedule) if gap is None else _first(schedule, gap, expansion),
        jitter=schedule.jitter // MILLISECOND,
        put_off_until=_put_off_until(schedule, expansion),
        gap=None if gap is None else gap // MILLISECOND,
        not_before=_offset(schedule.starts_at, expansion),
        not_after=_offset(schedule.ends_at, expansion),
        duration=expected_duration(schedule) // MILLISECOND,
        handicap=handicap // MILLISECOND,
        skips=schedule.when_busy is WhenBusy.SKIP,
        wait_limit=None if limit is None else limit * 1000,
    )


def expected_duration(schedule: Schedule) -> timedelta:
    """How long a run of the schedule takes: its average, or the usual time, within its timeout."""
    if schedule.average_duration_seconds is not None:
        return max(timedelta(seconds=schedule.average_duration_seconds), MILLISECOND)
    return min(USUAL, timedelta(seconds=schedule.timeout_seconds))


def _gap(schedule: Schedule) -> timedelta | None:
    cadence = schedule.cadence
    if isinstance(cadence, Interval) and cadence.origin == "completion":
        return timedelta(seconds=cadence.seconds)
    return None


def _first(schedule: Schedule, gap: timedelta, expansion: Expansion) -> list[int]:
    """When an interval measured from completion comes first: as it is set, else after its run."""
    if schedule.fire_at is not None:
        return [expansion.offset(schedule.fire_at)]
    fire_at = expansion.start + expected_duration(schedule) + gap
    if schedule.starts_at is not None:
        fire_at = max(fire_at, schedule.starts_at)
    if schedule.ends_at is not None and fire_at > schedule.ends_at:
        return []
    return [expansion.offset(fire_at)]


def _put_off_until(schedule: Schedule, expansion: Expansion) -> int:
    """Until when nothing of it is due: its next fire time may be put off, or late already."""
    fire_at, due_at = schedule.fire_at, schedule.next_start_at
    if fire_at is None or due_at is None or due_at <= fire_at + schedule.jitter:
        return 0
    return max(expansion.offset(due_at), 0)


def _offset(instant: datetime | None, expansion: Expansion) -> int | None:
    return None if instant is None else expansion.offset(instant)
