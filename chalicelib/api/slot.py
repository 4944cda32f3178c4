"""The slot, the tick and the sign of life over HTTP."""

from typing import cast

from chalice.app import Blueprint, Response

from chalicelib.api.endpoint import endpoint
from chalicelib.api.problems import UNCACHED
from chalicelib.api.request import PlainRequest
from chalicelib.api.schemas.slot import PassOut, SlotOut
from chalicelib.api.views import holders_json, plain
from chalicelib.engine import passes
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/slot", scope="viewer")
def get_slot(request: PlainRequest) -> SlotOut:
    """Who holds the slots. Of other tenants' runs only that they are there."""
    floor = stored_floor.read(request.system.config.capacity)
    return {
        "capacity": floor.settings.capacity,
        "holders": holders_json(floor, request.caller.tenant_id),
        "waiting": stored_runs.count_waiting(),
        "last_tick_at": plain(floor.last_tick_at),
        "pressure": [
            {"source": source, "until": plain(until)}
            for source, until in sorted(floor.pressure.items())
            if request.now < until
        ],
    }


@endpoint(blueprint, "POST /v1/tick", scope="operator")
def tick(request: PlainRequest) -> PassOut:
    """Make a pass now, and say what it did."""
    return cast(PassOut, passes.tick(request.system).as_json())


@blueprint.route("/healthz", methods=["GET", "HEAD"], content_types=["*/*"])
def healthz() -> Response:
    """Whether the API answers at all; public, with no data."""
    is_get = blueprint.current_request.method == "GET"
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", **UNCACHED}
    return Response({"status": "ok"} if is_get else "", headers=headers)
