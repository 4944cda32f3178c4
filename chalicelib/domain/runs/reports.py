"""What is reported of runs, and how that and silence end them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Budget, FailureReason, Run, Totals
from chalicelib.domain.runs.settle import Outcome

#: The reason to stop of a run that somebody cancelled; other reasons are names of failures.
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a target or a job reports of its work. `steps` counts from the attempt's start."""

    steps: int | None = None
    progress: Mapping[str, int] | None = None
    usage: Mapping[str, float] | None = None
    totals: Totals | None = None
    summary: str | None = None
    #: Where the work is, for the next attempt; None leaves what was noted before.
    checkpoint: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEnd:
    """How a target reports that its work ended: well, if there is no `reason`."""

    reason: FailureReason | None = None
    message: str | None = None
    retry_after: timedelta | None = None


def reason_to_stop(run: Run, now: datetime) -> str | None:
    """Why the target is to stop; None while it may go on."""
    if run.cancel_requested_at is not None:
        return CANCELLED
    if run.exceeded:
        return FailureReason.BUDGET_EXCEEDED.value
    is_over = run.deadline_at is not None and now >= run.deadline_at
    return FailureReason.TIMEOUT.value if is_over else None


def after_heartbeat(run: Run, report: Report, lines: int, now: datetime) -> Run:
    """The run after a heartbeat. One that is to stop keeps what is left of its lease, no more."""
    after = replace(with_report(run, report), heard_at=now, log_lines=run.log_lines + lines)
    return after if reason_to_stop(after, now) else transitions.renew(after, now)


def with_report(run: Run, report: Report) -> Run:
    """The run with what its target reports. Counts never go back: messages may come late."""
    return replace(
        run,
        steps=max(run.steps, report.steps or 0),
        progress=report.progress or run.progress,
        usage=_most(run.usage, report.usage),
        totals=report.totals or run.totals,
        summary=report.summary if report.summary is not None else run.summary,
        checkpoint=report.checkpoint if report.checkpoint is not None else run.checkpoint,
    )


def _most(
    before: Mapping[str, float] | None, reported: Mapping[str, float] | None
) -> Mapping[str, float] | None:
    """The larger of each count, for those of the second may be older."""
    if not before or not reported:
        return reported or before
    return {name: max(count, before.get(name, 0)) for name, count in reported.items()}


def outcome_of_end(run: Run, report: Report, end: ReportedEnd, now: datetime) -> Outcome:
    """How the attempt ends. What Baton has decided outweighs what the target reports."""
    run = with_report(run, report)
    stop = reason_to_stop(run, now)
    outcome = Outcome(
        cancelled=stop == CANCELLED,
        totals=run.totals,
        steps=run.steps,
        usage=run.usage,
        progress=run.progress,
        summary=run.summary,
        checkpoint=run.checkpoint,
        retry_after=end.retry_after,
    )
    if stop is not None and stop != CANCELLED:
        reason = FailureReason(stop)
        return replace(outcome, reason=reason, message=failure_message(run, reason))
    if end.reason is None and run.totals.errors:
        message = f"It ended with errors in {run.totals.errors} items."
        return replace(outcome, reason=FailureReason.ITEM_ERRORS, message=message)
    return replace(outcome, reason=end.reason, message=end.message)


def outcome_of_silence(run: Run) -> Outcome:
    """How an attempt ended whose holder fell silent."""
    reason = _reason_of_silence(run)
    return Outcome(
        reason=reason,
        message=failure_message(run, reason),
        cancelled=run.cancel_requested_at is not None,
        totals=run.totals,
        steps=run.steps,
        usage=run.usage,
        progress=run.progress,
        summary=run.summary,
    )


def _reason_of_silence(run: Run) -> FailureReason:
    if run.verdict is not None:
        return run.verdict
    if run.exceeded:
        return FailureReason.BUDGET_EXCEEDED
    lasted = run.deadline_at is not None and run.lease_expires_at == run.deadline_at
    return FailureReason.TIMEOUT if lasted else FailureReason.LEASE_EXPIRED


def failure_message(run: Run, reason: FailureReason) -> str:
    """The failure in a sentence."""
    if run.verdict is not None:
        return f"It was stopped ({reason}) and did not end by itself; its process was ended."
    if reason is FailureReason.TIMEOUT:
        return f"It took longer than {_allowed_seconds(run)} s."
    if reason is FailureReason.BUDGET_EXCEEDED:
        return _budget_message(run)
    holder = _holder(run)
    return f"Its {holder} fell silent: no heartbeat within {run.lease_seconds} s."


def _budget_message(run: Run) -> str:
    most = {
        Budget.STEPS: run.max_steps,
        Budget.TOKENS: run.max_tokens,
        Budget.COST: run.max_cost,
    }
    exceeded = run.exceeded or Budget.STEPS
    return budget_message(exceeded, most[exceeded] or 0)


def budget_message(budget: Budget, most: float) -> str:
    """That a budget is used up, in a sentence."""
    if budget is Budget.TOKENS:
        return f"The budget of {most} tokens is used up."
    if budget is Budget.COST:
        return f"The cost budget of {most:.6f}".rstrip("0").rstrip(".") + " is used up."
    return f"The step budget of {most} is used up."


def _holder(run: Run) -> str:
    """Who was to beat for it."""
    if run.for_caller:
        return "caller"
    return "target" if run.calls_back else "runner"


def _allowed_seconds(run: Run) -> int:
    if run.deadline_at is None or run.started_at is None:
        return 0
    return round((run.deadline_at - run.started_at).total_seconds())
