"""Schedules over HTTP."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api import definitions
from chalicelib.api.endpoint import Request, created, endpoint, no_content
from chalicelib.api.schemas.runs import RunNowIn
from chalicelib.api.schemas.schedules import NewScheduleIn
from chalicelib.api.starting import start
from chalicelib.api.views import run_json, schedule_json
from chalicelib.domain import breaker, ids
from chalicelib.domain.run import Trigger
from chalicelib.domain.schedule import Schedule, ScheduleStatus, arm
from chalicelib.engine import deletion
from chalicelib.engine.passes import LOOK_AHEAD
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.system import System, current
from chalicelib.validation import parse

blueprint = Blueprint(__name__)


@endpoint(blueprint, "POST /v1/schedules", scope="operator")
def create(request: Request) -> Response:
    """Create a schedule; it is active at once unless `enabled` is false."""
    system = current()
    now = system.clock.now()
    given = parse(NewScheduleIn, request.json())
    lease = stored_floor.read(system.config.capacity).settings.lease_seconds
    schedule = Schedule(
        tenant_id=request.caller.tenant_id,
        schedule_id=ids.new_id(now),
        status=ScheduleStatus.ACTIVE if given.enabled else ScheduleStatus.PAUSED,
        created_at=now,
        updated_at=now,
        version=1,
        **definitions.definition(system, given, now, lease),
    )
    schedule = arm(schedule, now)
    stored_schedules.create(schedule)
    wake_for(system, schedule, now)
    location = f"/v1/schedules/{schedule.schedule_id}"
    return created({"schedule": schedule_json(schedule), "warnings": []}, location)


@endpoint(blueprint, "GET /v1/schedules", scope="viewer")
def list_all(request: Request) -> dict[str, Any]:
    """The tenant's schedules, newest first."""
    page = stored_schedules.list_newest(request.caller.tenant_id, request.limit, request.cursor)
    return {"items": [schedule_json(item) for item in page.items], "next_cursor": page.next_cursor}


@endpoint(blueprint, "GET /v1/schedules/{schedule_id}", scope="viewer")
def get(request: Request, schedule_id: str) -> dict[str, Any]:
    """One schedule."""
    return schedule_json(stored_schedules.get(request.caller.tenant_id, schedule_id))


@endpoint(blueprint, "PATCH /v1/schedules/{schedule_id}", scope="operator")
def patch(request: Request, schedule_id: str) -> dict[str, Any]:
    """Change a schedule by merge patch."""
    system = current()
    now = system.clock.now()
    changes = request.json(("application/merge-patch+json", "application/json"))
    seen = stored_schedules.get(request.caller.tenant_id, schedule_id)
    after = definitions.patched(system, seen, changes, now)
    stored_schedules.replace(seen, after)
    wake_for(system, after, now)
    return {"schedule": schedule_json(after), "warnings": []}


@endpoint(blueprint, "DELETE /v1/schedules/{schedule_id}", scope="operator")
def delete(request: Request, schedule_id: str) -> Response:
    """Delete a schedule with its history; what works for it is told to stop."""
    system = current()
    schedule = stored_schedules.get(request.caller.tenant_id, schedule_id)
    deletion.delete_schedule(system, schedule, request.caller.name)
    return no_content()


@endpoint(blueprint, "POST /v1/schedules/{schedule_id}/pause", scope="operator")
def pause(request: Request, schedule_id: str) -> dict[str, Any]:
    """Switch a schedule off; what runs or waits goes on."""
    return _switched(request, schedule_id, ScheduleStatus.PAUSED)


@endpoint(blueprint, "POST /v1/schedules/{schedule_id}/resume", scope="operator")
def resume(request: Request, schedule_id: str) -> dict[str, Any]:
    """Switch a schedule on, from now; a broken one starts with clean streaks."""
    return _switched(request, schedule_id, ScheduleStatus.ACTIVE)


@endpoint(blueprint, "POST /v1/schedules/{schedule_id}/runs", scope="operator")
def run_now(request: Request, schedule_id: str) -> Response:
    """Start a run at once, if a slot is free; else as `when_busy` says."""
    schedule = stored_schedules.get(request.caller.tenant_id, schedule_id)
    wanted = parse(RunNowIn, request.json_or_empty())
    return start(request, schedule, wanted, Trigger.MANUAL)


@endpoint(blueprint, "GET /v1/schedules/{schedule_id}/runs", scope="viewer")
def list_runs(request: Request, schedule_id: str) -> dict[str, Any]:
    """The schedule's runs, newest first."""
    schedule = stored_schedules.get(request.caller.tenant_id, schedule_id)
    page = stored_runs.list_of_schedule(
        schedule.tenant_id, schedule_id, request.limit, request.cursor
    )
    return {"items": [run_json(run) for run in page.items], "next_cursor": page.next_cursor}


def _switched(request: Request, schedule_id: str, status: ScheduleStatus) -> dict[str, Any]:
    system = current()
    now = system.clock.now()
    seen = stored_schedules.get(request.caller.tenant_id, schedule_id)
    if seen.status is not status:
        after = replace(seen, status=status, broken_reason=None, broken_at=None, updated_at=now)
        after = breaker.with_clean_streaks(replace(after, version=seen.version + 1))
        after = arm(after, now)
        stored_schedules.replace(seen, after)
        wake_for(system, after, now)
        seen = after
    return schedule_json(seen)


def wake_for(system: System, schedule: Schedule, now: datetime) -> None:
    """A fire time before the next tick looks ahead needs its wake now."""
    at = schedule.next_fire_at
    if at is not None and at - now <= LOOK_AHEAD:
        system.queues.send_wakes([at], now)
