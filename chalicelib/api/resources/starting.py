"""Starting a run because a person asked for it: what *run now* and *retry* share."""

from typing import Any

from chalicelib.api.http.answer import Answer, created
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import Request
from chalicelib.api.resources.views import holders_json, run_json
from chalicelib.api.schemas.run_schemas import RunNowIn, RunNowQuery, RunOut
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs.run import Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.requests import run_now
from chalicelib.targets import payload_faults


def start(
    request: Request[Any, RunNowQuery], schedule: Schedule, wanted: RunNowIn, trigger: Trigger
) -> Answer[RunOut]:
    """Start a run of the schedule, or do as `?when_busy=` says. Raises a 403 or 429 `Problem`."""
    when_busy = run_now.WhenBusy(request.query.when_busy)
    if when_busy is run_now.WhenBusy.FORCE and not request.caller.may("admin"):
        raise Problem(403, "forbidden", "Forcing a run past the slots needs the scope admin.")
    _demand_valid(request, schedule, wanted)
    run_request = run_now.RunRequest(
        by=request.caller.name,
        payload=wanted.payload,
        max_steps=wanted.max_steps,
        when_busy=when_busy,
        trigger=trigger,
        run_id=request.new_id() if request.seed else None,
    )
    try:
        run = run_now.run_now(request.system, schedule, run_request)
        return created(request, run_json(run), f"/v1/runs/{run.run_id}")
    except run_now.CapacityFull as full:
        raise _capacity_full(full, request.caller.tenant_id) from full


def _demand_valid(request: Request[Any, Any], schedule: Schedule, wanted: RunNowIn) -> None:
    """Refuse a payload that the target does not take, before there is a run. Raises a 422."""
    if not wanted.payload:
        return
    faults = payload_faults(request.system, schedule.target, wanted.payload)
    if faults:
        raise InvalidFields(faults)


def _capacity_full(full: run_now.CapacityFull, tenant_id: str) -> Problem:
    return Problem(
        429,
        "capacity_full",
        f"Every slot is taken; one should be free in about {full.eta_seconds} s.",
        headers={"Retry-After": str(full.eta_seconds)},
        slot_eta_seconds=full.eta_seconds,
        holders=holders_json(full.floor, tenant_id),
    )
