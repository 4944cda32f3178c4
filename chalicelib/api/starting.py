"""Starting runs by hand: what *run now* and *retry* share."""

from chalice.app import Response

from chalicelib.api.endpoint import Request, accepted
from chalicelib.api.problems import Problem
from chalicelib.api.schemas.runs import RunNowIn
from chalicelib.api.views import holders_json, run_json
from chalicelib.domain.run import Trigger
from chalicelib.domain.schedule import Schedule
from chalicelib.engine import manual
from chalicelib.system import current


def start(request: Request, schedule: Schedule, wanted: RunNowIn, trigger: Trigger) -> Response:
    """A run of the schedule at once, or as `?when_busy=` says. Raises a 403 or 429 `Problem`."""
    when_busy = request.choice("when_busy", tuple(manual.WhenBusy), manual.WhenBusy.REJECT)
    if when_busy == manual.WhenBusy.FORCE and not request.caller.may("admin"):
        raise Problem(403, "forbidden", "To force a run past the slots needs the scope admin.")
    asked = manual.Asked(
        by=request.caller.name,
        payload=wanted.payload,
        max_steps=wanted.max_steps,
        when_busy=manual.WhenBusy(when_busy),
        trigger=trigger,
    )
    try:
        return accepted(run_json(manual.run_now(current(), schedule, asked)))
    except manual.CapacityFull as full:
        raise _capacity_full(full, request.caller.tenant_id) from full


def _capacity_full(full: manual.CapacityFull, tenant_id: str) -> Problem:
    return Problem(
        429,
        "capacity_full",
        f"Every slot is taken; one should be free in about {full.eta_seconds} s.",
        headers={"Retry-After": str(full.eta_seconds)},
        slot_eta_seconds=full.eta_seconds,
        holders=holders_json(full.floor, tenant_id),
    )
