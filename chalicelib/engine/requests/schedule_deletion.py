"""Deleting a schedule: it never fires again, and its runs go with it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment.limits import Limit
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.engine.moves import counting, forgetting
from chalicelib.engine.requests.schedule_activity import schedule_activity
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import (
    activity_items,
    deletion_items,
    digest_items,
    schedule_table,
    use_items,
)
from chalicelib.store.activity_items import Activity
from chalicelib.store.deletion_items import Deletion
from chalicelib.store.dynamodb.transaction import Transaction, retry_if_lost

#: How many of its newest runs are removed before the answer: what waits and works is among them.
MOST_AT_ONCE: Final = 25


def delete(
    system: System,
    key: tuple[str, str],
    by: Actor,
    now: datetime,
    check: Callable[[WholeSchedule], None],
) -> None:
    """Remove a schedule, unless `check` raises: what waits is skipped, what works is told to stop.

    The schedule goes in one transaction with the record of who deleted it, and with the word that
    its runs are to be removed. The newest are removed at once, the others by ticks; whatever of
    them is still there does no harm, for a run without a schedule does not start.
    One that cannot be read is not checked: nobody can have seen a version of it. Raises `NotFound`.
    """
    deletion = Deletion(tenant_id=key[0], schedule_id=key[1], by=by.name, look_at=now)

    def once() -> None:
        transaction = Transaction(system.clock)
        activity_items.put(transaction, _removed(transaction, key, by, now, check))
        deletion_items.put(transaction, deletion)
        use_items.give_back(transaction, key[0], Limit.SCHEDULES)
        transaction.commit()

    retry_if_lost(partial(counting.counted, key[0], Limit.SCHEDULES, None, once))
    digest_items.forget_schedules(key[0])
    events.info("schedule_deleted", tenant_id=key[0], schedule_id=key[1])
    forgetting.forget_newest(system, deletion, MOST_AT_ONCE)


def _removed(
    transaction: Transaction,
    key: tuple[str, str],
    by: Actor,
    now: datetime,
    check: Callable[[WholeSchedule], None],
) -> Activity:
    """Add to a transaction that the schedule goes; answers with the record of that."""
    try:
        schedule = schedule_table.get_whole(*key)
    except Unreadable as error:
        schedule_table.delete_unreadable(transaction, key)
        return _activity_of_unreadable(key, error, by, now)
    check(schedule)
    schedule_table.delete(transaction, schedule)
    return schedule_activity(schedule, None, by, now)


def _activity_of_unreadable(
    key: tuple[str, str], error: Unreadable, by: Actor, now: datetime
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
