"""Deleting a schedule: it never fires again, and its runs go with it."""

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import settling
from chalicelib.engine.requests import cancellation
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import floor_items, run_table, schedule_table

_PAGE = 100


def delete_schedule(system: System, schedule: Schedule, by: str) -> None:
    """Remove a schedule: waiting runs are cancelled, a working one is told to stop.

    The schedule goes first, so nothing new can fire. What a crash in between leaves behind does no
    harm: a waiting run without a schedule is cancelled at its turn, an ended one goes by TTL.
    """
    schedule_table.delete(schedule)
    events.info("schedule_deleted", tenant_id=schedule.tenant_id, schedule_id=schedule.schedule_id)
    cursor = None
    while True:
        page = run_table.list_of_schedule(schedule.tenant_id, schedule.schedule_id, _PAGE, cursor)
        for run in page.items:
            _remove(system, run, by)
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _remove(system: System, run: Run, by: str) -> None:
    if run.status is RunStatus.QUEUED:
        now = system.clock.now()
        settings = floor_items.read(system.config.capacity).settings
        after = transitions.skip(run, SkipReason.SCHEDULE_DELETED, now)
        settling.end_waiting(system, run, after, settings, now)
    elif run.holds_slot:
        cancellation.tell_to_stop(system, run, by)
    else:
        settling.forget(run)
