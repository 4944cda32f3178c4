"""What a target has raised, as the failure of its attempt. Nothing it raises gets past this."""

import traceback
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain.runs import report_rules
from chalicelib.domain.runs.report_rules import as_text, error_as_text, guarded
from chalicelib.domain.runs.run import FailureReason
from chalicelib.engine.running.attempt import Attempt
from chalicelib.jobs.context import Fail
from chalicelib.jobs.reporting import Reporting
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, TimedOut, stop_in


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, and how long its target asks to be left alone."""

    reason: FailureReason
    message: str
    retry_after: timedelta | None = None


def failure_of(error: BaseException, attempt: Attempt) -> Failure | None:
    """The failure that the error is; None if it is a stop that `attempt.stop` explains."""
    unreadable: Failure | None = Failure(FailureReason.ERROR, "What it raised cannot be read.")
    return guarded(lambda: _failure(error, attempt), unreadable)


def _failure(error: BaseException, attempt: Attempt) -> Failure | None:
    attempt.accept_stop(error)
    stop = stop_in(error)
    if isinstance(stop, TimedOut):
        return Failure(FailureReason.TIMEOUT, as_text(stop))
    if isinstance(stop, BudgetExceeded):
        return Failure(FailureReason.BUDGET_EXCEEDED, as_text(stop))
    if stop is not None and isinstance(attempt.stop, Cancelled | LeaseLost):
        return None
    if isinstance(error, Fail):
        return _given_up(error, Reporting(attempt))
    message = error_as_text(error)
    attempt.add_line("error", message, {"traceback": _traceback(error)})
    return Failure(FailureReason.ERROR, message)


def _given_up(fail: Fail, reporting: Reporting) -> Failure:
    reason = guarded(lambda: fail.reason, None)
    retry_after = guarded(lambda: fail.retry_after, None)
    rest = None
    if retry_after is not None:
        rest = reporting.keep("retry_after", retry_after, report_rules.rest)
    known = reporting.keep("reason", reason, report_rules.reason)
    return Failure(known or FailureReason.ERROR, as_text(fail), rest)


def _traceback(error: BaseException) -> str:
    """The error's traceback: its last twenty frames."""
    return guarded(lambda: "".join(traceback.format_exception(error, limit=-20)), "(unreadable)")
