"""Bounded reads of many items, for statistics, forecasts and explanations.

Each names the most it reads, and most return whether there was more. An item that cannot be read
is passed over, with a warning in the log.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.domain.ids import time_prefix
from chalicelib.domain.outlook.statistics import Measured
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule, ScheduleStatus
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.codec import from_item
from chalicelib.store.dynamodb.models import RunItem, ScheduleItem, Table

T = TypeVar("T")

MOST_SCHEDULES: Final = 2_000
#: More than whole schedules, as one attribute of each is all that is kept of it.
MOST_STATUSES: Final = 5_000
MOST_RUNS: Final = 5_000
MOST_WAITING: Final = 5_000
_MOST_DUE_PER_SHARD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Survey(Generic[T]):
    """What was found, and whether that is all there is."""

    found: T
    is_complete: bool
    #: How many items were passed over because they cannot be read.
    unreadable: int = 0


def schedules_of(tenant_id: str, most: int = MOST_SCHEDULES) -> Survey[list[Schedule]]:
    """A tenant's schedules, newest first."""
    return _survey(ScheduleItem, _schedule, tenant_id, most)


def schedule_statuses(tenant_id: str, most: int = MOST_STATUSES) -> Survey[Counter[ScheduleStatus]]:
    """How many of a tenant's schedules are in which status."""
    found = _survey(ScheduleItem, _status, tenant_id, most, names=["status"])
    return Survey(Counter(found.found), found.is_complete, found.unreadable)


def schedules_of_others(
    tenant_id: str, until: datetime, most: int = MOST_SCHEDULES
) -> Survey[list[Schedule]]:
    """Other tenants' schedules that are set to fire by then, in no particular order."""
    keys: list[Key] = []
    is_complete = True
    for shard in range(DUE_SHARDS):
        due, _ = schedule_table.due_page(shard, until, _MOST_DUE_PER_SHARD + 1)
        in_shard = [key for _, key in due]
        is_complete = is_complete and len(in_shard) <= _MOST_DUE_PER_SHARD
        keys += [key for key in in_shard[:_MOST_DUE_PER_SHARD] if key[0] != tenant_id]
    batch = schedule_table.get_many(keys[:most])
    return Survey(batch.found, is_complete and len(keys) <= most, len(batch.unreadable))


def runs_since(tenant_id: str, since: datetime, most: int = MOST_RUNS) -> Survey[list[Measured]]:
    """The measurements of the tenant's runs with a fire time from then on, newest first."""
    names = ["status", "slot_wait_ms", "duration_ms"]
    recent = RunItem.run_id >= time_prefix(since)
    return _survey(RunItem, _measured, tenant_id, most, recent, names=names)


def runs_between(tenant_id: str, since: datetime, until: datetime, most: int) -> Survey[list[Run]]:
    """The tenant's runs with a fire time between two instants, newest first."""
    # "~" sorts after every id made for the millisecond of `until`.
    within = RunItem.run_id.between(time_prefix(since), time_prefix(until) + "~")
    return _survey(RunItem, _run, tenant_id, most, within)


def waiting_by_tenant(most: int = MOST_WAITING) -> Survey[Counter[str]]:
    """How many runs of each tenant wait for a slot or for their next attempt."""
    counts: Counter[str] = Counter()
    is_complete = True
    for partition in run_table.WAITING:
        keys = [item.tenant_id for item in RunItem.waiting.query(partition, limit=most + 1)]
        counts.update(keys[:most])
        is_complete = is_complete and len(keys) <= most
    return Survey(counts, is_complete)


def schedules_of_runs(keys: Iterable[Key]) -> list[Schedule | None]:
    """The schedule of each of these runs that waits; None if it cannot be read."""
    found = [run for run in run_table.get_many(keys) if run.status is RunStatus.QUEUED]
    batch = schedule_table.get_many((run.tenant_id, run.schedule_id) for run in found)
    schedules = {(each.tenant_id, each.schedule_id): each for each in batch.found}
    return [schedules.get((run.tenant_id, run.schedule_id)) for run in found]


def _survey(
    model: type[Table],
    read: Callable[[dict[str, Any]], T | None],
    tenant_id: str,
    most: int,
    condition: Condition | None = None,
    *,
    names: list[str] | None = None,
) -> Survey[list[T]]:
    """What `read` makes of a tenant's items, newest first; it answers None for what is unreadable.

    They are read page by page, and no page is kept: items may be large.
    """
    found: list[T] = []
    looked_at = 0
    start: dict[str, Any] | None = None
    while True:
        answer = model.reach().query(
            tenant_id,
            condition,
            attributes_to_get=names,
            consistent_read=True,
            exclusive_start_key=start,
            limit=most + 1 - looked_at,
            scan_index_forward=False,
        )
        items = answer["Items"]
        found += [each for each in map(read, items[: most - looked_at]) if each is not None]
        looked_at += len(items)
        start = answer.get("LastEvaluatedKey")
        if start is None or looked_at > most:
            unreadable = min(looked_at, most) - len(found)
            return Survey(found, is_complete=looked_at <= most, unreadable=unreadable)


def _status(raw: dict[str, Any]) -> ScheduleStatus | None:
    # A status that is the default is not stored.
    stored = raw.get("status", {}).get("S", ScheduleStatus.ACTIVE)
    return ScheduleStatus(stored) if stored in set(ScheduleStatus) else None


def _schedule(raw: dict[str, Any]) -> Schedule | None:
    try:
        return from_item(Schedule, ScheduleItem.from_raw_data(raw))
    except Exception as error:
        events.warn("schedule_unreadable", item=raw["schedule_id"].get("S"), why=str(error))
        return None


def _run(raw: dict[str, Any]) -> Run | None:
    try:
        return from_item(Run, RunItem.from_raw_data(raw))
    except Exception as error:
        events.warn("run_unreadable", run_id=raw["run_id"].get("S"), why=str(error))
        return None


def _measured(raw: dict[str, Any]) -> Measured:
    wait, duration = (raw.get(name, {}).get("N") for name in ("slot_wait_ms", "duration_ms"))
    return Measured(
        status=raw.get("status", {}).get("S", ""),
        wait_ms=None if wait is None else int(float(wait)),
        duration_ms=None if duration is None else int(float(duration)),
    )
