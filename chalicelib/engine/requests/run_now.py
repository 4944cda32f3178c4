"""Runs that a person asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain import ids
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot, forced_slot, next_token, occupy
from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import claiming
from chalicelib.engine.moves.queueing import Ranks
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, floor_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost


class WhenBusy(StrEnum):
    """What a run asked for by hand does while no slot is free."""

    #: It is refused.
    REJECT = "reject"
    #: It waits its turn.
    QUEUE = "queue"
    #: It starts all the same, on a slot of its own.
    FORCE = "force"


class CapacityFull(BatonError):
    """Every slot is taken."""

    message = "Every slot is taken."

    def __init__(self, floor: Floor, eta_seconds: int) -> None:
        self.floor, self.eta_seconds = floor, eta_seconds
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What somebody asked for."""

    by: str
    payload: Mapping[str, Any] | None = None
    max_steps: int | None = None
    when_busy: WhenBusy = WhenBusy.REJECT
    trigger: Trigger = Trigger.MANUAL
    #: The id it gets, where the same request may come again and is to find it; else a new one.
    run_id: str | None = None


def run_now(system: System, schedule: Schedule, asked: RunRequest) -> Run:
    """Start a run of the schedule at once, or as `when_busy` says.

    Raises `CapacityFull` for a run that may not wait.
    """
    now = system.clock.now()
    run = _new_run(schedule, asked, now)
    if asked.run_id and (made := run_table.find(run.tenant_id, asked.run_id)):
        return made
    while True:
        floor = system.floor()
        slots = [forced_slot(run.run_id)] if run.forced else floor.free
        if not slots:
            return _no_slot(system, schedule, run, floor, asked)
        started = _start_on(system, schedule, run, slots[0], floor)
        if started is not None:
            return started


def _new_run(schedule: Schedule, asked: RunRequest, now: datetime) -> Run:
    return Run(
        tenant_id=schedule.tenant_id,
        run_id=asked.run_id or ids.new_id(now),
        schedule_id=schedule.schedule_id,
        schedule_name=schedule.name,
        trigger=asked.trigger,
        status=RunStatus.QUEUED,
        fire_at=now,
        queued_at=now,
        priority=schedule.priority,
        max_attempts=schedule.retry.max_attempts,
        lease_seconds=schedule.lease_seconds,
        max_steps=asked.max_steps or schedule.max_steps,
        payload=asked.payload,
        requested_by=asked.by,
        forced=asked.when_busy is WhenBusy.FORCE,
    )


def _start_on(system: System, schedule: Schedule, run: Run, slot: Slot, floor: Floor) -> Run | None:
    now = run.queued_at
    claimed = transitions.claim(run, slot.key, next_token(slot, run), now, len(floor.holders) + 1)
    held = occupy(slot, claimed, now, claiming.expected_duration(schedule))
    transaction = Transaction(system.clock)
    floor_items.occupy(transaction, slot, held)
    run_table.put(transaction, claimed)
    activity_items.put(transaction, _activity(run))
    try:
        transaction.commit()
    except TransactionLost:
        return None
    claiming.send_to_runner(system, claimed)
    return claimed


def _activity(run: Run) -> Activity:
    """The record of who asked for the run."""
    again = "run_retried" if run.trigger is Trigger.RETRY else "run_triggered"
    return activity_items.new_activity(
        run.tenant_id,
        run.queued_at,
        actor=run.requested_by or "",
        action="run_forced" if run.forced else again,
        subject=run.run_id,
        details={"schedule_id": run.schedule_id, "schedule_name": run.schedule_name},
    )


def _no_slot(system: System, schedule: Schedule, run: Run, floor: Floor, asked: RunRequest) -> Run:
    now = run.queued_at
    if asked.when_busy is WhenBusy.REJECT:
        raise CapacityFull(floor, floor.seconds_until_free(now))
    ranks = Ranks()
    transaction = Transaction(system.clock)
    run_table.put(transaction, ranks.rank(run, schedule, now))
    activity_items.put(transaction, _activity(run))
    transaction.commit()
    ranks.keep()
    events.info("run_queued", run_id=run.run_id, schedule_id=run.schedule_id)
    # A slot may have become free between our look and our place in the queue.
    claiming.claim_waiting(system, system.floor(), now)
    return run_table.get(run.tenant_id, run.run_id)
