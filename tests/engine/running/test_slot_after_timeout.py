"""After a timeout nothing of the attempt is at work any more when its slot is given away.

Each rule stands beside its twin: without the guard, the same look finds the code at work.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.engine.running.leftovers import ProcessSnapshot
from chalicelib.engine.running.runner import run_message
from chalicelib.jobs.context import JobContext
from chalicelib.platform.queues import RunMessage
from chalicelib.store.dynamodb.models import shared_connection
from tests.api_client import Api
from tests.engine.running.test_leftovers import SLEEPER
from tests.harness import Stack
from tests.simulation.swapping import swapped

PATIENCE_SECONDS = 20
REMAINING = timedelta(minutes=15)
#: How long the thread outlasts the frames of its job.
OUTLASTS_SECONDS = 0.3


class Threaded:
    """A job with a thread at work, which outlasts it for a while; or until it is let go."""

    def __init__(self, stack: Stack, *, ends: bool) -> None:
        self._stack, self._ends = stack, ends
        self.may_end = threading.Event()
        self._thread = threading.Thread(target=self.may_end.wait, args=[PATIENCE_SECONDS])

    def __call__(self, _context: JobContext, _params: dict[str, Any]) -> None:
        self._thread.start()
        try:
            block_past_the_deadline(self._stack)
        finally:
            if self._ends:
                timer = threading.Timer(OUTLASTS_SECONDS, self.may_end.set)
                timer.name = "baton-timer"  # not the job's
                timer.start()

    def is_at_work(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        self.may_end.set()
        self._thread.join(PATIENCE_SECONDS)


class Forked:
    """A job with a child process at work, which ends when it is killed."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self, _context: JobContext, _params: dict[str, Any]) -> None:
        self._child = subprocess.Popen(SLEEPER, stdout=subprocess.PIPE)  # noqa: S603  # our own
        assert self._child.stdout is not None
        assert self._child.stdout.readline() == b"up\n"
        block_past_the_deadline(self._stack)

    def is_at_work(self) -> bool:
        assert self._child is not None
        try:
            self._child.wait(1)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self) -> None:
        assert self._child is not None
        with self._child as child:
            child.kill()


def block_past_the_deadline(stack: Stack) -> None:
    stack.advance(61)
    threading.Event().wait(PATIENCE_SECONDS)


@contextmanager
def looking(is_at_work: Callable[[], bool]) -> Iterator[list[bool]]:
    """Looks just before each transaction: those end the run, and give its slot to the next one."""
    found: list[bool] = []
    name, hooks = "before-call.dynamodb.TransactWriteItems", shared_connection().client.meta.events

    def look(**_: Any) -> None:
        found.append(is_at_work())

    hooks.register(name, look)
    try:
        yield found
    finally:
        hooks.unregister(name, look)


def found_at_work(api: Api, stack: Stack, job: Threaded | Forked) -> list[bool]:
    """What is found while a run of this job times out, and its slot goes to the next run."""
    stack.register("probe", job)
    target = {"type": "function", "name": "probe"}
    run = api.start(api.create(target=target, timeout_seconds=60))
    (message,) = stack.messages()
    waiting = api.start(api.create(name="Next"), "?when_busy=queue")
    with looking(job.is_at_work) as found:
        run_message(replace(stack.system, supervised=True), RunMessage(**message.json), REMAINING)
    job.end()
    assert api.run(run)["failure_reason"] == "timeout"
    assert api.run(waiting)["status"] == "claimed"
    return found


def test_no_thread_of_it_is_at_work(api: Api, stack: Stack) -> None:
    assert found_at_work(api, stack, Threaded(stack, ends=True)) == [False, False]


def test_without_the_guard_a_thread_is_found_at_work(api: Api, stack: Stack) -> None:
    with ExitStack() as without:
        for name in ("threads", "lasting_threads"):
            without.enter_context(swapped(ProcessSnapshot, name, lambda _self: []))
        assert found_at_work(api, stack, Threaded(stack, ends=False)) == [True, True]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc, as on Lambda")
def test_no_process_of_it_is_at_work(api: Api, stack: Stack) -> None:
    assert found_at_work(api, stack, Forked(stack)) == [False, False]


def test_without_the_guard_a_process_is_found_at_work(api: Api, stack: Stack) -> None:
    with swapped(ProcessSnapshot, "end_processes", lambda _self: []):
        assert found_at_work(api, stack, Forked(stack)) == [True, True]
