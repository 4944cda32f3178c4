"""DynamoDB says that it is busy: every flow waits a little, on its own clock, and goes on."""

from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.engine.scheduling.passes import Pass
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb.transaction import ATTEMPTS
from tests.builders import NOON
from tests.engine.seams import (
    CLAIMED,
    DUE,
    NOT_STARTED,
    RESTING,
    RUNNING,
    SCHEDULE_ID,
    SILENT,
    TRANSACTION,
    WAITING,
    Writer,
    a_cancellation,
    a_heartbeat,
    a_pass,
    a_run_by_hand,
    a_start,
    an_end,
    just_before,
    set_up,
)
from tests.harness import Stack

FLOWS: Final[dict[str, tuple[WholeSchedule, Run | None, Writer]]] = {
    "a firing": (DUE, None, a_pass(0)),
    "a claim": (RESTING, WAITING, a_pass(0)),
    "a run by hand": (RESTING, None, a_run_by_hand(0)),
    "a cancellation": (RESTING, WAITING, a_cancellation(0)),
    "a start": (RESTING, CLAIMED, a_start(2)),
    "a heartbeat": (RESTING, RUNNING, a_heartbeat(60)),
    "an end": (RESTING, RUNNING, an_end(60)),
    "a reaping": (RESTING, RUNNING, a_pass(SILENT)),
    "a claim put back": (RESTING, CLAIMED, a_pass(NOT_STARTED)),
}


def refuse() -> None:
    throttled: Any = {"Error": {"Code": "ThrottlingException", "Message": "for the test"}}
    raise ClientError(throttled, "any")


def seen_now() -> list[Any]:
    return [
        schedule_table.get("acme", SCHEDULE_ID),
        sorted(run_table.older_than("acme", "~"), key=lambda run: run.run_id),
        floor_items.read(1).holders,
    ]


@pytest.mark.parametrize("flow", FLOWS)
def test_it_waits_on_its_clock_and_goes_on(stack: Stack, flow: str) -> None:
    schedule, run, writer = FLOWS[flow]
    stack.clock.set(NOON)
    scene = set_up(stack, schedule, run)
    before = seen_now()
    with just_before(writer.write, refuse, times=ATTEMPTS - 1):
        writer.act(scene)

    (clock,) = scene.clocks
    assert clock.waited, "it has waited on some other clock"
    assert seen_now() != before


def test_an_orphaned_slot_is_freed_all_the_same(stack: Stack) -> None:
    stack.clock.set(NOON)
    scene = set_up(stack, RESTING, RUNNING)
    run_table.delete([RUNNING])
    with just_before(TRANSACTION, refuse, times=ATTEMPTS - 1):
        assert Pass(scene.system_at(0)).make().total("reaped") == 1

    assert scene.clocks[0].waited


def test_a_flow_that_meets_nobody_does_not_wait(stack: Stack) -> None:
    stack.clock.set(NOON)
    scene = set_up(stack, DUE)
    a_pass(0).act(scene)

    assert not scene.clocks[0].waited
