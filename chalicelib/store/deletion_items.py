"""Deleted schedules whose runs are still to be removed: an item for each while that lasts.

They lie together in one partition, sorted by when to look at them. Whoever deletes a schedule
writes one in the same transaction, so that its history goes whatever happens to the request.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.domain.time.instants import to_text
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND: Final = "deletions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A schedule that somebody deleted, and from when on its runs are to be looked for.

    `is_last_look` says that a look has found none already, and that this one is to make sure.
    """

    tenant_id: str
    schedule_id: str
    by: str
    look_at: datetime
    is_last_look: bool = False


def put(transaction: Transaction, deletion: Deletion) -> None:
    """Add to a transaction: the runs of that schedule are to be removed."""
    transaction.put("deletion", _item(deletion), condition=ControlItem.kind.does_not_exist())


def put_off(deletion: Deletion, until: datetime) -> None:
    """Store that a last look is to be taken then. If this is cut short, the item is there twice."""
    _item(replace(deletion, look_at=until, is_last_look=True)).save()
    drop(deletion)


def drop(deletion: Deletion) -> None:
    """Remove the item: no run of the schedule is left."""
    _item(deletion).delete()


def due(now: datetime, most: int) -> list[Deletion]:
    """The deletions to look at by now, the oldest first, so many at most."""
    by_now = ControlItem.key <= to_text(now) + "~"
    return [
        Deletion(
            tenant_id=item.tenant_id,
            schedule_id=item.schedule_id,
            by=item.value["by"],
            look_at=item.since,
            is_last_look=item.value["is_last_look"],
        )
        for item in ControlItem.query(_KIND, by_now, consistent_read=True, limit=most)
    ]


def _item(deletion: Deletion) -> ControlItem:
    key = f"{to_text(deletion.look_at)}#{deletion.tenant_id}#{deletion.schedule_id}"
    return ControlItem(
        _KIND,
        key,
        tenant_id=deletion.tenant_id,
        schedule_id=deletion.schedule_id,
        since=deletion.look_at,
        value={"by": deletion.by, "is_last_look": deletion.is_last_look},
    )
