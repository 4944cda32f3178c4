"""What people should know: activity (who did what), newest first. TTL ends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain import ids
from chalicelib.store.dynamodb.codec import from_item, to_item
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction

KEPT = timedelta(days=90)
_ACTIVITY = "a#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity: who did what to what. `details` hold what changed, never a secret."""

    tenant_id: str
    item_id: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any] | None = None
    expires_at: datetime | None = None


def new_activity(
    tenant_id: str,
    now: datetime,
    *,
    actor: str,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
) -> Activity:
    """The record of something done now; `subject` is the id of what it was done to."""
    return Activity(
        tenant_id=tenant_id,
        item_id=_ACTIVITY + ids.new_id(now),
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        details=details,
        expires_at=(now + KEPT).replace(microsecond=0),
    )


def record(activity: Activity) -> None:
    """Keep a record by itself."""
    to_item(InboxItem, activity).save()


def put(transaction: Transaction, activity: Activity) -> None:
    """Add to a transaction: the record, so that the activity is never done without it."""
    item = to_item(InboxItem, activity)
    transaction.put("activity", item, condition=InboxItem.item_id.does_not_exist())


def list_activity(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Activity]:
    """A page of a tenant's activity, newest first."""
    found = InboxItem.query(
        tenant_id,
        InboxItem.item_id.startswith(_ACTIVITY),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(
            cursor, {"tenant_id": tenant_id}, ("tenant_id", "item_id"), {"item_id": _ACTIVITY}
        ),
    )
    return Page([from_item(Activity, item) for item in found], to_cursor(found.last_evaluated_key))
