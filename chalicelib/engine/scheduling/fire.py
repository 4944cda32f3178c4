"""Firing: a due schedule's fire time becomes one record, in one transaction."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.deployment import pressure, retention
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import firing, run
from chalicelib.domain.runs.at_work import with_run_at_work
from chalicelib.domain.runs.firing import Deferral, Firing
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.waiting import with_end_of_wait
from chalicelib.domain.runs.zone_rules import is_outdated
from chalicelib.engine.moves import lines, settling, streak_notifications
from chalicelib.engine.moves.slot_claims import SlotClaims
from chalicelib.engine.scheduling import rule_changes
from chalicelib.engine.system import System
from chalicelib.platform import events, metrics
from chalicelib.store import pressure_items, run_table, schedule_table, wait_limit_items
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import MOST_TRIES, Transaction, TransactionLost


class Fire:
    """The firing of one pass: the slots it may hand out, and what it has made so far.

    Several threads may fire different schedules at once.
    """

    def __init__(self, system: System, floors: Sequence[Floor], now: datetime) -> None:
        self._system, self._floor, self._now = system, floors[0], now
        self._claims = {floor.pool: SlotClaims(system, floor, now) for floor in floors}
        self._lock = threading.Lock()
        #: Tenant → whether its own signals put its firings off.
        self._under_pressure: dict[str, bool] = {}
        #: What was `fired`, `skipped`, `deferred`, `queued` → tenant → how often.
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        #: Runs that it has put in the queues of their pools.
        self.heads: list[Run] = []
        #: When what this pass itself has moved on is due again. Not what others moved on: each of
        #: them asks for its wake, and wakes that ask for wakes would breed.
        self.next_fire_times: set[datetime] = set()

    @property
    def claimed(self) -> Counter[str]:
        """Tenant → how many of its runs got a slot at once."""
        return sum((claims.claimed for claims in self._claims.values()), Counter())

    def _claims_of(self, schedule: Schedule) -> SlotClaims:
        """The slots of the schedule's pool; none, if that is not there."""
        with self._lock:
            if schedule.pool not in self._claims:
                nowhere = replace(self._floor, pool=schedule.pool, slots=())
                self._claims[schedule.pool] = SlotClaims(self._system, nowhere, self._now)
            return self._claims[schedule.pool]

    def look_at_pressure(self, tenant_ids: Iterable[str]) -> None:
        """Read the signals of these tenants together, unless the deployment's own hold anyway."""
        unknown = sorted(set(tenant_ids) - self._under_pressure.keys())
        if unknown and not self._floor.is_under_pressure(self._now):
            own = pressure_items.of_tenants(unknown)
            self._under_pressure |= {
                each: pressure.holds(own.get(each, {}), self._now) for each in unknown
            }

    def all_of(self, schedule: Schedule) -> None:
        """Record every fire time of the schedule that is due, earliest first."""
        current: Schedule | None = schedule
        while current is not None and firing.is_due(current, self._now):
            current = self._one(current)

    def _one(self, schedule: Schedule) -> Schedule | None:
        """Record the earliest due fire time; answers with the schedule as it is then stored.

        None if it is gone, or if somebody else is at it all the time.
        """
        current: Schedule | None = schedule
        for _ in range(MOST_TRIES):
            if current is None or not firing.is_due(current, self._now):
                return current
            if is_outdated(current):
                current = self._set_anew(current)
                continue
            claims = self._claims_of(current)
            slot = claims.reserve_for_newcomer(current, Trigger.SCHEDULED)
            try:
                return self._decide_and_write(current, claims, slot)
            except TransactionLost as lost:
                claims.give_back_after(lost, slot)
                current = self._after_loss(current, lost)
        events.warn("fire_contended", tenant_id=schedule.tenant_id, item=schedule.schedule_id)
        return None

    def _set_anew(self, seen: Schedule) -> Schedule | None:
        """The schedule as other time-zone rules than those that set it have it, or as it is now."""
        try:
            after = rule_changes.set_one_anew(self._system, seen)
        except TransactionLost:
            return schedule_table.find(seen.tenant_id, seen.schedule_id)
        self._note_next(after)
        return after

    def _decide_and_write(
        self, schedule: Schedule, claims: SlotClaims, slot: Slot | None
    ) -> Schedule | None:
        pending = self._pending_run(schedule)
        if pending is not None and self._has_waited_too_long(pending):
            claims.give_back(slot)
            return schedule_table.find(schedule.tenant_id, schedule.schedule_id)
        settings = self._floor.settings
        delay = settings.pressure if self._is_under_pressure(schedule.tenant_id) else None
        decided = firing.decide(
            schedule,
            self._now,
            free=slot is not None,
            pending=pending,
            pressure=delay,
            default_lease_seconds=settings.lease_seconds,
        )
        if isinstance(decided, Deferral):
            claims.give_back(slot)
            return self._defer(schedule, decided)
        if decided.record.is_final:
            claims.give_back(slot)
            slot = None
        moved = self._write(schedule, decided, claims, slot, pending)
        self._note_next(moved)
        return moved

    def _is_under_pressure(self, tenant_id: str) -> bool:
        """Whether somebody works interactively, in that tenant or for the whole deployment.

        A tenant's signals are read once, and only if something of it is due.
        """
        if self._floor.is_under_pressure(self._now):
            return True
        self.look_at_pressure([tenant_id])
        return self._under_pressure[tenant_id]

    def _note_next(self, moved: Schedule) -> None:
        if moved.next_fire_at is not None:
            with self._lock:
                self.next_fire_times.add(moved.next_fire_at)

    def _pending_run(self, schedule: Schedule) -> Run | None:
        """The run that waits for it already; one that cannot be read holds nothing up."""
        if schedule.pending_run_id is None:
            return None
        return run_table.find_readable(schedule.tenant_id, schedule.pending_run_id)

    def _has_waited_too_long(self, pending: Run) -> bool:
        """End a waiting run whose time is up; whether it was one."""
        if not run.has_waited_too_long(pending, self._now):
            return False
        settling.expire(self._system, pending, self._floor.settings, self._now)
        return True

    def _defer(self, schedule: Schedule, deferral: Deferral) -> Schedule:
        schedule_table.replace(schedule, deferral.schedule, self._system.clock)
        with self._lock:
            self.counts["deferred"][schedule.tenant_id] += 1
        self._note_next(deferral.schedule)
        return deferral.schedule

    def _write(
        self,
        seen: Schedule,
        decided: Firing,
        claims: SlotClaims,
        slot: Slot | None,
        pending: Run | None,
    ) -> Schedule:
        """Write record and schedule, together; answers with the schedule as it is then stored."""
        record, moved = decided.record, decided.schedule
        transaction = Transaction(self._system.clock)
        if slot is not None:
            record = claims.add(transaction, record, seen, slot)
            moved = with_run_at_work(moved, record, self._now)
        elif record.skip_reason is SkipReason.SLOT_BUSY:
            record = claims.with_those_ahead(record)
        elif not record.is_final:
            record = with_end_of_wait(claims.with_those_ahead(record), seen, self._now)
            moved, record = lines.enter(transaction, moved, record, self._now)
            wait_limit_items.put(transaction, record)
        moved = streak_notifications.tell_of_no_show(transaction, moved, record, self._now)
        record = retention.keep(record, self._floor.settings, self._now)
        schedule_table.update(transaction, seen, moved)
        run_table.put(transaction, record)
        if decided.counted and pending is not None:
            counted = replace(pending, covers=pending.covers + decided.counted)
            still_waits = conditions.run_is_queued(pending)
            run_table.update(transaction, pending, counted, still_waits, step="pending")
        transaction.commit()
        self._count(record, claims, due_at=seen.next_fire_at or record.fire_at)
        return moved

    def _after_loss(self, seen: Schedule, lost: TransactionLost) -> Schedule | None:
        """What to decide on next. Losing is normal: two passes, or a pass and a person, met."""
        if lost.steps == {"run"}:
            return self._move_on(seen)
        return schedule_table.find(seen.tenant_id, seen.schedule_id)

    def _move_on(self, seen: Schedule) -> Schedule | None:
        """The fire time has its record already; only the schedule was set back behind it."""
        events.info("fire_duplicate", schedule_id=seen.schedule_id, fire_at=seen.fire_at)
        after = firing.pass_over(seen, self._now)
        try:
            schedule_table.replace(seen, after, self._system.clock)
        except TransactionLost:
            return schedule_table.find(seen.tenant_id, seen.schedule_id)
        return after

    def _count(self, record: Run, claims: SlotClaims, due_at: datetime) -> None:
        late = self._system.clock.now() - due_at
        late_ms = max(late // timedelta(milliseconds=1), 0)
        events.info(
            "run_fired",
            tenant_id=record.tenant_id,
            run_id=record.run_id,
            schedule_id=record.schedule_id,
            fire_at=record.fire_at,
            status=record.status,
            skip_reason=record.skip_reason,
            covers=record.covers,
            late_ms=late_ms,
        )
        if not record.is_final:
            metrics.count(metrics.FIRED)
            metrics.measure(metrics.LATE, late_ms)
        with self._lock:
            self.counts["skipped" if record.is_final else "fired"][record.tenant_id] += 1
            if record.status is RunStatus.QUEUED:
                self.counts["queued"][record.tenant_id] += 1
                self.heads.append(record)
        if record.holds_slot:
            claims.done(record)
