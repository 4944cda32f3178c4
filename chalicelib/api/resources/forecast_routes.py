"""Forecasts and budget suggestions over HTTP."""

from collections.abc import Iterable
from typing import Any, Final, cast

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.resources.pool_access import demand_pool
from chalicelib.api.resources.views import tally_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.forecast_schemas import (
    BudgetOut,
    BudgetQuery,
    CollisionOut,
    ForecastOut,
    ForecastQuery,
    ForecastTotalsOut,
    PlannedOut,
    ScheduleForecastOut,
)
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook import planned as planning
from chalicelib.domain.outlook.advice import without_waiting
from chalicelib.domain.outlook.forecast import Forecast, Outlook
from chalicelib.domain.outlook.phrases import listed, percent, quoted
from chalicelib.domain.outlook.planned import Planned
from chalicelib.domain.outlook.quieter import quieter_minutes
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.outlook.under_way import UnderWay
from chalicelib.domain.targets.target_label import TargetLabel
from chalicelib.domain.texts import Text, say
from chalicelib.engine.outlook import forecasting

blueprint = Blueprint(__name__)
#: How many collisions are listed of each schedule; of the others, only how many there are.
_MOST_COLLISIONS: Final = 10
_MOST_PLANNED: Final = 2_000
_ENDS_EARLY: Final = Text(
    "There are so many fire times that the forecast ends early, at `until`.",
    "Es gibt so viele Auslösezeiten, dass die Vorschau früher endet, bei `until`.",
)
_WAS_CUT: Final = Text(
    "There are more schedules than a forecast takes in.",
    "Es gibt mehr Zeitpläne, als eine Vorschau aufnimmt.",
)
_UNREADABLE: Final = Text(
    "Schedules that cannot be read or used are left out.",
    "Zeitpläne, die nicht lesbar oder brauchbar sind, fehlen.",
)
_SHARED: Final = Text(
    "Other tenants' schedules share the slots; they are in the waits.",
    "Zeitpläne anderer Mandanten teilen sich die Slots; sie sind in den Wartezeiten.",
)
_NOT_ALL_TRIED: Final = Text(
    "There is so much to try out that some quieter minutes were not looked for.",
    "Es ist so viel auszuprobieren, dass einige ruhigere Minuten nicht gesucht wurden.",
)
_UNPLANNED: Final = {"planned": None, "others": None, "planned_until": None}


@endpoint(blueprint, "GET /v1/forecast", scope="viewer", problems=(404,), expensive=True)
def get_forecast(request: Request[NoBody, ForecastQuery]) -> ForecastOut:
    """Forecast the coming hours of a pool, from nominal fire times and average durations.

    Other tenants' schedules take their share of the slots; they are not shown. With `planned` there
    is an entry for each fire time, two thousand at most; with `current`, what works and waits now
    is counted in.
    """
    tenant_id, query = request.caller.tenant_id, request.query
    hours = query.hours
    demand_pool(request, query.pool)
    asked = (request.system, tenant_id, request.now, hours)
    going_on: UnderWay | None = None
    if query.current == "true":
        forecast, plan, going_on = forecasting.forecast_from_now(*asked, pool=query.pool)
    else:
        forecast, plan = forecasting.forecast(*asked, pool=query.pool)
    own = [n for n, one in enumerate(forecast.schedules) if one.tenant_id == tenant_id]
    view: dict[str, Any] = {
        "from": as_json(forecast.start),
        "until": as_json(forecast.until),
        "hours": hours,
        "capacity": forecast.capacity,
        "is_complete": forecast.is_complete and plan.is_complete,
        "includes_other_tenants": bool(plan.others),
        "load": round(forecast.load, 4),
        "impossible": forecast.load > 1,
        "overfull_hours": [
            {"starts_at": as_json(hour.starts_at), "work_seconds": hour.seconds}
            for hour in forecast.overfull_hours
        ],
        "totals": _totals(forecast.simulation.tallies[number] for number in own),
        "schedules": [_schedule(forecast, number) for number in own],
        **(_planned(forecast, own, going_on, tenant_id) if query.planned == "true" else _UNPLANNED),
    }
    # Last: by now it is known whether quieter minutes were looked for everywhere.
    view["notes"] = _notes(forecast, plan, tenant_id)
    return cast(ForecastOut, view)


@endpoint(blueprint, "GET /v1/budget-suggestion", scope="viewer", expensive=True)
def suggest_budget(request: Request[NoBody, BudgetQuery]) -> BudgetOut:
    """Suggest budgets of steps, tokens and cost for a target, from schedules with similar ones."""
    wanted = TargetLabel(request.query.type, request.query.name)
    suggestion = forecasting.budget(request.caller.tenant_id, wanted)
    return {
        "suggested_max_steps": suggestion.max_steps,
        "suggested_max_tokens": suggestion.max_tokens,
        "suggested_max_cost": suggestion.max_cost,
        "explanation": suggestion.explanation,
        "similar": [
            {
                "schedule_id": each.schedule_id,
                "name": each.name,
                "average_steps": each.average_steps or 0,
                "average_tokens": each.average_tokens,
                "average_cost": each.average_cost,
                "max_steps": each.max_steps,
                "max_tokens": each.max_tokens,
                "max_cost": each.max_cost,
            }
            for each in suggestion.similar[:10]
        ],
    }


def _planned(
    forecast: Forecast, own: list[int], going_on: UnderWay | None, tenant_id: str
) -> dict[str, Any]:
    """Each fire time of one's own, and when runs of other tenants are at work."""
    stints = going_on.stints if going_on else ()
    under_way = [planning.of_stint(each) for each in stints if each.tenant_id == tenant_id]
    found = sorted([*under_way, *planning.planned(forecast, own)], key=lambda each: each.due_at)
    others = [number for number in range(len(forecast.schedules)) if number not in set(own)]
    foreign = [(each.start_at, each.end_at) for each in stints if each.tenant_id != tenant_id]
    spans = planning.joined([*foreign, *planning.busy_spans(forecast, others)])
    is_cut = len(found) > _MOST_PLANNED
    return {
        "planned": [_planned_json(each) for each in found[:_MOST_PLANNED]],
        "others": [
            {"start_at": as_json(start), "end_at": as_json(end)}
            for start, end in spans[:_MOST_PLANNED]
        ],
        "planned_until": as_json(found[_MOST_PLANNED].due_at if is_cut else forecast.until),
    }


def _planned_json(planned: Planned) -> PlannedOut:
    view = {name: as_json(getattr(planned, name)) for name in PlannedOut.__annotations__}
    return cast(PlannedOut, view)


def _notes(forecast: Forecast, plan: forecasting.Plan, tenant_id: str) -> list[str]:
    notes: list[str] = []
    if forecast.load > 1:
        more = say(
            "There is more work than time: the slots' load is {load}.",
            "Es gibt mehr Arbeit als Zeit: die Slots sind zu {load} ausgelastet.",
            load=percent(forecast.load),
        )
        notes.append(more)
    if forecast.ends_early:
        notes.append(_ENDS_EARLY)
    if plan.was_cut:
        notes.append(_WAS_CUT)
    unusable = [quoted(each.name) for each in forecast.unusable if each.tenant_id == tenant_id]
    if unusable:
        left_out = say(
            "Left out, for as stored they cannot be used: {names}.",
            "Weggelassen, denn so sind sie nicht brauchbar: {names}.",
            names=listed(unusable),
        )
        notes.append(left_out)
    if plan.unreadable or len(unusable) < len(forecast.unusable):
        notes.append(_UNREADABLE)
    if plan.others:
        notes.append(_SHARED)
    if forecast.trial_steps_left <= 0:
        notes.append(_NOT_ALL_TRIED)
    return notes


def _schedule(forecast: Forecast, number: int) -> ScheduleForecastOut:
    outlook, minutes = forecast.outlook(number), quieter_minutes(forecast, number)
    collisions = _collisions(forecast, outlook)
    schedule, worst = outlook.schedule, outlook.worst_hour
    view: dict[str, Any] = {
        "schedule_id": schedule.schedule_id,
        "name": schedule.name,
        **tally_json(outlook.tally),
        "mean_wait_seconds": outlook.mean_wait_seconds,
        "worst_wait_seconds": outlook.worst_wait_seconds,
        "worst_hour": worst
        and {"starts_at": as_json(worst.starts_at), "wait_seconds": worst.seconds},
        "duration_seconds": outlook.duration.total_seconds(),
        "duration_is": "assumed" if schedule.average_duration_seconds is None else "average",
        "collisions": collisions[:_MOST_COLLISIONS],
        "more_collisions": max(len(collisions) - _MOST_COLLISIONS, 0),
        "quieter_minutes": minutes,
        "advice": without_waiting(minutes) if minutes else None,
    }
    return cast(ScheduleForecastOut, view)


def _totals(tallies: Iterable[Tally]) -> ForecastTotalsOut:
    totals = tally_json(Tally())
    for tally in tallies:
        for name, count in tally_json(tally).items():
            totals[name] += count
    return cast(ForecastTotalsOut, totals)


def _collisions(forecast: Forecast, outlook: Outlook) -> list[CollisionOut]:
    """Who held the slots, the most frequent first. Other tenants' runs count as one entry."""
    found: dict[str | None, CollisionOut] = {}
    for number, (times, first) in outlook.tally.behind.items():
        if number >= len(forecast.schedules):
            continue  # It was under way already.
        other = forecast.schedules[number]
        own = other.tenant_id == outlook.schedule.tenant_id
        first_at = as_json(forecast.expansion.instant(first))
        known = found.setdefault(
            other.schedule_id if own else None,
            {
                "schedule_id": other.schedule_id if own else None,
                "schedule_name": other.name if own else None,
                "times": 0,
                "first_at": first_at,
            },
        )
        known["times"] += times
        known["first_at"] = min(known["first_at"], first_at)
    return sorted(found.values(), key=lambda one: (-one["times"], one["schedule_id"] or ""))
