"""The figures by which the health of a deployment is judged, and the statistics of a tenant."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.outlook.health import HealthFigures, PutAside, TenantLoad
from chalicelib.domain.outlook.reasons import TICK_IS_LATE
from chalicelib.domain.outlook.statistics import RunStatistics
from chalicelib.engine.outlook import digests
from chalicelib.engine.system import System
from chalicelib.store import aside_items, schedule_table, surveys

#: As what the counts of dead letters are remembered.
DEAD_LETTERS: Final = "dead letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A tenant in numbers. They are not complete if one of them was cut at its bound."""

    schedules: Counter[str]
    runs: RunStatistics
    active: int
    waiting: int
    is_complete: bool


def health_figures(system: System, tenant_id: str, now: datetime, *, of_all: bool) -> HealthFigures:
    """The figures that health is judged by: the deployment's, and this tenant's or all tenants'."""
    floors = system.floors()
    floor = floors[0]
    waiting = surveys.waiting_by_tenant()
    pending = waiting.found
    running = Counter(slot.tenant_id or "" for each in floors for slot in each.holders)
    shown = {*pending, *running, tenant_id} if of_all else {tenant_id}
    return HealthFigures(
        now=now,
        last_tick_at=floor.last_tick_at,
        overdue=floor.last_tick_at is None and schedule_table.is_due_since(now - TICK_IS_LATE),
        tenants={
            each: TenantLoad(
                tenant_id=each,
                pending=pending[each],
                running=running[each],
                may_be_more=not waiting.is_complete,
            )
            for each in shown
        },
        dead_letters=_dead_letters(system, now),
        put_aside=[
            PutAside(kind=each.kind, tenant_id=each.tenant_id, item_id=each.item_id, why=each.why)
            for each in aside_items.every(None if of_all else tenant_id)
        ],
    )


def _dead_letters(system: System, now: datetime) -> dict[str, int]:
    """How many dead letters there are of each kind: a minute old at most, as queues are slow."""
    known = system.memory.recall(
        DEAD_LETTERS, [DEAD_LETTERS], now, lambda _: {DEAD_LETTERS: system.dead_letters.count()}
    )
    return known[DEAD_LETTERS]


def statistics_of(system: System, tenant_id: str, now: datetime) -> Statistics:
    """A tenant's schedules, its runs of the last 24 hours, and what works and waits now."""
    schedules = digests.of_schedules(tenant_id, now)
    day = digests.of_runs(tenant_id, now, of_now=True)
    floors = system.floors()
    waiting = surveys.waiting_by_tenant()
    holders = [slot for each in floors for slot in each.holders]
    return Statistics(
        schedules=schedules.by_status,
        runs=day.runs,
        active=len([slot for slot in holders if slot.tenant_id == tenant_id]),
        waiting=waiting.found[tenant_id],
        is_complete=schedules.is_complete and day.is_complete and waiting.is_complete,
    )
