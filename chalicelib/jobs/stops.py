"""Why a run is stopped in mid-work.

These are not `Exception`s: a job's own `except Exception` must not swallow them.
"""

from typing import ClassVar


class Stop(BaseException):
    """The run is to stop now. One that is raised without a text has its class's `message`."""

    message: ClassVar[str] = "The run is to stop now."

    def __str__(self) -> str:
        return super().__str__() or self.message


class LeaseLost(Stop):
    """The lease is over or somebody else has it: nothing this attempt does counts any more."""

    message = (
        "The lease is over or somebody else has it: nothing this attempt does counts any more."
    )


class Cancelled(Stop):
    """Somebody cancelled the run."""

    message = "Somebody asked for it."


class TimedOut(Stop):
    """The attempt took longer than it may."""

    message = "It took longer than it may."


class BudgetExceeded(Stop):
    """The run has used up one of its budgets."""

    message = "It has used up its budget."


def stop_in(error: BaseException | None) -> Stop | None:
    """The stop that an error is, or that it holds as a group (a `TaskGroup` raises such groups)."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(stop_in, error.exceptions)), None)
    return None
