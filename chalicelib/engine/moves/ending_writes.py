"""The one transaction that ends an attempt, or takes a run out of the queue.

Run, slot and schedule change together, and what people get to know about it is written with them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.domain.access.actors import BATON
from chalicelib.domain.audits import notifications
from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs import settle, transitions
from chalicelib.domain.runs.run import Place, Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.runs.schedule_edits import keep_what_is_set
from chalicelib.engine.moves import lines, streak_notifications
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import (
    activity_items,
    floor_items,
    notification_items,
    run_table,
    schedule_table,
)
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends: decided with its schedule at hand (None: deleted), written on a condition.

    `activities` are the records of who ended it, if it was a person.
    """

    run: Run
    decide: Callable[[Schedule | None], Run]
    condition: Condition
    activities: Sequence[Activity] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """Run and schedule as an ending has left them; `has_broken` says that a breaker tripped.

    `head` is the run of the schedule that has come forward in the queue.
    """

    run: Run
    head: Run | None
    #: None: it is deleted (`schedule_is_gone`), or it cannot be read.
    schedule: Schedule | None
    schedule_is_gone: bool
    has_broken: bool


class EndingWrite:
    """An ending, decided on its schedule as it is stored now."""

    def __init__(self, system: System, ending: Ending, settings: Settings, now: datetime) -> None:
        self._ending, self._settings, self._now = ending, settings, now
        self._transaction = Transaction(system.clock)
        before = ending.run
        self._seen, self._is_gone = _schedule_of(before)
        self._run = retention.keep(ending.decide(self._seen), settings, now)
        self._schedule = self._seen
        self._head: Run | None = None
        #: The ids of runs that change here: no item is written twice in one transaction.
        self._moved = {before.run_id}

    def commit(self) -> Written:
        """Write it. Raises `TransactionLost`."""
        before, transaction = self._ending.run, self._transaction
        if self._seen is not None:
            self._settle(self._seen)
        else:
            self._queue_alone()
        run_table.update(transaction, before, self._run, self._ending.condition)
        if before.holds_slot:
            floor_items.release(transaction, before, self._now)
        activity_items.put_each(transaction, self._ending.activities)
        transaction.commit()
        return Written(self._run, self._head, self._schedule, self._is_gone, self._has_broken)

    @property
    def _has_broken(self) -> bool:
        if self._seen is None or self._schedule is None:
            return False
        was_on = self._seen.status is not ScheduleStatus.BROKEN
        return was_on and self._schedule.status is ScheduleStatus.BROKEN

    def _settle(self, seen: Schedule) -> None:
        """Add what the ending does to the schedule, and whom it tells."""
        settled = settle.after_attempt(seen, self._ending.run, self._run, self._now)
        settled = self._as_pending(settled)
        settled = self._placed(settled)
        told = (self._run, self._now)
        settled = streak_notifications.tell_of_failure(self._transaction, settled, *told)
        settled = streak_notifications.tell_of_no_show(self._transaction, settled, *told)
        settled, records = keep_what_is_set(seen, settled, self._now)
        kept = [retention.keep(record, self._settings, self._now) for record in records]
        run_table.put_each(self._transaction, kept)
        self._schedule = settled
        if self._has_broken:
            self._tell_of_break(settled)
        if settled is not seen:
            schedule_table.update(self._transaction, seen, settled)

    def _placed(self, schedule: Schedule) -> Schedule:
        """The schedule, with the run where it waits now, and with who comes forward for it."""
        transaction, before = self._transaction, self._ending.run
        schedule = lines.leave(transaction, schedule, before)
        if self._run.status is RunStatus.QUEUED:
            schedule, self._run = lines.enter(transaction, schedule, self._run, self._now)
        schedule, forward = lines.let_forward(transaction, schedule, self._now, self._moved)
        self._head = self._run if self._run.place is Place.QUEUE else forward
        return schedule

    def _queue_alone(self) -> None:
        """Put a run that goes back to the queue there, though its schedule cannot be asked."""
        lines.leave_line(self._transaction, self._ending.run)
        if self._run.status is RunStatus.QUEUED:
            self._run = lines.alone(self._run)

    def _as_pending(self, schedule: Schedule) -> Schedule:
        """The schedule, whose own run that goes back to the queue is its pending one.

        One run of a schedule waits at most: another that waits behind it is counted on it. That one
        cannot start meanwhile, for this run is at work until the transaction.
        """
        run = self._run
        if run.is_final or not run.moves_breaker or schedule.pending_run_id == run.run_id:
            return schedule
        other = run_table.find_readable(schedule.tenant_id, schedule.pending_run_id or "-")
        if other is not None and _is_counted_on_another(other):
            skipped = transitions.skip(other, SkipReason.COALESCED, self._now)
            kept = retention.keep(skipped, self._settings, self._now)
            still_waits = conditions.run_is_queued(other)
            run_table.update(self._transaction, other, kept, still_waits, step="waiting")
            self._run = transitions.take_in(run, other)
            self._moved.add(other.run_id)
            schedule = lines.leave(self._transaction, schedule, other)
        return replace(schedule, pending_run_id=run.run_id)

    def _tell_of_break(self, broken: Schedule) -> None:
        """Add the notification and the record of a breaker that switched its schedule off."""
        notification = notifications.schedule_broken(broken, self._run, self._now)
        notification_items.put(self._transaction, notification, step=notification.kind)
        activity_items.put(self._transaction, _trip(broken, self._run, self._now))


def _schedule_of(run: Run) -> tuple[Schedule | None, bool]:
    """The run's schedule, and whether it is gone. One that cannot be read keeps no run from ending.

    Such a schedule loses the run when it is taken back.
    """
    try:
        schedule = schedule_table.find(run.tenant_id, run.schedule_id)
    except Unreadable as error:
        events.warn(
            "schedule_unreadable", tenant_id=run.tenant_id, item=run.schedule_id, why=str(error)
        )
        return None, False
    return schedule, schedule is None


def _is_counted_on_another(run: Run) -> bool:
    """Whether a waiting run may be counted on another; of `run_all`, each makes its own run."""
    return run.status is RunStatus.QUEUED and run.trigger is not Trigger.CATCH_UP


def _trip(broken: Schedule, run: Run, now: datetime) -> Activity:
    """The record of a breaker that switched its schedule off after this run."""
    return activity_items.new_activity(
        broken.tenant_id,
        now,
        actor=BATON,
        action="schedule_broken",
        subject=broken.schedule_id,
        details={"name": broken.name, "reason": broken.broken_reason, "run_id": run.run_id},
    )
