"""Runs on a time axis as clients ask for them and see them."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Query, WholeNumber
from chalicelib.api.schemas.health_schemas import RunCountsOut, SpreadOut
from chalicelib.domain.runs.run import FailureReason, RunStatus, SkipReason, Trigger


class TimelineQuery(Query):
    """Which time to show, and whether as runs or in sums."""

    since: Instant | None = Field(
        None, alias="from", description="From when on; 12 hours before the end if left out."
    )
    to: Instant | None = Field(None, description="Until before when; now if left out.")
    schedule_id: str | None = Field(
        None, min_length=1, max_length=100, description="Of one schedule alone."
    )
    bucket_seconds: WholeNumber | None = Field(
        None,
        ge=300,
        le=86_400,
        description="Sums over so much time, counted from the beginning, in place of runs.",
    )


class TimelineRunOut(TypedDict):
    """A run as a time axis shows it; `reason` is why it was skipped or failed.

    `slot` is the one that it holds now.
    """

    id: str
    schedule_id: str
    status: RunStatus
    reason: SkipReason | FailureReason | None
    trigger: Trigger | None
    pool: str
    due_at: datetime
    queued_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    slot: str | None
    forced: bool
    covers: int


TimelineBucketOut = TypedDict(
    "TimelineBucketOut",
    {
        "from": datetime,
        "schedule_id": str,
        "runs": int,
        "by_status": dict[str, int],
        "waited_ms": int,
        "worked_ms": int,
    },
)
TimelineBucketOut.__doc__ = "A schedule's runs that were due within so much time, in sums."

TimelineOut = TypedDict(
    "TimelineOut",
    {
        "from": datetime,
        "to": datetime,
        "is_complete": bool,
        "complete_from": datetime,
        "schedules": dict[str, str],
        "runs": list[TimelineRunOut],
        "buckets": list[TimelineBucketOut],
        "totals": RunCountsOut,
        "slot_wait_ms": SpreadOut,
        "duration_ms": SpreadOut,
    },
)
TimelineOut.__doc__ = """\
The runs that overlap a time, newest first, or sums of them.

`schedules` has the names by id. Totals, waits and durations are of the runs that were due within
the time; `runs` has those that were due before and reach into it, too. If it is not complete, what
was due before `complete_from` is missing: ask again with that as `to`.
"""
