"""Runs over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalice.app import Blueprint

from chalicelib.api.http import json_text
from chalicelib.api.http.answer import Answer, Listing, listing
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.resources.starting import caller_run_json, start_again, start_as_caller
from chalicelib.api.resources.views import run_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.run_schemas import (
    CallerRunOut,
    CancelQuery,
    LogLineOut,
    LogOut,
    LogQuery,
    RunNowIn,
    RunNowQuery,
    RunOut,
    RunQuery,
    RunsOfScheduleQuery,
    RunsQuery,
    WholeLogQuery,
    WholeRunOut,
)
from chalicelib.domain.errors import FieldError, InvalidFields, Unreadable
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.log_levels import LogLevel, is_as_grave
from chalicelib.domain.runs.run import Run
from chalicelib.engine.outlook import places
from chalicelib.engine.requests import cancellation
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb.paging import Page
from chalicelib.store.log_table import LogLine

blueprint = Blueprint(__name__)
_LINES_WITH_A_RUN: Final = 200


@endpoint(blueprint, "GET /v1/runs", scope="viewer")
def list_runs(request: Request[NoBody, RunsQuery]) -> Listing[RunOut]:
    """List the tenant's runs, newest first, filtered as the query says."""
    page = page_of_runs(request.caller.tenant_id, request.query, request.query.schedule_id)
    return listing(page, [run_json(run) for run in page.items])


@endpoint(blueprint, "GET /v1/runs/{run_id}", scope="viewer", problems=(409,))
def get_run(request: Request[NoBody, RunQuery], run_id: str) -> WholeRunOut:
    """Get one run with its payload, its place in the queue, and new lines of its log if asked for.

    The run is read first: once it has ended, the log that comes with it is complete.
    """
    run = run_table.get(request.caller.tenant_id, run_id)
    after = request.query.log_after
    payload = _payload(run)
    place = places.expected(request.system, run, request.now)
    return {
        **run_json(run),
        "position": place.position,
        "expected_start_at": as_json(place.start_at),
        "payload": None if payload is None else dict(payload),
        "checkpoint": None if run.checkpoint is None else dict(run.checkpoint),
        "log": None if after is None else _lines_after(run_id, after, _LINES_WITH_A_RUN),
    }


def _payload(run: Run) -> Mapping[str, Any] | None:
    """The run's payload; None if it is gone, which hides nothing else of the run."""
    try:
        return run_table.with_payload(run).payload_at_hand
    except Unreadable:
        return None


@endpoint(blueprint, "GET /v1/runs/{run_id}/log", scope="viewer", problems=(409,))
def get_log(request: Request[NoBody, LogQuery], run_id: str) -> LogOut:
    """Read the run's log in order: from the line after `?after=`, or its last lines.

    Ask again with the answer's `next_after` to read on, also while the log still grows; with its
    `next_before` for what was before the last lines. There may be fewer lines than asked for, or
    with `level` none, and still more of them.
    """
    query = request.query
    run_table.get(request.caller.tenant_id, run_id)
    if query.tail is None and query.before is None:
        return _lines_after(run_id, query.after or 0, query.limit, query.level)
    if query.after is not None:
        raise InvalidFields([FieldError("after", "does not go together with tail or before")])
    limit = query.limit if query.tail is None else query.tail
    lines, earlier = log_table.read_back(run_id, query.before, limit, _keeping(query.level))
    return {
        "items": [_line_json(line) for line in lines],
        "next_after": lines[-1].sequence if lines else max((query.before or 1) - 1, 0),
        "next_before": earlier,
    }


@endpoint(
    blueprint,
    "GET /v1/runs/{run_id}/log.ndjson",
    scope="viewer",
    problems=(409,),
    expensive=True,
    media_type="application/x-ndjson",
)
def get_whole_log(request: Request[NoBody, WholeLogQuery], run_id: str) -> Answer[str]:
    """Get the run's log whole: one line of JSON for each of its lines.

    Of a very large one there are the first four megabytes, and the header `Baton-Next-After` says
    from where to go on with `?after=`.
    """
    run_table.get(request.caller.tenant_id, run_id)
    lines, last = log_table.read(run_id, request.query.after, log_table.MOST_OF_A_RUN)
    text = "".join(json_text.write(_line_json(line)) + "\n" for line in lines)
    rest, _ = log_table.read(run_id, last, 1)
    return Answer(text, {"Baton-Next-After": str(last)} if rest else {})


def _lines_after(run_id: str, after: int, limit: int, level: LogLevel | None = None) -> LogOut:
    lines, last = log_table.read(run_id, after, limit, _keeping(level))
    return {"items": [_line_json(line) for line in lines], "next_after": last, "next_before": None}


def _keeping(level: LogLevel | None) -> Callable[[LogLine], bool] | None:
    """Whether a line is as grave as asked for; None if nothing was."""
    return None if level is None else lambda line: is_as_grave(line.level, level)


@endpoint(blueprint, "POST /v1/runs/{run_id}/cancel", scope="operator", status=202, problems=(409,))
def cancel_run(request: Request[NoBody, CancelQuery], run_id: str) -> RunOut:
    """Cancel a run. One that waits ends at once; one at work is told to stop.

    An owner may cancel any tenant's run; of very many that wait, `tenant_id` finds it.
    """
    caller, system = request.caller, request.system
    tenant_id = _tenant_of(request, run_id)
    run = cancellation.cancel(system, tenant_id, run_id, caller.actor, of_tenant=caller.tenant_id)
    return run_json(run)


def _tenant_of(request: Request[NoBody, CancelQuery], run_id: str) -> str:
    """The tenant of the run: the caller's, or for an owner the one that the run belongs to.

    An owner names it, or it is found if the run holds a slot or waits. Raises a 403 `Problem`.
    """
    caller, named = request.caller, request.query.tenant_id
    if named not in (None, caller.tenant_id) and not caller.may("owner"):
        raise Problem(403, "forbidden", "Only an owner cancels runs of another tenant.")
    if named is not None or not caller.may("owner"):
        return named or caller.tenant_id
    if run_table.find_readable(caller.tenant_id, run_id) is not None:
        return caller.tenant_id
    floors = request.system.floors()
    holders = [slot for floor in floors for slot in floor.holders if slot.run_id == run_id]
    found = [slot.tenant_id for slot in holders if slot.tenant_id]
    return found[0] if found else run_table.tenant_of_waiting(run_id) or caller.tenant_id


@endpoint(
    blueprint,
    "POST /v1/runs/{run_id}/retry",
    scope="operator",
    status=202,
    problems=(409, 429),
    repeatable=True,
    shown_once=("run_token",),
    also={201: CallerRunOut},
)
def retry_run(request: Request[RunNowIn, RunNowQuery], run_id: str) -> Answer[RunOut]:
    """Do an ended run over as a new run, with its payload unless another one is given.

    It takes the schedule's present budgets, unless others are asked for, and goes on from the
    checkpoint that the run has left.
    """
    return start_again(request, run_id, request.body)


@endpoint(
    blueprint,
    "POST /v1/runs/{run_id}/start",
    scope="operator",
    problems=(409,),
    for_people=False,
    keyed=True,
)
def start_run(request: PlainRequest, run_id: str) -> CallerRunOut:
    """Start a run that waited for its slot, as its caller, who does the work from now on.

    While it waits, `run_token` is null: ask again in a few seconds. A run that has its slot and is
    not started within a minute is skipped as `no_show`. Asked again with the `Idempotency-Key` that
    it was started with, it answers with another token for it.
    """
    return caller_run_json(request, start_as_caller(request, run_id))


def page_of_runs(tenant_id: str, query: RunsOfScheduleQuery, schedule_id: str | None) -> Page[Run]:
    """The page that the query asks for, of the tenant's runs or of one schedule's.

    Raises `InvalidFields` for a time that ends before it begins.
    """
    if query.since is not None and query.to is not None and query.since >= query.to:
        raise InvalidFields([FieldError("from", "must be before `to`")])
    return run_table.list_matching(
        tenant_id,
        query.limit,
        query.cursor,
        schedule_id=schedule_id,
        keep=(lambda run: _matches(run, query)) if query.has_filters else None,
        since=query.since,
        until=query.to,
    )


def _matches(run: Run, query: RunsOfScheduleQuery) -> bool:
    return (
        (query.status is None or run.status in query.status)
        and query.trigger in (None, run.trigger)
        and query.failure_reason in (None, run.failure_reason)
        and query.skip_reason in (None, run.skip_reason)
        and query.pool in (None, run.pool)
    )


def _line_json(line: LogLine) -> LogLineOut:
    shown: LogLineOut = {
        "sequence": line.sequence,
        "at": as_json(line.at),
        "level": line.level,
        "message": line.message,
    }
    return shown if line.data is None else {**shown, "data": line.data}
