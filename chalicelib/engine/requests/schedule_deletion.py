"""Deleting a schedule: it never fires again, and its runs go with it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import settling
from chalicelib.engine.requests import cancellation
from chalicelib.engine.requests.schedule_activity import schedule_activity
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, run_table, schedule_table

_PAGE = 100


def delete(
    system: System, key: tuple[str, str], by: str, now: datetime, check: Callable[[Schedule], None]
) -> None:
    """Remove a schedule, unless `check` raises: what waits is skipped, what works is told to stop.

    The schedule goes first, so nothing new can fire. What a crash in between leaves behind does no
    harm: a waiting run without a schedule is cancelled at its turn, an ended one goes by TTL.
    Raises `NotFound`.
    """
    schedule = schedule_table.get(*key)
    check(schedule)
    schedule_table.delete(schedule)
    events.info("schedule_deleted", tenant_id=schedule.tenant_id, schedule_id=schedule.schedule_id)
    for run in _history(schedule):
        _remove(system, run, by)
    activity_items.record(schedule_activity(schedule, None, by, now))


def _history(schedule: Schedule) -> Iterator[Run]:
    """All runs of the schedule, newest first, read page by page."""
    cursor = None
    while True:
        page = run_table.list_of_schedule(schedule.tenant_id, schedule.schedule_id, _PAGE, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _remove(system: System, run: Run, by: str) -> None:
    if run.status is RunStatus.QUEUED:
        now = system.clock.now()
        settings = system.floor().settings
        after = transitions.skip(run, SkipReason.SCHEDULE_DELETED, now)
        settling.end_waiting(system, run, after, settings, now)
    elif run.holds_slot:
        cancellation.tell_to_stop(system, run, by)
    else:
        settling.forget(run)
