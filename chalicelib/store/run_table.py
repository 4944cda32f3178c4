"""Runs in storage. A run that holds a slot changes only with the token it was claimed with."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as replace_field
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from chalicelib.domain import ids
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.errors import LostRace, NotFound, Unreadable
from chalicelib.domain.runs import lease
from chalicelib.domain.runs import run as runs
from chalicelib.domain.runs.queue_order import in_pool
from chalicelib.domain.runs.run import HOLDING, Payload, Run, RunStatus
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import Clock
from chalicelib.store import body_table, use_items
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.attributes import is_small
from chalicelib.store.dynamodb.batches import Batch, Key
from chalicelib.store.dynamodb.codec import changes, from_raw, stored_value, to_item
from chalicelib.store.dynamodb.models import RunItem
from chalicelib.store.dynamodb.paging import (
    Page,
    Span,
    demand_within,
    filtered_page,
    from_cursor,
    newest,
    to_cursor,
)
from chalicelib.store.dynamodb.transaction import Transaction, retry_while_busy, try_write

_MILLISECOND: Final = timedelta(milliseconds=1)
#: Up to how many waiting runs are counted at a tick.
MOST_COUNTED: Final = 1000
#: The partitions of the `waiting` index, and those of them whose runs wait for a slot of a pool.
WAITING: Final = (*runs.PARTITIONS.values(), runs.UNPLACED)
_FOR_A_SLOT: Final = tuple(runs.PARTITIONS[place] for place in (runs.Place.QUEUE, runs.Place.LINE))
#: How many forced runs that wait a pass looks at.
_MOST_FORCED: Final = 100
#: How many keys of waiting runs are looked through for one id.
_MOST_LOOKED_THROUGH: Final = 5000


def get(tenant_id: str, run_id: str) -> Run:
    """The run. Raises `NotFound` and `Unreadable`."""
    run = find(tenant_id, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    return run


def find(tenant_id: str, run_id: str) -> Run | None:
    """The run, if there is one. Raises `Unreadable`."""
    return batches.read_one(RunItem, Run, (tenant_id, run_id))


def find_readable(tenant_id: str, run_id: str) -> Run | None:
    """The run, if there is one that can be read; one that cannot is a warning in the log."""
    return batches.find_readable(RunItem, Run, (tenant_id, run_id))


def of_image(image: Mapping[str, Any]) -> Run | None:
    """The run whose item the table's stream shows; if that is unreadable, the log has a warning."""
    raw = dict(image)
    try:
        return from_raw(RunItem, Run, raw)
    except Unreadable as error:
        key = (raw["tenant_id"]["S"], raw["run_id"]["S"])
        batches.log_unreadable(RunItem, Run, key, error)
        return None


def with_payload(run: Run) -> Run:
    """The run with its payload at hand, wherever that lies. Raises `Unreadable` if it is gone."""
    if run.payload is not Payload.APART:
        return run
    key = (run.tenant_id, run.run_id)
    payload = body_table.payload_of(key)
    return replace_field(run, payload=_payload_in_item(key) if payload is None else payload)


def _payload_in_item(key: Key) -> dict[str, Any]:
    """A large payload that lies in the run's own item, as earlier releases stored it."""
    raw = batches.raw_item(RunItem, key) or {}
    text = raw.get("payload", {}).get("S", Payload.APART.value)
    if text == Payload.APART.value:
        raise Unreadable("What is stored cannot be read: payload, which lies apart, is missing")
    payload: dict[str, Any] = json.loads(text)
    return payload


def get_many(keys: Iterable[Key]) -> list[Run]:
    """The existing and readable runs of these (tenant, run) keys, in no particular order."""
    return _batch(keys).found


def _batch(keys: Iterable[Key]) -> Batch[Run]:
    batch = batches.read(RunItem, Run, keys)
    for key, error in batch.unreadable:
        batches.log_unreadable(RunItem, Run, key, error)
    return batch


@dataclass(frozen=True, slots=True)
class StoredLease:
    """What can be read of a run's lease, where the run as a whole cannot be."""

    status: RunStatus | None
    token: float | None
    expires_at: datetime | None

    def may_hold(self, slot: Slot, now: datetime) -> bool:
        """Whether the run may be at work on that slot: nothing that can be read speaks against it.

        A lease whose end cannot be read counts as the longest there is: a living holder renews it,
        and so repairs it, much earlier.
        """
        if self.status not in {None, *HOLDING} or self.token not in {None, slot.token}:
            return False
        expires_at = self.expires_at or (slot.since or now) + lease.LONGEST
        return not lease.may_be_reaped(expires_at, now)


def stored_lease(tenant_id: str, run_id: str) -> StoredLease | None:
    """The lease of a run that may be unreadable; None if there is no such run."""
    raw = batches.raw_item(RunItem, (tenant_id, run_id))
    if raw is None:
        return None
    return StoredLease(
        status=stored_value(RunItem.status, raw),
        token=stored_value(RunItem.token, raw),
        expires_at=stored_value(RunItem.lease_expires_at, raw),
    )


def list_newest(
    tenant_id: str, limit: int, cursor: str | None = None, span: Span | None = None
) -> Page[Run]:
    """A page of a tenant's runs, newest fire time first; with `span`, of those with such ids."""
    return newest(RunItem, Run, tenant_id, limit, cursor, span=span)


def older_than(tenant_id: str, run_id: str) -> Iterator[Run]:
    """A tenant's runs whose id, and so whose fire time, sorts before that one; oldest first.

    One that cannot be read is left out, with a warning in the log.
    """
    found = batches.query(RunItem, tenant_id, RunItem.run_id < run_id)
    return batches.readable(RunItem, Run, found)


def list_of_schedule(
    tenant_id: str,
    schedule_id: str,
    limit: int,
    cursor: str | None = None,
    span: Span | None = None,
) -> Page[Run]:
    """A page of one schedule's runs, newest fire time first; the last one if it has others'.

    With `span`, of those with such ids.
    """
    fixed = {"tenant_id": tenant_id, "schedule_id": schedule_id}
    start = from_cursor(cursor, fixed, ("tenant_id", "schedule_id", "run_id"))
    demand_within(start, "run_id", span)
    found = RunItem.by_schedule.query(
        schedule_id,
        None if span is None else RunItem.run_id.between(*span),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=start,
    )
    keys = [(item.tenant_id, item.run_id) for item in found]
    own = [key for key in keys if key[0] == tenant_id]
    batch = _batch(own)
    listed = sorted(batch.found, key=lambda run: run.run_id, reverse=True)
    unreadable = tuple(key for key, _ in batch.unreadable)
    if len(own) < len(keys):
        return Page(listed, None, unreadable)  # A cursor to go on with would name another tenant.
    return Page(listed, to_cursor(found.last_evaluated_key), unreadable)


def list_matching(
    tenant_id: str,
    limit: int,
    cursor: str | None,
    *,
    schedule_id: str | None = None,
    keep: Callable[[Run], bool] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Run]:
    """A page of a tenant's runs, or of one schedule's, newest first.

    With `keep`, only the runs that it accepts; with `since` and `until`, only those due from then
    on, and before then, and no others are read.
    """
    span = None if since is None and until is None else _due_between(since, until)

    def read(limit: int, cursor: str | None) -> Page[Run]:
        if schedule_id is None:
            return list_newest(tenant_id, limit, cursor, span)
        return list_of_schedule(tenant_id, schedule_id, limit, cursor, span)

    def key_of(run: Run) -> dict[str, str]:
        key = {"tenant_id": run.tenant_id, "run_id": run.run_id}
        return key if schedule_id is None else {**key, "schedule_id": schedule_id}

    return read(limit, cursor) if keep is None else filtered_page(read, keep, key_of, limit, cursor)


def _due_between(since: datetime | None, until: datetime | None) -> Span:
    """The span of the ids of runs due from an instant on, and before another."""
    first = "0" if since is None else ids.time_prefix(since)
    # "~" sorts after every id made for the millisecond before `until`.
    last = "~" if until is None else ids.time_prefix(until - _MILLISECOND) + "~"
    return first, last


@dataclass(frozen=True, slots=True)
class InQueue:
    """A run's place in the queue of its pool."""

    queue_key: str
    tenant_id: str
    run_id: str


def in_queue(pool: str, behind: str, most: int) -> list[InQueue]:
    """Who stands in the pool's queue behind that key, in its order; so many at most.

    The index may lag a little behind, so whoever acts on a run lets the write check it.
    """
    first = in_pool(pool, f"{behind}!" if behind else "")
    found = _in_index(runs.Place.QUEUE, RunItem.queue_key.between(first, in_pool(pool, "~")), most)
    prefix = len(in_pool(pool, ""))
    return [
        InQueue(raw["queue_key"]["S"][prefix:], raw["tenant_id"]["S"], raw["run_id"]["S"])
        for raw in found
    ]


def somebody_is_in_a_queue() -> bool:
    """Whether any run stands in the queue of any pool."""
    return any(_in_index(runs.Place.QUEUE, None, most=1))


def _in_index(
    place: runs.Place, condition: Condition | None, most: int
) -> Iterator[dict[str, Any]]:
    return batches.query(RunItem, runs.PARTITIONS[place], condition, limit=most, index="waiting")


def rested(now: datetime, most: int) -> list[Run]:
    """Retries whose rest is over, the eldest first; so many at most."""
    return list(_waiting_in(runs.RESTING, RunItem.queue_key < to_text(now) + "~", most))


def unplaced(most: int) -> list[Key]:
    """The keys of runs that an earlier release has put in its queue; so many at most."""
    found = RunItem.waiting.query(runs.UNPLACED, limit=most)
    return [(item.tenant_id, item.run_id) for item in found]


def waiting_forced(now: datetime) -> Iterator[Run]:
    """Forced runs that wait, for a new attempt or because their first start was lost."""
    return _waiting_in(
        runs.PARTITIONS[runs.Place.FORCED], RunItem.queue_key < to_text(now) + "~", _MOST_FORCED
    )


def _waiting_in(partition: str, condition: Condition | None, most: int) -> Iterator[Run]:
    """The first runs of one partition of the `waiting` index, in its order."""
    found = RunItem.waiting.query(partition, condition, limit=most)
    keys = [(item.tenant_id, item.run_id) for item in found]
    known = {run.run_id: run for run in get_many(keys)} if keys else {}
    return (known[run_id] for _, run_id in keys if run_id in known)


def tenant_of_waiting(run_id: str) -> str | None:
    """Whose run it is, if it waits; None if it is not among the first of each partition."""
    for partition in WAITING:
        for item in RunItem.waiting.query(partition, limit=_MOST_LOOKED_THROUGH):
            if item.run_id == run_id:
                return str(item.tenant_id)
    return None


def count_waiting() -> int:
    """How many runs wait for a slot or for their next attempt, in the whole deployment."""
    return sum(RunItem.waiting.count(partition) for partition in WAITING)


def count_resting() -> int:
    """How many runs wait for the time of their next attempt, or for a slot of their own."""
    places = (runs.Place.REST, runs.Place.FORCED)
    return sum(RunItem.waiting.count(runs.PARTITIONS[place]) for place in places)


def count_for_slot(pool: str) -> int:
    """How many runs wait for a slot of the pool, in its queue and in the lines of schedules."""
    of_pool = RunItem.queue_key.startswith(in_pool(pool, ""))
    return sum(RunItem.waiting.count(partition, of_pool) for partition in _FOR_A_SLOT)


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How many runs wait for a slot, and the fire time of the one that has waited longest."""

    runs: int
    since: datetime | None


def queue_length(pool: str) -> QueueLength:
    """How many runs wait for a slot of the pool, in its queue and in lines; each up to a bound.

    Retries that rest are not among them.
    """
    of_pool = RunItem.queue_key.startswith(in_pool(pool, ""))
    run_ids = [
        item.run_id
        for partition in _FOR_A_SLOT
        for item in RunItem.waiting.query(
            partition, of_pool, limit=MOST_COUNTED, page_size=MOST_COUNTED
        )
    ]
    # Every id begins with the fire time of its run; one that somebody spoilt says nothing.
    eldest = min(filter(ids.is_id, run_ids), default=None)
    return QueueLength(len(run_ids), eldest and ids.instant_of(eldest))


def put(transaction: Transaction, run: Run, step: str = "run") -> None:
    """Add to a transaction: a new run, if its id has no record yet."""
    transaction.put(step, to_item(RunItem, run), condition=conditions.run_is_new())


def put_with_payload(transaction: Transaction, run: Run, until: datetime) -> None:
    """Add to a transaction: a new run, with its payload apart if that is large.

    It is kept apart until that instant, which should be long after the run has ended.
    """
    if run.payload is not None and not is_small(run.payload_at_hand):
        body_table.put_payload(transaction, run, until)
        run = replace_field(run, payload=Payload.APART)
    put(transaction, run)


def put_each(transaction: Transaction, runs: Iterable[Run]) -> None:
    """Add to a transaction: new runs beside the one it is about, each if its id has no record."""
    for number, run in enumerate(runs):
        put(transaction, run, step=f"run_{number}")


def update(
    transaction: Transaction, before: Run, after: Run, condition: Condition, step: str = "run"
) -> None:
    """Add to a transaction: the run changes, on a condition.

    One that counted against a limit of its tenant, and does so no more, is taken off.
    """
    if before.counted_as is not None and after.counted_as is None:
        use_items.give_back_of_run(transaction, before.tenant_id, before.counted_as)
    transaction.update(
        step,
        RunItem(before.tenant_id, before.run_id),
        _actions(before, after),
        condition=condition,
    )


def _actions(before: Run, after: Run) -> list[Any]:
    """What to write. The condition is checked even where nothing changes.

    So it is with two heartbeats in a millisecond, or when somebody cancels twice in one.
    """
    return changes(RunItem, before, after) or [RunItem.status.set(after.status)]


def replace(before: Run, after: Run, condition: Condition, clock: Clock) -> Run:
    """Change the run by itself, on a condition; returns it as stored. Raises `LostRace`.

    Whoever works on a run goes on if somebody spoils the item meanwhile: what cannot be read of it
    is taken to be as in `after`.
    """
    key = (before.tenant_id, before.run_id)
    actions = _actions(before, after)
    stored: dict[str, Any] = {}

    def write() -> None:
        answer = RunItem.reach().update_item(
            *key, actions=actions, condition=condition, return_values="ALL_NEW"
        )
        stored.update(answer["Attributes"])

    if not try_write(lambda: retry_while_busy(write, clock)):
        raise LostRace
    try:
        return from_raw(RunItem, Run, stored)
    except Unreadable as error:
        batches.log_unreadable(RunItem, Run, key, error)
        return after


def delete_unreadable(key: Key) -> None:
    """Remove a run that cannot be read, if it is there, with the payload that it may have."""
    RunItem(*key).delete()
    body_table.drop_payloads([key])


def delete(runs: Iterable[Run]) -> None:
    """Remove these runs, with their payloads, in batches."""
    apart: list[Key] = []
    with RunItem.batch_write() as batch:
        for run in runs:
            batch.delete(RunItem(run.tenant_id, run.run_id))
            if run.payload is Payload.APART:
                apart.append((run.tenant_id, run.run_id))
    body_table.drop_payloads(apart)
