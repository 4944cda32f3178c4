"""One pass: reap expired leases, claim slots for what waits, fire what is due.

The tick makes one each minute and looks a minute ahead; a wake makes one at an exact second. A
pass holds no state, needs no lock, and may run any number of times at once: every step is a
conditional write, and losing one is normal.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot, latest_turn
from chalicelib.domain.deployment.turns import tenants_in_turn
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs import lease
from chalicelib.domain.runs.queue_order import order_key
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import claiming, forgetting, resting, settling
from chalicelib.engine.moves.ending_writes import Written
from chalicelib.engine.moves.wakes import LOOK_AHEAD
from chalicelib.engine.scheduling import asides, lateness, rule_changes
from chalicelib.engine.scheduling.fire import Fire
from chalicelib.engine.system import System
from chalicelib.platform import events, metrics
from chalicelib.platform.threads import side_by_side
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb.batches import Key

#: A pass stops firing after this long and leaves the rest to the next, which it calls at once.
LONGEST_FIRING: Final = timedelta(seconds=40)
BETWEEN_LOOKS_AT_THE_CLOCK: Final = 64
#: What a summary counts; besides, of each tenant what it has `taken` and what `failed`.
_COUNTS: Final = ("reaped", "fired", "skipped", "deferred", "claimed", "left")


@dataclass(slots=True)
class Summary:
    """What a pass did, in numbers: of each tenant, and in all."""

    at: datetime
    wakes: int = 0
    #: Name of a count → tenant → how many. `taken` are runs that got a slot.
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, name: str, tenant_id: str, number: int = 1) -> None:
        """Count so many more of a tenant."""
        self.counts[name][tenant_id] += number

    def total(self, name: str) -> int:
        """How many there were of all tenants."""
        return self.counts[name].total()

    @property
    def did_something(self) -> bool:
        """Whether the pass found anything to do."""
        return any(self.total(name) for name in (*_COUNTS, "failed"))

    def as_json(self) -> dict[str, Any]:
        """The summary as owners and the log get it."""
        tenants = sorted(set(self.counts["taken"]) | set(self.counts["failed"]))
        return {
            **{name: self.total(name) for name in _COUNTS},
            "wakes": self.wakes,
            "tenants": {tenant: self._of(tenant) for tenant in tenants},
        }

    def of_tenant(self, tenant_id: str) -> dict[str, Any]:
        """The summary as others get it: what the pass did for this tenant, and no more."""
        own = self._of(tenant_id)
        return {
            **{name: self.counts[name][tenant_id] for name in _COUNTS},
            "wakes": 0,
            "tenants": {tenant_id: own} if any(own.values()) else {},
        }

    def _of(self, tenant_id: str) -> dict[str, int]:
        return {name: self.counts[name][tenant_id] for name in ("taken", "failed")}


def tick(system: System) -> Summary:
    """The minute pass; leaves a mark that says when it was here."""
    this = Pass(system)
    summary = this.make(look_ahead=LOOK_AHEAD)
    lateness.tell(this.last_tick_at, summary.at)
    floor_items.mark("tick", summary.at, summary.as_json())
    seen = {"put_aside": this.put_aside, "waiting": this.waiting}
    events.info("tick_done", at=summary.at, **seen, **summary.as_json())
    return summary


def wake(system: System, at: datetime) -> None:
    """A pass at that instant, slept up to: the message comes up to a second early."""
    early = at - system.clock.now()
    if early > LOOK_AHEAD:
        events.warn("wake_too_early", at=at, seconds=early.total_seconds())
        return
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
        #: How much cannot be used, and how many runs wait for a slot; only a tick looks.
        self.put_aside = self.waiting = 0

    def make(self, look_ahead: timedelta = timedelta(0)) -> Summary:
        """Do all that is due, and ask for wakes for what is due within `look_ahead`."""
        if self._reap():
            self._look()
        if look_ahead:
            self.put_aside = asides.take_back(self._system, self._floor.settings, self._now)
            metrics.count(metrics.PUT_ASIDE, self.put_aside)
            self._guarded("-", "zone-rules", self._set_rest_anew)
            self._guarded("-", "earlier-queue", self._place_earlier)
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
            self._guarded("-", "deletions", partial(forgetting.forget_each, self._system))
            self._guarded("-", "queue-length", self._measure_queue)
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
        keys = [(slot.tenant_id or "", slot.run_id or "") for slot in held]
        runs = {run.run_id: run for run in run_table.get_many(keys)} if keys else {}
        self._lease_ends = [
            lease.reapable_at(run.lease_expires_at)
            for run in runs.values()
            if run.lease_expires_at is not None
        ]
        for slot in held:
            reap_one = partial(self._reap_one, slot, runs.get(slot.run_id or ""))
            with events.bound(**_of_slot(slot)):
                self._guarded(slot.tenant_id or "", slot.run_id or "", reap_one)
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
        """Give the runs their places that an earlier release has put in its queue."""
        self._heads += resting.place_earlier(self._system, self._now)

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
        """Fire what is due; answers with how many runs were put in the queue."""
        due = schedule_table.due_keys(self._now + look_ahead)
        ripe = [key for at, key in due if at <= self._now]
        fire = Fire(self._system, self._floors, self._now)
        if ripe:
            self._fire_each(
                fire, self._readable(ripe), sum(len(each.free) for each in self._floors)
            )
        self._heads += fire.heads
        self._add_up(fire)
        latest = self._now + LOOK_AHEAD
        soon = {at for at in fire.next_fire_times if self._now < at <= latest}
        self._wakes |= {at for at, _ in due if at > self._now} | soon
        return fire.counts["queued"].total()

    def _fire_each(self, fire: Fire, schedules: list[Schedule], in_turn: int) -> None:
        """Those that may find a slot go one after the other, in order; the others side by side."""
        steps = [partial(self._fire_one, fire, each) for each in schedules]
        for step in steps[:in_turn]:
            step()
        others = steps[in_turn:]
        for started in range(0, len(others), BETWEEN_LOOKS_AT_THE_CLOCK):
            if self._system.clock.now() - self._now > LONGEST_FIRING:
                self._summary.counts["left"] += Counter(
                    each.tenant_id for each in schedules[in_turn + started :]
                )
                return
            batch = others[started : started + BETWEEN_LOOKS_AT_THE_CLOCK]
            side_by_side(batch, self._system.writers)

    def _fire_one(self, fire: Fire, schedule: Schedule) -> None:
        key = (schedule.tenant_id, schedule.schedule_id)
        with events.bound(tenant_id=schedule.tenant_id, schedule_id=schedule.schedule_id):
            self._guarded(*key, partial(self._all_of, fire, schedule))

    def _all_of(self, fire: Fire, schedule: Schedule) -> None:
        """Fire what is due of one schedule; put it aside if its cadence has no meaning any more."""
        try:
            fire.all_of(schedule)
        except InvalidFields as error:
            self._summary.count("failed", schedule.tenant_id)
            asides.put_aside((schedule.tenant_id, schedule.schedule_id), error, self._now)

    def _readable(self, ripe: list[Key]) -> list[Schedule]:
        """The schedules of these keys as they take their turns; unreadable ones are put aside."""
        batch = schedule_table.get_many(ripe)
        for key, error in batch.unreadable:
            self._summary.count("failed", key[0])
            asides.put_aside(key, error, self._now)
        return self._in_turn(sorted(batch.found, key=_order_key))

    def _in_turn(self, due: list[Schedule]) -> list[Schedule]:
        """Due schedules, tenants in turn within each pool."""
        in_turn: list[Schedule] = []
        for floor in self._floors:
            own = [each for each in due if each.pool == floor.pool]
            in_turn += tenants_in_turn(own, latest_turn(floor.slots), floor.terms)
        known = {floor.pool for floor in self._floors}
        return [*in_turn, *(each for each in due if each.pool not in known)]

    def _add_up(self, fire: Fire) -> None:
        for name in ("fired", "deferred", "skipped"):
            self._summary.counts[name] += fire.counts[name]
        for tenant_id, number in fire.claimed.items():
            self._count_claimed(tenant_id, number)

    def _count_claimed(self, tenant_id: str, number: int) -> None:
        self._summary.count("claimed", tenant_id, number)
        self._summary.count("taken", tenant_id, number)

    def _ask_for_wakes(self, look_ahead: timedelta) -> None:
        """Also at once, if something due is left: the next pass goes on where this one stopped.

        A tick asks for a pass at the end of each lease that ends before the next one. Only a dead
        holder's does: whoever lives renews much earlier.
        """
        latest = self._now + look_ahead
        self._wakes |= {at for at in self._lease_ends if self._now < at <= latest}
        self._summary.wakes = len(self._wakes - {self._now})
        if left := self._summary.total("left"):
            events.warn("pass_left_some", left=left)
            self._wakes.add(self._now)
        if self._wakes:
            self._system.queues.send_wakes(self._wakes, self._now)

    def _guarded(self, tenant_id: str, item: str, work: Callable[[], None]) -> None:
        """No error in one schedule, run or tenant stops a pass (rule 8)."""
        try:
            work()
        except Exception:
            self._summary.count("failed", tenant_id)
            events.error("pass_item_failed", tenant_id=tenant_id, item=item)


def _of_slot(slot: Slot) -> dict[str, str | None]:
    """What the log is to say about work on a slot's holder."""
    return {
        "tenant_id": slot.tenant_id,
        "schedule_id": slot.schedule_id,
        "run_id": slot.run_id,
    }


def _order_key(schedule: Schedule) -> str:
    """Due at one instant, schedules of a tenant are served as their runs would be in the queue."""
    due_at = schedule.next_fire_at or schedule.updated_at
    return order_key(due_at, schedule.priority, schedule.schedule_id)
