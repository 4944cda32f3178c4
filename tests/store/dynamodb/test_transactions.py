"""Transactions: all or nothing, the lost steps by name, patience with a busy DynamoDB."""

from itertools import permutations
from typing import Final

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.domain.errors import Unavailable
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem
from chalicelib.store.dynamodb.transaction import ATTEMPTS, Transaction, TransactionLost
from tests.builders import a_run, a_schedule
from tests.store.conftest import PatientClock
from tests.store.engines import Answer, Engine, Line, refusal
from tests.store.writing import a_slot, lost_by, store

KINDS: Final = ("delete", "put", "update")
SUBSETS: Final = [
    {kind for place, kind in enumerate(KINDS) if mask & 1 << place} for mask in range(1, 8)
]
CANCELLED: Final = "TransactionCanceledException"
CONFLICT: Final = refusal(CANCELLED, "TransactionConflict")
BUSY: Final = [
    CONFLICT,
    refusal(CANCELLED, "None", "ThrottlingError"),
    refusal(CANCELLED, "ProvisionedThroughputExceeded"),
    refusal("ThrottlingException"),
    refusal("ProvisionedThroughputExceededException"),
    refusal("TransactionInProgressException"),
    refusal("RequestLimitExceeded"),
]
WRITE: Final = "TransactWriteItems"


def code_of(answer: Answer) -> str:
    """The code of an answer, by which the test of it is named."""
    codes = [answer.body["Error"]["Code"]]
    codes += [reason["Code"] for reason in answer.body["CancellationReasons"]]
    return str(codes[-1])


def three_steps(order: tuple[str, ...], lost: set[str]) -> Transaction:
    """A step of each kind, added in this order; those to lose meet an item that is not as seen."""
    transaction = Transaction(SystemClock())
    for kind in order:
        item = ControlItem("test", kind)
        condition = conditions.slot_is_free(a_slot(token=9 if kind in lost else 1))
        if kind == "delete":
            transaction.delete(kind, item, condition)
        elif kind == "put":
            transaction.put(kind, ControlItem("test", kind, token=2), condition)
        else:
            transaction.update(kind, item, [ControlItem.token.set(2)], condition)
    return transaction


def claim_of_a_new_run(clock: PatientClock | None = None) -> Transaction:
    transaction = Transaction(clock or SystemClock())
    run_table.put(transaction, a_run())
    return transaction


@pytest.fixture
def seeded() -> None:
    for kind in KINDS:
        ControlItem("test", kind, token=1).save()


@pytest.mark.usefixtures("seeded")
def test_every_step_is_written(engine: Engine) -> None:
    three_steps(KINDS, lost=set()).commit()
    tokens = {item["key"]["S"]: item["token"]["N"] for item in engine.items(ControlItem)}
    assert tokens == {"put": "2", "update": "2"}


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("lost", SUBSETS, ids=lambda names: "+".join(sorted(names)))
@pytest.mark.parametrize("order", list(permutations(KINDS)), ids="-".join)
def test_it_names_exactly_the_lost_steps_and_writes_none(
    order: tuple[str, ...], lost: set[str], engine: Engine
) -> None:
    assert lost_by(three_steps(order, lost)) == lost
    assert [item["token"]["N"] for item in engine.items(ControlItem)] == ["1", "1", "1"]


def test_two_steps_of_a_kind_are_told_apart() -> None:
    store(a_run(run_id="01SECOND"))
    transaction = Transaction(SystemClock())
    for name in ("first", "second", "third"):
        item = RunItem("acme", f"01{name.upper()}")
        transaction.update(
            name, item, [RunItem.summary.set("new")], RunItem.run_id.does_not_exist()
        )
    assert lost_by(transaction) == {"second"}


def test_a_loss_says_what_was_lost() -> None:
    store(a_run())
    with pytest.raises(TransactionLost) as lost:
        claim_of_a_new_run().commit()
    assert str(lost.value) == "lost: run"


def test_a_step_lost_for_good_is_told_though_another_was_only_busy(
    line: Line, clock: PatientClock
) -> None:
    """A retry could not win, so the transaction is not tried again."""
    line.answer(WRITE, refusal(CANCELLED, "ConditionalCheckFailed", "TransactionConflict"))
    transaction = Transaction(clock)
    run_table.put(transaction, a_run())
    run_table.update(transaction, a_run(), a_run(steps=1), RunItem.run_id.exists(), step="other")
    assert lost_by(transaction) == {"run"}
    assert clock.waits == []


@pytest.mark.parametrize("answer", BUSY, ids=code_of)
def test_it_tries_again_while_dynamodb_is_busy(
    answer: Answer, line: Line, clock: PatientClock, engine: Engine
) -> None:
    line.answer(WRITE, answer, answer)
    claim_of_a_new_run(clock).commit()
    assert line.count(WRITE) == 3
    assert len(clock.waits) == 2
    assert len(engine.items(RunItem)) == 1


def test_a_loss_after_a_conflict_is_a_loss(line: Line, clock: PatientClock) -> None:
    store(a_run())
    line.answer(WRITE, CONFLICT)
    assert lost_by(claim_of_a_new_run(clock)) == {"run"}


def test_it_gives_up_when_dynamodb_stays_busy(
    line: Line, clock: PatientClock, engine: Engine
) -> None:
    line.answer(WRITE, *[CONFLICT] * ATTEMPTS)
    with pytest.raises(Unavailable):
        claim_of_a_new_run(clock).commit()
    assert line.count(WRITE) == ATTEMPTS
    assert engine.items(RunItem) == []


def test_the_last_attempt_may_still_win(line: Line, clock: PatientClock) -> None:
    line.answer(WRITE, *[CONFLICT] * (ATTEMPTS - 1))
    claim_of_a_new_run(clock).commit()
    assert line.count(WRITE) == ATTEMPTS


def test_the_waits_may_double_and_stay_short(line: Line, clock: PatientClock) -> None:
    line.answer(WRITE, *[CONFLICT] * (ATTEMPTS - 1))
    claim_of_a_new_run(clock).commit()
    assert len(clock.waits) == ATTEMPTS - 1
    assert all(0 <= wait <= 0.025 * 2**place for place, wait in enumerate(clock.waits))
    assert len(set(clock.waits)) > 1, "two that met must not meet again"


def test_the_longest_wait_doubles_from_try_to_try(line: Line, clock: PatientClock) -> None:
    times, waits = 60, ATTEMPTS - 1
    line.answer(WRITE, *[CONFLICT] * (times * ATTEMPTS))
    for _ in range(times):
        with pytest.raises(Unavailable):
            claim_of_a_new_run(clock).commit()
    assert len(clock.waits) == times * waits
    for place in range(waits):
        most = 0.025 * 2**place
        # That 60 draws all stay in the lower half happens once in 2 to the 60th.
        assert most / 2 < max(clock.waits[place::waits]) <= most


def test_another_error_is_neither_waited_on_nor_taken_for_a_loss(
    line: Line, clock: PatientClock
) -> None:
    line.answer(WRITE, refusal("ValidationException"))
    with pytest.raises(TransactWriteError):
        claim_of_a_new_run(clock).commit()
    assert (line.count(WRITE), clock.waits) == (1, [])


def test_a_reason_nobody_knows_is_an_error_too(line: Line, clock: PatientClock) -> None:
    line.answer(WRITE, refusal(CANCELLED, "ItemCollectionSizeLimitExceeded"))
    with pytest.raises(TransactWriteError):
        claim_of_a_new_run(clock).commit()
    assert clock.waits == []


def test_everything_goes_in_one_request(line: Line) -> None:
    transaction = Transaction(SystemClock())
    run_table.put(transaction, a_run())
    schedule = a_schedule()
    transaction.update(
        "schedule",
        ScheduleItem(schedule.tenant_id, schedule.schedule_id),
        [ScheduleItem.version.set(2)],
        conditions.schedule_is_new(),
    )
    transaction.commit()
    assert [name for name, _ in line.requests] == [WRITE]
