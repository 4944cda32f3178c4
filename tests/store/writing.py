"""Shorthands of the store's tests: they store values, and try writes on a condition."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule, WholeSchedule
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table, schedule_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import InboxItem, RunItem, ScheduleItem, Table
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost
from tests.builders import NOON

#: The values that have an item of their own.
Value = Run | Schedule | Activity
_MODELS: Final[dict[type, type[Table]]] = {
    Run: RunItem,
    WholeSchedule: ScheduleItem,
    Activity: InboxItem,
}


def store(*values: Value) -> None:
    """Store these values, in place of whatever is stored under their keys."""
    for value in values:
        to_item(_MODELS[type(value)], value).save()


def lost_by(transaction: Transaction) -> set[str]:
    """Commit the transaction; returns the steps that were lost, none if it went through."""
    try:
        transaction.commit()
    except TransactionLost as lost:
        return set(lost.steps)
    return set()


def removed(schedule: Schedule) -> None:
    """Remove the schedule. Raises `TransactionLost` unless it is there as given."""
    transaction = Transaction(SystemClock())
    schedule_table.delete(transaction, schedule)
    transaction.commit()


def holds(item: Table, action: Any, condition: Condition) -> bool:
    """Whether a write on this condition goes through."""
    transaction = Transaction(SystemClock())
    transaction.update("step", item, [action], condition)
    return not lost_by(transaction)


def stored(value: Run | Schedule) -> Run | WholeSchedule:
    """The value as it is stored now."""
    if isinstance(value, Run):
        return run_table.get(value.tenant_id, value.run_id)
    return schedule_table.get_whole(value.tenant_id, value.schedule_id)


def a_slot(**changes: Any) -> Slot:
    """The first numbered slot, never used unless these values say otherwise."""
    return Slot(**{"key": "000", **changes})


def vacated(held: Slot, since: datetime | None = None) -> Slot:
    """That numbered slot as its run has given it back: its token and its turn stay."""
    return replace(
        held,
        tenant_id=None,
        run_id=None,
        schedule_id=None,
        schedule_name=None,
        expected_end_at=None,
        since=since,
    )


def an_activity(item_id: str = "a#01DEED", **changes: Any) -> Activity:
    """An activity: somebody paused a schedule at noon."""
    plain = {
        "tenant_id": "acme",
        "at": NOON,
        "actor": "ann",
        "action": "schedule_paused",
        "subject": "01SCHEDULE",
    }
    return Activity(**{**plain, "item_id": item_id, **changes})
