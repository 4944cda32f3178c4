"""Parts of Baton as writers that can be made to meet: each looks, decides, and writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.run import Place, Run, RunStatus
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.moves import settling
from chalicelib.engine.requests import cancellation
from chalicelib.engine.requests.run_now import Refused, RunRequest, run_now
from chalicelib.engine.running import runner
from chalicelib.engine.running.attempt import Attempt
from chalicelib.engine.scheduling.passes import Pass
from chalicelib.engine.system import System
from chalicelib.jobs.context import JobContext
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.queues import RunMessage
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb.models import shared_connection
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import ANN, NOON, a_run, a_run_that_is, a_schedule, after
from tests.harness import Crash, SetClock, Stack

TRANSACTION, UPDATE = "TransactWriteItems", "UpdateItem"
PROBE: Final = {"type": "function", "name": "probe"}
ROOM: Final = after(900) - NOON

SCHEDULE_ID: Final = "01KJMRSSG00000000000000000"
RESTING: Final = a_schedule(target=PROBE, schedule_id=SCHEDULE_ID)
DUE: Final = replace(RESTING, fire_at=NOON, next_fire_at=NOON)
WAITING: Final = a_run(schedule_id=SCHEDULE_ID, place=Place.QUEUE)
CLAIMED: Final = a_run_that_is(RunStatus.CLAIMED, schedule_id=SCHEDULE_ID)
RUNNING: Final = a_run_that_is(RunStatus.RUNNING, schedule_id=SCHEDULE_ID)


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def end_of_lease(run: Run) -> datetime:
    assert run.lease_expires_at is not None
    return run.lease_expires_at


#: Moments around the end of the running run's lease, and of the claimed one's.
JUST_BEFORE: Final = (end_of_lease(RUNNING) - NOON).total_seconds() - 1
SILENT: Final = (end_of_lease(RUNNING) - NOON).total_seconds() + 5
NOT_STARTED: Final = (end_of_lease(CLAIMED) - NOON).total_seconds() + 5


class OwnClock(SetClock):
    """A process's own clock; tells whether somebody has waited on it."""

    waited = False

    def sleep(self, seconds: float) -> None:
        self.waited = True
        super().sleep(seconds)


@dataclass
class Scene:
    """A deployment whose processes each have a clock of their own."""

    stack: Stack
    schedule: WholeSchedule
    clocks: list[OwnClock] = field(default_factory=list)

    def system_at(self, seconds: float) -> System:
        """A process's, so many seconds after noon."""
        self.clocks.append(OwnClock(after(seconds)))
        return replace(self.stack.system, clock=self.clocks[-1])

    def ask(self, method: str, path: str = "", body: Any = None) -> None:
        """What a person does to the schedule; 409 is an answer like any other."""
        token = self.stack.token("acme", ["operator"])
        answer = self.stack.http(method, f"/v1/schedules/{SCHEDULE_ID}{path}", body, token=token)
        assert answer.status in (200, 409), answer.json


@dataclass(frozen=True)
class Writer:
    """Somebody who looks, decides and writes by this kind of request."""

    write: str
    act: Callable[[Scene], object]


def a_pass(seconds: float) -> Writer:
    return Writer(TRANSACTION, lambda scene: Pass(scene.system_at(seconds)).make())


def a_start(seconds: float) -> Writer:
    """It dies as soon as its target has started: what it did stays to be seen."""

    def act(scene: Scene) -> None:
        with suppress(Crash):
            runner.run_message(scene.system_at(seconds), RunMessage.of(CLAIMED), ROOM)

    return Writer(UPDATE, act)


def an_end(seconds: float) -> Writer:
    def act(scene: Scene) -> None:
        system = scene.system_at(seconds)
        settling.finish(system, RUNNING, Outcome(), Settings(), system.clock.now())

    return Writer(TRANSACTION, act)


def a_heartbeat(seconds: float) -> Writer:
    def act(scene: Scene) -> None:
        Attempt(scene.system_at(seconds), RUNNING, after(10**6), Settings()).maintain()

    return Writer(UPDATE, act)


def a_run_by_hand(seconds: float) -> Writer:
    def act(scene: Scene) -> None:
        with suppress(Refused):
            run_now(scene.system_at(seconds), scene.schedule, RunRequest(by=ANN))

    return Writer(TRANSACTION, act)


def a_cancellation(seconds: float) -> Writer:
    def act(scene: Scene) -> None:
        cancellation.cancel(scene.system_at(seconds), "acme", "01RUN", ANN)

    return Writer(TRANSACTION, act)


def set_up(stack: Stack, schedule: WholeSchedule, run: Run | None = None) -> Scene:
    """The schedule and the run are stored, and the run's slot is held if it has one.

    A run that waits is the head of its schedule.
    """
    stack.register("probe", crash)
    if run is not None and run.place is Place.QUEUE:
        schedule = replace(schedule, head_run_id=run.run_id)
    schedule_table.create(schedule, SystemClock())
    if run is not None:
        transaction = Transaction(stack.clock)
        run_table.put(transaction, run)
        if run.slot is not None:
            free = Slot(key=run.slot)
            floor_items.occupy(transaction, free, occupy(free, run, Turn(), NOON, ROOM))
        transaction.commit()
    return Scene(stack, schedule)


@contextmanager
def just_before(
    request: str, act: Callable[[], object], times: int = 1, moment: str = "before"
) -> Iterator[None]:
    """Do something just before the first requests of a kind leave, so many times.

    With the moment "after", it is when their answers are there.
    """
    name, events = f"{moment}-call.dynamodb.{request}", shared_connection().client.meta.events
    left, is_acting = times, False

    def hook(**_: Any) -> None:
        nonlocal left, is_acting
        if left and not is_acting:
            left, is_acting = left - 1, True
            try:
                act()
            finally:
                is_acting = False

    events.register(name, hook)
    try:
        yield
    finally:
        events.unregister(name, hook)
    assert left == 0, "there were fewer requests"


def deny() -> None:
    """What DynamoDB says to a request that may not be made, and never will be."""
    denied: Any = {"Error": {"Code": "AccessDeniedException", "Message": "for the test"}}
    raise ClientError(denied, "any")
