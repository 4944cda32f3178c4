"""The lines of schedules: what waits behind a schedule's head, or behind its run at work.

Each run in a line has an item here, beside the run itself: who lets the next one come forward
reads consistently, in the order of the line, and depends on no index that lags. Runs of the
scheduler's own and those that people asked for lie apart: a forced run holds up only the former.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.runs.run import Run, order_of
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_OWN: Final = "own"
_ASKED: Final = "asked"


@dataclass(frozen=True, slots=True)
class Standing:
    """The first of a line: which run it is. `key` says where it stands; smaller comes first."""

    kind: str
    key: str
    run_id: str


def put(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: the run stands in the line of its schedule."""
    kind, key = _key_of(run)
    item = ControlItem(kind, key, tenant_id=run.tenant_id, run_id=run.run_id)
    transaction.put(f"line_{run.run_id}", item)


def delete(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: the run stands in the line no more."""
    transaction.delete(f"line_{run.run_id}", ControlItem(*_key_of(run)))


def first(schedule: Schedule, *, own_too: bool, but_not: Collection[str] = ()) -> Standing | None:
    """Who is first in the schedule's line; without `own_too`, of those that people asked for.

    Runs with the ids of `but_not` are passed over.
    """
    kinds = (_OWN, _ASKED) if own_too else (_ASKED,)
    key = (schedule.tenant_id, schedule.schedule_id)
    found = [standing for kind in kinds if (standing := _first_of(_partition(*key, kind), but_not))]
    return min(found, key=lambda each: each.key, default=None)


def drop(standing: Standing) -> None:
    """Remove the item of a run that does not wait there any more, or is gone."""
    ControlItem(standing.kind, standing.key).delete()


def _first_of(partition: str, but_not: Collection[str]) -> Standing | None:
    for raw in batches.query(ControlItem, partition, limit=len(but_not) + 1, strong=True):
        run_id = raw.get("run_id", {}).get("S", "-")
        if run_id not in but_not:
            return Standing(partition, raw["key"]["S"], run_id)
    return None


def _key_of(run: Run) -> tuple[str, str]:
    kind = _OWN if run.moves_breaker else _ASKED
    return _partition(run.tenant_id, run.schedule_id, kind), order_of(run)


def _partition(tenant_id: str, schedule_id: str, kind: str) -> str:
    return f"line#{tenant_id}#{schedule_id}#{kind}"
