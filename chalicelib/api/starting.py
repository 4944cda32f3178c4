"""Starting runs by hand: what *run now* and *retry* share."""

from typing import Any

from chalicelib.api.answer import Answer, created
from chalicelib.api.problems import Problem
from chalicelib.api.request import Request
from chalicelib.api.schemas.runs import RunNowIn, RunNowQuery, RunOut
from chalicelib.api.views import holders_json, run_json
from chalicelib.domain.run import Trigger
from chalicelib.domain.schedule import Schedule
from chalicelib.engine import manual
from chalicelib.errors import InvalidFields
from chalicelib.targets import function


def start(
    request: Request[Any, RunNowQuery], schedule: Schedule, wanted: RunNowIn, trigger: Trigger
) -> Answer[RunOut]:
    """A run of the schedule at once, or as `?when_busy=` says. Raises a 403 or 429 `Problem`."""
    when_busy = manual.WhenBusy(request.query.when_busy)
    if when_busy is manual.WhenBusy.FORCE and not request.caller.may("admin"):
        raise Problem(403, "forbidden", "To force a run past the slots needs the scope admin.")
    _demand_valid(request, schedule, wanted)
    asked = manual.Asked(
        by=request.caller.name,
        payload=wanted.payload,
        max_steps=wanted.max_steps,
        when_busy=when_busy,
        trigger=trigger,
        run_id=request.new_id() if request.seed else None,
    )
    try:
        run = manual.run_now(request.system, schedule, asked)
        return created(request, run_json(run), f"/v1/runs/{run.run_id}")
    except manual.CapacityFull as full:
        raise _capacity_full(full, request.caller.tenant_id) from full


def _demand_valid(request: Request[Any, Any], schedule: Schedule, wanted: RunNowIn) -> None:
    """Parameters the function does not take are refused here, not in the run. Raises a 422."""
    if schedule.target["type"] == "function" and wanted.payload:
        faults = function.faults(request.system.jobs, schedule.target, wanted.payload)
        if faults:
            raise InvalidFields(faults)


def _capacity_full(full: manual.CapacityFull, tenant_id: str) -> Problem:
    return Problem(
        429,
        "capacity_full",
        f"Every slot is taken; one should be free in about {full.eta_seconds} s.",
        headers={"Retry-After": str(full.eta_seconds)},
        slot_eta_seconds=full.eta_seconds,
        holders=holders_json(full.floor, tenant_id),
    )
