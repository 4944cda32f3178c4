"""Deleting a schedule: it never fires again, and its runs go with it."""

from chalicelib import events
from chalicelib.domain import run as runs
from chalicelib.domain.run import Run, RunStatus, SkipReason
from chalicelib.domain.schedule import Schedule
from chalicelib.engine import cancelling, settling
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.system import System

_PAGE = 100


def delete_schedule(system: System, schedule: Schedule, by: str) -> None:
    """Remove a schedule: waiting runs are cancelled, a working one is told to stop.

    The schedule goes first, so nothing new can fire. What a crash in between leaves behind does no
    harm: a waiting run without a schedule is cancelled at its turn, an ended one goes by TTL.
    """
    stored_schedules.delete(schedule)
    events.info("schedule_deleted", tenant_id=schedule.tenant_id, schedule_id=schedule.schedule_id)
    cursor = None
    while True:
        page = stored_runs.list_of_schedule(schedule.tenant_id, schedule.schedule_id, _PAGE, cursor)
        for run in page.items:
            _remove(system, run, by)
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _remove(system: System, run: Run, by: str) -> None:
    if run.status is RunStatus.QUEUED:
        now = system.clock.now()
        settings = stored_floor.read(system.config.capacity).settings
        after = runs.skip(run, SkipReason.SCHEDULE_DELETED, now)
        settling.end_waiting(system, run, after, settings, now)
    elif run.holds_slot:
        cancelling.tell_to_stop(system, run, by)
    else:
        settling.forget(run)
