"""When waiting runs are to be given up: an item for each run that has such a limit.

It is written with the run's place in the queue, so that a tick finds what has waited too long
wherever it stands, and reads nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import to_text
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND: Final = "wait-limits"


@dataclass(frozen=True, slots=True)
class WaitLimit:
    """The instant at which a run that still waits is given up. `key` sorts by that instant."""

    key: str
    tenant_id: str
    run_id: str


def put(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: the run's limit, if it has one."""
    if run.queue_expires_at is None:
        return
    key = f"{to_text(run.queue_expires_at)}#{run.run_id}"
    item = ControlItem(_KIND, key, tenant_id=run.tenant_id, run_id=run.run_id)
    transaction.put("wait_limit", item, condition=conditions.control_is_unchanged(None))


def over(now: datetime, most: int) -> Iterator[WaitLimit]:
    """The limits that have passed, eldest first, so many at most."""
    found = ControlItem.query(_KIND, ControlItem.key < f"{to_text(now)}~", limit=most)
    return (WaitLimit(item.key, item.tenant_id, item.run_id) for item in found)


def delete(limit: WaitLimit) -> None:
    """Remove a limit: its run has been looked at."""
    ControlItem(_KIND, limit.key).delete()
