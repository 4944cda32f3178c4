"""Activity in storage: who did what, in the tenant's inbox beside the notifications."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain import ids
from chalicelib.domain.access.actors import Actor
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.paging import Page, filtered_page, newest
from chalicelib.store.dynamodb.transaction import Transaction

KEPT = timedelta(days=90)
_PREFIX = "a#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity: who did what to what. `details` tell what changed, and never a secret.

    `actor` is the name of who did it. Activities of long ago have no `actor_id`.
    """

    tenant_id: str
    item_id: str
    at: datetime
    actor: str
    action: str
    subject: str
    actor_id: str | None = None
    details: dict[str, Any] | None = None
    expires_at: datetime | None = None


def new_activity(
    tenant_id: str,
    now: datetime,
    *,
    actor: Actor,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
) -> Activity:
    """The record of something done now; `subject` is the id of what it was done to."""
    return Activity(
        tenant_id=tenant_id,
        item_id=_PREFIX + ids.new_id(now),
        at=now,
        actor=actor.name,
        actor_id=actor.actor_id,
        action=action,
        subject=subject,
        details=details,
        expires_at=(now + KEPT).replace(microsecond=0),
    )


def record(activity: Activity) -> None:
    """Store an activity by itself."""
    to_item(InboxItem, activity).save()


def put(transaction: Transaction, activity: Activity) -> None:
    """Add to a transaction: the activity, so that nothing is done without being on record."""
    item = to_item(InboxItem, activity)
    transaction.put("activity", item, condition=InboxItem.item_id.does_not_exist())


def put_each(transaction: Transaction, activities: Iterable[Activity]) -> None:
    """Add to a transaction: these activities, one for each tenant that is to know of it."""
    for activity in activities:
        put(transaction, activity)


def list_activity(
    tenant_id: str,
    limit: int,
    cursor: str | None = None,
    keep: Callable[[Activity], bool] | None = None,
) -> Page[Activity]:
    """A page of a tenant's activity, newest first; with `keep`, of what it accepts."""

    def read(limit: int, cursor: str | None) -> Page[Activity]:
        return newest(InboxItem, Activity, tenant_id, limit, cursor, prefix=_PREFIX)

    def key_of(activity: Activity) -> dict[str, str]:
        return {"tenant_id": activity.tenant_id, "item_id": activity.item_id}

    return read(limit, cursor) if keep is None else filtered_page(read, keep, key_of, limit, cursor)
