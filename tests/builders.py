"""Makers of domain values: valid as they stand, and a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.runs import lease, transitions
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.time.cadences import Cron

#: The instant most tests take place at.
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: Somebody who does something.
ANN: Final = Actor("ann", "token:01ANN")
MILLISECOND: Final = timedelta(milliseconds=1)
#: So many seconds after its claim a run that nobody has started loses its slot.
UNDELIVERED: Final = (lease.DELIVERY + lease.SKEW_MARGIN).total_seconds()


def after(seconds: float) -> datetime:
    """So many seconds after noon; before it, if negative."""
    return NOON + timedelta(seconds=seconds)


def a_schedule(**changes: Any) -> WholeSchedule:
    """An active schedule, every five minutes, that was not armed yet."""
    plain = WholeSchedule(
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
    claimed = transitions.claim(queued, "000", queued.token + 1, after(1), concurrent=1)
    running = transitions.start(claimed, "worker-1", after(2))
    return {
        RunStatus.QUEUED: queued,
        RunStatus.CLAIMED: claimed,
        RunStatus.RUNNING: running,
        RunStatus.SUCCEEDED: transitions.succeed(running, after(62)),
        RunStatus.FAILED: transitions.fail(running, FailureReason.ERROR, "boom", after(62)),
        RunStatus.SKIPPED: transitions.skip(queued, SkipReason.QUEUE_EXPIRED, after(62)),
        RunStatus.CANCELLED: transitions.cancel(running, after(62)),
    }[status]
