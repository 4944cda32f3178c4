"""What a job leaves behind does not run on when its slot is somebody else's. Real threads."""

import _thread
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import FailureReason, RunStatus
from chalicelib.engine.running import runner, supervisor
from chalicelib.engine.running.attempt import Attempt
from chalicelib.engine.running.leftovers import ProcessSnapshot
from chalicelib.engine.running.supervisor import supervised
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, Stop, TimedOut
from chalicelib.platform import events
from chalicelib.store import run_table
from infra.places import ROOT
from tests.api_client import Api
from tests.builders import a_run_that_is, after
from tests.engine.running.test_supervisor import (
    DEADLINE,
    EVERY_SECONDS,
    FAR_OFF,
    PATIENCE_SECONDS,
    STARTED_AT,
    stored,
    without_storage,
)
from tests.harness import Crash, SetClock, Stack

#: Long enough for a thread to end within the supervisor's patience, on a busy machine too.
UNHURRIED_SECONDS = 0.4


@pytest.fixture
def attempt() -> Attempt:
    return without_storage(SetClock(STARTED_AT), DEADLINE)


class Worker:
    """A thread that works until it is let go."""

    def __init__(self, *, daemon: bool = False) -> None:
        self.may_end, self.ended = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._work, name="worker", daemon=daemon)

    def _work(self) -> None:
        self.may_end.wait(PATIENCE_SECONDS)
        self.ended.set()

    def end_in(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self.may_end.set)
        timer.name = "baton-timer"  # not the job's
        timer.start()


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.may_end.set()


def unhurried(attempt: Attempt, body: Callable[[], object]) -> None:
    """The body, supervised with more patience: to lose it would end this very process."""
    with supervised(attempt, UNHURRIED_SECONDS):
        body()


def events_in(caplog: Any) -> list[str]:
    return [record.event for record in caplog.records if hasattr(record, "event")]


@pytest.mark.parametrize("stop", [TimedOut(), Cancelled(), BudgetExceeded()])
@pytest.mark.parametrize("daemon", [False, True])
def test_a_stopped_job_ends_when_all_of_its_threads_have(
    attempt: Attempt, stop: Stop, daemon: bool
) -> None:
    worker = Worker(daemon=daemon)

    def stop_with_a_thread_at_work() -> None:
        worker.thread.start()
        worker.end_in(0.3)
        raise stop

    with pytest.raises(type(stop)):
        unhurried(attempt, stop_with_a_thread_at_work)
    assert worker.ended.is_set()


def test_a_job_that_returns_ends_when_the_threads_have_that_python_waits_for(
    attempt: Attempt, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    with supervised(attempt, EVERY_SECONDS):
        worker.thread.start()
        worker.end_in(0.2)
    assert worker.ended.is_set()
    assert "attempt_left_threads" in events_in(caplog)


def test_a_job_that_fails_ends_when_they_have_as_well(attempt: Attempt, worker: Worker) -> None:
    def fail_with_a_thread_at_work() -> None:
        worker.thread.start()
        worker.end_in(0.2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unhurried(attempt, fail_with_a_thread_at_work)
    assert worker.ended.is_set()


def test_a_daemon_thread_of_a_job_that_returns_is_named_and_left(
    attempt: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(daemon=True)
    with supervised(attempt, EVERY_SECONDS):
        worker.thread.start()
    assert not worker.ended.is_set()
    worker.may_end.set()
    (record,) = [each for each in caplog.records if getattr(each, "event", "")]
    assert (record.event, record.fields["left"]) == ("attempt_left_threads", ["worker"])  # type: ignore[attr-defined]


def test_a_job_that_leaves_nothing_is_no_event(
    attempt: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    with supervised(attempt, EVERY_SECONDS):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
    assert events_in(caplog) == []


def test_threads_that_were_there_before_do_not_count(attempt: Attempt, worker: Worker) -> None:
    worker.thread.start()
    with supervised(attempt, EVERY_SECONDS):
        pass
    assert not worker.ended.is_set()


def test_the_deadline_ends_the_wait_for_threads_too(worker: Worker) -> None:
    clock = SetClock(STARTED_AT)
    attempt = without_storage(clock, DEADLINE)
    with supervised(attempt, UNHURRIED_SECONDS):
        worker.thread.start()
        worker.end_in(1.0)
        threading.Timer(0.1, clock.set, [DEADLINE]).start()
    assert isinstance(attempt.stop, TimedOut)


# What is a thread at work?


def test_a_pool_at_rest_is_not_at_work() -> None:
    before = ProcessSnapshot()
    with ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()
        time_out = time.monotonic() + PATIENCE_SECONDS
        while before.threads() and time.monotonic() < time_out:
            threading.Event().wait(0.01)
        assert before.threads() == []


def test_a_pool_with_something_to_do_is() -> None:
    before, may_end = ProcessSnapshot(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(may_end.wait, PATIENCE_SECONDS)
        assert len(before.lasting_threads()) == 1
        may_end.set()


def test_a_thread_that_threading_does_not_know_is_seen() -> None:
    before = ProcessSnapshot()
    works, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        works.set()
        may_end.wait(PATIENCE_SECONDS)
        ended.set()

    _thread.start_new_thread(work, ())
    try:
        assert works.wait(PATIENCE_SECONDS)
        assert len(before.threads()) == 1
        assert before.lasting_threads() == []
    finally:
        may_end.set()
        ended.wait(PATIENCE_SECONDS)


# Processes

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
PARENT_OF_ONE = [
    sys.executable,
    "-c",
    f"import subprocess; subprocess.run({SLEEPER!r}, check=False)",
]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc, as on Lambda")
@pytest.mark.parametrize("command", [SLEEPER, PARENT_OF_ONE], ids=["child", "grandchild"])
def test_processes_that_a_job_leaves_behind_are_killed(
    attempt: Attempt, command: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with supervised(attempt, EVERY_SECONDS):
        child = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  # our own
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
    # The pipe ends only when nobody holds it any more, the grandchild included.
    assert child.stdout.read() == b""
    child.stdout.close()
    assert child.wait(PATIENCE_SECONDS) != 0
    assert events_in(caplog) == ["attempt_left_processes"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc, as on Lambda")
def test_processes_that_were_there_before_live_on(attempt: Attempt) -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as child:  # noqa: S603  # our own
        assert child.stdout is not None
        child.stdout.readline()
        with supervised(attempt, EVERY_SECONDS):
            pass
        assert child.poll() is None
        child.kill()


# Threads that nothing stops


def leave_a_thread_that_never_ends() -> NoReturn:
    """What the subprocess below does: its whole process has to go."""
    events.configure()
    attempt = without_storage(SetClock(STARTED_AT), FAR_OFF)
    with supervised(attempt, EVERY_SECONDS):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        print("works", flush=True)
        raise BudgetExceeded
    raise AssertionError("the slot would be given away now")


def test_a_stopped_job_whose_thread_never_ends_takes_the_process_with_it() -> None:
    code = (
        "from tests.engine.running import test_leftovers as t; t.leave_a_thread_that_never_ends()"
    )
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    first, *_, last = done.stdout.splitlines()
    assert first == "works"
    assert '"event": "attempt_unstoppable"' in last


# The verdict that a process leaves behind when it ends itself


@pytest.mark.parametrize(
    ("stop", "reason"), [(TimedOut(), "timeout"), (BudgetExceeded(), "budget_exceeded")]
)
def test_the_reaper_says_why_it_was_stopped_and_soon(
    api: Api, stack: Stack, stop: Stop, reason: str
) -> None:
    def never_end(context: Any, _params: dict[str, Any]) -> None:
        attempt: Attempt = context._lifeline
        context.step(3)
        attempt.stop = stop
        attempt.record_verdict()
        raise Crash

    stack.register("probe", never_end)
    target = {"type": "function", "name": "probe"}
    run = api.start(api.create(target=target, lease_seconds=1200))
    stack.deliver()
    assert api.run(run)["lease_expires_at"] == "2026-03-01T00:00:10.000Z"
    stack.advance(15)
    stack.tick()
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"], ended["steps"]) == ("failed", reason, 3)
    assert "its process was ended" in ended["error_message"]
    assert api.get("/v1/slot")["holders"] == []


def test_a_process_that_lost_its_lease_records_no_verdict(stack: Stack) -> None:
    stack.clock.set(STARTED_AT)
    run = stored(a_run_that_is(RunStatus.RUNNING))
    attempt = Attempt(stack.system, run, FAR_OFF, Settings())
    stack.clock.set(after(1300))
    attempt.check_time()
    attempt.record_verdict()
    assert run_table.get(run.tenant_id, run.run_id) == run


def test_a_verdict_is_not_kept_past_its_attempt(stack: Stack) -> None:
    failed = a_run_that_is(RunStatus.FAILED, verdict=FailureReason.TIMEOUT)
    assert failed.verdict is None


def test_patience_ends_before_lambda_ends_the_process() -> None:
    patience = supervisor.PATIENCE * supervisor.EVERY_SECONDS + supervisor.VERDICT_SECONDS
    assert patience < runner.MARGIN.total_seconds()
