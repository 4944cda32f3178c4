"""Why a run is stopped in mid-work.

These are not `Exception`s: a job's own `except Exception` must not swallow them.
"""


class Stop(BaseException):
    """The run is to stop now."""

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "")


class LeaseLost(Stop):
    """The lease is over or somebody else has it: nothing this attempt does counts any more."""


class Cancelled(Stop):
    """Somebody asked for it."""


class TimedOut(Stop):
    """It took longer than it may."""


class BudgetExceeded(Stop):
    """It has used up its step budget."""


def stop_in(error: BaseException | None) -> Stop | None:
    """The stop that an error is, or that it holds as a group (a `TaskGroup` raises such groups)."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(stop_in, error.exceptions)), None)
    return None
