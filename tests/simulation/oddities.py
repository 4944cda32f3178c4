"""What jobs raise and report that nobody can make sense of. Their runs end all the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from chalicelib.jobs.context import Fail, JobContext


class _Mute(BaseException):
    """Says nothing of itself, and passes by `except Exception`."""

    def __str__(self) -> str:
        raise SystemExit

    __repr__ = __str__


def _raises_what_says_nothing(_context: JobContext) -> None:
    raise _Mute


def _leaves(_context: JobContext) -> None:
    raise SystemExit(3)


def _gives_a_reason_of_its_own(_context: JobContext) -> None:
    reason: Any = {"why": "because"}
    raise Fail("it gives up", reason)


def _rests_for_ever(_context: JobContext) -> None:
    raise Fail("it rests", retry_after=timedelta.max)


def _counts_what_is_no_number(context: JobContext) -> None:
    nonsense: Any = float("nan")
    context.totals.processed, context.totals.errors = nonsense, nonsense


def _logs_what_cannot_be_stored(context: JobContext) -> None:
    context.log("odd", values=[float("inf"), {1: object()}, _Mute()])


ODDITIES: Final[tuple[Callable[[JobContext], None], ...]] = (
    _raises_what_says_nothing,
    _leaves,
    _gives_a_reason_of_its_own,
    _rests_for_ever,
    _counts_what_is_no_number,
    _logs_what_cannot_be_stored,
)
