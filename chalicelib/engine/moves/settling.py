"""Ending attempts: run, slot and schedule change together, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.domain.audits import notifications
from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import lease, reports, settle, transitions
from chalicelib.domain.runs.run import (
    MAX_UNSTARTED_CLAIMS,
    FailureReason,
    Run,
    RunStatus,
    SkipReason,
)
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import (
    activity_items,
    floor_items,
    log_table,
    notification_items,
    run_table,
    schedule_table,
)
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends: decided with its schedule at hand (None: deleted), written on a condition."""

    run: Run
    decide: Callable[[Schedule | None], Run]
    condition: Condition


#: How often an ending is written anew because its schedule changed meanwhile.
MOST_TRIES = 8


def finish(
    system: System,
    run: Run,
    outcome: Outcome,
    settings: Settings,
    now: datetime,
    *,
    demand: Condition | None = None,
) -> Run | None:
    """End the attempt this holder works on; None if the claim is no longer theirs.

    `demand` is what must also be true of the run, or else None.
    """

    def decide(schedule: Schedule | None) -> Run:
        return settle.end_attempt(run, schedule, outcome, now)

    held = conditions.run_is_held(run)
    condition = held if demand is None else held & demand
    return _end(system, Ending(run, decide, condition), settings, now)


def reap(system: System, run: Run, settings: Settings, now: datetime) -> Run | None:
    """End what a silent holder left behind; None if it is not silent after all.

    The write repeats the predicate: a heartbeat that came after we looked makes it fail.
    """
    over = conditions.lease_has_ended(lease.reapable_before(now))
    condition = conditions.run_is_held(run) & over

    def decide(schedule: Schedule | None) -> Run:
        if run.status is RunStatus.RUNNING:
            return settle.end_attempt(run, schedule, reports.outcome_of_silence(run), now)
        return _never_started(run, now)

    return _end(system, Ending(run, decide, condition), settings, now)


def end_waiting(
    system: System, run: Run, after: Run, settings: Settings, now: datetime
) -> Run | None:
    """End a run that waits, without it having run; None if it was claimed meanwhile."""

    def decide(_schedule: Schedule | None) -> Run:
        return after

    return _end(system, Ending(run, decide, conditions.run_is_queued(run)), settings, now)


def expire(system: System, run: Run, settings: Settings, now: datetime) -> Run | None:
    """End a run that has waited longer than it may; None if it was claimed meanwhile."""
    return end_waiting(
        system, run, transitions.skip(run, SkipReason.QUEUE_EXPIRED, now), settings, now
    )


def free_orphan(system: System, slot: Slot) -> bool:
    """Free a slot whose run does not hold it any more; whether it still was in that state.

    No flow of ours leaves one behind; items removed by hand do.
    """
    transaction = Transaction(system.clock)
    floor_items.vacate_orphan(transaction, slot)
    try:
        transaction.commit()
    except TransactionLost:
        return False
    return True


def forget(run: Run) -> None:
    """Remove an ended run and its log: its schedule was deleted, and history goes with it."""
    log_table.delete(log_table.every(run.run_id))
    run_table.delete([run])


def _never_started(run: Run, now: datetime) -> Run:
    if run.cancel_requested_at is not None:
        return transitions.cancel(run, now)
    if run.unstarted_claims >= MAX_UNSTARTED_CLAIMS:
        return transitions.fail(run, FailureReason.NEVER_STARTED, "No runner ever started it.", now)
    return transitions.unclaim(run)


def _end(system: System, ending: Ending, settings: Settings, now: datetime) -> Run | None:
    run = ending.run
    for _ in range(MOST_TRIES):
        schedule = schedule_table.find(run.tenant_id, run.schedule_id)
        after = retention.keep(ending.decide(schedule), settings, now)
        try:
            _write(system, ending, after, schedule, now)
        except TransactionLost as lost:
            if lost.steps == {"schedule"}:
                continue
            return None
        _tell(system, after, now)
        if schedule is None and after.is_final:
            forget(after)
        return after
    raise TransactionLost(frozenset({"schedule"}))


def _write(
    system: System, ending: Ending, after: Run, schedule: Schedule | None, now: datetime
) -> None:
    transaction = Transaction(system.clock)
    run_table.update(transaction, ending.run, after, ending.condition)
    if ending.run.holds_slot:
        floor_items.release(transaction, ending.run)
    if after.is_final and schedule is not None:
        settled = settle.record_end(schedule, after, now)
        schedule_table.update(transaction, schedule, settled)
        for notification in notifications.of_end(schedule, settled, after, now):
            notification_items.put(transaction, notification, step=notification.kind)
        if settled.status is ScheduleStatus.BROKEN is not schedule.status:
            activity_items.put(transaction, _trip(settled, after, now))
    transaction.commit()


def _trip(broken: Schedule, run: Run, now: datetime) -> Activity:
    """The record of a breaker that switched its schedule off after this run."""
    return activity_items.new_activity(
        broken.tenant_id,
        now,
        actor="baton",
        action="schedule_broken",
        subject=broken.schedule_id,
        details={"name": broken.name, "reason": broken.broken_reason, "run_id": run.run_id},
    )


def _tell(system: System, run: Run, now: datetime) -> None:
    events.info(
        "run_ended" if run.is_final else "run_requeued",
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        status=run.status,
        attempt=run.attempt,
        failure_reason=run.failure_reason,
        duration_ms=run.duration_ms,
        not_before=run.not_before,
    )
    if run.not_before is not None:
        # Within the queue's longest delay the next attempt starts to the second, else by the tick.
        system.queues.send_wakes([run.not_before], now)
