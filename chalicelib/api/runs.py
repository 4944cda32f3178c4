"""Runs over HTTP."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api.endpoint import Request, accepted, endpoint
from chalicelib.api.schemas.runs import RunNowIn
from chalicelib.api.starting import start
from chalicelib.api.views import run_json
from chalicelib.domain.instants import to_text
from chalicelib.domain.run import Trigger
from chalicelib.engine import cancelling
from chalicelib.errors import Conflict
from chalicelib.store import logs as stored_logs
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.store.logs import LogLine
from chalicelib.system import current

blueprint = Blueprint(__name__)
_LAST_SEQUENCE = 2**53


@endpoint(blueprint, "GET /v1/runs", scope="viewer")
def list_all(request: Request) -> dict[str, Any]:
    """The tenant's runs, newest first; of one schedule with `?schedule_id=`."""
    tenant_id, schedule_id = request.caller.tenant_id, request.query.get("schedule_id")
    if schedule_id is None:
        page = stored_runs.list_newest(tenant_id, request.limit, request.cursor)
    else:
        page = stored_runs.list_of_schedule(tenant_id, schedule_id, request.limit, request.cursor)
    return {"items": [run_json(run) for run in page.items], "next_cursor": page.next_cursor}


@endpoint(blueprint, "GET /v1/runs/{run_id}", scope="viewer")
def get(request: Request, run_id: str) -> dict[str, Any]:
    """One run."""
    return run_json(stored_runs.get(request.caller.tenant_id, run_id))


@endpoint(blueprint, "GET /v1/runs/{run_id}/log", scope="viewer")
def log(request: Request, run_id: str) -> dict[str, Any]:
    """The run's log after `?after=`, in order; `next_after` continues it, also while it grows."""
    stored_runs.get(request.caller.tenant_id, run_id)
    after = request.number("after", default=0, least=0, most=_LAST_SEQUENCE)
    lines = stored_logs.read(run_id, after, request.limit)
    return {
        "items": [_line_json(line) for line in lines],
        "next_after": lines[-1].sequence if lines else after,
    }


@endpoint(blueprint, "POST /v1/runs/{run_id}/cancel", scope="operator")
def cancel(request: Request, run_id: str) -> Response:
    """Cancel a run: a waiting one at once, a working one is told to stop."""
    caller = request.caller
    return accepted(run_json(cancelling.cancel(current(), caller.tenant_id, run_id, caller.name)))


@endpoint(blueprint, "POST /v1/runs/{run_id}/retry", scope="operator")
def retry(request: Request, run_id: str) -> Response:
    """Do an ended run over, with the same payload, as a new run."""
    done = stored_runs.get(request.caller.tenant_id, run_id)
    if not done.is_final:
        raise Conflict("The run has not ended yet.")
    schedule = stored_schedules.get(done.tenant_id, done.schedule_id)
    wanted = RunNowIn(
        payload=None if done.payload is None else dict(done.payload), max_steps=done.max_steps
    )
    return start(request, schedule, wanted, Trigger.RETRY)


def _line_json(line: LogLine) -> dict[str, Any]:
    shown = {
        "sequence": line.sequence,
        "at": to_text(line.at),
        "level": line.level,
        "message": line.message,
    }
    return shown if line.data is None else {**shown, "data": line.data}
