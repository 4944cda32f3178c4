"""Claiming slots for runs that wait."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.runs import settle
from chalicelib.domain.runs.at_work import with_run_at_work, without_run_waiting
from chalicelib.domain.runs.run import Run, RunStatus, has_waited_too_long
from chalicelib.engine.moves import settling
from chalicelib.engine.moves.slot_claims import SlotClaims, slot_of_its_own
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table, wait_limit_items
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import MOST_TRIES, Transaction, TransactionLost

#: How many runs are ended at most by one look at whose wait is over.
MOST_EXPIRED: Final = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one look at the queue gave: the runs that got a slot, and whether more could have.

    `left_some` says that a slot stayed free only because a tenant had its share of this pass.
    """

    runs: list[Run]
    left_some: bool


def claim_waiting(
    system: System, floor: Floor, now: datetime, taken: Counter[str] | None = None
) -> Claimed:
    """Give free slots to waiting runs, in their order, and forced ones a slot of their own.

    `taken` is how many runs of each tenant this pass has taken up already; it is counted on. With
    no free slot it costs one small query, however many wait. An error with one run is logged and
    keeps no other from its slot.
    """
    handout = _Handout(system, floor, now, taken if taken is not None else Counter())
    for run in run_table.waiting_forced(now):
        handout.offer(run)
    if handout.claims.free:
        for run in run_table.waiting(now):
            if not handout.claims.free:
                break
            handout.offer(run)
    return Claimed(handout.claimed, handout.left_some and handout.claims.free > 0)


def hand_over_slots(system: System) -> None:
    """Give the slot that has just become free to whoever waits, at once. It never raises."""
    try:
        now = system.clock.now()
        if claim_waiting(system, system.floor(), now).left_some:
            system.queues.send_wakes([now], now)
    except Exception:
        events.error("hand_over_failed")


def expire_waiting(system: System, floor: Floor, now: datetime) -> Counter[str]:
    """End the runs that have waited longer than they may; how many of each tenant.

    It reads only those.
    """
    ended: Counter[str] = Counter()
    for limit in wait_limit_items.over(now, MOST_EXPIRED):
        try:
            run = run_table.find(limit.tenant_id, limit.run_id)
            if run is not None and has_waited_too_long(run, now):
                expired = settling.expire(system, run, floor.settings, now)
                ended[limit.tenant_id] += expired is not None
            wait_limit_items.delete(limit)
        except Exception:
            events.error("wait_limit_failed", tenant_id=limit.tenant_id, run_id=limit.run_id)
    return ended


@dataclass(slots=True)
class _Handout:
    """Free slots that are offered to waiting runs, one after the other."""

    system: System
    floor: Floor
    now: datetime
    #: Tenant → how many of its runs this pass has taken up.
    taken: Counter[str]
    claimed: list[Run] = field(default_factory=list)
    left_some: bool = False
    claims: SlotClaims = field(init=False)

    def __post_init__(self) -> None:
        self.claims = SlotClaims(self.system, self.floor, self.now)

    def offer(self, run: Run) -> None:
        """Start the run if it may start. An error is logged, and the next one has its turn."""
        with events.bound(**events.of_run(run)):
            try:
                winner = self._start(run)
            except Exception:
                events.error("claim_failed", tenant_id=run.tenant_id, run_id=run.run_id)
                return
        if winner is not None:
            self.claimed.append(winner)
            self.taken[run.tenant_id] += 1

    def _start(self, run: Run) -> Run | None:
        """The run with its slot; None if it ends here, may not start, or somebody was quicker."""
        if run.status is not RunStatus.QUEUED:
            return None
        if has_waited_too_long(run, self.now):
            settling.expire(self.system, run, self.floor.settings, self.now)
            return None
        if not run.forced and self.taken[run.tenant_id] >= self.floor.settings.batch_per_tenant:
            self.left_some = True
            return None
        for _ in range(MOST_TRIES):
            try:
                return self._claim(run)
            except TransactionLost as lost:
                if "run" in lost.steps:
                    return None
        return None

    def _claim(self, run: Run) -> Run | None:
        """Decide on the run with its schedule at hand, and write it. Raises `TransactionLost`."""
        schedule = schedule_table.find(run.tenant_id, run.schedule_id)
        if schedule is None or settle.is_switched_off(schedule, run):
            settling.skip_if_off(self.system, run, self.floor.settings, self.now)
            return None
        slot = slot_of_its_own(run) if run.forced else self.claims.reserve(schedule, run.trigger)
        if slot is None:
            return None
        transaction = Transaction(self.system.clock)
        claimed = self.claims.add(transaction, run, schedule, slot)
        run_table.update(transaction, run, claimed, conditions.run_is_queued(run))
        at_work = with_run_at_work(schedule, claimed, self.now)
        at_work = without_run_waiting(at_work, run, claimed)
        schedule_table.update(transaction, schedule, at_work)
        try:
            transaction.commit()
        except Exception as error:
            self.claims.give_back_after(error, slot)
            raise
        self.claims.done(claimed)
        return claimed
