"""Whatever a job raises ends its run and frees its slot."""

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.runs.report_rules import LONGEST_REST
from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import Fail, FailureReason, JobContext, Retry
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, Stop, TimedOut
from tests.engine.running.ends import Ends
from tests.harness import Stack


class OwnKind(BaseException):
    """A job's own exception that `except Exception` lets through."""


class OwnStop(Stop):
    """A job's own stop."""


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


class Wordless(Exception):
    def __str__(self) -> str:
        return 42  # type: ignore[return-value]  # noqa: PLE0307  # that is its fault


class Rude(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class Unclassed(Exception):
    @property
    def __class__(self) -> Any:
        raise KeyboardInterrupt

    @__class__.setter
    def __class__(self, _value: Any) -> None: ...


class NamelessType(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]  # that is its fault
        raise KeyboardInterrupt


class Nameless(Exception, metaclass=NamelessType):
    pass


class Untraceable(Exception):
    @property
    def __cause__(self) -> BaseException | None:
        raise KeyboardInterrupt

    @__cause__.setter
    def __cause__(self, _value: BaseException | None) -> None: ...


def raising(make: Callable[[], BaseException]) -> Callable[[JobContext], object]:
    """A job that raises what is made for it.

    An error that a parameter holds would keep its traceback, and with it all of the test's stack,
    as long as the process lives.
    """

    def job(_context: JobContext) -> None:
        raise make()

    return job


def cancel_a_task(_context: JobContext) -> None:
    async def work() -> None:
        task = asyncio.ensure_future(asyncio.sleep(5))
        await asyncio.sleep(0)
        task.cancel()
        await task

    asyncio.run(work())


def recurse(context: JobContext) -> None:
    recurse(context)


def use_up_memory(_context: JobContext) -> None:
    _ = bytearray(sys.maxsize)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (raising(lambda: ValueError("no luck")), "ValueError: no luck"),
        (raising(lambda: SystemExit(3)), "SystemExit: 3"),
        (raising(KeyboardInterrupt), "KeyboardInterrupt: "),
        (raising(GeneratorExit), "GeneratorExit: "),
        (raising(lambda: OwnKind("mine")), "OwnKind: mine"),
        (cancel_a_task, "CancelledError: "),
        (recurse, "RecursionError: maximum recursion depth exceeded"),
        (use_up_memory, "MemoryError: "),
        (
            raising(lambda: ExceptionGroup("two", [ValueError("a"), OSError("b")])),
            "ExceptionGroup: two (2 sub-exceptions)",
        ),
        (
            raising(lambda: BaseExceptionGroup("one", [KeyboardInterrupt()])),
            "BaseExceptionGroup: one (1 sub-exception)",
        ),
        (raising(Mute), "Mute: (Mute without a readable text)"),
        (raising(Wordless), "Wordless: (Wordless without a readable text)"),
        (raising(Rude), "Rude: (Rude without a readable text)"),
        (raising(lambda: Nameless("x")), "an object: x"),
        (raising(lambda: Untraceable("x")), "Untraceable: x"),
        (raising(Unclassed), "What it raised cannot be read."),
        (raising(lambda: ValueError("half \ud800")), "ValueError: half ?"),
        (raising(lambda: ValueError("x" * 10_000)), f"ValueError: {'x' * 4081}…"),
        (raising(lambda: Stop("enough")), "Stop: enough"),
        (raising(lambda: OwnStop("enough")), "OwnStop: enough"),
        (raising(lambda: LeaseLost("as if")), "LeaseLost: as if"),
    ],
)
def test_whatever_is_raised_fails_the_run_as_an_error(
    ends: Ends, job: Callable[[JobContext], object], message: str
) -> None:
    run = ends.of(job)
    assert (run["status"], run["failure_reason"]) == ("failed", "error")
    assert run["error_message"].startswith(message), run["error_message"]


def test_the_log_of_an_error_has_its_traceback(ends: Ends) -> None:
    (line,) = ends.log(ends.of(raising(lambda: OwnKind("mine"))))
    assert (line["level"], line["message"]) == ("error", "OwnKind: mine")
    assert "in job\n    raise make()\n" in line["data"]["traceback"]


def test_the_log_of_an_error_without_a_traceback_says_so(ends: Ends) -> None:
    (line,) = ends.log(ends.of(raising(lambda: Untraceable("x"))))
    assert line["data"] == {"traceback": "(unreadable)"}


@pytest.mark.parametrize(
    ("stop", "status", "reason"),
    [
        (partial(BudgetExceeded, "used up"), "failed", "budget_exceeded"),
        (partial(TimedOut, "too long"), "failed", "timeout"),
        (Cancelled, "cancelled", None),
        (LeaseLost, "failed", "error"),
    ],
)
@pytest.mark.parametrize("grouped", [False, True])
def test_a_stop_counts_in_a_group_as_by_itself(
    ends: Ends, stop: Callable[[], Stop], status: str, reason: str | None, grouped: bool
) -> None:
    def group() -> BaseException:
        return BaseExceptionGroup("two", [ValueError(), BaseExceptionGroup("one", [stop()])])

    run = ends.of(raising(group if grouped else stop))
    assert (run["status"], run["failure_reason"]) == (status, reason)


def test_a_cancelled_job_that_fails_on_its_way_out_is_cancelled(ends: Ends, stack: Stack) -> None:
    def job(context: JobContext) -> None:
        path = f"/v1/runs/{context.run_id}/cancel"
        assert stack.http("POST", path, token=stack.operator).status == 202
        stack.advance(3)
        try:
            context.step()
        except Stop:
            raise OwnKind from None

    assert ends.of(job)["status"] == "cancelled"


# What it gives as its reason when it gives up


class Incomplete(Fail):
    def __init__(self) -> None:
        """Without a call of its parent's."""


class Secretive(Fail):
    @property
    def reason(self) -> FailureReason:
        raise KeyboardInterrupt

    @reason.setter
    def reason(self, _value: FailureReason) -> None: ...


@pytest.mark.parametrize(
    ("reason", "kept", "fault"),
    [
        (FailureReason.RATE_LIMITED, "rate_limited", None),
        ("auth_failed", "auth_failed", None),
        ("bored", "error", "'bored'"),
        (None, "error", "None"),
        (7, "error", "7"),
        ("never_started", "error", "'never_started'"),
    ],
)
def test_a_reason_that_no_job_may_give_is_an_error(
    ends: Ends, reason: Any, kept: str, fault: str | None
) -> None:
    run = ends.of(raising(lambda: Fail("why", reason)))
    assert (run["failure_reason"], run["error_message"]) == (kept, "why")
    warning = f"reason: {fault} is no reason that a job may give; left out"
    assert ends.warnings(run) == ([] if fault is None else [warning])


@pytest.mark.parametrize("fail", [Incomplete, partial(Secretive, "why")])
def test_a_failure_whose_reason_cannot_be_read_is_an_error(
    ends: Ends, fail: Callable[[], Fail]
) -> None:
    assert ends.of(raising(fail))["failure_reason"] == "error"


@pytest.mark.parametrize("message", [b"bytes", None, Mute(), "\ud800"])
def test_any_message_will_do(ends: Ends, message: Any) -> None:
    run = ends.of(raising(lambda: Fail(message)))
    assert (run["status"], run["failure_reason"]) == ("failed", "aborted")


DAY = LONGEST_REST.total_seconds()
DELAY = 10


@pytest.mark.parametrize(
    ("rest", "seconds", "warns"),
    [
        (90, 90, False),
        (90.5, 90.5, False),
        (10**400, DAY, True),
        (-1, DELAY, True),
        (float("nan"), DELAY, True),
        ("90", DELAY, True),
        (timedelta.max, DAY, True),
        (None, DELAY, False),
    ],
)
def test_a_rest_that_is_asked_for_is_a_day_at_most(
    ends: Ends, rest: Any, seconds: float, warns: bool
) -> None:
    run = ends.of(raising(lambda: Retry(rest)), retry={"max_attempts": 2, "delay_seconds": DELAY})
    assert (run["status"], run["failure_reason"]) == ("queued", "error")
    assert run["not_before"] == to_text(ends.stack.now + timedelta(seconds=seconds))
    assert [line.partition(":")[0] for line in ends.warnings(run)] == ["retry_after"] * warns
