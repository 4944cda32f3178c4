"""Runs on a time axis: rows, or sums of a schedule's runs over so much time where rows are many."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.outlook.statistics import Measured
from chalicelib.domain.runs.run import FINAL, FailureReason, SkipReason, Trigger
from chalicelib.domain.time.instants import milliseconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Measured):
    """A run as a time axis shows it."""

    run_id: str
    schedule_id: str
    schedule_name: str
    #: Why it was skipped or failed, if it was.
    reason: SkipReason | FailureReason | None
    trigger: Trigger | None
    pool: str
    queued_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    #: The slot that it holds now.
    slot: str | None
    forced: bool
    covers: int

    def reaches(self, instant: datetime) -> bool:
        """Whether it waits or works at that instant, having been due before."""
        if self.finished_at is None:
            return self.status not in FINAL
        return self.finished_at > instant


@dataclass(slots=True, kw_only=True)
class Bucket:
    """A schedule's runs that were due within so much time, in sums."""

    since: datetime
    schedule_id: str
    by_status: Counter[str] = field(default_factory=Counter)
    waited_ms: int = 0
    worked_ms: int = 0


def buckets(rows: Iterable[Row], since: datetime, width: timedelta) -> list[Bucket]:
    """The rows in buckets of that width, counted from `since` on; the latest first."""
    found: dict[tuple[int, str], Bucket] = {}
    for row in rows:
        number = (row.due_at - since) // width
        key = (number, row.schedule_id)
        bucket = found.get(key)
        if bucket is None:
            start = since + number * width
            bucket = found[key] = Bucket(since=start, schedule_id=row.schedule_id)
        bucket.by_status[row.status] += 1
        bucket.waited_ms += row.wait_ms or 0
        if row.claimed_at is not None and row.finished_at is not None:
            bucket.worked_ms += milliseconds_between(row.claimed_at, row.finished_at)
    return [found[key] for key in sorted(found, key=lambda key: (-key[0], key[1]))]
