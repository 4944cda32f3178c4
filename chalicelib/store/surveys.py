"""Bounded reads of many items, for statistics, forecasts and explanations.

Each names the most it reads, and most return whether there was more. An item that cannot be read
is passed over, with a warning in the log.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.domain import ids
from chalicelib.domain.ids import time_prefix
from chalicelib.domain.outlook.statistics import Measured
from chalicelib.domain.outlook.timeline import Row
from chalicelib.domain.runs.queue_order import MAIN, first_key_of, in_pool
from chalicelib.domain.runs.run import PARTITIONS, Place, Run, RunStatus
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.codec import from_item, stored_value
from chalicelib.store.dynamodb.models import RunItem, ScheduleItem, Table
from chalicelib.store.run_table import InQueue

T = TypeVar("T")

MOST_SCHEDULES: Final = 2_000
MOST_RUNS: Final = 2_000
MOST_WAITING: Final = 1_000
_MOST_DUE_PER_SHARD: Final = 1_000
_MILLISECOND: Final = timedelta(milliseconds=1)
#: The attributes of a run that its row on a time axis is made of.
_OF_A_ROW: Final = [
    "run_id",
    "schedule_id",
    "schedule_name",
    "status",
    "skip_reason",
    "failure_reason",
    "trigger",
    "pool",
    "fire_at",
    "queued_at",
    "claimed_at",
    "started_at",
    "finished_at",
    "attempt",
    "slot",
    "forced",
    "covers",
    "slot_wait_ms",
    "duration_ms",
]
#: The attributes that sums are made of.
_OF_A_SUM: Final = [
    "run_id",
    "schedule_id",
    "schedule_name",
    "status",
    "fire_at",
    "claimed_at",
    "finished_at",
    "slot_wait_ms",
    "duration_ms",
]
_ATTRIBUTES: Final[dict[str, Any]] = {name: getattr(RunItem, name) for name in _OF_A_ROW}


@dataclass(frozen=True, slots=True)
class Survey(Generic[T]):
    """What was found, and whether that is all there is."""

    found: T
    is_complete: bool
    #: How many items were passed over because they cannot be read.
    unreadable: int = 0


def schedules_of(
    tenant_id: str, most: int = MOST_SCHEDULES, *, strong: bool = True
) -> Survey[list[Schedule]]:
    """A tenant's schedules, newest first; at half the cost if they may be a moment old."""
    return _survey(ScheduleItem, _schedule, tenant_id, most, strong=strong)


def schedules_at(keys: Iterable[Key]) -> dict[Key, Schedule]:
    """The readable schedules of these keys, as they were a moment ago."""
    batch = batches.read(ScheduleItem, Schedule, keys, strong=False)
    return {(each.tenant_id, each.schedule_id): each for each in batch.found}


def runs_at(keys: Iterable[Key]) -> dict[Key, Run]:
    """The readable runs of these keys, as they were a moment ago."""
    batch = batches.read(RunItem, Run, keys, strong=False)
    return {(each.tenant_id, each.run_id): each for each in batch.found}


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


def measured_runs(
    tenant_id: str, since: datetime, until: datetime | None, most: int = MOST_RUNS
) -> Survey[list[Measured]]:
    """The measurements of the tenant's runs due from then on, before `until` if given.

    They come newest first, as they were a moment ago.
    """
    names = ["run_id", "status", "slot_wait_ms", "duration_ms"]
    within = _due_within(since, until)
    return _survey(RunItem, _measured, tenant_id, most, within, names=names, strong=False)


def rows_of_runs(
    tenant_id: str,
    since: datetime,
    until: datetime,
    most: int,
    schedule_id: str | None = None,
    *,
    for_sums: bool = False,
) -> Survey[list[Row]]:
    """The tenant's runs due between two instants, or those of one schedule, as rows.

    They come newest first, as they were a moment ago. Rows that are `for_sums` need not have more
    than what is summed up.
    """
    if schedule_id is None:
        within = _due_within(since, until)
        names = _OF_A_SUM if for_sums else _OF_A_ROW
        return _survey(RunItem, _row, tenant_id, most, within, names=names, strong=False)
    found = batches.query(
        RunItem,
        schedule_id,
        _due_within(since, until),
        limit=most + 1,
        newest_first=True,
        index="by_schedule",
    )
    keys = [batches.key_of(RunItem, raw) for raw in found]
    own = [key for key in keys[:most] if key[0] == tenant_id]
    rows = [row for raw in batches.raw_items(RunItem, own, strong=False) if (row := _row(raw))]
    rows.sort(key=lambda row: row.run_id, reverse=True)
    return Survey(rows, is_complete=len(keys) <= most, unreadable=len(own) - len(rows))


def _due_within(since: datetime, until: datetime | None) -> Condition:
    """That a run's id was made for an instant from `since` on, and before `until` if given."""
    if until is None:
        return RunItem.run_id >= time_prefix(since)
    # "~" sorts after every id made for the millisecond before `until`.
    return RunItem.run_id.between(time_prefix(since), time_prefix(until - _MILLISECOND) + "~")


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


@dataclass(frozen=True, slots=True)
class Standing:
    """A run that waits for a slot of a pool: in the pool's queue, or in its schedule's line."""

    pool: str
    is_in_line: bool
    place: InQueue

    @property
    def key(self) -> Key:
        """Which run it is."""
        return self.place.tenant_id, self.place.run_id


def standing(place: Place, most: int, pool: str | None = None) -> Survey[list[Standing]]:
    """Who waits for a slot of any pool, or of that one: in the queues, or in the lines."""
    of_pool = None if pool is None else RunItem.queue_key.startswith(in_pool(pool, ""))
    raws = list(_waiting(place, of_pool, most + 1))
    return Survey([_standing(raw, place) for raw in raws[:most]], len(raws) <= most)


def count_standing(pool: str, most: int, tenant_id: str | None = None) -> int:
    """How many wait for a slot of the pool, or of that tenant; so many are counted at most."""
    key = in_pool(pool, "" if tenant_id is None else first_key_of(tenant_id))
    left = most
    for place in (Place.QUEUE, Place.LINE):
        if left:
            condition = RunItem.queue_key.startswith(key)
            left -= sum(1 for _ in _waiting(place, condition, left))
    return most - left


def _waiting(place: Place, condition: Condition | None, most: int) -> Iterator[dict[str, Any]]:
    return batches.query(RunItem, PARTITIONS[place], condition, limit=most, index="waiting")


def _standing(raw: dict[str, Any], place: Place) -> Standing:
    pool, _, key = raw["queue_key"]["S"].partition("#")
    tenant_id, run_id = raw["tenant_id"]["S"], raw["run_id"]["S"]
    return Standing(pool, place is Place.LINE, InQueue(key, tenant_id, run_id))


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
    strong: bool = True,
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
            consistent_read=strong,
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


def _row(raw: dict[str, Any]) -> Row | None:
    """The row; None, with a warning, if what everybody looks at cannot be read."""
    read: dict[str, Any] = {
        name: stored_value(_ATTRIBUTES[name], raw) for name in raw if name in _ATTRIBUTES
    }
    status, due_at = read.get("status"), read.get("fire_at")
    if status is None or due_at is None:
        events.warn("run_unreadable", run_id=raw["run_id"].get("S"), why="status or fire_at")
        return None
    return Row(
        run_id=raw["run_id"]["S"],
        schedule_id=read.get("schedule_id") or "",
        schedule_name=read.get("schedule_name") or "",
        status=status,
        reason=read.get("skip_reason") or read.get("failure_reason"),
        trigger=read.get("trigger"),
        pool=read.get("pool") or MAIN,
        due_at=due_at,
        queued_at=read.get("queued_at"),
        claimed_at=read.get("claimed_at"),
        started_at=read.get("started_at"),
        finished_at=read.get("finished_at"),
        attempt=int(read.get("attempt") or 1),
        slot=read.get("slot"),
        forced=bool(read.get("forced")),
        covers=int(read.get("covers") or 1),
        wait_ms=read.get("slot_wait_ms"),
        duration_ms=read.get("duration_ms"),
    )


def _measured(raw: dict[str, Any]) -> Measured | None:
    wait, duration = (raw.get(name, {}).get("N") for name in ("slot_wait_ms", "duration_ms"))
    run_id = raw["run_id"]["S"]
    if not ids.is_id(run_id):
        return None
    return Measured(
        due_at=ids.instant_of(run_id),
        status=raw.get("status", {}).get("S", ""),
        wait_ms=None if wait is None else int(float(wait)),
        duration_ms=None if duration is None else int(float(duration)),
    )
