"""Explanations over HTTP."""

from dataclasses import fields
from typing import Any

from chalice.app import Blueprint

from chalicelib.api.endpoint import endpoint
from chalicelib.api.request import PlainRequest
from chalicelib.api.schemas.explain import ExplanationOut
from chalicelib.api.views import plain
from chalicelib.engine import explaining
from chalicelib.store import schedules as stored_schedules

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/schedules/{schedule_id}/explain", scope="viewer")
def explain_schedule(request: PlainRequest, schedule_id: str) -> ExplanationOut:
    """Why a schedule will run when it will, or will not, and what happened lately."""
    schedule = stored_schedules.get(request.caller.tenant_id, schedule_id)
    explanation = explaining.explain(request.system, schedule, request.now)
    return {
        "schedule_id": schedule_id,
        "status": schedule.status,
        "will_run": explanation.will_run,
        "next_fire_at": plain(schedule.next_fire_at),
        "reasons": [told(reason) for reason in explanation.reasons],
        "history": [told(happening) for happening in explanation.history],
    }


def told(thing: Any) -> Any:
    """A reason, a happening or a piece of advice as JSON has it."""
    view = {field.name: plain(getattr(thing, field.name)) for field in fields(thing)}
    view["data"] = {name: plain(value) for name, value in thing.data.items()}
    return view
