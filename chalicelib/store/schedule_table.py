"""Schedules in storage.

What the engine moves of a schedule is in its own item, and what is large of it in a body beside
that, which only `get_whole`, `find_whole` and lists read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from dataclasses import replace as replace_field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

from chalicelib.domain.deployment.limits import Limit
from chalicelib.domain.errors import NotFound, Unreadable
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule, WholeSchedule
from chalicelib.domain.targets.target_label import NO_LABEL
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items, body_table, pool_items, run_table, use_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.attributes import as_compact_json, is_small
from chalicelib.store.dynamodb.batches import Batch, Key
from chalicelib.store.dynamodb.codec import changes, from_raw, stored_value, to_item
from chalicelib.store.dynamodb.models import ScheduleItem
from chalicelib.store.dynamodb.paging import MOST_SIFTED, Page, cursor_of, newest_raw, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction

#: How many are counted at most, where nobody has counted yet.
MOST_COUNTED: Final = 250_000
#: How many bytes of bodies one page of a list holds, and about how many are read for it at most.
MOST_ON_A_PAGE: Final = 1_000_000
MOST_READ_FOR_A_PAGE: Final = 4_000_000
#: How many schedules a filtered list looks at with one request, and how many bodies with another.
_SIFTED_AT_ONCE: Final = 100
_BODIES_AT_ONCE: Final = 10
#: How often a schedule is read whose body is moved at the same moment.
_MOST_LOOKS: Final = 3

S = TypeVar("S", bound=Schedule)
_LONG_PAST: Final = datetime.min.replace(tzinfo=UTC)


def get(tenant_id: str, schedule_id: str) -> Schedule:
    """The schedule. Raises `NotFound` and `Unreadable`."""
    return _demanded(find(tenant_id, schedule_id))


def get_whole(tenant_id: str, schedule_id: str) -> WholeSchedule:
    """The schedule with its body. Raises `NotFound` and `Unreadable`."""
    return _demanded(find_whole(tenant_id, schedule_id))


def _demanded(schedule: S | None) -> S:
    if schedule is None:
        raise NotFound("There is no such schedule.")
    return schedule


def find(tenant_id: str, schedule_id: str) -> Schedule | None:
    """The schedule, if there is one. Raises `Unreadable`."""
    return batches.read_one(ScheduleItem, Schedule, (tenant_id, schedule_id))


def find_whole(tenant_id: str, schedule_id: str) -> WholeSchedule | None:
    """The schedule with its body, if there is one. Raises `Unreadable`.

    A body that changes between the two reads may be newer than the rest: whoever changes the
    schedule by what is read here does so on the condition that it is unchanged.
    """
    key = (tenant_id, schedule_id)
    for _ in range(_MOST_LOOKS):
        raw = batches.raw_item(ScheduleItem, key)
        if raw is None:
            return None
        if not _is_apart(raw):
            return from_raw(ScheduleItem, WholeSchedule, raw)
        body = body_table.of_schedules([key]).get(key)
        if body is not None:
            return _joined(raw, body)
    raise Unreadable("What is stored cannot be read: target, which lies apart, is missing")


def find_readable(tenant_id: str, schedule_id: str) -> Schedule | None:
    """The schedule, if there is one that can be read; one that cannot is a warning in the log."""
    return batches.find_readable(ScheduleItem, Schedule, (tenant_id, schedule_id))


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[WholeSchedule]:
    """A page of a tenant's schedules, newest first; a short one if their bodies are large."""
    found = newest_raw(ScheduleItem, tenant_id, limit, cursor)
    listed = _Listing(limit, MOST_ON_A_PAGE)
    for raw, whole in _wholes(found, lambda _: True):
        if not listed.takes(raw, whole):
            return listed.page()
    return Page(listed.kept, to_cursor(found.last_evaluated_key))


def list_matching(
    tenant_id: str,
    limit: int,
    cursor: str | None = None,
    *,
    may_match: Callable[[Schedule], bool],
    matches: Callable[[WholeSchedule], bool],
) -> Page[WholeSchedule]:
    """A page of those of a tenant's schedules that `matches` accepts, newest first.

    Only of those that `may_match` accepts the bodies are read. It looks at `MOST_SIFTED` schedules,
    and reads about `MOST_READ_FOR_A_PAGE` bytes of bodies, and then stops with what it has: a page
    may be short or empty and still have another one after it.
    """
    listed = _Listing(limit, MOST_ON_A_PAGE)
    read = 0
    for _ in range(0, MOST_SIFTED, _SIFTED_AT_ONCE):
        found = newest_raw(ScheduleItem, tenant_id, _SIFTED_AT_ONCE, cursor)
        for raw, whole in _wholes(found, may_match):
            read += _size(raw)
            if matches(whole) and not listed.takes(raw, whole):
                return listed.page()
            if read > MOST_READ_FOR_A_PAGE:
                return Page(listed.kept, cursor_of(_key(raw)))
        cursor = to_cursor(found.last_evaluated_key)
        if cursor is None:
            break
    return Page(listed.kept, cursor)


class _Listing:
    """A page that is being filled, with so many schedules and so many bytes of bodies at most."""

    def __init__(self, limit: int, most_bytes: int) -> None:
        self._limit, self._left = limit, most_bytes
        self._last: Mapping[str, str] = {}
        self.kept: list[WholeSchedule] = []

    def takes(self, raw: Mapping[str, Any], schedule: WholeSchedule) -> bool:
        """Put the schedule on the page; returns whether there was room (for the first there is)."""
        size = _size(raw)
        if len(self.kept) == self._limit or (self.kept and size > self._left):
            return False
        self.kept.append(schedule)
        self._left -= size
        self._last = _key(raw)
        return True

    def page(self) -> Page[WholeSchedule]:
        """The page as it is, with what comes after it behind its cursor."""
        return Page(self.kept, cursor_of(self._last))


def _wholes(
    found: Iterable[dict[str, Any]], may_match: Callable[[Schedule], bool]
) -> Iterator[tuple[dict[str, Any], WholeSchedule]]:
    """The schedules of these items that `may_match` accepts: each as stored, and with its body."""
    left = iter(found)
    while some := list(islice(left, _BODIES_AT_ONCE)):
        wanted = [raw for raw in some if _may_be_listed(raw, may_match)]
        bodies = body_table.of_schedules(_table_key(raw) for raw in wanted if _is_apart(raw))
        for raw in wanted:
            body = bodies.get(_table_key(raw))
            stored = raw if body is None else {**raw, **_parts(body)}
            for whole in batches.readable(ScheduleItem, WholeSchedule, [stored]):
                yield stored, replace_field(whole, is_apart=body is not None)


def _may_be_listed(raw: dict[str, Any], may_match: Callable[[Schedule], bool]) -> bool:
    return any(map(may_match, batches.readable(ScheduleItem, Schedule, [raw])))


def _is_apart(raw: Mapping[str, Any]) -> bool:
    """Whether the schedule's body lies apart. An item with neither body nor label is spoilt."""
    return "target" not in raw and "label" in raw


def _joined(raw: Mapping[str, Any], body: Mapping[str, Any]) -> WholeSchedule:
    whole = from_raw(ScheduleItem, WholeSchedule, {**raw, **_parts(body)})
    return replace_field(whole, is_apart=True)


def _parts(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in body_table.PARTS if name in body}


def _size(raw: Mapping[str, Any]) -> int:
    """About how many bytes the body of a schedule as stored has."""
    return sum(len(raw[name]["S"]) for name in body_table.PARTS if name in raw)


def _key(raw: Mapping[str, Any]) -> dict[str, str]:
    return {name: raw[name]["S"] for name in ("tenant_id", "schedule_id")}


def _table_key(raw: Mapping[str, Any]) -> Key:
    return raw["tenant_id"]["S"], raw["schedule_id"]["S"]


def count(tenant_id: str) -> int:
    """How many schedules the tenant has; reads consistently, and `MOST_COUNTED` at most."""
    return ScheduleItem.count(tenant_id, consistent_read=True, limit=MOST_COUNTED)


def create(
    schedule: WholeSchedule,
    clock: Clock,
    activity: Activity | None = None,
    *,
    most: int | None = None,
) -> None:
    """Store a new schedule, with the record of who made it.

    With `most` it is counted, and the tenant may have so many. Raises `TransactionLost` if the id
    is taken, or if the tenant has so many already.
    """
    transaction = Transaction(clock)
    if most is not None:
        use_items.take(transaction, schedule.tenant_id, Limit.SCHEDULES, most)
    pool_items.move(transaction, None, schedule.pool)
    kept = schedule if _is_small(schedule) else _without_body(schedule)
    transaction.put("schedule", to_item(ScheduleItem, kept), condition=conditions.schedule_is_new())
    if kept is not schedule:
        body_table.put_schedule(transaction, schedule)
    if activity is not None:
        activity_items.put(transaction, activity)
    transaction.commit()


def replace(
    before: Schedule,
    after: Schedule,
    clock: Clock,
    activity: Activity | None = None,
    records: Sequence[Run] = (),
    *,
    also: Callable[[Transaction], None] = lambda _: None,
) -> None:
    """Store a change of the schedule, with the record of who changed it.

    `records` are the records of fire times that the change ends; `also` adds what else changes with
    it. Raises `TransactionLost` if the
    schedule has changed since it was read.
    """
    transaction = Transaction(clock)
    update(transaction, before, after)
    if activity is not None:
        activity_items.put(transaction, activity)
    run_table.put_each(transaction, records)
    also(transaction)
    transaction.commit()


def update(transaction: Transaction, before: Schedule, after: Schedule) -> None:
    """Add to a transaction: the schedule changes, unless it has changed since it was read.

    Its body changes with it where both have one; where a large one still lies in the schedule's own
    item, it is moved out of that.
    """
    pool_items.move(transaction, before.pool, after.pool)
    if isinstance(before, WholeSchedule) and isinstance(after, WholeSchedule):
        actions = _whole_changes(transaction, before, after)
    else:
        actions = changes(ScheduleItem, _without_body(before), _without_body(after))
    _update(transaction, before, actions)


def _whole_changes(
    transaction: Transaction, before: WholeSchedule, after: WholeSchedule
) -> list[Any]:
    """The changes of the schedule's item; those of a body apart are added to the transaction."""
    seen, moved = _without_body(before), _without_body(after)
    fits = _is_small(after)
    if as_compact_json(_body(before)) == as_compact_json(_body(after)) and fits != before.is_apart:
        return changes(ScheduleItem, seen, moved)
    if not fits:
        body_table.put_schedule(transaction, after)
    elif before.is_apart:
        body_table.delete_schedule(transaction, (before.tenant_id, before.schedule_id))
    kept = after if fits else moved
    parts: Mapping[str, Any] = ScheduleItem.get_attributes()
    gone = [parts[name].remove() for name in body_table.PARTS if not getattr(kept, name, None)]
    return [*changes(ScheduleItem, replace_field(seen, label=NO_LABEL), kept), *gone]


def _without_body(schedule: Schedule) -> Schedule:
    """What the engine moves of a schedule."""
    if not isinstance(schedule, WholeSchedule):
        return schedule
    return Schedule(**{each.name: getattr(schedule, each.name) for each in fields(Schedule)})


def _is_small(schedule: WholeSchedule) -> bool:
    return is_small(*_body(schedule))


def _body(schedule: WholeSchedule) -> list[Any]:
    return [getattr(schedule, name) for name in body_table.PARTS]


def take_back(transaction: Transaction, before: Schedule, after: Schedule) -> None:
    """Add to a transaction: a schedule that was put aside changes, and is in the `due` index again.

    The condition is that of `update`.
    """
    # To the codec the index's key seems to be in place, as it follows from `next_fire_at`.
    in_place = before if after.next_fire_at is None else replace_field(before, next_fire_at=None)
    actions = changes(ScheduleItem, _without_body(in_place), _without_body(after))
    _update(transaction, before, actions)


def _update(transaction: Transaction, before: Schedule, actions: list[Any]) -> None:
    transaction.update(
        "schedule",
        ScheduleItem(before.tenant_id, before.schedule_id),
        actions,
        condition=conditions.schedule_is_unchanged(before),
    )


def delete_unreadable(transaction: Transaction, key: Key) -> None:
    """Add to a transaction: a schedule that cannot be read is removed, with its body.

    The transaction is lost if it is not there. Its runs stay.
    """
    transaction.delete("schedule", ScheduleItem(*key), conditions.schedule_is_there())
    body_table.delete_schedule(transaction, key)


def delete(transaction: Transaction, schedule: Schedule) -> None:
    """Add to a transaction: the schedule is removed, with its body. Its runs stay.

    The transaction is lost if the schedule has changed since it was read.
    """
    key = (schedule.tenant_id, schedule.schedule_id)
    pool_items.move(transaction, schedule.pool, None)
    transaction.delete("schedule", ScheduleItem(*key), conditions.schedule_is_unchanged(schedule))
    body_table.delete_schedule(transaction, key)


def is_due_since(instant: datetime) -> bool:
    """Whether any schedule was due by then."""
    return any(due_page(shard, instant, most=1)[0] for shard in range(DUE_SHARDS))


def due_page(
    shard: int, until: datetime, most: int, start: Mapping[str, Any] | None = None
) -> tuple[list[tuple[datetime, Key]], dict[str, Any] | None]:
    """The schedules of one partition of the `due` index that are due by then, earliest first.

    So many at most, behind `start`: when each is due, and its (tenant, schedule) key. Answers also
    with the start of what is left, if any. It reads the sparse index, so it costs what is due and
    not what exists. The index may lag a little behind, so whoever acts on a key reads the schedule
    itself first. Where the instant cannot be read it counts as long past: a pass then meets the
    schedule.
    """
    is_due = ScheduleItem.next_fire_at <= until
    after = dict(start) if start is not None else None
    raws = list(
        batches.query(ScheduleItem, str(shard), is_due, limit=most, start=after, index="due")
    )
    found = [
        (stored_value(ScheduleItem.next_fire_at, raw) or _LONG_PAST, _table_key(raw))
        for raw in raws
    ]
    return found, raws[-1] if len(raws) == most else None


def set_in_shard(
    shard: int, start: Mapping[str, Any] | None, most: int
) -> tuple[list[Key], dict[str, Any] | None]:
    """Schedules of one partition of the `due` index, whenever they are due, so many at most.

    It goes on behind `start`. Answers with their keys, and with the start of what is left, if any.
    """
    after = dict(start) if start is not None else None
    found = list(batches.query(ScheduleItem, str(shard), start=after, limit=most, index="due"))
    keys = [(raw["tenant_id"]["S"], raw["schedule_id"]["S"]) for raw in found]
    return keys, found[-1] if len(found) == most else None


def get_many(keys: Iterable[Key]) -> Batch[Schedule]:
    """The existing schedules of these (tenant, schedule) keys, in no particular order."""
    return batches.read(ScheduleItem, Schedule, keys)


def put_aside(key: Key) -> None:
    """Take an unreadable schedule out of the `due` index, so that no pass meets it again."""
    batches.put_aside(ScheduleItem, key, ScheduleItem.due_shard)
