"""Runs that a person asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain import ids
from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.floor import Floor, seconds_until_end
from chalicelib.domain.deployment.limits import Limit, LimitExceeded
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.errors import BatonError, Conflict, FieldError, InvalidFields
from chalicelib.domain.runs import firing
from chalicelib.domain.runs.at_work import with_run_at_work, with_run_waiting
from chalicelib.domain.runs.new_runs import new_run
from chalicelib.domain.runs.run import (
    OWN_TRIGGERS,
    CountedAs,
    Run,
    RunStatus,
    SkipReason,
    Trigger,
)
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.runs.settle import off_reason
from chalicelib.domain.runs.waiting import with_end_of_wait
from chalicelib.engine.moves import claiming, lines
from chalicelib.engine.moves.slot_claims import SlotClaims, slot_of_its_own
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import (
    activity_items,
    run_table,
    schedule_table,
    use_items,
    wait_limit_items,
)
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


class Refused(BatonError):
    """A run that may not wait cannot start now.

    `holders` are the slots that are in its way; `eta_seconds` is when one should be free, from now.
    """

    def __init__(self, holders: Sequence[Slot], eta_seconds: int) -> None:
        self.holders, self.eta_seconds = holders, eta_seconds
        super().__init__()


class CapacityFull(Refused):
    """Every slot is taken."""

    message = "Every slot is taken."


class ScheduleBusy(Refused):
    """A run of the schedule is at work, and another would overlap it."""

    message = "A run of this schedule is at work."


class ScheduleOff(BatonError):
    """A caller came to do the work of a schedule that is off: it is not to be done now."""

    def __init__(self, reason: SkipReason) -> None:
        self.reason = reason
        is_broken = reason is SkipReason.SCHEDULE_BROKEN
        how = "was switched off by its breaker" if is_broken else "is paused"
        super().__init__(f"The schedule {how}: its work is not to be done until it is resumed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What somebody who starts a run by hand asks for."""

    by: Actor
    payload: Mapping[str, Any] | None = None
    max_steps: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    when_busy: WhenBusy = WhenBusy.REJECT
    trigger: Trigger = Trigger.MANUAL
    #: Whether whoever asks does the work and starts the run, once it has a slot.
    for_caller: bool = False
    #: Where an attempt before has left off, if the run is to go on from there.
    checkpoint: Mapping[str, Any] | None = None
    #: The id that the run gets, if the same request may come again and is to find it.
    run_id: str | None = None


def run_now(system: System, schedule: Schedule, request: RunRequest) -> Run:
    """Start a run of the schedule at once, or as `when_busy` says.

    Raises `ScheduleBusy` or `CapacityFull` for a run that may not wait, `LimitExceeded` for one
    that may not be added to those that wait or are forced, and `NotFound` if the schedule is gone
    by now.
    """
    now = system.clock.now()
    if request.run_id and (made := run_table.find(schedule.tenant_id, request.run_id)):
        return made
    run_id = request.run_id or ids.new_id(now)
    while True:
        start = _Start(system, schedule, request, run_id, now)
        try:
            return start.make_or_note()
        except TransactionLost as lost:
            start.demand_below_limit(lost)
            # Somebody else took that slot, or changed the schedule: all of it is looked at anew.
            schedule = schedule_table.get(schedule.tenant_id, schedule.schedule_id)


def retry(system: System, tenant_id: str, run_id: str, request: RunRequest) -> Run:
    """Do an ended run over as a new run, with its payload unless another is given.

    It takes the schedule's present budgets unless others are asked for, and goes on from the
    checkpoint that the run has left, unless that has succeeded. Raises `NotFound`,
    `Conflict` for a run that has not ended, and as `run_now` does.
    """
    done = run_table.get(tenant_id, run_id)
    if not done.is_final:
        raise Conflict("The run has not ended yet.")
    schedule = schedule_table.get(tenant_id, done.schedule_id)
    payload = request.payload
    if payload is None:
        payload = run_table.with_payload(done).payload_at_hand
    left_off = None if done.status is RunStatus.SUCCEEDED else done.checkpoint
    again = replace(request, payload=payload, checkpoint=left_off, trigger=Trigger.RETRY)
    return run_now(system, schedule, again)


def _run_of(
    schedule: Schedule, request: RunRequest, run_id: str, now: datetime, lease_seconds: int
) -> Run:
    """The queued run that was asked for; the lease is the deployment's, if it has no other."""
    run = new_run(
        schedule,
        request.trigger,
        now,
        run_id=run_id,
        fire_at=now,
        default_lease_seconds=lease_seconds,
    )
    forced = request.when_busy is WhenBusy.FORCE
    return replace(
        run,
        max_steps=request.max_steps or schedule.max_steps,
        max_tokens=request.max_tokens or schedule.max_tokens,
        max_cost=request.max_cost or schedule.max_cost,
        checkpoint=request.checkpoint,
        for_caller=request.for_caller,
        payload=request.payload,
        requested_by=request.by.name,
        forced=forced,
        counted_as=CountedAs.FORCED if forced else None,
    )


class _Start:
    """One try to start a run by hand, on one look at the floor."""

    def __init__(
        self, system: System, schedule: Schedule, request: RunRequest, run_id: str, now: datetime
    ) -> None:
        self._system, self._schedule, self._request, self._now = system, schedule, request, now
        self._floor = self._look()
        self._claims = SlotClaims(system, self._floor, now)
        self._run = _run_of(schedule, request, run_id, now, self._floor.settings.lease_seconds)
        #: The schedule as the run leaves it, beside its slot or its wait.
        self._moved = schedule
        #: Whether somebody comes to do the schedule's work, and does nothing over.
        self._comes = request.for_caller and request.trigger is Trigger.MANUAL
        coming = firing.came_for(schedule, self._run, now) if self._comes else None
        if coming is not None:
            self._run, self._moved = coming.record, coming.schedule

    def _look(self) -> Floor:
        """The pool's floor. If somebody waits for a slot that is free, it is theirs first."""
        pool = self._schedule.pool
        floor = self._system.floor(pool)
        forced = self._request.when_busy is WhenBusy.FORCE
        head = lines.head_of(self._schedule)
        if forced or not floor.free or not (head or run_table.in_queue(pool, "", most=1)):
            return floor
        claiming.hand_out_free(self._system, pool, [head] if head else [])
        return self._system.floor(pool)

    def make_or_note(self) -> Run:
        """The run as `make` has it. That somebody came and was refused is kept on the schedule."""
        try:
            return self.make()
        except (Refused, LimitExceeded):
            self._note_who_was_turned_away()
            raise

    def make(self) -> Run:
        """The run, started or in the queue. Raises `TransactionLost` if a race was lost."""
        self._demand_right_starter()
        if self._run.forced:
            return self._start_on(slot_of_its_own(self._run))
        slot = self._claims.reserve_for_newcomer(self._schedule, self._run.trigger)
        if slot is not None:
            return self._start_on(slot)
        if self._request.when_busy is WhenBusy.QUEUE:
            return self._queue()
        raise self._refusal()

    def _demand_right_starter(self) -> None:
        """Raise `InvalidFields` or `ScheduleOff` if it is not for whoever asks to start a run.

        What a caller comes for is work by the schedule's rhythm: not to be done while that is off.
        """
        schedule, for_caller = self._schedule, self._request.for_caller
        if schedule.is_external and not for_caller:
            needed = "must be caller: the work of this schedule is done by whoever starts the run"
            raise InvalidFields([FieldError("start", needed)])
        if for_caller and not schedule.is_external:
            refused = "must not be caller: only schedules with the target external are done so"
            raise InvalidFields([FieldError("start", refused)])
        if for_caller and schedule.status is not ScheduleStatus.ACTIVE:
            raise ScheduleOff(off_reason(schedule))

    def _note_who_was_turned_away(self) -> None:
        """Keep on the schedule that somebody came for its fire time. Raises `TransactionLost`."""
        after = self._schedule
        if self._comes:
            after = firing.turned_away(self._schedule, self._now)
        if after is not self._schedule:
            schedule_table.replace(self._schedule, after, self._system.clock)

    def _start_on(self, slot: Slot) -> Run:
        transaction = Transaction(self._system.clock)
        claimed = self._claims.add(transaction, self._run, self._schedule, slot)
        at_work = with_run_at_work(self._moved, claimed, self._now)
        schedule_table.update(transaction, self._schedule, at_work)
        self._put(transaction, claimed)
        activity_items.put(transaction, _activity(claimed, self._request.by))
        transaction.commit()
        self._claims.done(claimed)
        return claimed

    def _queue(self) -> Run:
        waiting, limits = with_run_waiting(self._moved), self._floor.settings.limits
        if waiting.waiting_by_hand > limits.waiting_runs_of_schedule:
            most = limits.waiting_runs_of_schedule
            raise LimitExceeded(Limit.WAITING_RUNS_OF_SCHEDULE, most, waiting.waiting_by_hand)
        queued = replace(self._run, counted_as=CountedAs.WAITING)
        run = with_end_of_wait(self._claims.with_those_ahead(queued), self._schedule, self._now)
        transaction = Transaction(self._system.clock)
        waiting, run = lines.enter(transaction, waiting, run, self._now)
        schedule_table.update(transaction, self._schedule, waiting)
        self._put(transaction, run)
        wait_limit_items.put(transaction, run)
        activity_items.put(transaction, _activity(run, self._request.by))
        transaction.commit()
        events.info("run_queued", run_id=run.run_id, schedule_id=run.schedule_id)
        # A slot may have become free between our look and our place in the queue.
        claiming.hand_out_free(self._system, run.pool, [run])
        return run_table.get(run.tenant_id, run.run_id)

    def demand_below_limit(self, lost: TransactionLost) -> None:
        """Raise `LimitExceeded` if the tenant's limit is why the run was not stored."""
        for limit in map(Limit, CountedAs):
            if use_items.step(limit) in lost.steps:
                most, used = self._most(limit), use_items.used(self._schedule.tenant_id, limit) or 0
                if used >= most:
                    self._note_who_was_turned_away()
                    raise LimitExceeded(limit, most, used + 1) from lost

    def _most(self, limit: Limit) -> int:
        limits = self._floor.settings.limits
        return limits.forced_runs if limit is Limit.FORCED_RUNS else limits.waiting_runs

    def _put(self, transaction: Transaction, run: Run) -> None:
        if run.counted_as is not None:
            limit = Limit(run.counted_as)
            use_items.take(transaction, run.tenant_id, limit, self._most(limit))
        until = retention.payload_until(self._floor.settings, self._now)
        run_table.put_with_payload(transaction, run, until)

    def _refusal(self) -> Refused:
        """Why the run cannot start now: its own schedule comes first, for no other slot helps."""
        floor = self._floor
        if self._claims.would_overlap(self._schedule, self._run.trigger):
            counts_forced = self._run.trigger in OWN_TRIGGERS
            own = [
                each
                for each in floor.held_by(self._schedule.schedule_id)
                if counts_forced or not each.forced
            ]
            return ScheduleBusy(own, seconds_until_end(own, self._now))
        return CapacityFull(floor.holders, floor.seconds_until_free(self._now))


def _activity(run: Run, by: Actor) -> Activity:
    """The record of who asked for the run."""
    again = "run_retried" if run.trigger is Trigger.RETRY else "run_triggered"
    return activity_items.new_activity(
        run.tenant_id,
        run.queued_at,
        actor=by,
        action="run_forced" if run.forced else again,
        subject=run.run_id,
        details={"schedule_id": run.schedule_id, "schedule_name": run.schedule_name},
    )
