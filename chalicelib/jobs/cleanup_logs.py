"""`cleanup-logs`: removes log lines that have served their time.

DynamoDB's TTL removes lines only within days of their end, and it cannot know that a run went
well. This job removes the lines of successful runs after `log_days`, a setting of the deployment,
and whatever is past its end.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.domain import ids
from chalicelib.domain.access.actors import Actor
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import job
from chalicelib.store import activity_items, floor_items, log_table, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.log_table import LogLine


class CleanupParams(BaseModel):
    """What to keep."""

    model_config = ConfigDict(extra="forbid")

    days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Lines of successful runs are kept this many days; null for the setting "
        "retention.log_days.",
    )


@job("cleanup-logs", params=CleanupParams)
def cleanup_logs(context: JobContext, params: CleanupParams) -> None:
    """Removes run-log lines older than the retention, for what TTL has not yet removed."""
    now = context.now
    before = now - timedelta(days=params.days or floor_items.log_days())
    runs = list(_ended_before(context.tenant_id, before))
    context.log(f"{len(runs)} runs ended before the retention", before=str(before))
    record = _record(context, before, len(runs))
    removed = 0
    for number, old in enumerate(runs, start=1):
        context.step()
        removed += _remove_lines(old, now)
        context.totals.processed += 1
        context.progress(number, len(runs))
    if record is not None:
        activity_items.record(replace(record, details={**(record.details or {}), "lines": removed}))
    context.summary = f"{removed} lines of {len(runs)} runs removed"


def _record(context: JobContext, before: datetime, runs: int) -> Activity | None:
    """The record that lines go, which is stored before the first one does; none if none may go.

    How many they were is added at the end.
    """
    if not runs:
        return None
    activity = activity_items.new_activity(
        context.tenant_id,
        context.now,
        actor=Actor("cleanup-logs", f"run:{context.run_id}"),
        action="logs_removed",
        subject=context.run_id,
        details={"before": to_text(before), "runs": runs, "lines": None},
    )
    activity_items.record(activity)
    return activity


def _ended_before(tenant_id: str, before: datetime) -> Iterator[Run]:
    """The tenant's runs that ended by then. Ids sort by time, so younger runs are not read."""
    for old in run_table.older_than(tenant_id, ids.time_prefix(before)):
        if old.finished_at is not None and old.finished_at <= before:
            yield old


def _remove_lines(old: Run, now: datetime) -> int:
    gone = [line for line in log_table.every(old.run_id) if _is_over(old, line, now)]
    log_table.delete(gone)
    return len(gone)


def _is_over(old: Run, line: LogLine, now: datetime) -> bool:
    expired = line.expires_at is not None and line.expires_at <= now
    return expired or old.status is RunStatus.SUCCEEDED
