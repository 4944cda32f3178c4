"""The slot, the tick and the sign of life over HTTP."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api.endpoint import Request, endpoint
from chalicelib.api.views import holders_json
from chalicelib.domain.instants import to_text
from chalicelib.engine import passes
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.system import current

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/slot", scope="viewer")
def get(request: Request) -> dict[str, Any]:
    """Who holds the slots. Of other tenants' runs only that they are there."""
    system = current()
    now, floor = system.clock.now(), stored_floor.read(system.config.capacity)
    return {
        "capacity": floor.settings.capacity,
        "holders": holders_json(floor, request.caller.tenant_id),
        "waiting": stored_runs.count_waiting(),
        "last_tick_at": to_text(floor.last_tick_at) if floor.last_tick_at else None,
        "pressure": [
            {"source": source, "until": to_text(until)}
            for source, until in sorted(floor.pressure.items())
            if now < until
        ],
    }


@endpoint(blueprint, "POST /v1/tick", scope="operator")
def tick(_request: Request) -> dict[str, Any]:
    """Make a pass now, and say what it did."""
    return passes.tick(current()).as_json()


@blueprint.route("/healthz", methods=["GET"])
def healthz() -> Response:
    """Whether the API answers at all; public, with no data."""
    return Response({"status": "ok"}, headers={"Cache-Control": "no-store"})
