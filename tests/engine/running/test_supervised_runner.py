"""The runner with its supervisor, as on Lambda: a job that blocks is interrupted."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.engine.running.runner import run_message
from chalicelib.jobs.context import JobContext
from chalicelib.platform.queues import RunMessage
from chalicelib.store import run_table
from tests.api_client import Api
from tests.harness import Stack

#: Far longer than an interrupt takes, and what a test lasts whose job is not interrupted.
PATIENCE_SECONDS = 10
REMAINING = timedelta(minutes=15)


class Blocking:
    """A job that lets its time run out and blocks."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.returned = False
        self.before = set(threading.enumerate())
        self.beside: set[threading.Thread] = set()

    def __call__(self, _context: JobContext, _params: dict[str, Any]) -> None:
        self.beside = set(threading.enumerate()) - self.before
        self.stack.advance(61)
        threading.Event().wait(PATIENCE_SECONDS)
        self.returned = True


@pytest.fixture
def job(api: Api, stack: Stack) -> Blocking:
    """A blocking job that has run, with 60 s to do it in."""
    blocking = Blocking(stack)
    stack.register("probe", blocking)
    target = {"type": "function", "name": "probe"}
    api.start(api.create(target=target, timeout_seconds=60))
    (message,) = stack.messages()
    system = replace(stack.system, supervised=True)
    run_message(system, RunMessage(**message.json), REMAINING)
    return blocking


def test_it_is_interrupted_and_its_run_is_a_timeout(job: Blocking) -> None:
    (run,) = run_table.older_than("default", "~")
    assert (run.status, run.failure_reason) == ("failed", "timeout")
    assert not job.returned


def test_what_watches_it_keeps_no_process_from_ending(job: Blocking) -> None:
    assert job.beside
    assert all(thread.daemon for thread in job.beside)
