"""Taking a slot: the one step that a pass, a firing and run now share.

A claim is one transaction: the slot, the run's own transition, and the schedule that knows which
run of it is at work. Each is written on the condition that it still is as it was seen.
"""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot, forced_slot, latest_turn, next_token, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import at_work, transitions
from chalicelib.domain.runs.run import OWN_TRIGGERS, Holder, Run, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.system import System
from chalicelib.platform import events, metrics
from chalicelib.platform.queues import RunMessage
from chalicelib.store import floor_items
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost

#: So many of those that a run waited for are kept on it by name.
MOST_NAMED: Final = 3


class SlotClaims:
    """The slots of one look at a pool, claimed one after the other. Threads may share it."""

    def __init__(self, system: System, floor: Floor, now: datetime) -> None:
        self._system, self._floor, self._now = system, floor, now
        self._free = floor.free
        self._busy = floor.busy_schedules(forced=False)
        self._forced = floor.busy_schedules(forced=True)
        self._at_work = len(floor.holders)
        #: The pool's latest turn, those taken here included.
        self.turn: Turn = latest_turn(floor.slots)
        #: Runs that got their slots here, after the look at the floor.
        self._started: list[Run] = []
        self._lock = threading.Lock()
        #: Tenant → how many of its runs have got a slot here.
        self.claimed: Counter[str] = Counter()

    @property
    def free(self) -> int:
        """How many slots are left to claim."""
        return len(self._free)

    def would_overlap(self, schedule: Schedule, trigger: Trigger) -> bool:
        """Whether a run of the schedule would overlap one that is at work.

        Two unforced runs never overlap. A forced run keeps those waiting that the schedule makes by
        itself, and none that a person asks for.
        """
        if at_work.would_overlap(schedule, trigger) or schedule.schedule_id in self._busy:
            return True
        return schedule.schedule_id in self._forced and trigger in OWN_TRIGGERS

    def forget(self, schedule_id: str) -> None:
        """The runs of the schedule that were at work as the floor was looked at are so no more."""
        with self._lock:
            self._busy.discard(schedule_id)
            self._forced.discard(schedule_id)

    def reserve(self, schedule: Schedule, trigger: Trigger) -> Slot | None:
        """A free slot, set aside for a run of the schedule.

        None if no slot is free, or if the run would overlap another one of its schedule.
        """
        with self._lock:
            if not self._free or self.would_overlap(schedule, trigger):
                return None
            return self._free.pop(0)

    def reserve_for_newcomer(self, schedule: Schedule, trigger: Trigger) -> Slot | None:
        """The same for a run that did not wait: it goes before no other of its schedule."""
        return None if schedule.head_run_id else self.reserve(schedule, trigger)

    def reserve_only(self, key: str) -> bool:
        """Leave only the free slot of that key to be claimed; whether it is free."""
        with self._lock:
            self._free = [slot for slot in self._free if slot.key == key]
            return bool(self._free)

    def give_back(self, slot: Slot | None) -> None:
        """A slot that was set aside is free after all."""
        if slot is not None and not slot.forced:
            with self._lock:
                self._free.insert(0, slot)

    def give_back_after(self, error: Exception, slot: Slot | None) -> None:
        """A claim failed: the slot is free after all, unless somebody else is known to have it."""
        if not isinstance(error, TransactionLost) or "slot" not in error.steps:
            self.give_back(slot)

    def add(self, transaction: Transaction, run: Run, schedule: Schedule, slot: Slot) -> Run:
        """Add the taking of a slot to a transaction; answers with the run as it then is.

        The caller adds the run and the schedule, and calls `done` once all of it is written.
        """
        with self._lock:
            concurrent = self._at_work + 1
            turn = self.turn.next_of(run.tenant_id)
        token, run = next_token(slot, run), replace(run, pool=slot.pool)
        claimed = transitions.claim(run, slot.key, token, self._now, concurrent)
        held = occupy(slot, claimed, turn, self._now, expected_duration(schedule))
        floor_items.occupy(transaction, slot, held)
        return claimed

    def done(self, run: Run) -> None:
        """Count a claim that was written, and tell the runner, unless the run's caller starts it.

        If that message is lost, the claim's short lease ends and a later pass hands the run out
        again.
        """
        with self._lock:
            self._at_work += 1
            if not run.forced:
                self.turn = self.turn.next_of(run.tenant_id)
            self._started.append(run)
            self._busy.add(run.schedule_id)
            self.claimed[run.tenant_id] += 1
        send_to_runner(self._system, run)

    def with_those_ahead(self, run: Run) -> Run:
        """The run with a note of who held the slots as it had to wait or was skipped."""
        with self._lock:
            holders: list[Slot | Run] = [*self._floor.holders, *self._started]
        own = [
            Holder(
                run_id=each.run_id or "",
                schedule_id=each.schedule_id or "",
                schedule_name=each.schedule_name or "",
            )
            for each in holders
            if each.tenant_id == run.tenant_id
        ]
        return replace(run, behind=tuple(own[:MOST_NAMED]), behind_others=len(holders) - len(own))


def slot_of_its_own(run: Run) -> Slot:
    """The slot outside the capacity that a forced run has to itself."""
    return forced_slot(run)


def expected_duration(schedule: Schedule) -> timedelta:
    """How long a run of it takes on average, or at most where there is no average yet."""
    return timedelta(seconds=schedule.average_duration_seconds or schedule.timeout_seconds)


def send_to_runner(system: System, run: Run) -> None:
    """Say that a run has a slot, in the log and to the runner, if that is to start it."""
    events.info(
        "run_claimed",
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        slot=run.slot,
        token=run.token,
        slot_wait_ms=run.slot_wait_ms,
    )
    metrics.measure(metrics.WAIT, run.slot_wait_ms)
    if not run.for_caller:
        system.queues.send_run(RunMessage.of(run))
