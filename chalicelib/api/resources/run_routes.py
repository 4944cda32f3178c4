"""Runs over HTTP."""

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, listing
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.resources.starting import start_again
from chalicelib.api.resources.views import run_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.run_schemas import (
    CancelQuery,
    LogLineOut,
    LogOut,
    LogQuery,
    RunNowIn,
    RunNowQuery,
    RunOut,
    RunsOfScheduleQuery,
    RunsQuery,
)
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.run import Run
from chalicelib.engine.requests import cancellation
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb.paging import Page
from chalicelib.store.log_table import LogLine

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/runs", scope="viewer")
def list_runs(request: Request[NoBody, RunsQuery]) -> Listing[RunOut]:
    """List the tenant's runs, newest first, filtered as the query says."""
    page = page_of_runs(request.caller.tenant_id, request.query, request.query.schedule_id)
    return listing(page, [run_json(run) for run in page.items])


@endpoint(blueprint, "GET /v1/runs/{run_id}", scope="viewer", problems=(409,))
def get_run(request: PlainRequest, run_id: str) -> RunOut:
    """Get one run."""
    return run_json(run_table.get(request.caller.tenant_id, run_id))


@endpoint(blueprint, "GET /v1/runs/{run_id}/log", scope="viewer", problems=(409,))
def get_log(request: Request[NoBody, LogQuery], run_id: str) -> LogOut:
    """Read the run's log in order, from the line after `?after=`.

    Ask again with the answer's `next_after` to read on, also while the log still grows.
    """
    run_table.get(request.caller.tenant_id, run_id)
    lines, last = log_table.read(run_id, request.query.after, request.query.limit)
    return {"items": [_line_json(line) for line in lines], "next_after": last}


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
)
def retry_run(request: Request[RunNowIn, RunNowQuery], run_id: str) -> Answer[RunOut]:
    """Do an ended run over as a new run, with its payload unless another one is given.

    It takes the schedule's present step budget, unless `max_steps` asks for another.
    """
    return start_again(request, run_id, request.body)


def page_of_runs(tenant_id: str, query: RunsOfScheduleQuery, schedule_id: str | None) -> Page[Run]:
    """The page that the query asks for, of the tenant's runs or of one schedule's."""
    return run_table.list_matching(
        tenant_id,
        query.limit,
        query.cursor,
        schedule_id=schedule_id,
        keep=(lambda run: _matches(run, query)) if query.has_filters else None,
    )


def _matches(run: Run, query: RunsOfScheduleQuery) -> bool:
    return query.status in (None, run.status) and query.trigger in (None, run.trigger)


def _line_json(line: LogLine) -> LogLineOut:
    shown: LogLineOut = {
        "sequence": line.sequence,
        "at": as_json(line.at),
        "level": line.level,
        "message": line.message,
    }
    return shown if line.data is None else {**shown, "data": line.data}
