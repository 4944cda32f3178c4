"""The supervisor with real threads and signals. Only its interval and the clock are injected."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.reports import Report
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.moves import settling
from chalicelib.engine.running import supervisor
from chalicelib.engine.running.attempt import Attempt
from chalicelib.engine.running.supervisor import supervised
from chalicelib.engine.system import System
from chalicelib.jobs.stops import Cancelled, LeaseLost, Stop, TimedOut
from chalicelib.platform import events
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.config import Config
from chalicelib.platform.queues import SqsQueues
from chalicelib.store import run_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import shared_connection
from chalicelib.store.dynamodb.transaction import Transaction
from infra.places import ROOT
from tests.builders import a_run_that_is, after
from tests.harness import SetClock, Stack

EVERY_SECONDS = 0.01
#: How long a test waits for what must happen before it fails.
PATIENCE_SECONDS = 20.0
#: Runs of `a_run_that_is` start two seconds after noon, with a lease of 1200 s.
STARTED_AT = after(2)
DEADLINE = after(32)
LEASE_ENDS_AT = after(1202)
FAR_OFF = after(86_400)
#: A lease is renewed this long after the last renewal.
BEAT = timedelta(seconds=30)


class WatchedClock(SetClock):
    """A clock that shows when it was looked at."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._looked = threading.Condition()
        self._looks = 0

    def now(self) -> datetime:
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
        return super().now()

    def wait_for_looks(self, count: int) -> None:
        """Block until it has been looked at so many more times."""
        with self._looked:
            enough = self._looks + count
            assert self._looked.wait_for(lambda: self._looks >= enough, PATIENCE_SECONDS)


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock(STARTED_AT)


@pytest.fixture
def attempt(clock: WatchedClock) -> Attempt:
    """An attempt that never needs its storage: its lease is fresh and nothing is reported."""
    return without_storage(clock, DEADLINE)


def without_storage(clock: SetClock, deadline: datetime) -> Attempt:
    system = System(config=Config(), clock=clock, queues=SqsQueues("", ""))
    return Attempt(system, a_run_that_is(RunStatus.RUNNING), deadline, Settings())


def stop_of(attempt: Attempt, body: Callable[[], object]) -> type[Stop] | None:
    """What a supervised body was stopped by."""
    try:
        with supervised(attempt, EVERY_SECONDS):
            body()
    except Stop as stop:
        return type(stop)
    return None


# A body that blocks


def block_in_a_socket() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(PATIENCE_SECONDS)
        here.recv(1)


def block_on_an_event() -> None:
    threading.Event().wait(PATIENCE_SECONDS)


def block_on_a_lock() -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire(timeout=PATIENCE_SECONDS)


def spin() -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        pass


def swallow_exceptions() -> None:
    with suppress(Exception):
        block_on_an_event()
    raise AssertionError("the stop was swallowed")


@pytest.mark.parametrize(
    "block",
    [block_in_a_socket, block_on_an_event, block_on_a_lock, spin, swallow_exceptions],
)
def test_a_body_is_interrupted_at_the_deadline_wherever_it_is(
    block: Callable[[], None], attempt: Attempt, clock: WatchedClock
) -> None:
    def reach_the_deadline() -> None:
        clock.set(DEADLINE)
        block()

    assert stop_of(attempt, reach_the_deadline) is TimedOut


def test_a_body_is_left_alone_until_the_deadline(attempt: Attempt, clock: WatchedClock) -> None:
    clock.set(DEADLINE - timedelta(milliseconds=1))
    assert stop_of(attempt, lambda: clock.wait_for_looks(10)) is None
    assert attempt.stop is None


def test_a_body_that_swallows_a_stop_gets_another(attempt: Attempt, clock: WatchedClock) -> None:
    def swallow_three() -> None:
        clock.set(DEADLINE)
        for _ in range(3):
            with suppress(Stop):
                block_on_an_event()
                raise AssertionError("it was not interrupted")
        block_on_an_event()

    assert stop_of(attempt, swallow_three) is TimedOut


# After the body


@contextmanager
def alarms_counted() -> Iterator[list[int]]:
    """The alarms that reach whoever had the signal before the supervisor did."""
    stray: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _frame: stray.append(number))
    try:
        yield stray
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_signal_goes_back_to_whoever_had_it_and_no_thread_is_left(attempt: Attempt) -> None:
    threads = threading.active_count()
    with alarms_counted() as stray:
        with supervised(attempt, EVERY_SECONDS):
            assert threading.active_count() > threads
        signal.raise_signal(signal.SIGALRM)
    assert stray == [signal.SIGALRM]
    assert threading.active_count() == threads


def test_a_body_that_raises_is_cleared_up_after_as_well(attempt: Attempt) -> None:
    threads = threading.active_count()
    with alarms_counted() as stray:
        with pytest.raises(ZeroDivisionError), supervised(attempt, EVERY_SECONDS):
            _ = 1 / 0
        signal.raise_signal(signal.SIGALRM)
    assert stray == [signal.SIGALRM]
    assert threading.active_count() == threads


def test_nothing_is_interrupted_once_the_body_has_ended_with_a_stop(
    attempt: Attempt, clock: WatchedClock
) -> None:
    def stop_by_itself() -> None:
        clock.set(DEADLINE)
        attempt.check_in(Report(steps=1))  # a sign of life from the job; it raises

    with alarms_counted() as stray:
        assert stop_of(attempt, stop_by_itself) is TimedOut
        threading.Event().wait(10 * EVERY_SECONDS)
    assert stray == []


# With storage


def stored(run: Run) -> Run:
    """The run, put into the stack's table."""
    transaction = Transaction(SystemClock())
    run_table.put(transaction, run)
    transaction.commit()
    return run


@pytest.fixture
def held(stack: Stack) -> Attempt:
    """An attempt whose run is stored, with all the time in the world."""
    stack.clock.set(STARTED_AT)
    run = stored(a_run_that_is(RunStatus.RUNNING))
    return Attempt(stack.system, run, FAR_OFF, Settings())


@contextmanager
def when_renewing(moment: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something just before or after each renewal's request."""
    name, hooks = f"{moment}-call.dynamodb.UpdateItem", shared_connection().client.meta.events

    def hook(**_: Any) -> None:
        act()

    hooks.register(name, hook)
    try:
        yield
    finally:
        hooks.unregister(name, hook)


def test_the_lease_is_kept_while_the_body_blocks(held: Attempt, stack: Stack) -> None:
    renewed = threading.Event()
    with when_renewing("after", renewed.set), supervised(held, EVERY_SECONDS):
        for _ in range(3):
            renewed.clear()
            stack.clock.set(stack.now + BEAT)
            assert renewed.wait(PATIENCE_SECONDS)
    stored_now = run_table.get(held.run.tenant_id, held.run.run_id)
    assert stored_now.lease_expires_at == LEASE_ENDS_AT + 3 * BEAT


def test_a_cancelled_body_is_interrupted_with_the_next_renewal(held: Attempt, stack: Stack) -> None:
    def be_cancelled() -> None:
        settling.tell_to_stop(stack.system, held.run, "somebody")
        stack.clock.set(stack.now + BEAT)
        block_on_an_event()

    assert stop_of(held, be_cancelled) is Cancelled


def test_a_body_whose_claim_was_taken_away_is_interrupted_with_the_next_renewal(
    held: Attempt, stack: Stack
) -> None:
    def lose_the_claim() -> None:
        taken = replace(held.run, token=held.run.token + 1)
        condition = conditions.run_is_held(held.run)
        run_table.replace(held.run, taken, condition, stack.clock)
        stack.clock.set(stack.now + BEAT)
        block_on_an_event()

    assert stop_of(held, lose_the_claim) is LeaseLost


def test_a_body_is_interrupted_at_the_end_of_its_lease_though_storage_hangs(
    held: Attempt, stack: Stack
) -> None:
    hangs, answers = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        answers.wait(PATIENCE_SECONDS)

    def outlast_the_lease() -> None:
        stack.clock.set(stack.now + BEAT)
        assert hangs.wait(PATIENCE_SECONDS)
        stack.clock.set(LEASE_ENDS_AT)
        try:
            block_on_an_event()
        finally:
            assert not answers.is_set()
            answers.set()

    with when_renewing("before", hang):
        assert stop_of(held, outlast_the_lease) is LeaseLost


def test_a_stop_that_is_noticed_after_the_body_has_ended_harms_nobody(
    held: Attempt, stack: Stack
) -> None:
    renewing, ended = threading.Event(), threading.Event()

    def last_until_the_body_has_ended() -> None:
        renewing.set()
        ended.wait(PATIENCE_SECONDS)

    def end_during_a_renewal() -> None:
        stack.clock.set(stack.now + BEAT)
        assert renewing.wait(PATIENCE_SECONDS)
        ended.set()

    settling.tell_to_stop(stack.system, held.run, "somebody")
    with alarms_counted() as stray:
        with when_renewing("before", last_until_the_body_has_ended):
            assert stop_of(held, end_during_a_renewal) is None
        threading.Event().wait(10 * EVERY_SECONDS)
    assert isinstance(held.stop, Cancelled)
    assert stray == []


# A body that nothing stops


def never_give_way(deadline: datetime) -> NoReturn:
    """What the subprocess below does: its whole process has to go."""
    events.configure()
    clock = SetClock(STARTED_AT)
    with supervised(without_storage(clock, deadline), EVERY_SECONDS):
        clock.set(max(DEADLINE, deadline if deadline < FAR_OFF else LEASE_ENDS_AT))
        while True:
            try:
                spin()
            except BaseException as stop:
                print(type(stop).__name__, flush=True)


@pytest.mark.parametrize(
    ("deadline", "interrupts"),
    [
        pytest.param(
            "DEADLINE", ["TimedOut"] * supervisor.PATIENCE, id="ten interrupts within its lease"
        ),
        pytest.param(
            "FAR_OFF",
            ["LeaseLost"] * supervisor.PATIENCE_WITHOUT_LEASE,
            id="one once its lease is over",
        ),
    ],
)
def test_a_body_that_ignores_interrupts_takes_the_process_with_it(
    deadline: str, interrupts: list[str]
) -> None:
    code = f"from tests.engine.running import test_supervisor as t; t.never_give_way(t.{deadline})"
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    *seen, last = done.stdout.splitlines()
    # (There is no storage, so the verdict is lost: nothing waits for it for long.)
    assert [line for line in seen if "verdict_lost" not in line] == interrupts
    assert '"event": "attempt_unstoppable"' in last
