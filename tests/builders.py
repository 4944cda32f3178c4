"""Makers of domain values: valid as they stand, and a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.domain import run as runs
from chalicelib.domain.cadence import Cron
from chalicelib.domain.run import FailureReason, Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.schedule import Schedule

#: The instant most tests take place at.
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


def after(seconds: float) -> datetime:
    """So many seconds after noon; before it, if negative."""
    return NOON + timedelta(seconds=seconds)


def a_schedule(**changes: Any) -> Schedule:
    """An active schedule, every five minutes, that was not armed yet."""
    plain = Schedule(
        tenant_id="acme",
        schedule_id="01SCHEDULE",
        name="Nightly crawl",
        cadence=Cron("*/5 * * * *"),
        target={"type": "function", "name": "drill"},
        created_at=after(-86_400),
        updated_at=after(-86_400),
        version=1,
    )
    return replace(plain, **changes)


def a_run(**changes: Any) -> Run:
    """A scheduled run, queued at noon."""
    plain = Run(
        tenant_id="acme",
        run_id="01RUN",
        schedule_id="01SCHEDULE",
        schedule_name="Nightly crawl",
        trigger=Trigger.SCHEDULED,
        status=RunStatus.QUEUED,
        fire_at=NOON,
        queued_at=NOON,
    )
    return replace(plain, **changes)


def a_run_that_is(status: RunStatus, **changes: Any) -> Run:
    """A run brought there by the transitions: claimed at +1 s, started at +2 s, ended at +62 s."""
    queued = a_run(**changes)
    claimed = runs.claim(queued, "000", queued.token + 1, after(1), concurrent=1)
    running = runs.start(claimed, "worker-1", after(2))
    return {
        RunStatus.QUEUED: queued,
        RunStatus.CLAIMED: claimed,
        RunStatus.RUNNING: running,
        RunStatus.SUCCEEDED: runs.succeed(running, after(62)),
        RunStatus.FAILED: runs.fail(running, FailureReason.ERROR, "boom", after(62)),
        RunStatus.SKIPPED: runs.skip(queued, SkipReason.QUEUE_EXPIRED, after(62)),
        RunStatus.CANCELLED: runs.cancel(running, after(62)),
    }[status]
