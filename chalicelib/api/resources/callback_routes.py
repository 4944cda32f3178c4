"""Targets calling back. Each call carries the token of one run, and of nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http.auth import RUN, run_token_of
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.resources.views import run_json
from chalicelib.api.schemas.base import NoQuery
from chalicelib.api.schemas.callback_schemas import CompleteIn, FailIn, HeartbeatIn, HeartbeatOut
from chalicelib.api.schemas.run_schemas import RunOut
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.reports import Report, ReportedEnd
from chalicelib.domain.runs.run import FailureReason, Totals
from chalicelib.engine.running import callbacks
from chalicelib.engine.running.log_lines import LogEntry

blueprint = Blueprint(__name__)


@endpoint(blueprint, "POST /v1/runs/{run_id}/heartbeat", scope=RUN, problems=(409,))
def heartbeat(request: Request[HeartbeatIn, NoQuery], run_id: str) -> HeartbeatOut:
    """A target's sign of life: renews the lease, and answers whether to go on."""
    body = request.body
    progress = None if body.progress is None else body.progress.model_dump()
    report = Report(
        steps=body.steps, progress=progress, usage=_usage(body), checkpoint=body.checkpoint
    )
    token = run_token_of(request.headers)
    reply = callbacks.heartbeat(request.system, token, run_id, report, list(_entries(body)))
    answer: HeartbeatOut = {
        "continue": reply.reason is None,
        "lease_expires_at": as_json(reply.run.lease_expires_at),
    }
    if body.with_checkpoint:
        answer["checkpoint"] = None if reply.run.checkpoint is None else dict(reply.run.checkpoint)
    if reply.reason is not None:
        answer["reason"] = reply.reason
    if reply.run.exceeded is not None:
        answer["budget"] = reply.run.exceeded
    return answer


@endpoint(blueprint, "POST /v1/runs/{run_id}/complete", scope=RUN, problems=(409,))
def complete(request: Request[CompleteIn, NoQuery], run_id: str) -> RunOut:
    """A target reports that its work is done."""
    return _end(request, run_id, request.body, ReportedEnd())


@endpoint(blueprint, "POST /v1/runs/{run_id}/fail", scope=RUN, problems=(409,))
def fail(request: Request[FailIn, NoQuery], run_id: str) -> RunOut:
    """A target reports that its work failed."""
    body = request.body
    rest = body.retry_after_seconds
    end = ReportedEnd(
        reason=FailureReason(body.reason),
        message=body.message,
        retry_after=None if rest is None else timedelta(seconds=rest),
    )
    return _end(request, run_id, body, end)


def _end(request: Request[Any, NoQuery], run_id: str, body: CompleteIn, end: ReportedEnd) -> RunOut:
    totals = None if body.totals is None else Totals(**body.totals.model_dump())
    report = Report(
        steps=body.steps,
        usage=_usage(body),
        totals=totals,
        summary=body.summary,
        checkpoint=body.checkpoint,
    )
    token = run_token_of(request.headers)
    return run_json(callbacks.end(request.system, token, run_id, report, end))


def _usage(body: HeartbeatIn | CompleteIn) -> dict[str, float] | None:
    return None if body.usage is None else body.usage.model_dump()


def _entries(body: HeartbeatIn) -> Iterator[LogEntry]:
    lines = [body.log] if isinstance(body.log, str) else body.log or []
    for line in lines:
        if isinstance(line, str):
            yield LogEntry(line)
        else:
            yield LogEntry(line.message, line.level, line.data)
