"""Starting a run because a person asked for it: what *run now* and *retry* share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from chalicelib.api.http import repeats
from chalicelib.api.http.answer import Answer, created
from chalicelib.api.http.auth import Caller
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import Request
from chalicelib.api.resources.views import holders_json, run_json
from chalicelib.api.schemas.run_schemas import CallerRunOut, RunNowIn, RunNowQuery, RunOut
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.engine.requests import caller_runs, run_now
from chalicelib.engine.requests.caller_runs import CallerRun
from chalicelib.store import run_table, schedule_table
from chalicelib.targets import callback, payload_faults


def start(
    request: Request[Any, RunNowQuery], schedule: WholeSchedule, wanted: RunNowIn
) -> Answer[RunOut]:
    """Start a run of the schedule, or do as `?when_busy=` says. Raises a 403 or 429 `Problem`."""
    _demand_valid(request, schedule, wanted.payload)
    run_request = _run_request(request, wanted)
    return _started(request, lambda: run_now.run_now(request.system, schedule, run_request))


def start_again(
    request: Request[Any, RunNowQuery], run_id: str, wanted: RunNowIn
) -> Answer[RunOut]:
    """Do an ended run over, or do as `?when_busy=` says. Raises a 403 or 429 `Problem`."""
    tenant_id, run_request = request.caller.tenant_id, _run_request(request, wanted)
    if wanted.payload is not None:
        done = run_table.get(tenant_id, run_id)
        schedule = schedule_table.get_whole(tenant_id, done.schedule_id)
        _demand_valid(request, schedule, wanted.payload)
    return _started(request, lambda: run_now.retry(request.system, tenant_id, run_id, run_request))


def _run_request(request: Request[Any, RunNowQuery], wanted: RunNowIn) -> run_now.RunRequest:
    when_busy = run_now.WhenBusy(request.query.when_busy)
    if when_busy is run_now.WhenBusy.FORCE and not request.caller.may("admin"):
        raise Problem(403, "forbidden", "Forcing a run past the slots needs the scope admin.")
    return run_now.RunRequest(
        by=request.caller.actor,
        payload=wanted.payload,
        max_steps=wanted.max_steps,
        max_tokens=wanted.max_tokens,
        max_cost=wanted.max_cost,
        for_caller=request.query.start == "caller",
        when_busy=when_busy,
        run_id=request.new_id() if request.seed else None,
    )


def _started(request: Request[Any, RunNowQuery], begin: Callable[[], Run]) -> Answer[RunOut]:
    try:
        run = begin()
    except run_now.ScheduleBusy as busy:
        detail = f"A run of this schedule is at work; it should end in about {busy.eta_seconds} s."
        raise _refusal("schedule_busy", detail, busy, request.caller) from busy
    except run_now.CapacityFull as full:
        detail = f"Every slot is taken; one should be free in about {full.eta_seconds} s."
        raise _refusal("capacity_full", detail, full, request.caller) from full
    except run_now.ScheduleOff as off:
        raise Problem(409, off.reason.value, str(off)) from off
    answer = created(request, run_json(run), f"/v1/runs/{run.run_id}")
    if request.query.start is None:
        return answer
    body = caller_run_json(request, start_as_caller(request, run.run_id))
    return replace(answer, body=cast(RunOut, body), status=201)


def start_as_caller(request: Request[Any, Any], run_id: str) -> CallerRun:
    """The run, started for its caller if it has its slot."""
    key = repeats.key_of(request) if "idempotency-key" in request.headers else None
    caller = caller_runs.caller_id(key)
    return caller_runs.start(request.system, request.caller.tenant_id, run_id, caller)


def caller_run_json(request: Request[Any, Any], begun: CallerRun) -> CallerRunOut:
    """A run whose work its caller does, as the API shows it to that caller."""
    public_url = request.system.config.public_url
    return {
        "run": run_json(begun.run),
        "run_token": begun.token,
        "callback_url": callback.url_of(begun.run, public_url),
    }


def _demand_valid(
    request: Request[Any, Any], schedule: WholeSchedule, payload: dict[str, Any] | None
) -> None:
    """Refuse a payload that the target does not take, before there is a run. Raises a 422."""
    if not payload:
        return
    faults = payload_faults(request.system, schedule.target, payload)
    if faults:
        raise InvalidFields(faults)


def _refusal(code: str, detail: str, refused: run_now.Refused, caller: Caller) -> Problem:
    return Problem(
        429,
        code,
        detail,
        headers={"Retry-After": str(refused.eta_seconds)},
        slot_eta_seconds=refused.eta_seconds,
        holders=holders_json(refused.holders, caller),
    )
