"""Telling a tenant's people of what goes wrong in a row: one notification, which counts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.notifications import Notification
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store import notification_items
from chalicelib.store.dynamodb.transaction import Transaction

_First = Callable[[Run, datetime], Notification]
_Again = Callable[[Notification, Run, datetime], Notification]


def tell_of_failure(
    transaction: Transaction, schedule: Schedule, run: Run, now: datetime
) -> Schedule:
    """The schedule as this run of it ends; the same unless its own run has failed."""
    if run.status is not RunStatus.FAILED or not run.moves_breaker:
        return schedule
    known, run_failed = schedule.failure_notification_id, notifications.run_failed
    told = _tell(transaction, known, run, now, run_failed, notifications.failed_again)
    return replace(schedule, failure_notification_id=told)


def tell_of_no_show(
    transaction: Transaction, schedule: Schedule, run: Run, now: datetime
) -> Schedule:
    """The schedule as this run of it ends; the same unless nobody came for that."""
    if run.skip_reason is not SkipReason.NO_SHOW:
        return schedule
    known, nobody_came = schedule.no_show_notification_id, notifications.nobody_came
    told = _tell(transaction, known, run, now, nobody_came, notifications.nobody_came_again)
    return replace(schedule, no_show_notification_id=told)


def _tell(  # noqa: PLR0917  # what the two have in common
    transaction: Transaction,
    known: str | None,
    run: Run,
    now: datetime,
    first: _First,
    again: _Again,
) -> str:
    """Add the run to the notification of that id, or else a new one; returns the one's id."""
    streak = notification_items.find_readable(run.tenant_id, known) if known else None
    if streak is not None:
        counted = again(streak, run, now)
        notification_items.update(transaction, streak, counted, step=counted.kind)
        return streak.notification_id
    made = first(run, now)
    notification_items.put(transaction, made, step=made.kind)
    return made.notification_id
