"""Runs on a time axis over HTTP."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.resources.views import spread_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.timeline_schemas import (
    TimelineBucketOut,
    TimelineOut,
    TimelineQuery,
    TimelineRunOut,
)
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook import statistics
from chalicelib.domain.outlook import timeline as sums
from chalicelib.domain.outlook.timeline import Bucket, Row
from chalicelib.engine.outlook import timelines

blueprint = Blueprint(__name__)

_USUAL: Final = timedelta(hours=12)
_LONGEST: Final = timedelta(days=31)
#: What is due at this very instant belongs to what has been until now.
_MOMENT: Final = timedelta(milliseconds=1)
_MOST_BUCKETS: Final = 1_000


@endpoint(blueprint, "GET /v1/timeline", scope="viewer", expensive=True)
def get_timeline(request: Request[NoBody, TimelineQuery]) -> TimelineOut:
    """Get the runs that overlap a time, as rows for a time axis, or sums of them.

    A thousand runs are read at most, five thousand for sums; what is left is got with another
    request.
    """
    query = request.query
    since, until = _window(query, request.now)
    width = timedelta(seconds=query.bucket_seconds) if query.bucket_seconds else None
    found = timelines.timeline(
        request.caller.tenant_id,
        since,
        until,
        query.schedule_id,
        for_sums=width is not None,
    )
    rows = [*found.due, *found.reaching] if width is None else []
    numbers = statistics.of_runs(found.due)
    view: dict[str, Any] = {
        "from": as_json(since),
        "to": as_json(until),
        "is_complete": found.is_complete,
        "complete_from": as_json(found.complete_from),
        "schedules": _names([*found.due, *found.reaching]),
        "runs": [_run(row) for row in rows],
        "buckets": []
        if width is None
        else [_bucket(each) for each in sums.buckets(found.due, since, width)],
        "totals": {"total": sum(numbers.by_status.values()), "by_status": numbers.by_status},
        "slot_wait_ms": spread_json(numbers.waits),
        "duration_ms": spread_json(numbers.durations),
    }
    return cast(TimelineOut, view)


def _window(query: TimelineQuery, now: datetime) -> tuple[datetime, datetime]:
    """From when on, and until before when. Raises `InvalidFields`."""
    until = query.to or now + _MOMENT
    since = query.since or until - _USUAL
    errors = []
    if since >= until:
        errors.append(FieldError("from", "must be before `to`"))
    if until - since > _LONGEST:
        errors.append(FieldError("from", f"may be {_LONGEST.days} days before `to` at most"))
    seconds = query.bucket_seconds
    if seconds and (until - since) / timedelta(seconds=seconds) > _MOST_BUCKETS:
        errors.append(FieldError("bucket_seconds", f"would make more than {_MOST_BUCKETS} buckets"))
    if errors:
        raise InvalidFields(errors)
    return since, until


def _names(rows: Sequence[Row]) -> dict[str, str]:
    """The schedules' names by id, as their newest run has it."""
    return {row.schedule_id: row.schedule_name for row in reversed(rows)}


def _run(row: Row) -> TimelineRunOut:
    names = [name for name in TimelineRunOut.__annotations__ if name != "id"]
    view = {"id": row.run_id, **{name: as_json(getattr(row, name)) for name in names}}
    return cast(TimelineRunOut, view)


def _bucket(bucket: Bucket) -> TimelineBucketOut:
    return {
        "from": as_json(bucket.since),
        "schedule_id": bucket.schedule_id,
        "runs": bucket.by_status.total(),
        "by_status": dict(bucket.by_status),
        "waited_ms": bucket.waited_ms,
        "worked_ms": bucket.worked_ms,
    }
