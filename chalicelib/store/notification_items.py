"""Notices in storage: in the tenant's inbox, beside the activity. TTL ends them."""

from typing import Final

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.domain.audits.notifications import PREFIX, Notice
from chalicelib.domain.errors import NotFound
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.codec import changes, from_item, to_item
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction, code_of

#: Unread notices are counted up to here; who has more has too many to care for the number.
MOST_COUNTED: Final = 1000


def get(tenant_id: str, notice_id: str) -> Notice:
    """The notice. Raises `NotFound`."""
    try:
        item = InboxItem.get(tenant_id, PREFIX + notice_id, consistent_read=True)
    except InboxItem.DoesNotExist as error:
        raise NotFound("There is no such notification.") from error
    return from_item(Notice, item)


def find(tenant_id: str, notice_id: str) -> Notice | None:
    """The notice, if it is there."""
    try:
        return get(tenant_id, notice_id)
    except NotFound:
        return None


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notice]:
    """A page of a tenant's notices, newest first."""
    found = InboxItem.query(
        tenant_id,
        InboxItem.item_id.startswith(PREFIX),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(
            cursor, {"tenant_id": tenant_id}, ("tenant_id", "item_id"), {"item_id": PREFIX}
        ),
    )
    return Page([from_item(Notice, item) for item in found], to_cursor(found.last_evaluated_key))


def list_unread(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Notice]:
    """A page of the notices nobody has read, newest first; it reads no others."""
    names = ("tenant_id", "item_id", "unread_key")
    found = InboxItem.unread.query(
        tenant_id,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(cursor, {"tenant_id": tenant_id}, names),
    )
    keys = [(tenant_id, item.item_id) for item in found]
    found_now = batches.read(InboxItem, Notice, keys).found
    notices = [notice for notice in found_now if notice.read_at is None]
    notices.sort(key=lambda notice: notice.notice_id, reverse=True)
    return Page(notices, to_cursor(found.last_evaluated_key))


def count_unread(tenant_id: str, most: int = MOST_COUNTED) -> int:
    """How many notices nobody has read, counted up to `most`; one request."""
    answer = InboxItem.reach().query(tenant_id, index_name="unread", limit=most, select="COUNT")
    return int(answer["Count"])


def put(transaction: Transaction, notice: Notice, step: str = "new_notice") -> None:
    """Add to a transaction: a new notice."""
    transaction.put(step, to_item(InboxItem, notice), condition=conditions.notice_is_new())


def resolve(transaction: Transaction, seen: Notice, after: Notice) -> None:
    """Add to a transaction: the notice is answered, if it still is open."""
    item = InboxItem(seen.tenant_id, seen.item_id)
    actions = changes(InboxItem, seen, after)
    transaction.update("notice", item, actions, condition=conditions.notice_is_open())


def add(notice: Notice) -> bool:
    """Store a notice by itself; whether it is new."""
    try:
        to_item(InboxItem, notice).save(condition=conditions.notice_is_new())
    except PutError as error:
        if code_of(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def replace(seen: Notice, after: Notice) -> bool:
    """Store the notice changed in what no answer depends on; whether it was still there."""
    item = InboxItem(seen.tenant_id, seen.item_id)
    actions = changes(InboxItem, seen, after)
    try:
        item.update(actions, condition=conditions.notice_is_there())
    except UpdateError as error:
        if code_of(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True
