"""Claiming slots for runs that wait."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot, next_token, occupy
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, has_waited_too_long
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import settling
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.queues import RunMessage
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost

#: How many waiting runs are looked at for each free slot: enough to pass over those that may not
#: start yet because their schedule is already at work.
LOOK_AT = 20
#: And how many if those leave a slot free: it must not stay so behind the crowd of one schedule.
LOOK_FURTHER = 500


def expected_duration(schedule: Schedule | None) -> timedelta:
    """How long a run of it takes on average, or at most where there is no average yet."""
    if schedule is None:
        return timedelta(0)
    return timedelta(seconds=schedule.average_duration_seconds or schedule.timeout_seconds)


def claim_waiting(system: System, floor: Floor, now: datetime) -> list[Run]:
    """Hand free slots to waiting runs, in their order; answers with what was claimed.

    With no free slot it costs nothing, however many wait.
    """
    handout, seen = _Handout(system, floor, now, floor.free), frozenset[str]()
    for reach in (LOOK_AT, LOOK_FURTHER):
        most = reach * len(handout.free)
        queue = run_table.waiting(now, most) if most else []
        handout.to([run for run in queue if run.run_id not in seen])
        if len(queue) < most:
            break
        seen = frozenset(run.run_id for run in queue)
    return handout.claimed


def expire_waiting(system: System, floor: Floor, now: datetime) -> int:
    """End the eldest runs that have waited too long; how many. It looks at the head only."""
    eldest = run_table.waiting(now, LOOK_AT)
    overdue = [run for run in eldest if has_waited_too_long(run, now)]
    ended = [settling.expire(system, run, floor.settings, now) for run in overdue]
    return sum(run is not None for run in ended)


@dataclass(slots=True)
class _Handout:
    """Free slots that are handed to runs, one after the other."""

    system: System
    floor: Floor
    now: datetime
    free: list[Slot]
    claimed: list[Run] = field(default_factory=list)

    def to(self, queue: list[Run]) -> None:
        """Hand slots to those of the queue that may start, as long as there are any."""
        taken = Counter(run.tenant_id for run in self.claimed)
        busy = self.floor.busy_schedules() | {run.schedule_id for run in self.claimed}
        for run in queue:
            if not self.free:
                break
            if has_waited_too_long(run, self.now):
                settling.expire(self.system, run, self.floor.settings, self.now)
                continue
            may_start = run.status is RunStatus.QUEUED and run.schedule_id not in busy
            if not may_start or taken[run.tenant_id] >= self.floor.settings.batch_per_tenant:
                continue
            winner = self._claim(run)
            if winner is not None:
                self.claimed.append(winner)
                taken[run.tenant_id] += 1
                busy.add(run.schedule_id)

    def _claim(self, run: Run) -> Run | None:
        """One run onto the first slot it can get; slots found taken are dropped from `free`."""
        expected = expected_duration(schedule_table.find(run.tenant_id, run.schedule_id))
        while self.free:
            slot = self.free.pop(0)
            concurrent = len(self.floor.holders) + 1
            after = transitions.claim(run, slot.key, next_token(slot, run), self.now, concurrent)
            transaction = Transaction(self.system.clock)
            floor_items.occupy(transaction, slot, occupy(slot, after, self.now, expected))
            run_table.update(transaction, run, after, conditions.run_is_queued(run))
            try:
                transaction.commit()
            except TransactionLost as lost:
                if "run" in lost.steps:
                    if "slot" not in lost.steps:
                        self.free.insert(0, slot)
                    return None
                continue
            send_to_runner(self.system, after)
            return after
        return None


def hand_over_slots(system: System) -> None:
    """Give the slot that has just become free to whoever waits, at once."""
    floor = system.floor()
    claim_waiting(system, floor, system.clock.now())


def send_to_runner(system: System, run: Run) -> None:
    """Tell the runner about a claim.

    If this is lost, the claim's short lease ends and a later pass hands the run out again.
    """
    events.info(
        "run_claimed",
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        slot=run.slot,
        token=run.token,
        slot_wait_ms=run.slot_wait_ms,
    )
    system.queues.send_run(RunMessage.of(run))
