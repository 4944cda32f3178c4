"""Claiming slots for runs that wait."""

from collections import Counter
from datetime import datetime, timedelta

from chalicelib import events
from chalicelib.domain import run as runs
from chalicelib.domain.run import Run, RunStatus, has_waited_too_long
from chalicelib.domain.schedule import Schedule
from chalicelib.domain.slots import Floor, Slot, next_token, occupy
from chalicelib.engine import settling
from chalicelib.queues import RunMessage
from chalicelib.store import conditions
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.store.transaction import Transaction, TransactionLost
from chalicelib.system import System

#: How many waiting runs are looked at for each free slot: enough to pass over those that may not
#: start yet because their schedule is already at work.
LOOK_AT = 20


def expected_duration(schedule: Schedule | None) -> timedelta:
    """How long a run of it takes on average, or at most where there is no average yet."""
    if schedule is None:
        return timedelta(0)
    return timedelta(seconds=schedule.average_duration_seconds or schedule.timeout_seconds)


def claim_waiting(system: System, floor: Floor, now: datetime) -> list[Run]:
    """Hand free slots to waiting runs, in their order; answers with what was claimed.

    With no free slot it costs nothing, however many wait.
    """
    free = floor.free
    if not free:
        return []
    queue = stored_runs.waiting(now, LOOK_AT * len(free))
    return _hand_out(system, floor, free, queue, now)


def expire_waiting(system: System, floor: Floor, now: datetime) -> int:
    """End the eldest runs that have waited too long; how many. It looks at the head only."""
    eldest = stored_runs.waiting(now, LOOK_AT)
    overdue = [run for run in eldest if has_waited_too_long(run, now)]
    ended = [settling.expire(system, run, floor.settings, now) for run in overdue]
    return sum(run is not None for run in ended)


def _hand_out(
    system: System, floor: Floor, free: list[Slot], queue: list[Run], now: datetime
) -> list[Run]:
    claimed: list[Run] = []
    taken: Counter[str] = Counter()
    busy = floor.busy_schedules()
    for run in queue:
        if not free:
            break
        if has_waited_too_long(run, now):
            settling.expire(system, run, floor.settings, now)
            continue
        may_start = run.status is RunStatus.QUEUED and run.schedule_id not in busy
        if not may_start or taken[run.tenant_id] >= floor.settings.batch_per_tenant:
            continue
        winner = _claim(system, floor, free, run, now)
        if winner is not None:
            claimed.append(winner)
            taken[run.tenant_id] += 1
            busy.add(run.schedule_id)
    return claimed


def _claim(system: System, floor: Floor, free: list[Slot], run: Run, now: datetime) -> Run | None:
    """One run onto the first slot it can get; slots found taken are dropped from `free`."""
    expected = expected_duration(stored_schedules.find(run.tenant_id, run.schedule_id))
    while free:
        slot = free.pop(0)
        after = runs.claim(run, slot.key, next_token(slot, run), now, len(floor.holders) + 1)
        transaction = Transaction(system.clock)
        stored_floor.occupy(transaction, slot, occupy(slot, after, now, expected))
        stored_runs.update(transaction, run, after, conditions.run_is_queued(run))
        try:
            transaction.commit()
        except TransactionLost as lost:
            if "run" in lost.steps:
                if "slot" not in lost.steps:
                    free.insert(0, slot)
                return None
            continue
        announce(system, after)
        return after
    return None


def announce(system: System, run: Run) -> None:
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
