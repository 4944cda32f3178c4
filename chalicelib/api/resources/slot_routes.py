"""The slots, the tick, and whether the API answers at all, over HTTP."""

from typing import cast

from chalice.app import Blueprint, Response

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import UNCACHED
from chalicelib.api.http.request import PlainRequest
from chalicelib.api.resources.views import holders_json, pressure_json
from chalicelib.api.schemas.slot_schemas import PassOut, SlotOut
from chalicelib.domain.json_values import as_json
from chalicelib.engine.scheduling import passes
from chalicelib.store import pressure_items, run_table

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/slot", scope="viewer")
def get_slot(request: PlainRequest) -> SlotOut:
    """Get who holds the slots.

    Other tenants' runs are shown without saying whose they are; owners see that, too.
    """
    floor = request.system.floor()
    own = pressure_items.of_tenant(request.caller.tenant_id)
    return {
        "capacity": floor.settings.capacity,
        "holders": holders_json(floor.holders, request.caller),
        "waiting": run_table.count_waiting(),
        "last_tick_at": as_json(floor.last_tick_at),
        "pressure": [
            *pressure_json(own, request.now, deployment=False),
            *pressure_json(floor.pressure, request.now, deployment=True),
        ],
    }


@endpoint(blueprint, "POST /v1/tick", scope="operator")
def tick(request: PlainRequest) -> PassOut:
    """Make a pass now: reap, claim and fire whatever is due. The answer says what it did.

    Owners get to know what it did for all tenants, others what it did for their own.
    """
    summary, caller = passes.tick(request.system), request.caller
    told = summary.as_json() if caller.may("owner") else summary.of_tenant(caller.tenant_id)
    return cast(PassOut, told)


@blueprint.route("/healthz", methods=["GET", "HEAD"], content_types=["*/*"])
def healthz() -> Response:
    """Answer that the API answers: public, and without data."""
    is_get = blueprint.current_request.method == "GET"
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", **UNCACHED}
    return Response({"status": "ok"} if is_get else "", headers=headers)
