"""Explaining a schedule: a bounded look at its records, given to the rules that put it in words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib import targets
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.pressure import together
from chalicelib.domain.deployment.slots import latest_turn
from chalicelib.domain.outlook import history, reasons
from chalicelib.domain.outlook.history import FireTimeOutcome
from chalicelib.domain.outlook.situation import Reason, Situation
from chalicelib.domain.outlook.streaks import length_of_streak, runs_that_broke
from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.queue_order import USUAL, order_key, queue_key
from chalicelib.domain.runs.run import Place, Run, order_of
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WholeSchedule
from chalicelib.engine.moves.pool_queues import Queue, places_before
from chalicelib.engine.system import System
from chalicelib.store import pressure_items, run_table, surveys
from chalicelib.store.run_table import InQueue
from chalicelib.store.surveys import Survey

#: How many records the pages have that are looked through for the last ten fire times, as runs that
#: people asked for are among them. The first page is enough for most schedules.
_PAGES: Final = (30, *[100] * 20)
_MOST_AHEAD: Final = 100
#: How many runs that may have held a slot while it waited are looked at, and how far back.
_MOST_NEIGHBOURS: Final = 50
_LOOK_BACK: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a schedule will run, why, and what has happened."""

    will_run: bool
    schedule: Schedule
    reasons: list[Reason]
    history: list[FireTimeOutcome]


def _floor_of(system: System, tenant_id: str, pool: str) -> Floor:
    """The floor of a pool as it concerns that tenant: with its own signals of interactive work."""
    floor, own = system.floor(pool), pressure_items.of_tenant(tenant_id)
    return replace(floor, pressure=together(floor.pressure, own)) if own else floor


def explain(system: System, schedule: WholeSchedule, now: datetime) -> Explanation:
    """The schedule explained. It takes at most about twenty reads, whatever exists.

    It takes more only to find the last ten fire times behind runs that people asked for.
    """
    floor = _floor_of(system, schedule.tenant_id, schedule.pool)
    records = _records(schedule)
    situation = _situation(system, schedule, floor, records, now)
    newest = history.of_fire_times(records)[: history.MOST]
    neighbours = _neighbours(schedule.tenant_id, filter(history.waited_for_slot, newest), now)
    capacity, jitter = floor.terms.room, schedule.jitter
    return Explanation(
        will_run=reasons.will_run(situation),
        schedule=schedule,
        reasons=reasons.reasons(situation),
        history=history.history(records, neighbours, capacity, now, jitter),
    )


def _records(schedule: Schedule) -> list[Run]:
    """Its newest records; the index they are found by may lag behind a run that is on its way."""
    tenant_id, schedule_id = schedule.tenant_id, schedule.schedule_id
    records: list[Run] = []
    cursor = None
    for limit in _PAGES:
        page = run_table.list_of_schedule(tenant_id, schedule_id, limit, cursor)
        records += page.items
        cursor = page.next_cursor
        if cursor is None or _are_enough(schedule, records):
            break
    pending_id = schedule.pending_run_id
    if pending_id is None or any(run.run_id == pending_id for run in records):
        return records
    pending = run_table.find(tenant_id, pending_id)
    return [pending, *records] if pending else records


def _are_enough(schedule: Schedule, records: list[Run]) -> bool:
    """Whether the last ten fire times are among them, and what broke the schedule if it is."""
    own = history.of_fire_times(records)
    if schedule.status is not ScheduleStatus.BROKEN:
        return len(own) >= history.MOST
    broke = runs_that_broke(schedule, records)
    return len(own) >= max(history.MOST, length_of_streak(schedule)) and bool(broke)


def _situation(
    system: System, schedule: WholeSchedule, floor: Floor, records: list[Run], now: datetime
) -> Situation:
    pending = max(
        (run for run in records if not run.is_final),
        key=lambda run: (run.run_id == schedule.pending_run_id, run.run_id),
        default=None,
    )
    ahead = _ahead(schedule, floor, pending, now)
    takes = [expected_duration(each) if each else USUAL for each in ahead.found]
    faults = targets.faults(system, schedule.tenant_id, schedule.target)
    return Situation(
        schedule=schedule,
        now=now,
        floor=floor,
        pending=pending,
        failed=runs_that_broke(schedule, records),
        ahead=len(ahead.found),
        ahead_takes=sum(takes, timedelta(0)),
        more_are_ahead=not ahead.is_complete,
        faults=[f"{fault.field} {fault.message}" for fault in faults],
    )


def _ahead(
    schedule: Schedule, floor: Floor, pending: Run | None, now: datetime
) -> Survey[list[Schedule | None]]:
    """The schedules of the runs that are served before its own, or before one that came now."""
    if pending is not None and (pending.place is not Place.QUEUE or pending.pool != floor.pool):
        return Survey([], is_complete=True)
    newcomer = order_key(now, schedule.priority, schedule.schedule_id)
    order = order_of(pending) if pending else newcomer
    run_id = pending.run_id if pending else ""
    own = InQueue(queue_key(schedule.tenant_id, order), schedule.tenant_id, run_id)
    queue = Queue(floor.pool, floor.terms, at_once=_MOST_AHEAD)
    queue.insert(own)
    before = places_before(queue, own, latest_turn(floor.slots), _MOST_AHEAD + 1)
    found = surveys.schedules_of_runs((each.tenant_id, each.run_id) for each in before)
    return Survey(found[:_MOST_AHEAD], is_complete=len(before) <= _MOST_AHEAD)


def _neighbours(tenant_id: str, waited: Iterable[Run], now: datetime) -> list[Run]:
    """The tenant's runs that may have been at work while these waited."""
    found: dict[str, Run] = {}
    for run in waited:
        until = run.claimed_at or run.finished_at or now
        since = run.queued_at - _LOOK_BACK
        near = surveys.runs_between(tenant_id, since, until, _MOST_NEIGHBOURS)
        found.update((each.run_id, each) for each in near.found)
    return list(found.values())
