"""What a job sees of its run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs.run import FailureReason, Run, Totals
from chalicelib.domain.time.instants import to_milliseconds
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, Stop
from chalicelib.platform.clock import Clock


class Fail(BatonError):
    """The job gives up."""

    def __init__(
        self,
        message: str,
        reason: FailureReason = FailureReason.ABORTED,
        retry_after: timedelta | None = None,
    ) -> None:
        self.reason, self.retry_after = reason, retry_after
        super().__init__(message)


class Retry(Fail):
    """The job could not do it now, and asks to be tried again after that many seconds.

    It is tried as often as the schedule's `retry.max_attempts` says; without an attempt left the
    run has failed.
    """

    def __init__(self, after: float, message: str = "The job asked to be tried again.") -> None:
        super().__init__(message, FailureReason.ERROR, timedelta(seconds=after))


class Lifeline(Protocol):
    """What ties a context to its attempt: the lease, the log, the word to stop."""

    def say(self, level: str, message: str, data: dict[str, Any]) -> None:
        """Add a line to the run's log."""
        ...

    def touch(self, steps: int, progress: dict[str, int] | None) -> None:
        """Note a sign of life; renews the lease when it is time. Raises `Stop`."""
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

    def frozen(self) -> Totals:
        return Totals(self.processed, self.skipped, self.errors)


#: `sleep` looks up this often to see whether it should stop.
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
        self.totals = Counts()
        self.summary: str | None = None
        self.steps = 0
        self._progress: dict[str, int] | None = None
        self._tokens, self._cost = 0, 0.0
        self._clock = clock
        self._lifeline = lifeline

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
        self._lifeline.say(level, message, data)
        self._touch()

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        self._progress = {"done": done, "total": total}
        self._touch()

    def step(self, n: int = 1, tokens: int = 0, cost: float = 0.0) -> None:
        """Take n steps: heartbeat, budget and cancel check in one. Call it before the work.

        Tokens and cost (in whatever currency the job counts) add up to the run's `usage`.
        Raises `BudgetExceeded` instead of taking a step that `max_steps` does not cover.
        """
        if self.max_steps is not None and self.steps + n > self.max_steps:
            raise BudgetExceeded(f"The step budget of {self.max_steps} is used up.")
        self.steps += n
        self._tokens += tokens
        self._cost += cost
        self._touch()

    def sleep(self, seconds: float) -> None:
        """Wait, with the lease kept and an ear for the word to stop."""
        # In whole milliseconds, as all instants: of less, nothing would ever be slept.
        until = to_milliseconds(self._clock.now() + timedelta(seconds=seconds))
        while (left := (until - self._clock.now()).total_seconds()) > 0:
            self._clock.sleep(min(left, _NAP_SECONDS))
            self._touch()

    @property
    def usage(self) -> dict[str, float] | None:
        """What the steps used up so far: {"tokens", "cost"}; None if nothing was told."""
        told = self._tokens or self._cost
        return {"tokens": self._tokens, "cost": round(self._cost, 6)} if told else None

    @property
    def last_progress(self) -> dict[str, int] | None:
        """What `progress` was told last: {"done", "total"}."""
        return self._progress

    def _touch(self) -> None:
        self._lifeline.touch(self.steps, self._progress)
