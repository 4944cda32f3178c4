"""Statistics, health and dead letters over HTTP."""

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest
from chalicelib.api.resources.views import schedule_counts_json, spread_json
from chalicelib.api.schemas.health_schemas import (
    DeadLettersOut,
    HealthOut,
    RedrivenOut,
    StatsOut,
    TenantHealthOut,
)
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook import health, statistics
from chalicelib.domain.outlook.health import TenantLoad
from chalicelib.engine.outlook import health_figures
from chalicelib.engine.requests import redriving

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/stats", scope="viewer", expensive=True)
def get_stats(request: PlainRequest) -> StatsOut:
    """Count the tenant's schedules, its runs of the last 24 hours, and what works and waits."""
    counts = health_figures.statistics_of(request.system, request.caller.tenant_id, request.now)
    runs = counts.runs
    return {
        "schedules": schedule_counts_json(counts.schedules),
        "runs_24h": {"total": sum(runs.by_status.values()), "by_status": runs.by_status},
        "active": counts.active,
        "waiting": counts.waiting,
        "slot_wait_ms": spread_json(runs.waits),
        "duration_ms": spread_json(runs.durations),
        "is_complete": counts.is_complete,
        "since": as_json(request.now - statistics.WINDOW),
    }


@endpoint(blueprint, "GET /v1/health", scope="viewer", expensive=True)
def get_health(request: PlainRequest) -> HealthOut:
    """Say whether all is well: the tick, waiting runs, dead letters, what was put aside.

    Owners see every tenant.
    """
    caller = request.caller
    figures = health_figures.health_figures(
        request.system, caller.tenant_id, request.now, of_all=caller.may("owner")
    )
    age = figures.tick_age
    return {
        "overall": health.overall(figures),
        "warnings": [
            {"code": reason.code, "message": reason.message} for reason in health.warnings(figures)
        ],
        "last_tick_at": as_json(figures.last_tick_at),
        "last_tick_age_seconds": None if age is None else age.total_seconds(),
        "dead_letters": sum(figures.dead_letters.values()),
        "put_aside": len(figures.put_aside),
        "tenants": [_tenant(load) for _, load in sorted(figures.tenants.items())],
    }


@endpoint(blueprint, "GET /v1/dead-letters", scope="owner")
def list_dead_letters(request: PlainRequest) -> DeadLettersOut:
    """List the deployment's dead letters, a hundred of each kind at most; none is removed."""
    letters = request.system.dead_letters
    return {
        "items": [
            {
                "id": letter.message_id,
                "kind": letter.kind,
                "sent_at": as_json(letter.sent_at),
                "receives": letter.receives,
                "content": letter.content,
            }
            for letter in letters.peek()
        ],
        "counts": letters.count(),
    }


@endpoint(blueprint, "POST /v1/dead-letters/redrive", scope="owner", status=202, for_people=False)
def redrive_dead_letters(request: PlainRequest) -> RedrivenOut:
    """Send dead letters back to their queues, a hundred of each kind at most."""
    caller = request.caller
    moved = redriving.redrive(request.system, caller.tenant_id, caller.actor, request.now)
    request.system.memory.forget(health_figures.DEAD_LETTERS)
    return {"moved": moved}


def _tenant(load: TenantLoad) -> TenantHealthOut:
    view: TenantHealthOut = {
        "tenant_id": load.tenant_id,
        "status": load.level,
        "pending": load.pending,
        "running": load.running,
    }
    if load.may_be_more:
        view["pending_is_at_least"] = True
    return view
