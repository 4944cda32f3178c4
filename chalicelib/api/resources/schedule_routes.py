"""Schedules over HTTP."""

from datetime import datetime
from functools import partial
from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, created, listing, tagged
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import MergePatch, PlainRequest, Request
from chalicelib.api.resources import drafts
from chalicelib.api.resources.run_routes import page_of_runs
from chalicelib.api.resources.starting import start
from chalicelib.api.resources.views import (
    advice_json,
    check_json,
    run_json,
    schedule_etag,
    schedule_json,
)
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.api.schemas.run_schemas import (
    CallerRunOut,
    RunNowIn,
    RunNowQuery,
    RunOut,
    RunsOfScheduleQuery,
)
from chalicelib.api.schemas.schedule_schemas import (
    NewScheduleIn,
    ReadinessOut,
    SavedSchedule,
    ScheduleIn,
    ScheduleOut,
    SchedulePatchQuery,
    SchedulesQuery,
)
from chalicelib.domain.access.actors import Actor
from chalicelib.domain.runs.schedule import Schedule, WholeSchedule
from chalicelib.domain.runs.schedule_edits import edited
from chalicelib.engine.outlook import forecasting
from chalicelib.engine.requests import readiness, schedule_changes, schedule_deletion
from chalicelib.engine.requests.schedule_changes import NotReady
from chalicelib.engine.system import System
from chalicelib.store import schedule_table

blueprint = Blueprint(__name__)


@endpoint(
    blueprint,
    "POST /v1/schedules",
    scope="operator",
    status=201,
    problems=(409,),
    repeatable=True,
)
def create_schedule(request: Request[NewScheduleIn, NoQuery]) -> Answer[SavedSchedule]:
    """Create a schedule. It is active at once, or paused if `enabled` is false.

    Before one is active, every readiness check of its target has to pass; otherwise none is made.
    """
    system, now = request.system, request.now
    schedule = drafts.new_schedule(request, request.body)
    may_be_there = request.seed is not None
    try:
        schedule = schedule_changes.create(
            system, schedule, request.caller.actor, now, may_be_there=may_be_there
        )
    except NotReady as error:
        raise _not_ready(error) from error
    location = f"/v1/schedules/{schedule.schedule_id}"
    return created(request, _saved(request, schedule), location, schedule_etag(schedule))


@endpoint(blueprint, "GET /v1/schedules", scope="viewer")
def list_schedules(request: Request[NoBody, SchedulesQuery]) -> Listing[ScheduleOut]:
    """List the tenant's schedules, newest first, filtered as the query says."""
    tenant_id, query = request.caller.tenant_id, request.query
    if query.has_filters:
        page = schedule_table.list_matching(
            tenant_id,
            query.limit,
            query.cursor,
            may_match=lambda schedule: _may_match(schedule, query),
            matches=lambda schedule: _matches(schedule, query),
        )
    else:
        page = schedule_table.list_newest(tenant_id, query.limit, query.cursor)
    return listing(page, [schedule_json(schedule) for schedule in page.items])


@endpoint(blueprint, "GET /v1/schedules/{schedule_id}", scope="viewer", problems=(409,))
def get_schedule(request: PlainRequest, schedule_id: str) -> Answer[ScheduleOut]:
    """Get one schedule."""
    return _tagged(schedule_table.get_whole(request.caller.tenant_id, schedule_id))


@endpoint(
    blueprint,
    "PATCH /v1/schedules/{schedule_id}",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def patch_schedule(
    request: Request[MergePatch[ScheduleIn], SchedulePatchQuery], schedule_id: str
) -> Answer[SavedSchedule]:
    """Change a schedule by merge patch.

    A new cadence, start, end or jitter counts from now: fire times missed before are not made up
    for.
    """

    def decide(seen: WholeSchedule) -> WholeSchedule:
        _demand_match(request, seen)
        return edited(seen, _patched_definition(request, seen), request.now)

    after = schedule_changes.change(*_change_context(request, schedule_id), decide)
    return tagged(_saved(request, after), schedule_etag(after))


@endpoint(
    blueprint, "DELETE /v1/schedules/{schedule_id}", scope="operator", status=204, guarded=True
)
def delete_schedule(request: PlainRequest, schedule_id: str) -> None:
    """Delete a schedule and its history.

    Runs that wait are cancelled; a run at work is told to stop.
    """
    check = partial(_demand_match, request)
    schedule_deletion.delete(*_change_context(request, schedule_id), check)


@endpoint(
    blueprint,
    "POST /v1/schedules/{schedule_id}/pause",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def pause_schedule(request: PlainRequest, schedule_id: str) -> Answer[ScheduleOut]:
    """Switch a schedule off.

    Its scheduled runs that wait are skipped. Runs at work, and runs that people asked for, go on.
    """
    check = partial(_demand_match, request)
    return _tagged(schedule_changes.pause(*_change_context(request, schedule_id), check))


@endpoint(
    blueprint,
    "POST /v1/schedules/{schedule_id}/resume",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def resume_schedule(request: PlainRequest, schedule_id: str) -> Answer[ScheduleOut]:
    """Switch a schedule on, from now and with clean streaks.

    Every readiness check of its target has to pass; otherwise nothing changes. Of one that is on
    already, only the streaks start anew.
    """
    check = partial(_demand_match, request)
    try:
        return _tagged(schedule_changes.resume(*_change_context(request, schedule_id), check))
    except NotReady as error:
        raise _not_ready(error) from error


@endpoint(blueprint, "POST /v1/schedules/{schedule_id}/check", scope="operator", problems=(409,))
def check_schedule(request: PlainRequest, schedule_id: str) -> ReadinessOut:
    """Check whether the schedule's target could run now, without running it."""
    schedule = schedule_table.get_whole(request.caller.tenant_id, schedule_id)
    checks = readiness.check(request.system, schedule, request.now)
    return {
        "ready": all(check.ok for check in checks),
        "checks": [check_json(check) for check in checks],
    }


@endpoint(
    blueprint,
    "POST /v1/schedules/{schedule_id}/runs",
    scope="operator",
    status=202,
    problems=(409, 429),
    repeatable=True,
    shown_once=("run_token",),
    also={201: CallerRunOut},
)
def run_now(request: Request[RunNowIn, RunNowQuery], schedule_id: str) -> Answer[RunOut]:
    """Start a run at once if a slot is free; `when_busy` says what to do if none is.

    With `start=caller`, whoever asks does the work, and is given what it takes to call back. If the
    run has to wait for its slot, ask to start it until it has it.
    """
    schedule = schedule_table.get_whole(request.caller.tenant_id, schedule_id)
    return start(request, schedule, request.body)


@endpoint(blueprint, "GET /v1/schedules/{schedule_id}/runs", scope="viewer", problems=(409,))
def list_runs_of_schedule(
    request: Request[NoBody, RunsOfScheduleQuery], schedule_id: str
) -> Listing[RunOut]:
    """List the schedule's runs, newest first, filtered as the query says."""
    schedule = schedule_table.get(request.caller.tenant_id, schedule_id)
    page = page_of_runs(schedule.tenant_id, request.query, schedule_id)
    return listing(page, [run_json(run) for run in page.items])


def _change_context(
    request: Request[Any, Any], schedule_id: str
) -> tuple[System, tuple[str, str], Actor, datetime]:
    """The first arguments of every change of a schedule: system, key, who asks, and when."""
    key = (request.caller.tenant_id, schedule_id)
    return request.system, key, request.caller.actor, request.now


def _demand_match(request: Request[Any, Any], schedule: WholeSchedule) -> None:
    """Raise a 412 `Problem` if the client has seen another version of the schedule."""
    request.demand_match(schedule_etag(schedule))


def _patched_definition(
    request: Request[MergePatch[ScheduleIn], SchedulePatchQuery], seen: WholeSchedule
) -> dict[str, Any]:
    """The schedule's definition after the patch. Raises `InvalidFields`."""
    replaces = request.query.replace == "target"
    return drafts.patched_definition(request, seen, request.body.changes, replaces_target=replaces)


def _not_ready(error: NotReady) -> Problem:
    """The answer to switching on a schedule whose target could not run."""
    checks = [check_json(check) for check in error.checks]
    return Problem(409, "not_ready", str(error), checks=checks)


def _may_match(schedule: Schedule, query: SchedulesQuery) -> bool:
    """Whether the schedule can be one that the query asks for, as far as shows without its body."""
    label = schedule.label
    named = label.resource if label.kind == "function" else None
    return query.status in (None, schedule.status) and query.target in (None, label.kind, named)


def _matches(schedule: WholeSchedule, query: SchedulesQuery) -> bool:
    wanted = (query.q or "").casefold()
    texts = (schedule.name, schedule.description, *schedule.tags)
    return any(wanted in text.casefold() for text in texts)


def _saved(request: Request[Any, Any], schedule: WholeSchedule) -> SavedSchedule:
    warnings = forecasting.warnings(request.system, schedule, request.now)
    return {
        "schedule": schedule_json(schedule),
        "warnings": [advice_json(warning) for warning in warnings],
    }


def _tagged(schedule: WholeSchedule) -> Answer[ScheduleOut]:
    return tagged(schedule_json(schedule), schedule_etag(schedule))
