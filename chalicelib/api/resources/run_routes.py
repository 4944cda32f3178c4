"""Runs over HTTP."""

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, listing
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.resources.starting import start
from chalicelib.api.resources.views import run_json
from chalicelib.api.schemas.base import NoBody
from chalicelib.api.schemas.run_schemas import (
    LogLineOut,
    LogOut,
    LogQuery,
    RunNowIn,
    RunNowQuery,
    RunOut,
    RunsOfScheduleQuery,
    RunsQuery,
)
from chalicelib.domain.errors import Conflict
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.run import Run, Trigger
from chalicelib.engine.requests import cancellation
from chalicelib.store import log_table, run_table, schedule_table
from chalicelib.store.dynamodb.paging import Page
from chalicelib.store.log_table import LogLine

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/runs", scope="viewer")
def list_runs(request: Request[NoBody, RunsQuery]) -> Listing[RunOut]:
    """The tenant's runs, newest first, with filters."""
    page = page_of_runs(request.caller.tenant_id, request.query, request.query.schedule_id)
    return listing(page, [run_json(run) for run in page.items])


@endpoint(blueprint, "GET /v1/runs/{run_id}", scope="viewer")
def get_run(request: PlainRequest, run_id: str) -> RunOut:
    """One run."""
    return run_json(run_table.get(request.caller.tenant_id, run_id))


@endpoint(blueprint, "GET /v1/runs/{run_id}/log", scope="viewer")
def get_log(request: Request[NoBody, LogQuery], run_id: str) -> LogOut:
    """The run's log after `?after=`, in order; `next_after` continues it, also while it grows."""
    run_table.get(request.caller.tenant_id, run_id)
    lines = log_table.read(run_id, request.query.after, request.query.limit)
    return {
        "items": [_line_json(line) for line in lines],
        "next_after": lines[-1].sequence if lines else request.query.after,
    }


@endpoint(blueprint, "POST /v1/runs/{run_id}/cancel", scope="operator", status=202, problems=(409,))
def cancel_run(request: PlainRequest, run_id: str) -> RunOut:
    """Cancel a run: a waiting one at once, a working one is told to stop."""
    caller = request.caller
    return run_json(cancellation.cancel(request.system, caller.tenant_id, run_id, caller.name))


@endpoint(
    blueprint,
    "POST /v1/runs/{run_id}/retry",
    scope="operator",
    status=202,
    problems=(409, 429),
    repeatable=True,
)
def retry_run(request: Request[NoBody, RunNowQuery], run_id: str) -> Answer[RunOut]:
    """Do an ended run over, with the same payload, as a new run."""
    done = run_table.get(request.caller.tenant_id, run_id)
    if not done.is_final:
        raise Conflict("The run has not ended yet.")
    schedule = schedule_table.get(done.tenant_id, done.schedule_id)
    wanted = RunNowIn(
        payload=None if done.payload is None else dict(done.payload), max_steps=done.max_steps
    )
    return start(request, schedule, wanted, Trigger.RETRY)


def page_of_runs(tenant_id: str, query: RunsOfScheduleQuery, schedule_id: str | None) -> Page[Run]:
    """A page of the tenant's runs, or of one schedule's, that the query asks for."""
    return run_table.list_matching(
        tenant_id,
        query.limit,
        query.cursor,
        schedule_id=schedule_id,
        keep=None
        if (query.status, query.trigger) == (None, None)
        else lambda run: _matches(run, query),
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
