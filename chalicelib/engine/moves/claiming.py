"""Handing out slots to runs that wait."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import settle
from chalicelib.domain.runs.at_work import with_run_at_work, without_run_waiting
from chalicelib.domain.runs.run import Place, Run, RunStatus, has_waited_too_long
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import lines, settling
from chalicelib.engine.moves.ending_writes import Written
from chalicelib.engine.moves.pool_queues import MOST_AT_ONCE, Queue, place_of
from chalicelib.engine.moves.slot_claims import SlotClaims, slot_of_its_own
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table, wait_limit_items
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import MOST_TRIES, Transaction, TransactionLost
from chalicelib.store.run_table import InQueue

#: How many runs are ended at most by one look at whose wait is over.
MOST_EXPIRED: Final = 500
#: For how long one look at a queue hands out slots; the next goes on at once.
LONGEST: Final = timedelta(seconds=20)
#: How many places in a queue that turn out to be no waiting run are passed over for one slot.
MOST_PASSED_OVER: Final = 25
#: How many places that were left to others are tried all the same, if nothing else waits.
_MOST_OF_OTHERS: Final = 3
#: Whose slots became free so recently hand them out themselves just now.
_JUST_NOW: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one look at a queue gave: the runs that got a slot, and whether time was up before."""

    runs: list[Run]
    left_some: bool


def claim_forced(system: System, floors: Iterable[Floor], now: datetime) -> list[Run]:
    """Give the forced runs that wait a slot of their own each; answers with them."""
    main, *others = floors
    by_pool = {floor.pool: floor for floor in others}
    claimed: list[Run] = []
    for run in run_table.waiting_forced(now):
        handout = _Handout(system, by_pool.get(run.pool, main), now)
        handout.offer(place_of(run))
        claimed += handout.claimed
    return claimed


def claim_waiting(
    system: System, floor: Floor, now: datetime, heads: Iterable[Run] = ()
) -> Claimed:
    """Give the pool's free slots to those who wait for them, tenants in turn.

    `heads` are runs that have just been put in the queue. With no free slot it costs nothing. An
    error with one run is logged and keeps no other from its slot.
    """
    handout = _Handout(system, floor, now)
    if not handout.claims.free:
        return Claimed([], left_some=False)
    handout.queue = Queue(
        floor.pool, floor.terms, min(handout.claims.free + 5, MOST_AT_ONCE), heads
    )
    while handout.claims.free and system.clock.now() - now <= LONGEST:
        place = handout.next_place()
        if place is None:
            return Claimed(handout.claimed, left_some=False)
        handout.offer(place)
    return Claimed(handout.claimed, left_some=handout.claims.free > 0)


def hand_over(system: System, holder: Run, written: Written) -> None:
    """Give the slot that a run has just given back to whoever is next for it. It never raises.

    `holder` is the run as it held the slot. Others may give back slots of the pool at the same
    moment: each hands out its own slot, and takes the place in the queue that the others leave to
    it, so that they do not fight over the first.
    """
    heads = [written.head] if written.head is not None else []
    pools = {head.pool for head in heads}
    try:
        slot = None if holder.forced else holder.slot
        if slot is not None and _hand_over(system, holder.pool, slot, heads):
            pools.discard(holder.pool)
        _hand_out_free(system, pools, heads)
    except Exception:
        events.error("hand_over_failed")


def hand_out_free(system: System, pool: str, heads: Iterable[Run] = ()) -> None:
    """Give whatever slots of the pool are free to whoever waits, at once. It never raises."""
    try:
        _hand_out_free(system, [pool], heads)
    except Exception:
        events.error("hand_over_failed")


def _hand_out_free(system: System, pools: Iterable[str], heads: Iterable[Run]) -> None:
    now = system.clock.now()
    for pool in pools:
        if claim_waiting(system, system.floor(pool), now, heads).left_some:
            system.queues.send_wakes([now], now)


def _hand_over(system: System, pool: str, slot: str, heads: Iterable[Run]) -> bool:
    """Hand out that slot; whether it was free.

    It is not if somebody else has taken it, or if it is above a lowered capacity.
    """
    now = system.clock.now()
    floor = system.floor(pool, settings_may_be_old=True)
    handout = _Handout(system, floor, now)
    ahead = _ahead_of(slot, floor.free, now)
    if not handout.claims.reserve_only(slot):
        return False
    handout.queue = queue = Queue(floor.pool, floor.terms, min(ahead + 4, MOST_AT_ONCE), heads)
    left: list[tuple[Turn, InQueue]] = []
    while len(left) < ahead and (theirs := queue.next(handout.claims.turn)):
        left.append((handout.claims.turn, theirs))
        handout.claims.turn = handout.claims.turn.next_of(theirs.tenant_id)
    for _ in range(MOST_PASSED_OVER):
        place = queue.next(handout.claims.turn)
        if place is None:
            break
        if handout.offer(place) or not handout.claims.free:
            return True
    else:
        system.queues.send_wakes([now], now)
        return True
    # Fewer wait than slots became free, and who was to hand out those may have found nobody yet.
    first = ahead % len(left) if left else 0
    for turn, theirs in [*left[first:], *left[:first]][:_MOST_OF_OTHERS]:
        handout.claims.turn = turn
        if handout.offer(theirs) or not handout.claims.free:
            break
    return True


def _ahead_of(key: str, free: list[Slot], now: datetime) -> int:
    """How many slots before that one became free just now, so that others hand them out now."""
    return sum(
        slot.key < key and slot.since is not None and now - slot.since <= _JUST_NOW for slot in free
    )


def expire_waiting(system: System, settings: Settings, now: datetime) -> list[Written]:
    """End the runs that have waited longer than they may; answers with how each was left.

    It reads only those.
    """
    ended: list[Written] = []
    for limit in wait_limit_items.over(now, MOST_EXPIRED):
        try:
            run = run_table.find(limit.tenant_id, limit.run_id)
            if run is not None and has_waited_too_long(run, now):
                written = settling.expire(system, run, settings, now)
                ended += [written] if written is not None else []
            wait_limit_items.delete(limit)
        except Exception:
            events.error("wait_limit_failed", tenant_id=limit.tenant_id, run_id=limit.run_id)
    return ended


@dataclass(slots=True)
class _Handout:
    """Free slots of a pool that are offered to waiting runs, one after the other."""

    system: System
    floor: Floor
    now: datetime
    claimed: list[Run] = field(default_factory=list)
    #: What those wait in that are given a slot of the pool.
    queue: Queue | None = None
    claims: SlotClaims = field(init=False)
    #: Tenant → how many of its places were offered, since all who wait had their batch.
    _taken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.claims = SlotClaims(self.system, self.floor, self.now)

    def next_place(self) -> InQueue | None:
        """Whose run is served next: of no tenant more than its batch while another one waits."""
        assert self.queue is not None
        batch = self.floor.settings.batch_per_tenant
        had_theirs = {tenant_id for tenant_id, taken in self._taken.items() if taken >= batch}
        place = self.queue.next(self.claims.turn, but_not=had_theirs)
        if place is None and had_theirs:
            self._taken.clear()
            place = self.queue.next(self.claims.turn)
        if place is not None:
            self._taken[place.tenant_id] += 1
        return place

    def offer(self, place: InQueue) -> bool:
        """Start the run of that place if it may start; whether it got a slot.

        An error is logged, and the next one has its turn.
        """
        with events.bound(tenant_id=place.tenant_id, run_id=place.run_id):
            try:
                winner = self._start(place)
            except Exception:
                events.error("claim_failed", tenant_id=place.tenant_id, run_id=place.run_id)
                return False
        if winner is not None:
            self.claimed.append(winner)
        return winner is not None

    def _start(self, place: InQueue) -> Run | None:
        """The run with its slot; None if it ends here, may not start, or somebody was quicker."""
        for _ in range(MOST_TRIES):
            run = run_table.find(place.tenant_id, place.run_id)
            if run is None or run.status is not RunStatus.QUEUED:
                return None
            if has_waited_too_long(run, self.now):
                self._note(settling.expire(self.system, run, self.floor.settings, self.now))
                return None
            try:
                return self._claim(run)
            except TransactionLost as lost:
                if "run" in lost.steps:
                    return None
        return None

    def _claim(self, run: Run) -> Run | None:
        """Decide on the run with its schedule at hand, and write it. Raises `TransactionLost`."""
        schedule = schedule_table.find(run.tenant_id, run.schedule_id)
        if schedule is None or settle.reason_not_to_start(schedule, run) is not None:
            self._note(settling.skip_if_off(self.system, run, self.floor.settings, self.now))
            return None
        if not run.forced and (run.pool != self.floor.pool or run.place is not Place.QUEUE):
            return None  # It stands elsewhere by now.
        if not run.forced and self._would_overlap(schedule, run):
            self._step_back(schedule, run)
            return None
        if run.forced:
            slot: Slot | None = slot_of_its_own(replace(run, pool=schedule.pool))
        else:
            slot = self.claims.reserve(schedule, run.trigger)
        if slot is None:
            return None
        transaction = Transaction(self.system.clock)
        at_work = lines.leave(transaction, schedule, run)
        claimed = self.claims.add(transaction, run, schedule, slot)
        run_table.update(transaction, run, claimed, conditions.run_is_queued(run))
        at_work = with_run_at_work(at_work, claimed, self.now)
        at_work = without_run_waiting(at_work, run, claimed)
        schedule_table.update(transaction, schedule, at_work)
        try:
            transaction.commit()
        except Exception as error:
            self.claims.give_back_after(error, slot)
            raise
        self.claims.done(claimed)
        return claimed

    def _note(self, written: Written | None) -> None:
        """Who has come forward for a run that ended here may have the slot."""
        if written is not None and written.head is not None and self.queue is not None:
            self.queue.add(written.head)

    def _would_overlap(self, schedule: Schedule, run: Run) -> bool:
        """Whether the run would overlap one that is at work.

        If only the floor says so, which was read before the schedule, it is looked at once more.
        """
        if not self.claims.would_overlap(schedule, run.trigger):
            return False
        if schedule.is_at_work or self.system.floor(run.pool).held_by(schedule.schedule_id):
            return True
        self.claims.forget(schedule.schedule_id)
        return False

    def _step_back(self, schedule: Schedule, head: Run) -> None:
        """Put a head that would overlap a run at work into the line, if the schedule knows it."""
        if schedule.head_run_id != head.run_id or not schedule.is_at_work:
            return
        transaction = Transaction(self.system.clock)
        after, run = lines.step_back(transaction, schedule, head)
        after, forward = lines.let_forward(transaction, after, self.now)
        run_table.update(transaction, head, run, conditions.run_is_queued(head))
        schedule_table.update(transaction, schedule, after)
        transaction.commit()
        if forward is not None and self.queue is not None:
            self.queue.add(forward)
