"""Settings, pressure and activity over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, etag_of, listing, tagged
from chalicelib.api.http.auth import Caller
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.merge_patch import merge, unwritable
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import MergePatch, PlainRequest, Request
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.api.schemas.settings_schemas import (
    ActivityOut,
    ActivityQuery,
    LimitsOut,
    PressureIn,
    PressureOut,
    PressureQuery,
    SettingsIn,
)
from chalicelib.domain.deployment.limits import Limit, Limits
from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.engine.moves import counting
from chalicelib.engine.requests import pressure_changes, settings_changes
from chalicelib.engine.requests.pressure_changes import Signal
from chalicelib.engine.requests.settings_changes import settings_as_json
from chalicelib.platform.validation import parse
from chalicelib.store import activity_items
from chalicelib.store.activity_items import Activity

blueprint = Blueprint(__name__)
_LONGEST_SOURCE = 100


@endpoint(blueprint, "GET /v1/settings", scope="viewer")
def get_settings(request: PlainRequest) -> Answer[dict[str, Any]]:
    """Get the deployment's settings."""
    return _tagged(request.system.floor().settings)


@endpoint(blueprint, "PATCH /v1/settings", scope="owner", guarded=True)
def patch_settings(request: Request[MergePatch[SettingsIn], NoQuery]) -> Answer[dict[str, Any]]:
    """Change settings by merge patch; null sets one back to its default.

    They take effect within seconds. A lower capacity ends no run. A pool is removed by null, if no
    schedule names it.
    """
    default = settings_as_json(Settings(capacity=request.system.config.capacity))

    def decide(before: Settings) -> Settings:
        view = settings_as_json(before)
        request.demand_match(etag_of(view))
        changes = request.body.changes
        merged = merge(default, merge(view, changes))
        given = parse(SettingsIn, merged | unwritable(changes, SettingsIn.model_fields))
        return _settings(given, _capacity(changes, given))

    caller = request.caller
    return _tagged(
        settings_changes.change(request.system, caller.tenant_id, caller.actor, request.now, decide)
    )


@endpoint(blueprint, "GET /v1/limits", scope="viewer")
def get_limits(request: PlainRequest) -> LimitsOut:
    """Get what the tenant may have at most, and how much of it there is."""
    limits = request.system.floor().settings.limits
    used = counting.use_of(request.caller.tenant_id, request.now)
    return {
        "limits": {
            each.value: {"limit": limits.most(each), "used": used.get(each)} for each in Limit
        }
    }


@endpoint(blueprint, "PUT /v1/pressure/{source}", scope="operator", problems=(409,))
def raise_pressure(request: Request[PressureIn, PressureQuery], source: str) -> PressureOut:
    """Signal that somebody works interactively: the tenant's firings are put off in the meantime.

    So many sources of a tenant may signal at a time as its limit says. With `deployment`, all
    tenants' firings are put off; only an owner may do that.
    """
    signal = _signal(request, source)
    until = request.now + timedelta(seconds=request.body.ttl_seconds)
    pressure_changes.raise_signal(request.system, signal, until, request.now)
    return {"source": source, "until": as_json(until), "deployment": signal.deployment}


@endpoint(blueprint, "DELETE /v1/pressure/{source}", scope="operator", status=204, problems=(409,))
def drop_pressure(request: Request[NoBody, PressureQuery], source: str) -> None:
    """Take the signal of a source back. If there is none, nothing changes."""
    pressure_changes.drop_signal(request.system, _signal(request, source), request.now)


@endpoint(blueprint, "GET /v1/activity", scope="viewer")
def list_activity(request: Request[NoBody, ActivityQuery]) -> Listing[ActivityOut]:
    """List who did what in the tenant, newest first, filtered as the query says."""
    query = request.query
    keep = (lambda activity: _matches(activity, query)) if query.has_filters else None
    page = activity_items.list_activity(request.caller.tenant_id, query.limit, query.cursor, keep)
    return listing(page, [_activity_json(item, request.caller) for item in page.items])


def _matches(activity: Activity, query: ActivityQuery) -> bool:
    return (
        query.subject in (None, activity.subject)
        and query.actor in (None, activity.actor, activity.actor_id)
        and query.action in (None, activity.action)
    )


def _activity_json(item: Activity, caller: Caller) -> ActivityOut:
    names = ("at", "actor", "actor_id", "action", "subject")
    view = {"id": item.item_id, **{name: as_json(getattr(item, name)) for name in names}}
    return cast(ActivityOut, {**view, "details": _details(item, caller)})


def _details(item: Activity, caller: Caller) -> dict[str, Any] | None:
    """What changed. What an owner did to another tenant names it to owners only."""
    details = item.details
    if not details or caller.may("owner"):
        return details
    foreign = details.get("tenant_id", caller.tenant_id) != caller.tenant_id
    return {**details, "tenant_id": None} if foreign else details


def _signal(request: Request[Any, PressureQuery], source: str) -> Signal:
    """Whose signal it is. Raises `InvalidFields`, and a 403 `Problem`."""
    caller, deployment = request.caller, request.query.is_for_all
    if deployment and not caller.may("owner"):
        raise Problem(403, "forbidden", "Only an owner signals for the whole deployment.")
    return Signal(
        tenant_id=caller.tenant_id,
        source=_checked(source),
        by=caller.actor,
        deployment=deployment,
    )


def _checked(source: str) -> str:
    if len(source) > _LONGEST_SOURCE or not source.isprintable():
        message = f"must be at most {_LONGEST_SOURCE} printable characters"
        raise InvalidFields([FieldError("source", message)])
    return source


def _capacity(changes: Mapping[str, Any], given: SettingsIn) -> int:
    """The capacity of `main` after these changes, which may name it either way.

    Raises `InvalidFields` if the two differ.
    """
    pools = changes.get("pools")
    main = pools.get(MAIN) if isinstance(pools, Mapping) else None
    if not isinstance(main, Mapping) or "capacity" not in main:
        return given.capacity
    of_main = given.pools[MAIN].capacity
    if "capacity" in changes and given.capacity != of_main:
        message = "must be the same as capacity, which stands for it"
        raise InvalidFields([FieldError("pools.main.capacity", message)])
    return of_main


def _settings(given: SettingsIn, capacity: int) -> Settings:
    apart = {"retention", "topic_kinds", "webhook_kinds", "limits", "pools", "capacity"}
    values = given.model_dump(exclude=apart)
    pools = {
        name: Pool(capacity=pool.capacity, tenants=tuple(pool.tenants), weights=pool.weights)
        for name, pool in given.pools.items()
    }
    return Settings(
        capacity=capacity,
        pools=pools,
        **values,
        **given.retention.model_dump(),
        topic_kinds=tuple(given.topic_kinds),
        webhook_kinds=tuple(given.webhook_kinds),
        limits=Limits(**given.limits.model_dump()),
    )


def _tagged(settings: Settings) -> Answer[dict[str, Any]]:
    return tagged(settings_as_json(settings), etag_of(settings_as_json(settings)))
