"""Schedules and runs that cannot be used and were put aside: an item for each while that lasts.

They lie together in one small partition, so that a tick finds them all, and reads nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pynamodb.expressions.condition import Condition

from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND: Final = "aside"
#: What can be put aside.
KINDS: Final = ("run", "schedule")
#: How many are read at most.
MOST_READ: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """The fact that a schedule or a run (its `kind`) was put aside: why, and since when."""

    kind: str
    tenant_id: str
    item_id: str
    why: str
    since: datetime


def put(aside: Aside) -> None:
    """Store that something was put aside; a later reason takes the place of an earlier one."""
    _item(aside).save()


def delete(transaction: Transaction, aside: Aside) -> None:
    """Add to a transaction: it is not aside any more."""
    transaction.delete("aside", _item(aside), condition=ControlItem.kind.exists())


def drop(aside: Aside) -> None:
    """Remove the item by itself: what was aside is gone, or ended."""
    _item(aside).delete()


def every(tenant_id: str | None = None) -> list[Aside]:
    """What was put aside of a tenant, or of all tenants, the longest aside first."""
    conditions: list[Condition | None] = [None]
    if tenant_id is not None:
        conditions = [ControlItem.key.startswith(f"{kind}#{tenant_id}#") for kind in KINDS]
    found = [aside for condition in conditions for aside in _asides(condition)]
    return sorted(found, key=lambda aside: aside.since)


def _asides(condition: Condition | None) -> Iterator[Aside]:
    for item in ControlItem.query(_KIND, condition, consistent_read=True, limit=MOST_READ):
        kind, _, key = item.key.partition("#")
        yield Aside(
            kind=kind,
            tenant_id=item.tenant_id,
            item_id=key.removeprefix(f"{item.tenant_id}#"),
            why=item.value["why"],
            since=from_text(item.value["since"]),
        )


def _item(aside: Aside) -> ControlItem:
    return ControlItem(
        _KIND,
        f"{aside.kind}#{aside.tenant_id}#{aside.item_id}",
        tenant_id=aside.tenant_id,
        value={"why": aside.why, "since": to_text(aside.since)},
    )
