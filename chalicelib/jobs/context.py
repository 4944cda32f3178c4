"""What a job sees of its run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs import report_rules
from chalicelib.domain.runs.report_rules import MOST_COUNT
from chalicelib.domain.runs.reports import Report, budget_message
from chalicelib.domain.runs.run import Budget, FailureReason, Run
from chalicelib.domain.time.instants import to_milliseconds
from chalicelib.jobs.reporting import Log, Reporting
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, Stop
from chalicelib.platform.clock import Clock

__all__ = ["Counts", "Fail", "FailureReason", "JobContext", "Lifeline", "Retry"]


class Fail(BatonError):
    """The job gives up.

    `retry_after`, a duration or a number of seconds, is how long it asks to be left alone before
    another attempt: a day at most.
    """

    def __init__(
        self,
        message: str,
        reason: FailureReason = FailureReason.ABORTED,
        retry_after: timedelta | float | None = None,
    ) -> None:
        self.reason, self.retry_after = reason, retry_after
        super().__init__(message)


class Retry(Fail):
    """The job could not do it now, and asks to be tried again after that many seconds.

    It is tried as often as the schedule's `retry.max_attempts` says; without an attempt left the
    run has failed.
    """

    def __init__(self, after: float, message: str = "The job asked to be tried again.") -> None:
        super().__init__(message, FailureReason.ERROR, after)


class Lifeline(Log, Protocol):
    """What ties a context to its attempt: the lease, the log, and whether to stop."""

    def check_in(self, report: Report) -> None:
        """Take what the job reports, and do what is due. Raises `Stop` when it is to end now."""
        ...

    @property
    def stop(self) -> Stop | None:
        """Why the attempt is to stop, once it is."""
        ...


@dataclass(slots=True)
class Counts:
    """What a job counts as it goes."""

    processed: int = 0
    skipped: int = 0
    errors: int = 0


#: `sleep` wakes this often to see whether it should stop.
_NAP_SECONDS = 1.0


class JobContext:
    """A job's view of its run. Calls raise `Stop` when the run is to end now; let it through."""

    def __init__(self, run: Run, deadline: datetime, clock: Clock, lifeline: Lifeline) -> None:
        self.tenant_id = run.tenant_id
        self.run_id = run.run_id
        self.schedule_id = run.schedule_id
        self.fire_at = run.fire_at
        self.attempt = run.attempt
        self.deadline = deadline
        self.max_steps = run.max_steps
        self.max_tokens = run.max_tokens
        self.max_cost = run.max_cost
        #: Where the attempt before has left off: what it gave `save_checkpoint` last.
        self.checkpoint = run.checkpoint
        self.totals = Counts()
        self.summary: str | None = None
        self._steps = 0
        self._progress: dict[str, int] | None = None
        self._tokens, self._cost = 0, 0.0
        self._saved: dict[str, Any] | None = None
        self._clock = clock
        self._lifeline = lifeline
        self._reporting = Reporting(lifeline)

    @property
    def steps(self) -> int:
        """How many steps it has taken."""
        return self._steps

    @property
    def usage(self) -> dict[str, float] | None:
        """What its steps have used up: {"tokens", "cost"}; None if they reported nothing."""
        used = self._tokens or self._cost
        return (
            {"tokens": self._tokens, "cost": report_rules.rounded_cost(self._cost)}
            if used
            else None
        )

    @property
    def cancelled(self) -> bool:
        """Whether the run is to stop because somebody asked for it."""
        return isinstance(self._lifeline.stop, Cancelled)

    @property
    def now(self) -> datetime:
        """The present instant by Baton's clock."""
        return self._clock.now()

    def log(self, message: str, level: str = "info", **data: Any) -> None:
        """Write a line to the run's log; `data` is kept with it as JSON."""
        self._lifeline.add_line(level, message, data)
        self._check_in()

    def progress(self, done: int, total: int) -> None:
        """Report how far the work is."""
        counts = {
            name: self._reporting.keep(f"progress.{name}", value, report_rules.count)
            for name, value in (("done", done), ("total", total))
        }
        sound = {name: number for name, number in counts.items() if number is not None}
        if len(sound) == len(counts):
            self._progress = sound
        self._check_in()

    def step(self, n: int = 1, tokens: int = 0, cost: float = 0.0) -> None:
        """Take n steps: heartbeat, budget and cancel check in one. Call it before the work.

        Tokens and cost (in whatever currency the job counts) add up to the run's `usage`.
        Raises `BudgetExceeded` instead of taking a step that `max_steps` does not cover, and once
        more tokens or a higher cost are reported than `max_tokens` and `max_cost` allow.
        """
        steps = self._steps + (self._reporting.keep("steps", n, report_rules.count) or 0)
        if self.max_steps is not None and steps > self.max_steps:
            raise BudgetExceeded(budget_message(Budget.STEPS, self.max_steps))
        self._steps = min(steps, MOST_COUNT)
        more_tokens = self._reporting.keep("tokens", tokens, report_rules.count) or 0
        more_cost = self._reporting.keep("cost", cost, report_rules.amount) or 0.0
        self._tokens = min(self._tokens + more_tokens, MOST_COUNT)
        self._cost = min(self._cost + more_cost, float(MOST_COUNT))
        self._check_in()
        if self.max_tokens is not None and self._tokens > self.max_tokens:
            raise BudgetExceeded(budget_message(Budget.TOKENS, self.max_tokens))
        if self.max_cost is not None and report_rules.rounded_cost(self._cost) > self.max_cost:
            raise BudgetExceeded(budget_message(Budget.COST, self.max_cost))

    def save_checkpoint(self, data: dict[str, Any]) -> None:
        """Note where the work is: the next attempt finds it as its `checkpoint`.

        It is stored within seconds, as JSON of at most 8 KiB; a later one replaces it.
        """
        kept = self._reporting.keep("checkpoint", data, report_rules.checkpoint)
        if kept is not None:
            self._saved = kept
        self._check_in()

    def sleep(self, seconds: float) -> None:
        """Wait, with the lease kept, and raise `Stop` soon after the run is to end."""
        # In whole milliseconds, as all instants: of less, nothing would ever be slept.
        until = to_milliseconds(self._clock.now() + timedelta(seconds=seconds))
        while (left := (until - self._clock.now()).total_seconds()) > 0:
            self._clock.sleep(min(left, _NAP_SECONDS))
            self._check_in()

    def report(self) -> Report:
        """What the run's record keeps of the work so far."""
        summary = self.summary
        if summary is not None:
            summary = self._reporting.keep("summary", summary, report_rules.text)
        return Report(
            steps=self._steps,
            progress=self._progress,
            usage=self.usage,
            totals=self._reporting.totals(self.totals),
            summary=summary,
            checkpoint=self._saved,
        )

    def _check_in(self) -> None:
        report = Report(steps=self._steps, progress=self._progress, checkpoint=self._saved)
        self._lifeline.check_in(report)
