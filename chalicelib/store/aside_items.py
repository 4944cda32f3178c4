"""Schedules that cannot be used and were put aside: an item for each, as long as that lasts.

They lie together in one small partition, so that a tick finds them all, and reads nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND: Final = "aside"
_SCHEDULE: Final = "schedule#"
#: How many are read at most.
MOST_READ: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """That a schedule was put aside: why, and since when."""

    tenant_id: str
    schedule_id: str
    why: str
    since: datetime


def put(aside: Aside) -> None:
    """Store that a schedule was put aside; a later reason takes the place of an earlier one."""
    _item(aside).save()


def delete(transaction: Transaction, aside: Aside) -> None:
    """Add to a transaction: the schedule is not aside any more."""
    transaction.delete("aside", _item(aside), condition=ControlItem.kind.exists())


def drop(aside: Aside) -> None:
    """Remove the item by itself: its schedule is gone."""
    _item(aside).delete()


def every(tenant_id: str | None = None) -> list[Aside]:
    """What was put aside of a tenant, or of all tenants, the longest aside first."""
    prefix = _SCHEDULE if tenant_id is None else f"{_SCHEDULE}{tenant_id}#"
    found = ControlItem.query(
        _KIND, ControlItem.key.startswith(prefix), consistent_read=True, limit=MOST_READ
    )
    return sorted(_asides(found), key=lambda aside: aside.since)


def _asides(items: Iterator[ControlItem]) -> Iterator[Aside]:
    for item in items:
        yield Aside(
            tenant_id=item.tenant_id,
            schedule_id=item.schedule_id,
            why=item.value["why"],
            since=from_text(item.value["since"]),
        )


def _item(aside: Aside) -> ControlItem:
    return ControlItem(
        _KIND,
        f"{_SCHEDULE}{aside.tenant_id}#{aside.schedule_id}",
        tenant_id=aside.tenant_id,
        schedule_id=aside.schedule_id,
        value={"why": aside.why, "since": to_text(aside.since)},
    )
