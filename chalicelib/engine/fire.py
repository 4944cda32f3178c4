"""Firing: a due schedule's fire time becomes one record, in one transaction."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib import events
from chalicelib.domain import firing, retention
from chalicelib.domain import run as runs
from chalicelib.domain.firing import Firing
from chalicelib.domain.run import Run
from chalicelib.domain.schedule import Schedule, ScheduleStatus
from chalicelib.domain.slots import Floor, Slot, next_token, occupy
from chalicelib.engine.claims import announce, expected_duration
from chalicelib.store import conditions
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.store.transaction import Transaction, TransactionLost
from chalicelib.system import System

#: How often a fire time is decided anew because something it rested on has changed meanwhile.
MOST_DECISIONS = 8


@dataclass(slots=True)
class Tray:
    """The free slots a pass may hand to what it fires, and what it made so far."""

    floor: Floor
    free: list[Slot]
    fired: int = 0
    skipped: int = 0
    queued: int = 0
    #: Tenant → how many of its runs got a slot at once.
    claimed: Counter[str] = field(default_factory=Counter)


def fire_all(system: System, schedule: Schedule, tray: Tray, now: datetime) -> None:
    """Record every fire time of the schedule that is due, earliest first."""
    current: Schedule | None = schedule
    while current is not None and _is_due(current, now):
        current = fire_one(system, current, tray, now)


def _is_due(schedule: Schedule, now: datetime) -> bool:
    due_at = schedule.next_fire_at
    return schedule.status is ScheduleStatus.ACTIVE and due_at is not None and due_at <= now


def fire_one(system: System, schedule: Schedule, tray: Tray, now: datetime) -> Schedule | None:
    """Record the earliest due fire time; answers with the schedule as it is then stored.

    None if it is gone, or if somebody else is at it.
    """
    current: Schedule | None = schedule
    for _ in range(MOST_DECISIONS):
        if current is None or not _is_due(current, now):
            return current
        decided = firing.decide(current, now, free=bool(tray.free), pending=_pending_run(current))
        try:
            _write(system, current, decided, tray, now)
        except TransactionLost as lost:
            current = _after_loss(current, decided, lost, tray, now)
            continue
        return decided.schedule
    events.warn("fire_contended", schedule_id=schedule.schedule_id, tenant_id=schedule.tenant_id)
    return None


def _pending_run(schedule: Schedule) -> Run | None:
    if schedule.pending_run_id is None:
        return None
    return stored_runs.find(schedule.tenant_id, schedule.pending_run_id)


def _write(system: System, seen: Schedule, decided: Firing, tray: Tray, now: datetime) -> None:
    record = decided.record
    slot = tray.free[0] if tray.free and not record.is_final and _may_start(seen, tray) else None
    transaction = Transaction(system.clock)
    stored_schedules.update(transaction, seen, decided.schedule)
    if slot is not None:
        concurrent = len(tray.floor.holders) + tray.claimed.total() + 1
        record = runs.claim(record, slot.key, next_token(slot, record), now, concurrent)
        held = occupy(slot, record, now, expected_duration(seen))
        stored_floor.occupy(transaction, slot, held)
    record = retention.keep(record, tray.floor.settings, now)
    stored_runs.put(transaction, record)
    if decided.counted_on is not None:
        counted = decided.counted_on
        before = replace(counted, covers=counted.covers - 1)
        is_queued = conditions.run_is_queued(before)
        stored_runs.update(transaction, before, counted, is_queued, step="pending")
    transaction.commit()
    _tell(system, record, tray, slot)


def _may_start(schedule: Schedule, tray: Tray) -> bool:
    return schedule.schedule_id not in tray.floor.busy_schedules()


def _tell(system: System, record: Run, tray: Tray, slot: Slot | None) -> None:
    events.info(
        "run_fired",
        tenant_id=record.tenant_id,
        run_id=record.run_id,
        schedule_id=record.schedule_id,
        fire_at=record.fire_at,
        status=record.status,
        skip_reason=record.skip_reason,
        covers=record.covers,
    )
    if record.is_final:
        tray.skipped += 1
        return
    tray.fired += 1
    if slot is None:
        tray.queued += 1
        return
    tray.free.remove(slot)
    tray.claimed[record.tenant_id] += 1
    announce(system, record)


def _after_loss(
    seen: Schedule, decided: Firing, lost: TransactionLost, tray: Tray, now: datetime
) -> Schedule | None:
    """What to decide on next. Losing is normal: two passes, or a pass and a person, met."""
    if "slot" in lost.steps:
        tray.free.pop(0)
    if lost.steps == {"run"}:
        return _move_on(seen, decided, now)
    return stored_schedules.find(seen.tenant_id, seen.schedule_id)


def _move_on(seen: Schedule, decided: Firing, now: datetime) -> Schedule | None:
    """The fire time has its record already: only the schedule is behind (it was edited back)."""
    events.info("fire_duplicate", run_id=decided.record.run_id, schedule_id=seen.schedule_id)
    after = firing.pass_over(seen, now)
    try:
        stored_schedules.replace(seen, after)
    except TransactionLost:
        return stored_schedules.find(seen.tenant_id, seen.schedule_id)
    return after
