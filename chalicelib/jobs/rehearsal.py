"""Trying a job out without a deployment: what it logs, counts and sums up, for its tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.domain.runs.reports import Report
from chalicelib.domain.runs.run import Run, RunStatus, Totals, Trigger
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import Job
from chalicelib.jobs.stops import Cancelled, Stop

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Rehearsed:
    """What a job did: its log as (level, message, data), its counts, its summary."""

    log: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    steps: int = 0
    progress: Mapping[str, int] | None = None
    summary: str | None = None
    checkpoint: Mapping[str, Any] | None = None


def rehearse(
    job: Job,
    params: Mapping[str, Any] | None = None,
    *,
    max_steps: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    checkpoint: Mapping[str, Any] | None = None,
    cancel_after_steps: int | None = None,
) -> Rehearsed:
    """Run a job to its end, on a clock that only its own `sleep` moves.

    `checkpoint` is what the attempt before is to have left.

    Raises what the job raises, and the `Stop` that a budget or a cancellation comes to.
    """
    done = Rehearsed()
    lifeline = _Notebook(done, cancel_after_steps)
    run = Run(
        tenant_id="rehearsal",
        run_id="rehearsal",
        schedule_id="rehearsal",
        schedule_name=job.name,
        trigger=Trigger.MANUAL,
        status=RunStatus.RUNNING,
        fire_at=_START,
        queued_at=_START,
        max_steps=max_steps,
        max_tokens=max_tokens,
        max_cost=max_cost,
        checkpoint=checkpoint,
    )
    context = JobContext(run, _START + timedelta(minutes=14), _StageClock(), lifeline)
    try:
        job(context, job.parse(params or {}))
    finally:
        report = context.report()
        done.totals, done.summary = report.totals or Totals(), report.summary
    return done


class _StageClock:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self._now = _START

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class _Notebook:
    """The lifeline of a run that is stored nowhere, and cancelled after so many steps."""

    def __init__(self, done: Rehearsed, cancel_after_steps: int | None) -> None:
        self._done, self._cancel_after_steps = done, cancel_after_steps
        self.stop: Stop | None = None

    def add_line(self, level: str, message: str, data: dict[str, Any]) -> None:
        self._done.log.append((level, message, data))

    def check_in(self, report: Report) -> None:
        steps = report.steps or 0
        self._done.steps, self._done.progress = steps, report.progress
        self._done.checkpoint = report.checkpoint
        if self._cancel_after_steps is not None and steps > self._cancel_after_steps:
            self.stop = Cancelled("It was cancelled.")
            raise self.stop
