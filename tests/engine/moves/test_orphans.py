"""Slots whose run does not hold them: the next pass frees them, and no others."""

from dataclasses import replace

import pytest

from chalicelib.domain.deployment.slots import Slot, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.scheduling.passes import Pass
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, run_table
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, a_run_that_is
from tests.engine.conftest import Lines
from tests.engine.seams import ROOM, TRANSACTION, just_before
from tests.harness import Stack

CLAIMED = a_run_that_is(RunStatus.CLAIMED)
RUNNING = a_run_that_is(RunStatus.RUNNING)


def take(free: Slot, run: Run) -> None:
    transaction = Transaction(SystemClock())
    floor_items.occupy(transaction, free, occupy(free, run, Turn(), NOON, ROOM))
    transaction.commit()


def store(run: Run) -> None:
    transaction = Transaction(SystemClock())
    run_table.put(transaction, run)
    transaction.commit()


@pytest.fixture
def at_noon(stack: Stack) -> Stack:
    """The slot is held by the builders' run, with the first token."""
    stack.clock.set(NOON)
    take(Slot(key="000"), RUNNING)
    return stack


@pytest.mark.parametrize(
    "run",
    [
        None,
        a_run(),
        a_run(token=1),
        a_run_that_is(RunStatus.SUCCEEDED),
        replace(RUNNING, token=2),
    ],
    ids=["gone", "waits", "put back", "ended", "claimed anew"],
)
def test_a_slot_whose_run_does_not_hold_it_is_freed_and_told(
    at_noon: Stack, lines: Lines, run: Run | None
) -> None:
    if run is not None:
        store(run)
    summary = Pass(at_noon.system).make()

    assert summary.total("reaped") == 1
    assert lines.of("slot_reaped") == [{"slot": "000", "run_id": "01RUN", "tenant_id": "acme"}]
    assert [slot for slot in floor_items.read(1).holders if slot.token == 1] == []


@pytest.mark.parametrize("run", [CLAIMED, RUNNING], ids=lambda run: str(run.status))
def test_a_slot_whose_run_holds_it_is_left_alone(at_noon: Stack, lines: Lines, run: Run) -> None:
    store(run)
    summary = Pass(at_noon.system).make()

    assert summary.total("reaped") == 0
    assert lines.of("slot_reaped") == []
    assert [slot.run_id for slot in floor_items.read(1).holders] == ["01RUN"]


def test_a_slot_that_is_taken_anew_meanwhile_is_not_freed_and_nobody_is_told(
    at_noon: Stack, lines: Lines
) -> None:
    def come_first() -> None:
        transaction = Transaction(SystemClock())
        floor_items.release(transaction, RUNNING, NOON)
        transaction.commit()
        following = replace(RUNNING, run_id="01NEXT", token=2)
        take(Slot(key="000", token=1), following)
        store(following)

    with just_before(TRANSACTION, come_first):
        summary = Pass(at_noon.system).make()

    assert summary.total("reaped") == 0
    assert lines.of("slot_reaped") == []
    assert [slot.run_id for slot in floor_items.read(1).holders] == ["01NEXT"]
