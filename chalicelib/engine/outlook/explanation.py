"""Explaining a schedule: a bounded look at its records, given to the rules that put it in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib import targets
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.outlook import history as histories
from chalicelib.domain.outlook import reasons as explaining
from chalicelib.domain.outlook.forecast import expected_duration
from chalicelib.domain.outlook.history import FireTimeOutcome
from chalicelib.domain.outlook.reasons import Reason, Situation
from chalicelib.domain.runs.queue_order import USUAL, queue_key
from chalicelib.domain.runs.run import Run, RunStatus, ready_key
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.system import System
from chalicelib.store import run_table, surveys

#: Records that are looked at for the last ten fire times: what people asked for is among them.
_RECORDS: Final = 30
_MOST_AHEAD: Final = 100
#: Who may have held a slot when it waited: so many runs, fired at most so long before.
_MOST_NEIGHBOURS: Final = 50
_LOOK_BACK: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a schedule will run, why, and what has happened."""

    will_run: bool
    schedule: Schedule
    reasons: list[Reason]
    history: list[FireTimeOutcome]


def explain(system: System, schedule: Schedule, now: datetime) -> Explanation:
    """The schedule explained. It takes at most about twenty reads, whatever exists."""
    floor = system.floor()
    records = _records(schedule)
    situation = _situation(system, schedule, floor, records, now)
    kept = histories.of_fire_times(records)
    neighbours = _neighbours(schedule.tenant_id, filter(histories.waited_for_slot, kept), now)
    return Explanation(
        will_run=explaining.will_run(situation),
        schedule=schedule,
        reasons=explaining.reasons(situation),
        history=histories.history(kept, neighbours, floor.settings.capacity, now),
    )


def _records(schedule: Schedule) -> list[Run]:
    """Its newest records; the index they are found by may lag behind a run that is on its way."""
    tenant_id, schedule_id = schedule.tenant_id, schedule.schedule_id
    records = run_table.list_of_schedule(tenant_id, schedule_id, _RECORDS).items
    pending_id = schedule.pending_run_id
    if pending_id is None or any(run.run_id == pending_id for run in records):
        return records
    pending = run_table.find(tenant_id, pending_id)
    return [pending, *records] if pending else records


def _situation(
    system: System, schedule: Schedule, floor: Floor, records: list[Run], now: datetime
) -> Situation:
    pending = max(
        (run for run in records if not run.is_final),
        key=lambda run: (run.run_id == schedule.pending_run_id, run.run_id),
        default=None,
    )
    ahead = _ahead(schedule, pending, now)
    takes = sum((expected_duration(each) if each else USUAL for each in ahead), timedelta(0))
    return Situation(
        schedule=schedule,
        now=now,
        floor=floor,
        pending=pending,
        failed=_failed_last(records),
        ahead=len(ahead),
        ahead_takes=takes,
        faults=[
            f"{fault.field} {fault.message}" for fault in targets.faults(system, schedule.target)
        ],
    )


def _ahead(schedule: Schedule, pending: Run | None, now: datetime) -> list[Schedule | None]:
    """The schedules of the runs that are served before its own, or before one that came now."""
    if pending is not None and (pending.status is not RunStatus.QUEUED or pending.not_before):
        return []
    place = queue_key(now, schedule.priority, schedule.schedule_id)
    return surveys.served_before(ready_key(pending) if pending else place, _MOST_AHEAD)


def _failed_last(records: Iterable[Run]) -> list[Run]:
    """The failures in a row that its breaker counts, newest first."""
    failed = []
    for run in histories.of_fire_times(records):
        if run.status is RunStatus.SUCCEEDED:
            break
        if run.status is RunStatus.FAILED:
            failed.append(run)
    return failed


def _neighbours(tenant_id: str, waited: Iterable[Run], now: datetime) -> list[Run]:
    """The tenant's runs that may have been at work while these waited."""
    found: dict[str, Run] = {}
    for run in waited:
        until = run.claimed_at or run.finished_at or now
        since = run.queued_at - _LOOK_BACK
        near = surveys.runs_between(tenant_id, since, until, _MOST_NEIGHBOURS)
        found.update((each.run_id, each) for each in near)
    return list(found.values())
