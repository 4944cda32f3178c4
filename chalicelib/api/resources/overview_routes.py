"""The caller, and what goes on, over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from chalice.app import Blueprint

from chalicelib.api.http.auth import Caller
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest
from chalicelib.api.resources.views import pressure_json, schedule_counts_json, spread_json
from chalicelib.api.schemas.overview_schemas import (
    BrokenScheduleOut,
    HoldingOut,
    MeOut,
    NextFireOut,
    OverviewOut,
    PoolViewOut,
    WaitingOut,
)
from chalicelib.domain.access import scopes
from chalicelib.domain.deployment.floor import estimated_end
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook import health
from chalicelib.domain.outlook.digest import BrokenSchedule, NextFire
from chalicelib.domain.outlook.health import HealthFigures, TenantLoad
from chalicelib.engine.outlook import overview as overviews
from chalicelib.engine.outlook.overview import Holding, Overview, PoolView, Viewer, Waiting
from chalicelib.platform import release

blueprint = Blueprint(__name__)

#: What is told of a run at work, and of one that waits, to those whose it is and to owners.
_OF_A_HOLDER = (
    "status",
    "trigger",
    "started_at",
    "attempt",
    "max_attempts",
    "progress",
    "steps",
    "max_steps",
    "lease_expires_at",
    "cancel_requested_at",
)
_OF_A_WAITING_RUN = (
    "tenant_id",
    "run_id",
    "schedule_id",
    "schedule_name",
    "trigger",
    "priority",
    "attempt",
    "fire_at",
    "queued_at",
)


@endpoint(blueprint, "GET /v1/me", scope="viewer")
def get_me(request: PlainRequest) -> MeOut:
    """Say who is calling: whose data they reach, and what they may do."""
    caller = request.caller
    view = {
        "tenant_id": caller.tenant_id,
        "name": caller.name,
        "actor_id": caller.actor_id,
        "scope": caller.scope,
        "scopes": [scope for scope in scopes.SCOPES if caller.may(scope)],
        "expires_at": as_json(caller.expires_at),
        "limits": asdict(request.system.floor().settings.limits),
    }
    return cast(MeOut, view)


@endpoint(blueprint, "GET /v1/overview", scope="viewer")
def get_overview(request: PlainRequest) -> OverviewOut:
    """Get what goes on: who holds the slots, who waits and how long, what comes next.

    It is made to be asked for every few seconds: it costs about the same whatever there is.
    """
    caller, now = request.caller, request.now
    viewer = Viewer(caller.tenant_id, sees_all=caller.may("owner"))
    seen = overviews.overview(request.system, viewer, now)
    figures = _figures(seen, caller, now)
    runs, age = seen.runs.runs, figures.tick_age
    return {
        "now": as_json(now),
        "build": release.build(),
        "pools": [_pool(pool, viewer, now) for pool in seen.pools],
        "next": [_next_fire(each) for each in seen.schedules.following[: overviews.MOST_NEXT]],
        "pressure": [
            *pressure_json(seen.own_pressure, now, deployment=False),
            *pressure_json(seen.floor.pressure, now, deployment=True),
        ],
        "last_tick_at": as_json(seen.floor.last_tick_at),
        "last_tick_age_seconds": None if age is None else age.total_seconds(),
        "warnings": [
            {"code": warning.code, "message": warning.message}
            for warning in health.warnings(figures)
        ],
        "unread": min(seen.unread, overviews.MOST_UNREAD),
        "unread_is_at_least": seen.unread > overviews.MOST_UNREAD,
        "schedules": schedule_counts_json(seen.schedules.by_status),
        "broken": [_broken(each) for each in seen.schedules.broken],
        "runs_24h": {"total": sum(runs.by_status.values()), "by_status": runs.by_status},
        "slot_wait_ms": spread_json(runs.waits),
        "duration_ms": spread_json(runs.durations),
        "counted_at": as_json(min(seen.runs.at, seen.schedules.at)),
        "counts_are_complete": seen.runs.is_complete and seen.schedules.is_complete,
    }


def _figures(seen: Overview, caller: Caller, now: datetime) -> HealthFigures:
    """What the warnings of an overview go by: the tick, and how many of the caller's runs wait."""
    load = TenantLoad(
        tenant_id=caller.tenant_id,
        pending=sum(pool.waiting.own for pool in seen.pools),
        running=seen.running,
        may_be_more=not all(pool.waiting.is_exact for pool in seen.pools),
    )
    return HealthFigures(
        now=now, last_tick_at=seen.floor.last_tick_at, tenants={caller.tenant_id: load}
    )


def _pool(pool: PoolView, viewer: Viewer, now: datetime) -> PoolViewOut:
    return {
        "name": pool.name,
        "capacity": pool.capacity,
        "holders": [_holder(each, viewer, now) for each in pool.holders],
        "waiting": pool.waiting.in_all,
        "waiting_own": pool.waiting.own,
        "waiting_is_at_least": not pool.waiting.is_exact,
        "queue": [_waiting(each, place, viewer) for place, each in enumerate(pool.queue, start=1)],
    }


def _holder(holding: Holding, viewer: Viewer, now: datetime) -> HoldingOut:
    slot, run = holding.slot, holding.run
    is_seen = viewer.sees(slot.tenant_id)
    view: dict[str, Any] = {
        "slot": slot.key,
        "tenant_id": slot.tenant_id if is_seen else None,
        "run_id": slot.run_id if is_seen else None,
        "schedule_id": slot.schedule_id if is_seen else None,
        "schedule_name": slot.schedule_name if is_seen else None,
        **{name: as_json(getattr(run, name)) if run and is_seen else None for name in _OF_A_HOLDER},
        "forced": slot.forced,
        "since": as_json(slot.since),
        "expected_end_at": as_json(estimated_end(slot, now)),
    }
    return cast(HoldingOut, view)


def _waiting(waiting: Waiting, place: int, viewer: Viewer) -> WaitingOut:
    run = waiting.run
    is_seen = viewer.sees(run.tenant_id)
    view: dict[str, Any] = {
        "position": place,
        **{name: as_json(getattr(run, name)) if is_seen else None for name in _OF_A_WAITING_RUN},
        "is_behind_its_own": waiting.is_in_line,
        "expected_start_at": as_json(waiting.expected_start_at),
        "expected_duration_seconds": waiting.takes.total_seconds(),
    }
    return cast(WaitingOut, view)


def _next_fire(each: NextFire) -> NextFireOut:
    return {
        "schedule_id": each.schedule_id,
        "schedule_name": each.schedule_name,
        "due_at": as_json(each.due_at),
        "expected_duration_seconds": each.takes_seconds,
        "duration_is": "assumed" if each.is_assumed else "average",
    }


def _broken(each: BrokenSchedule) -> BrokenScheduleOut:
    view = {name: as_json(getattr(each, name)) for name in BrokenScheduleOut.__annotations__}
    return cast(BrokenScheduleOut, view)
