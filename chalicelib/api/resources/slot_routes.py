"""The slots, the tick, and whether the API answers at all, over HTTP."""

from typing import cast

from chalice.app import Blueprint, Response

from chalicelib.api.http.auth import Caller
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import UNCACHED
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.resources.pool_access import demand_pool
from chalicelib.api.resources.views import holders_json, pressure_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.slot_schemas import PassOut, PoolOut, SlotOut, SlotQuery
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.engine.scheduling import passes
from chalicelib.store import pressure_items, run_table

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/slot", scope="viewer", problems=(404,))
def get_slot(request: Request[NoBody, SlotQuery]) -> SlotOut:
    """Get who holds the slots of each pool that the tenant may use, and how many wait.

    `capacity`, `holders` and `waiting` are those of the pool that `?pool=` names, or of `main`;
    then `waiting` also counts retries that rest. Other tenants' runs are shown without saying whose
    they are; owners see that, too.
    """
    floors = _floors(request)
    own = pressure_items.of_tenant(request.caller.tenant_id)
    pools = [_pool_json(floor, request.caller) for floor in floors]
    shown, floor = pools[0], floors[0]
    return {
        "capacity": shown["capacity"],
        "holders": shown["holders"],
        "waiting": shown["waiting"] + (run_table.count_resting() if floor.pool == MAIN else 0),
        "last_tick_at": as_json(floor.last_tick_at),
        "pressure": [
            *pressure_json(own, request.now, deployment=False),
            *pressure_json(floor.pressure, request.now, deployment=True),
        ],
        "pools": pools,
    }


def _floors(request: Request[NoBody, SlotQuery]) -> list[Floor]:
    """The floors of the pools that are asked for. Raises `NotFound`."""
    system, caller, name = request.system, request.caller, request.query.pool

    def may_see(floor: Floor) -> bool:
        return floor.terms.admits(caller.tenant_id) or caller.may("owner")

    if name is not None:
        demand_pool(request, name)
        return [system.floor(name)]
    main, *others = system.floors()
    return [main, *(each for each in others if may_see(each) and not each.terms.is_removed)]


def _pool_json(floor: Floor, caller: Caller) -> PoolOut:
    return {
        "name": floor.pool,
        "capacity": floor.terms.capacity,
        "holders": holders_json(floor.holders, caller),
        "waiting": run_table.count_for_slot(floor.pool),
    }


@endpoint(blueprint, "POST /v1/tick", scope="operator")
def tick(request: PlainRequest) -> PassOut:
    """Make a pass now: reap, claim and fire whatever is due. The answer says what it did.

    Owners get to know what it did for all tenants, others what it did for their own.
    """
    summary, caller = passes.tick(request.system), request.caller
    seen = summary.as_json() if caller.may("owner") else summary.of_tenant(caller.tenant_id)
    return cast(PassOut, seen)


@blueprint.route("/healthz", methods=["GET", "HEAD"], content_types=["*/*"])
def healthz() -> Response:
    """Answer that the API answers: public, and without data."""
    is_get = blueprint.current_request.method == "GET"
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", **UNCACHED}
    return Response({"status": "ok"} if is_get else "", headers=headers)
