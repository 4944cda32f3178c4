"""A new run of a schedule, with what it takes over from it."""

from datetime import datetime
from typing import Final

from chalicelib.domain.runs.run import Run, RunStatus, Trigger
from chalicelib.domain.runs.schedule import Schedule, lease_of

#: The lease of a target that calls back, unless the deployment's settings have another.
DEFAULT_LEASE_SECONDS: Final = 1200


def new_run(
    schedule: Schedule,
    trigger: Trigger,
    now: datetime,
    *,
    run_id: str,
    fire_at: datetime,
    default_lease_seconds: int = DEFAULT_LEASE_SECONDS,
) -> Run:
    """The queued run of a schedule, made now for that fire time."""
    return Run(
        tenant_id=schedule.tenant_id,
        run_id=run_id,
        schedule_id=schedule.schedule_id,
        schedule_name=schedule.name,
        trigger=trigger,
        status=RunStatus.QUEUED,
        fire_at=fire_at,
        queued_at=now,
        pool=schedule.pool,
        priority=schedule.priority,
        max_attempts=schedule.retry.max_attempts,
        lease_seconds=lease_of(schedule, default_lease_seconds),
        max_steps=schedule.max_steps,
        max_tokens=schedule.max_tokens,
        max_cost=schedule.max_cost,
    )
