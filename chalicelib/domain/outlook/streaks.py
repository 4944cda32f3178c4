"""Which runs a breaker's streak counts."""

from collections.abc import Iterable
from typing import Final

from chalicelib.domain.outlook.history import of_fire_times
from chalicelib.domain.runs import breaker
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule

#: Failure reason → the counter of its class of failures, where that is not `failure_streak`.
_COUNTERS: Final = {
    FailureReason.BUDGET_EXCEEDED: "budget_breach_streak",
    **dict.fromkeys(breaker.INTERRUPTIONS, "interruption_streak"),
}


def runs_that_broke(schedule: Schedule, records: Iterable[Run]) -> list[Run]:
    """The failed runs in a row that switched a schedule off, newest first; those among the records.

    Failures of another class, and those of an earlier streak, are none of them.
    """
    failed = [run for run in of_fire_times(records) if run.status is RunStatus.FAILED]
    at_the_end = [run for run in failed if run.finished_at == schedule.broken_at] or failed
    if not at_the_end:
        return []
    counter = _counter(at_the_end[0])
    alike = [run for run in failed if _counter(run) == counter and _counts(schedule, run)]
    return alike[: getattr(schedule, counter)]


def length_of_streak(schedule: Schedule) -> int:
    """How many failures the longest of its streaks has."""
    counters = {"failure_streak", *_COUNTERS.values()}
    return int(max(getattr(schedule, counter) for counter in counters))


def _counter(run: Run) -> str:
    return _COUNTERS.get(run.failure_reason or FailureReason.ERROR, "failure_streak")


def _counts(schedule: Schedule, run: Run) -> bool:
    """Whether the breaker counted it: not if it breached a budget that had just been edited."""
    counts_from = schedule.breaches_count_from
    is_breach = run.failure_reason is FailureReason.BUDGET_EXCEEDED
    return not is_breach or counts_from is None or run.fire_at >= counts_from
