"""Explanations over HTTP."""

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest
from chalicelib.api.resources.views import advice_json
from chalicelib.api.schemas.explain_schemas import ExplanationOut
from chalicelib.domain.json_values import as_json
from chalicelib.engine.outlook.explanation import explain
from chalicelib.store import schedule_table

blueprint = Blueprint(__name__)


@endpoint(
    blueprint,
    "GET /v1/schedules/{schedule_id}/explain",
    scope="viewer",
    problems=(409,),
    expensive=True,
)
def explain_schedule(request: PlainRequest, schedule_id: str) -> ExplanationOut:
    """Explain when a schedule will run and why, or why it will not, and what happened lately."""
    schedule = schedule_table.get_whole(request.caller.tenant_id, schedule_id)
    explanation = explain(request.system, schedule, request.now)
    return {
        "schedule_id": schedule_id,
        "status": schedule.status,
        "will_run": explanation.will_run,
        "next_fire_at": as_json(schedule.next_start_at),
        "reasons": [advice_json(reason) for reason in explanation.reasons],
        "history": [advice_json(outcome) for outcome in explanation.history],
    }
