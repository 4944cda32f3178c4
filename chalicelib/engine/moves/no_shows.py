"""Telling a tenant's people that nobody comes to do the work of a schedule."""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.audits import notifications
from chalicelib.domain.runs.run import Run, SkipReason
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store import notification_items
from chalicelib.store.dynamodb.transaction import Transaction


def tell(transaction: Transaction, schedule: Schedule, run: Run, now: datetime) -> Schedule:
    """The schedule as this run of it ends, which nobody came for; the same if somebody did.

    There is one notification for all such runs in a row, which counts them.
    """
    if run.skip_reason is not SkipReason.NO_SHOW:
        return schedule
    known = schedule.no_show_notification_id
    streak = notification_items.find_readable(schedule.tenant_id, known) if known else None
    if streak is not None:
        again = notifications.nobody_came_again(streak, run, now)
        notification_items.update(transaction, streak, again, step=again.kind)
        return schedule
    first = notifications.nobody_came(run, now)
    notification_items.put(transaction, first, step=first.kind)
    return replace(schedule, no_show_notification_id=first.notification_id)
