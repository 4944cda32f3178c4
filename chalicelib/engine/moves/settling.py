"""Ending attempts: run, slot and schedule change together, or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pynamodb.expressions.condition import Condition

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import lease, reports, settle, transitions
from chalicelib.domain.runs.run import (
    MAX_UNSTARTED_CLAIMS,
    CountedAs,
    FailureReason,
    Run,
    RunStatus,
    SkipReason,
)
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.moves import lines
from chalicelib.engine.moves.ending_writes import Ending, EndingWrite, Written
from chalicelib.engine.system import System
from chalicelib.platform import events, metrics
from chalicelib.store import (
    activity_items,
    floor_items,
    log_table,
    run_table,
    schedule_table,
    use_items,
)
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost, retry_if_lost

#: Steps of an ending that, lost, mean that the run is not its holder's any more.
_DECISIVE: Final = frozenset({"run", "slot"})
#: How many of a schedule's newest runs are looked at when it is switched off.
_MOST_WAITING_OF_ONE: Final = 200


class _MayWait(Exception):
    """A waiting run is not to be ended after all: its schedule is on."""


def finish(
    system: System,
    run: Run,
    outcome: Outcome,
    settings: Settings,
    now: datetime,
    *,
    demand: Condition | None = None,
) -> Written | None:
    """End the attempt this holder works on; None if the claim is no longer theirs.

    `demand` is what must also be true of the run, or else None.
    """

    def decide(schedule: Schedule | None) -> Run:
        return settle.end_attempt(run, schedule, outcome, now)

    held = conditions.run_is_held(run)
    condition = held if demand is None else held & demand
    return _end(system, Ending(run, decide, condition), settings, now)


def reap(system: System, run: Run, settings: Settings, now: datetime) -> Written | None:
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
) -> Written | None:
    """End a run that waits, without it having run; None if it was claimed meanwhile."""
    return _end(system, _ending_of_waiting(run, after), settings, now)


def end_waiting_on_record(
    system: System, run: Run, after: Run, activities: Sequence[Activity]
) -> Run | None:
    """The same because a person wants it; `activities` are the records of that."""
    ending = _ending_of_waiting(run, after, activities)
    written = _end(system, ending, system.settings(), system.clock.now())
    return None if written is None else written.run


def _ending_of_waiting(run: Run, after: Run, activities: Sequence[Activity] = ()) -> Ending:
    def decide(_schedule: Schedule | None) -> Run:
        return after

    return Ending(run, decide, conditions.run_is_queued(run), activities)


def end_unstarted(
    system: System, run: Run, after: Run, activities: Sequence[Activity] = ()
) -> Written | None:
    """End a run that has a slot, and that its caller has not started; None if it has by now.

    `activities` are the records of who wanted it, which are written with it.
    """
    ending = Ending(run, lambda _schedule: after, conditions.run_is_held(run), activities)
    return _end(system, ending, system.settings(), system.clock.now())


def tell_to_stop(
    system: System, run: Run, by: str, activities: Sequence[Activity] = ()
) -> Run | None:
    """Leave the word for the run's holder, from somebody of that name; None if it has changed.

    `activities` are the records of who asked for it, which are written with it.
    """
    asked = transitions.request_cancel(run, by, system.clock.now())
    transaction = Transaction(system.clock)
    run_table.update(transaction, run, asked, conditions.run_is_held(run))
    activity_items.put_each(transaction, activities)
    try:
        transaction.commit()
    except TransactionLost:
        return None
    return asked


def expire(system: System, run: Run, settings: Settings, now: datetime) -> Written | None:
    """End a run that has waited longer than it may; None if it was claimed meanwhile."""
    skipped = transitions.skip(run, SkipReason.QUEUE_EXPIRED, now)
    return end_waiting(system, run, skipped, settings, now)


def skip_if_off(system: System, run: Run, settings: Settings, now: datetime) -> Written | None:
    """End a waiting run whose schedule is switched off or gone; None if it may wait on.

    It also is None if the run was claimed meanwhile.
    """

    def decide(schedule: Schedule | None) -> Run:
        if schedule is None:
            return transitions.skip(run, SkipReason.SCHEDULE_DELETED, now)
        reason = settle.reason_not_to_start(schedule, run)
        if reason is None:
            raise _MayWait
        return transitions.skip(run, reason, now)

    try:
        return _end(system, Ending(run, decide, conditions.run_is_queued(run)), settings, now)
    except _MayWait:
        return None


def skip_what_waits(system: System, schedule: Schedule, settings: Settings, now: datetime) -> None:
    """End what the scheduler itself has waiting or resting for a schedule that was switched off.

    It looks at the schedule's newest runs, and never fails: a run that it missed is ended when its
    turn comes.
    """
    try:
        page = run_table.list_of_schedule(
            schedule.tenant_id, schedule.schedule_id, _MOST_WAITING_OF_ONE
        )
        pending = run_table.find_readable(schedule.tenant_id, schedule.pending_run_id or "-")
        found = {run.run_id: run for run in [*page.items, *([pending] if pending else [])]}
        for run in found.values():
            if run.status is RunStatus.QUEUED and run.moves_breaker:
                skip_if_off(system, run, settings, now)
    except Exception:
        events.error("waiting_runs_not_skipped", schedule_id=schedule.schedule_id)


def free_orphan(system: System, slot: Slot, run: Run | None, now: datetime) -> bool:
    """Free a slot whose run (None: it is gone) does not hold it any more; whether it still did so.

    No flow of ours leaves such a slot behind; items removed by hand do.
    """
    transaction = Transaction(system.clock)
    floor_items.vacate(transaction, slot, now)
    if run is None and slot.forced:
        use_items.give_back_of_run(transaction, slot.tenant_id or "-", CountedAs.FORCED)
    seen = schedule_table.find_readable(slot.tenant_id or "-", slot.schedule_id or "-")
    if seen is not None and slot.run_id is not None:
        after = settle.without_orphan(seen, slot.run_id, now, forced=slot.forced, gone=run is None)
        after, _ = lines.let_forward(transaction, after, now)
        if after is not seen:
            schedule_table.update(transaction, seen, after)
    try:
        transaction.commit()
    except TransactionLost:
        return False
    return True


def forget(run: Run) -> None:
    """Remove an ended run and its log: its schedule was deleted, and history goes with it."""
    log_table.delete_all(run.run_id)
    run_table.delete([run])


def _never_started(run: Run, now: datetime) -> Run:
    if run.cancel_requested_at is not None:
        return transitions.cancel(run, now)
    if run.for_caller:
        return transitions.skip(run, SkipReason.NO_SHOW, now)
    if run.unstarted_claims >= MAX_UNSTARTED_CLAIMS:
        return transitions.fail(run, FailureReason.NEVER_STARTED, "No runner ever started it.", now)
    return transitions.unclaim(run)


def _end(system: System, ending: Ending, settings: Settings, now: datetime) -> Written | None:
    """Decide and write an ending, anew while only its schedule's side has changed meanwhile."""

    def once() -> Written | None:
        try:
            written = EndingWrite(system, ending, settings, now).commit()
        except TransactionLost as lost:
            if lost.steps & _DECISIVE:
                return None
            raise
        _announce(system, written.run, now)
        _follow_up(system, written, settings, now)
        return written

    with events.bound(**events.of_run(ending.run)):
        return retry_if_lost(once)


def _follow_up(system: System, written: Written, settings: Settings, now: datetime) -> None:
    """What an ending has for a consequence outside its transaction."""
    if written.schedule_is_gone:
        if written.run.is_final:
            forget(written.run)
    elif written.schedule is not None and written.has_broken:
        skip_what_waits(system, written.schedule, settings, now)


def _announce(system: System, run: Run, now: datetime) -> None:
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
    if run.is_final:
        metrics.measure(metrics.DURATION, run.duration_ms)
        metrics.count(metrics.FAILURES, run.status is RunStatus.FAILED, by=run.failure_reason)
    if run.not_before is not None:
        # Within the queue's longest delay the next attempt starts to the second, else by the tick.
        system.queues.send_wakes([run.not_before], now)
