"""Notifications in storage: in the tenant's inbox, beside the activity. TTL removes them."""

from typing import Final

from chalicelib.domain.audits.notifications import PREFIX, Notification
from chalicelib.domain.errors import NotFound
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.codec import changes, to_item
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, newest, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction, try_write

#: Unread notifications are counted up to this number: beyond it the exact one matters to nobody.
MOST_COUNTED: Final = 1000


def get(tenant_id: str, notification_id: str) -> Notification:
    """The notification. Raises `NotFound` and `Unreadable`."""
    notification = find(tenant_id, notification_id)
    if notification is None:
        raise NotFound("There is no such notification.")
    return notification


def find(tenant_id: str, notification_id: str) -> Notification | None:
    """The notification, if there is one. Raises `Unreadable`."""
    return batches.read_one(InboxItem, Notification, (tenant_id, PREFIX + notification_id))


def find_readable(tenant_id: str, notification_id: str) -> Notification | None:
    """The notification, if there is one that can be read; else a warning in the log tells of it."""
    return batches.find_readable(InboxItem, Notification, (tenant_id, PREFIX + notification_id))


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notification]:
    """A page of a tenant's notifications, newest first."""
    return newest(InboxItem, Notification, tenant_id, limit, cursor, prefix=PREFIX)


def list_unread(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notification]:
    """A page of the notifications that nobody has read, newest first; no others are read."""
    names = ("tenant_id", "item_id", "unread_key")
    found = InboxItem.unread.query(
        tenant_id,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(cursor, {"tenant_id": tenant_id}, names),
    )
    keys = [(tenant_id, item.item_id) for item in found]
    notifications = batches.read(InboxItem, Notification, keys).found
    unread = [notification for notification in notifications if notification.read_at is None]
    unread.sort(key=lambda notification: notification.notification_id, reverse=True)
    return Page(unread, to_cursor(found.last_evaluated_key))


def count_unread(tenant_id: str, most: int = MOST_COUNTED) -> int:
    """How many notifications nobody has read, counted up to `most` in one request."""
    answer = InboxItem.reach().query(tenant_id, index_name="unread", limit=most, select="COUNT")
    return int(answer["Count"])


def put(
    transaction: Transaction, notification: Notification, step: str = "new_notification"
) -> None:
    """Add to a transaction: a new notification."""
    transaction.put(
        step, to_item(InboxItem, notification), condition=conditions.notification_is_new()
    )


def resolve(transaction: Transaction, before: Notification, after: Notification) -> None:
    """Add to a transaction: the notification is answered, if it is still open."""
    item = InboxItem(before.tenant_id, before.item_id)
    actions = changes(InboxItem, before, after)
    transaction.update("notification", item, actions, condition=conditions.notification_is_open())


def update(transaction: Transaction, seen: Notification, after: Notification, step: str) -> None:
    """Add to a transaction: the notification changes, if it is still there."""
    item, actions = InboxItem(seen.tenant_id, seen.item_id), changes(InboxItem, seen, after)
    transaction.update(step, item, actions, condition=conditions.notification_is_there())


def add(notification: Notification) -> bool:
    """Store a notification by itself, unless its id exists. Returns whether it was stored."""
    return try_write(
        lambda: to_item(InboxItem, notification).save(condition=conditions.notification_is_new())
    )


def replace(before: Notification, after: Notification) -> bool:
    """Store a change of a notification by itself. Returns whether the item was still there.

    It is for fields that nobody decides by, as it does not demand them to be as they were read.
    """
    item = InboxItem(before.tenant_id, before.item_id)
    actions = changes(InboxItem, before, after)
    return try_write(lambda: item.update(actions, condition=conditions.notification_is_there()))
