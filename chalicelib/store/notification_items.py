"""Notifications in storage: in the tenant's inbox, beside the activity. TTL ends them."""

from typing import Final

from chalicelib.domain.audits.notifications import PREFIX, Notification
from chalicelib.domain.errors import NotFound
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.codec import changes, from_item, to_item
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction, condition_held

#: Unread notifications are counted up to here; who has more has too many to care for the number.
MOST_COUNTED: Final = 1000


def get(tenant_id: str, notification_id: str) -> Notification:
    """The notification. Raises `NotFound`."""
    try:
        item = InboxItem.get(tenant_id, PREFIX + notification_id, consistent_read=True)
    except InboxItem.DoesNotExist as error:
        raise NotFound("There is no such notification.") from error
    return from_item(Notification, item)


def find(tenant_id: str, notification_id: str) -> Notification | None:
    """The notification, if it is there."""
    try:
        return get(tenant_id, notification_id)
    except NotFound:
        return None


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notification]:
    """A page of a tenant's notifications, newest first."""
    found = InboxItem.query(
        tenant_id,
        InboxItem.item_id.startswith(PREFIX),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(
            cursor, {"tenant_id": tenant_id}, ("tenant_id", "item_id"), {"item_id": PREFIX}
        ),
    )
    return Page(
        [from_item(Notification, item) for item in found], to_cursor(found.last_evaluated_key)
    )


def list_unread(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notification]:
    """A page of the notifications nobody has read, newest first; it reads no others."""
    names = ("tenant_id", "item_id", "unread_key")
    found = InboxItem.unread.query(
        tenant_id,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(cursor, {"tenant_id": tenant_id}, names),
    )
    keys = [(tenant_id, item.item_id) for item in found]
    found_now = batches.read(InboxItem, Notification, keys).found
    notifications = [notification for notification in found_now if notification.read_at is None]
    notifications.sort(key=lambda notification: notification.notification_id, reverse=True)
    return Page(notifications, to_cursor(found.last_evaluated_key))


def count_unread(tenant_id: str, most: int = MOST_COUNTED) -> int:
    """How many notifications nobody has read, counted up to `most`; one request."""
    answer = InboxItem.reach().query(tenant_id, index_name="unread", limit=most, select="COUNT")
    return int(answer["Count"])


def put(
    transaction: Transaction, notification: Notification, step: str = "new_notification"
) -> None:
    """Add to a transaction: a new notification."""
    transaction.put(
        step, to_item(InboxItem, notification), condition=conditions.notification_is_new()
    )


def resolve(transaction: Transaction, seen: Notification, after: Notification) -> None:
    """Add to a transaction: the notification is answered, if it still is open."""
    item = InboxItem(seen.tenant_id, seen.item_id)
    actions = changes(InboxItem, seen, after)
    transaction.update("notification", item, actions, condition=conditions.notification_is_open())


def add(notification: Notification) -> bool:
    """Store a notification by itself; whether it is new."""
    return condition_held(
        lambda: to_item(InboxItem, notification).save(condition=conditions.notification_is_new())
    )


def replace(seen: Notification, after: Notification) -> bool:
    """Store the notification changed in what no answer depends on; whether it was still there."""
    item = InboxItem(seen.tenant_id, seen.item_id)
    actions = changes(InboxItem, seen, after)
    return condition_held(
        lambda: item.update(actions, condition=conditions.notification_is_there())
    )
