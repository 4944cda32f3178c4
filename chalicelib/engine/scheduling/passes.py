"""One pass: reap expired leases, claim slots for what waits, fire what is due.

The tick makes one each minute and looks a minute ahead; a wake makes one at an exact second. A
pass holds no state, needs no lock, and may run any number of times at once: every step is a
conditional write, and losing one is normal.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import lease
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import DUE_SHARDS
from chalicelib.engine.moves import claiming, forgetting, resting, settling
from chalicelib.engine.moves.ending_writes import Written
from chalicelib.engine.moves.wakes import LOOK_AHEAD, every_second
from chalicelib.engine.scheduling import asides, lateness, rule_changes
from chalicelib.engine.scheduling.rounds import Round
from chalicelib.engine.scheduling.summary import Summary
from chalicelib.engine.system import System
from chalicelib.platform import events, metrics
from chalicelib.platform.queues import WARM_UP, Sweep
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb.batches import Key

#: For so long after an update, or after something was found that the release before it has queued,
#: there may be more of it.
EARLIER_RELEASE_IS_GONE_AFTER: Final = timedelta(minutes=30)
#: Of how many due schedules of a shard a pass takes care by itself.
MOST_BY_ITSELF: Final = 250


def tick(system: System) -> Summary:
    """The minute pass; leaves a mark that says when it was here."""
    this = Pass(system)
    summary = this.make(look_ahead=LOOK_AHEAD)
    lateness.tell(this.last_tick_at, summary.at)
    floor_items.mark("tick", summary.at, summary.as_json(), placing_since=this.placing_since)
    seen = {"put_aside": this.put_aside, "waiting": this.waiting}
    events.info("tick_done", at=summary.at, **seen, **summary.as_json())
    return summary


def wake(system: System, at: datetime) -> None:
    """A pass at that instant, slept up to: the message comes up to a second early."""
    early = at - system.clock.now()
    if early > LOOK_AHEAD:
        events.warn("wake_too_early", at=at, seconds=early.total_seconds())
        return
    if system.config.warm_runner and early > timedelta(0):
        system.queues.send_run(WARM_UP)
    system.clock.sleep(early.total_seconds())
    summary = Pass(system).make()
    events.info("wake_done", at=at, **summary.as_json())


class Pass:
    """One pass at the system's present instant, within a bounded time."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._now = system.clock.now()
        self._floors = system.floors()
        self._summary = Summary(at=self._now)
        #: Runs that have come to stand in the queues of their pools in this pass.
        self._heads: list[Run] = []
        #: When further passes are needed, and when the leases of those at work end.
        self._wakes: set[datetime] = set()
        self._lease_ends: list[datetime] = []
        #: When the minute pass was here before this one.
        self.last_tick_at = self._floor.last_tick_at
        #: Since when ticks have known places, and found nobody in the queue of an earlier release.
        self.placing_since = self._floor.placing_since or self._now
        #: How much cannot be used, and how many runs wait for a slot; only a tick looks.
        self.put_aside = self.waiting = 0

    def make(self, look_ahead: timedelta = timedelta(0)) -> Summary:
        """Do all that is due, and ask for wakes for what is due within `look_ahead`."""
        if self._reap():
            self._look()
        if look_ahead:
            self.put_aside = asides.take_back(self._system, self._floor.settings, self._now)
            metrics.count(metrics.PUT_ASIDE, self.put_aside)
            self._summary.guarded("-", "zone-rules", self._set_rest_anew)
            self._summary.guarded("-", "earlier-queue", self._place_earlier)
            self._expire()
        self._end_rests()
        self._claim_forced()
        if self._claim():
            self._look()
        if self._fire(look_ahead):
            # A run may have ended between our look at the slots and our putting others in the
            # queue; it found nothing waiting then, so somebody has to look again.
            self._look()
            self._claim()
        self._ask_for_wakes(look_ahead)
        if look_ahead:
            self._summary.guarded("-", "deletions", partial(forgetting.forget_each, self._system))
            self._summary.guarded("-", "queue-length", self._measure_queue)
        metrics.count(metrics.PASSES, self._summary.did_something)
        return self._summary

    @property
    def _floor(self) -> Floor:
        """The floor of `main`, for what concerns the deployment."""
        return self._floors[0]

    def _look(self) -> None:
        self._floors = self._system.floors()

    def _measure_queue(self) -> None:
        """See how many runs wait for a slot while none is free, and how long.

        While one of a pool is free, what waits there does so for a run of its own schedule, and
        nobody looks.
        """
        full = (floor.pool for floor in self._floors if not floor.free)
        queues = [run_table.queue_length(pool) for pool in full]
        self.waiting = sum(queue.runs for queue in queues)
        metrics.count(metrics.WAITING, self.waiting)
        since = min((queue.since for queue in queues if queue.since is not None), default=None)
        if since is not None:
            metrics.measure(metrics.LONGEST_WAIT, (self._now - since).total_seconds())

    def _reap(self) -> int:
        """End what silent holders left behind, also on slots above a lowered capacity."""
        held = [slot for floor in self._floors for slot in floor.holders]
        keys = [(slot.tenant_id or "-", slot.run_id or "-") for slot in held]
        runs = {run.run_id: run for run in run_table.get_many(keys)} if keys else {}
        self._lease_ends = [
            lease.reapable_at(run.lease_expires_at)
            for run in runs.values()
            if run.lease_expires_at is not None
        ]
        for slot in held:
            reap_one = partial(self._reap_one, slot, runs.get(slot.run_id or "-"))
            with events.bound(**_of_slot(slot)):
                self._summary.guarded(slot.tenant_id or "", slot.run_id or "", reap_one)
        return self._summary.total("reaped")

    def _reap_one(self, slot: Slot, run: Run | None) -> None:
        key = (slot.tenant_id or "-", slot.run_id or "-")
        stored = run_table.stored_lease(*key) if run is None else None
        if stored is not None and stored.may_hold(slot, self._now):
            return  # It cannot be read, and may be at work.
        if run is None or not run.holds_slot or run.token != slot.token:
            freed = settling.free_orphan(self._system, slot, run, self._now)
        elif run.lease_expires_at and lease.may_be_reaped(run.lease_expires_at, self._now):
            written = settling.reap(self._system, run, self._floor.settings, self._now)
            freed = written is not None
            self._note_head(written)
        else:
            return
        if freed:
            self._summary.count("reaped", slot.tenant_id or "")
            metrics.count(metrics.REAPED)
            metrics.count(metrics.NOT_STARTED, run is not None and run.status is RunStatus.CLAIMED)
            events.warn("slot_reaped", slot=slot.key, run_id=slot.run_id, tenant_id=slot.tenant_id)
        if freed and stored is not None:
            asides.put_run_aside(key, self._now)

    def _set_rest_anew(self) -> None:
        rule_changes.set_rest_anew(self._system, self._floor.zone_rules, self._now)

    def _place_earlier(self) -> None:
        """Give the runs their places that an earlier release has put in its queue.

        After an update its functions may still be at work for a while, and it may have left more
        than one tick places.
        """
        if self._now - self.placing_since > EARLIER_RELEASE_IS_GONE_AFTER:
            return
        placed, were_some = resting.place_earlier(self._system, self._now)
        if were_some:
            self.placing_since = self._now
        self._heads += placed

    def _expire(self) -> None:
        """End the runs that have waited longer than they may."""
        settings = self._floor.settings
        for written in claiming.expire_waiting(self._system, settings, self._now):
            self._summary.count("skipped", written.run.tenant_id)
            self._note_head(written)

    def _end_rests(self) -> None:
        """Put the retries in their queues whose rest is over."""
        self._heads += resting.end_rests(self._system, self._now)

    def _note_head(self, written: Written | None) -> None:
        if written is not None and written.head is not None:
            self._heads.append(written.head)

    def _claim_forced(self) -> None:
        for run in claiming.claim_forced(self._system, self._floors, self._now):
            self._count_claimed(run.tenant_id, 1)

    def _claim(self) -> int:
        """Give free slots to what waits; answers with how many runs got one."""
        number = 0
        with_room = [floor for floor in self._floors if floor.free]
        if not with_room or not (self._heads or run_table.somebody_is_in_a_queue()):
            return 0
        for floor in with_room:
            claimed = claiming.claim_waiting(self._system, floor, self._now, self._heads)
            for run in claimed.runs:
                self._count_claimed(run.tenant_id, 1)
            if claimed.left_some:
                self._wakes.add(self._now)
            number += len(claimed.runs)
        return number

    def _fire(self, look_ahead: timedelta) -> int:
        """Fire what is due; answers with how many runs were put in the queue.

        Where a shard has more than one pass should take, it goes to as many as share a shard.
        """
        ripe: list[Key] = []
        soon: set[datetime] = set()
        for shard in range(DUE_SHARDS):
            due, rest = schedule_table.due_page(shard, self._now + look_ahead, MOST_BY_ITSELF)
            own = [key for at, key in due if at <= self._now]
            soon |= {at for at, _ in due if at > self._now}
            if rest is not None and len(own) == len(due):
                self._share_out(shard, own)
            else:
                ripe += own
            if rest is not None and look_ahead:
                soon |= every_second(self._now, look_ahead)
        round_ = Round(self._system, self._floors, self._now, self._summary)
        round_.fire(ripe)
        self._heads += round_.heads
        latest = self._now + LOOK_AHEAD
        self._wakes |= soon | {at for at in round_.next_fire_times if self._now < at <= latest}
        return round_.queued

    def _share_out(self, shard: int, seen: list[Key]) -> None:
        """Have a full shard swept by several at once, each its part."""
        parts = self._system.config.fan_out
        self._summary.counts["left"] += Counter(tenant_id for tenant_id, _ in seen)
        events.info("pass_shared_out", shard=shard, parts=parts)
        self._system.queues.send_sweeps([Sweep(shard, part, parts) for part in range(parts)])

    def _count_claimed(self, tenant_id: str, number: int) -> None:
        self._summary.count_claimed(tenant_id, number)

    def _ask_for_wakes(self, look_ahead: timedelta) -> None:
        """Also at once, if something due is left: the next pass goes on where this one stopped.

        A tick asks for a pass at the end of each lease that ends before the next one. Only a dead
        holder's does: whoever lives renews much earlier.
        """
        latest = self._now + look_ahead
        self._wakes |= {at for at in self._lease_ends if self._now < at <= latest}
        self._summary.wakes = len(self._wakes - {self._now})
        if self._summary.is_cut_short:
            events.warn("pass_left_some", left=self._summary.total("left"))
            self._wakes.add(self._now)
        if self._wakes:
            self._system.queues.send_wakes(self._wakes, self._now)


def _of_slot(slot: Slot) -> dict[str, str | None]:
    """What the log is to say about work on a slot's holder."""
    return {
        "tenant_id": slot.tenant_id,
        "schedule_id": slot.schedule_id,
        "run_id": slot.run_id,
    }
