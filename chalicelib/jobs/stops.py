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
