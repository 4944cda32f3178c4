"""Deleting a schedule: it never fires again, and its runs go with it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.domain.deployment.limits import Limit
from chalicelib.domain.errors import NotFound, Unreadable
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.engine.moves import counting, settling
from chalicelib.engine.requests import cancellation
from chalicelib.engine.requests.schedule_activity import schedule_activity
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, log_table, run_table, schedule_table, use_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost

_PAGE = 100


def delete(
    system: System,
    key: tuple[str, str],
    by: str,
    now: datetime,
    check: Callable[[WholeSchedule], None],
) -> None:
    """Remove a schedule, unless `check` raises: what waits is skipped, what works is told to stop.

    The schedule goes first, with the record of who removed it, so nothing new can fire. What a
    crash in between leaves behind does no harm: a waiting run without a schedule is cancelled at
    its turn, an ended one goes by TTL. One that cannot be read is not checked: nobody can have seen
    a version of it. Raises `NotFound`.
    """

    def once() -> None:
        try:
            schedule = schedule_table.get_whole(*key)
        except Unreadable as error:
            activity = _activity_of_unreadable(key, error, by, now)
        else:
            check(schedule)
            activity = schedule_activity(schedule, None, by, now)
        transaction = Transaction(system.clock)
        schedule_table.delete(transaction, key)
        use_items.give_back(transaction, key[0], Limit.SCHEDULES)
        activity_items.put(transaction, activity)
        transaction.commit()

    try:
        counting.counted(key[0], Limit.SCHEDULES, None, once)
    except TransactionLost as error:
        raise NotFound("There is no such schedule.") from error
    events.info("schedule_deleted", tenant_id=key[0], schedule_id=key[1])
    for run in _history(system, *key):
        _remove(system, run, by)


def _activity_of_unreadable(
    key: tuple[str, str], error: Unreadable, by: str, now: datetime
) -> Activity:
    """The record of the deletion of a schedule of which no more is known than its id."""
    tenant_id, schedule_id = key
    details = {"name": None, "before": None, "after": None, "unreadable": str(error)}
    return activity_items.new_activity(
        tenant_id,
        now,
        actor=by,
        action="schedule_deleted",
        subject=schedule_id,
        details=details,
    )


def _history(system: System, tenant_id: str, schedule_id: str) -> Iterator[Run]:
    """All runs of the schedule, newest first, read page by page.

    Those that cannot be read are removed on the way.
    """
    cursor = None
    while True:
        page = run_table.list_of_schedule(tenant_id, schedule_id, _PAGE, cursor)
        yield from page.items
        for key in page.unreadable:
            _remove_unreadable(system, key)
        cursor = page.next_cursor
        if cursor is None:
            return


def _remove_unreadable(system: System, key: tuple[str, str]) -> None:
    """Remove a run that cannot be read, with its log; one that holds a slot is left to its end."""
    if any((slot.tenant_id, slot.run_id) == key for slot in system.floor().holders):
        return
    log_table.delete_all(key[1])
    run_table.delete_unreadable(key)


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
