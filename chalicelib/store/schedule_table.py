"""Schedules in storage."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace as replace_field
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.domain.errors import NotFound
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.batches import Batch, Key
from chalicelib.store.dynamodb.codec import changes, stored_value, to_item
from chalicelib.store.dynamodb.models import ScheduleItem
from chalicelib.store.dynamodb.paging import Page, filtered_page, newest
from chalicelib.store.dynamodb.transaction import Transaction

#: How many due schedules a pass reads of one shard at most; the next pass reads the others.
MOST_DUE_PER_SHARD = 1000
_LONG_PAST: Final = datetime.min.replace(tzinfo=UTC)


def get(tenant_id: str, schedule_id: str) -> Schedule:
    """The schedule. Raises `NotFound` and `Unreadable`."""
    schedule = find(tenant_id, schedule_id)
    if schedule is None:
        raise NotFound("There is no such schedule.")
    return schedule


def find(tenant_id: str, schedule_id: str) -> Schedule | None:
    """The schedule, if there is one. Raises `Unreadable`."""
    return batches.read_one(ScheduleItem, Schedule, (tenant_id, schedule_id))


def find_readable(tenant_id: str, schedule_id: str) -> Schedule | None:
    """The schedule, if there is one that can be read; one that cannot is a warning in the log."""
    return batches.find_readable(ScheduleItem, Schedule, (tenant_id, schedule_id))


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Schedule]:
    """A page of a tenant's schedules, newest first."""
    return newest(ScheduleItem, Schedule, tenant_id, limit, cursor)


def list_matching(
    tenant_id: str, keep: Callable[[Schedule], bool], limit: int, cursor: str | None = None
) -> Page[Schedule]:
    """A page of those of a tenant's schedules that `keep` accepts, newest first."""
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
    before: Schedule,
    after: Schedule,
    clock: Clock,
    activity: Activity | None = None,
    records: Sequence[Run] = (),
) -> None:
    """Store a change of the schedule, with the record of who changed it.

    `records` are the records of fire times that the change ends. Raises `TransactionLost` if the
    schedule has changed since it was read.
    """
    transaction = Transaction(clock)
    update(transaction, before, after)
    if activity is not None:
        activity_items.put(transaction, activity)
    run_table.put_each(transaction, records)
    transaction.commit()


def update(transaction: Transaction, before: Schedule, after: Schedule) -> None:
    """Add to a transaction: the schedule changes, unless it has changed since it was read."""
    _update(transaction, before, changes(ScheduleItem, before, after))


def take_back(transaction: Transaction, before: Schedule, after: Schedule) -> None:
    """Add to a transaction: a schedule that was put aside changes, and is in the `due` index again.

    The condition is that of `update`.
    """
    # To the codec the index's key seems to be in place, as it follows from `next_fire_at`.
    in_place = before if after.next_fire_at is None else replace_field(before, next_fire_at=None)
    _update(transaction, before, changes(ScheduleItem, in_place, after))


def _update(transaction: Transaction, before: Schedule, actions: list[Any]) -> None:
    transaction.update(
        "schedule",
        ScheduleItem(before.tenant_id, before.schedule_id),
        actions,
        condition=conditions.schedule_is_unchanged(before),
    )


def delete_unreadable(transaction: Transaction, key: Key) -> None:
    """Add to a transaction: a schedule that cannot be read is removed, if it is there."""
    transaction.delete("schedule", ScheduleItem(*key), ScheduleItem.schedule_id.exists())


def delete(transaction: Transaction, schedule: Schedule) -> None:
    """Add to a transaction: the schedule is removed, unless it has changed since it was read."""
    item = ScheduleItem(schedule.tenant_id, schedule.schedule_id)
    transaction.delete("schedule", item, conditions.schedule_is_unchanged(schedule))


def due_keys(until: datetime) -> list[tuple[datetime, Key]]:
    """The schedules that are due by then, earliest first: when, and the (tenant, schedule) key.

    It reads the sparse index, so it costs what is due and not what exists. The index may lag a
    little behind, so whoever acts on a key reads the schedule itself first.
    """
    found = [
        each
        for shard in range(DUE_SHARDS)
        for each in due_in_shard(shard, until, MOST_DUE_PER_SHARD)
    ]
    return sorted(found)


def due_in_shard(shard: int, until: datetime, most: int) -> list[tuple[datetime, Key]]:
    """The schedules of one partition of the `due` index that are due by then, so many at most.

    Where the instant cannot be read it counts as long past: a pass then meets the schedule.
    """
    is_due = ScheduleItem.next_fire_at <= until
    return [
        (
            stored_value(ScheduleItem.next_fire_at, raw) or _LONG_PAST,
            (raw["tenant_id"]["S"], raw["schedule_id"]["S"]),
        )
        for raw in batches.query(ScheduleItem, str(shard), is_due, limit=most, index="due")
    ]


def set_in_shard(
    shard: int, start: Mapping[str, Any] | None, most: int
) -> tuple[list[Key], dict[str, Any] | None]:
    """Schedules of one partition of the `due` index, whenever they are due, so many at most.

    It goes on behind `start`. Answers with their keys, and with the start of what is left, if any.
    """
    after = dict(start) if start is not None else None
    found = list(batches.query(ScheduleItem, str(shard), start=after, limit=most, index="due"))
    keys = [(raw["tenant_id"]["S"], raw["schedule_id"]["S"]) for raw in found]
    return keys, found[-1] if len(found) == most else None


def get_many(keys: Iterable[Key]) -> Batch[Schedule]:
    """The existing schedules of these (tenant, schedule) keys, in no particular order."""
    return batches.read(ScheduleItem, Schedule, keys)


def put_aside(key: Key) -> None:
    """Take an unreadable schedule out of the `due` index, so that no pass meets it again."""
    batches.put_aside(ScheduleItem, key, ScheduleItem.due_shard)
