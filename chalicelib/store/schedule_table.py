"""Schedules in storage."""

from collections.abc import Callable, Iterable
from datetime import datetime

from chalicelib.domain.errors import NotFound
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.batches import Batch, Key
from chalicelib.store.dynamodb.codec import changes, from_item, to_item
from chalicelib.store.dynamodb.models import ScheduleItem
from chalicelib.store.dynamodb.paging import Page, filtered_page, from_cursor, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction

#: What a pass reads of one shard at most; more is left to the next pass.
MOST_DUE_PER_SHARD = 1000


def get(tenant_id: str, schedule_id: str) -> Schedule:
    """The schedule. Raises `NotFound`."""
    try:
        item = ScheduleItem.get(tenant_id, schedule_id, consistent_read=True)
    except ScheduleItem.DoesNotExist as error:
        raise NotFound("There is no such schedule.") from error
    return from_item(Schedule, item)


def find(tenant_id: str, schedule_id: str) -> Schedule | None:
    """The schedule, if there is one."""
    try:
        return get(tenant_id, schedule_id)
    except NotFound:
        return None


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Schedule]:
    """A page of a tenant's schedules, newest first."""
    found = ScheduleItem.query(
        tenant_id,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(
            cursor, {"tenant_id": tenant_id}, ("tenant_id", "schedule_id")
        ),
    )
    items = [from_item(Schedule, item) for item in found]
    return Page(items, to_cursor(found.last_evaluated_key))


def list_matching(
    tenant_id: str, keep: Callable[[Schedule], bool], limit: int, cursor: str | None = None
) -> Page[Schedule]:
    """A page of those of a tenant's schedules that are worth keeping, newest first."""
    return filtered_page(
        lambda limit, cursor: list_newest(tenant_id, limit, cursor),
        keep,
        lambda one: {"tenant_id": one.tenant_id, "schedule_id": one.schedule_id},
        limit,
        cursor,
    )


def create(schedule: Schedule, clock: Clock, activity: Activity | None = None) -> None:
    """Store a new schedule, with the record of who made it.

    Raises `TransactionLost` if the id is taken.
    """
    transaction = Transaction(clock)
    transaction.put(
        "schedule", to_item(ScheduleItem, schedule), condition=conditions.schedule_is_new()
    )
    if activity is not None:
        activity_items.put(transaction, activity)
    transaction.commit()


def replace(
    seen: Schedule, after: Schedule, clock: Clock, activity: Activity | None = None
) -> None:
    """Store the schedule changed, if it still is as seen, with the record of who changed it.

    Raises `TransactionLost`.
    """
    transaction = Transaction(clock)
    update(transaction, seen, after)
    if activity is not None:
        activity_items.put(transaction, activity)
    transaction.commit()


def update(transaction: Transaction, seen: Schedule, after: Schedule) -> None:
    """Add to a transaction: the schedule changes, if it still is as seen."""
    transaction.update(
        "schedule",
        ScheduleItem(seen.tenant_id, seen.schedule_id),
        changes(ScheduleItem, seen, after),
        condition=conditions.schedule_is_unchanged(seen),
    )


def delete(schedule: Schedule) -> None:
    """Remove the schedule itself, if it is there."""
    ScheduleItem(schedule.tenant_id, schedule.schedule_id).delete()


def due_keys(until: datetime) -> list[tuple[datetime, tuple[str, str]]]:
    """What is due by then, earliest first: when, and (tenant, schedule).

    It reads the sparse index, so it costs what is due and not what exists. The index may lag a
    little behind; whoever acts on a key reads the schedule itself first.
    """
    found = [
        (item.next_fire_at, (item.tenant_id, item.schedule_id))
        for shard in range(DUE_SHARDS)
        for item in ScheduleItem.due.query(
            str(shard), ScheduleItem.next_fire_at <= until, limit=MOST_DUE_PER_SHARD
        )
    ]
    return sorted(found)


def get_many(keys: Iterable[Key]) -> Batch[Schedule]:
    """The schedules of these (tenant, schedule) keys, those that exist, in no order."""
    return batches.read(ScheduleItem, Schedule, keys)


def put_aside(key: Key) -> None:
    """Take an unreadable schedule out of the `due` index, so that no pass meets it again."""
    batches.put_aside(ScheduleItem, key, ScheduleItem.due_shard)
