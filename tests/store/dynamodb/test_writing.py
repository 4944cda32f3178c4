"""Writing runs and schedules: new ones, changed ones, removed ones."""

from dataclasses import replace
from typing import Final

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs.run import RunStatus
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import RunItem
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after
from tests.store.conftest import PatientClock
from tests.store.engines import Engine, Line, refusal
from tests.store.writing import lost_by, removed, store, stored

RUNNING: Final = a_run_that_is(RunStatus.RUNNING)
BEATEN: Final = replace(RUNNING, lease_expires_at=after(900))


def test_a_new_schedule_is_stored() -> None:
    schedule_table.create(a_schedule(), SystemClock())
    assert stored(a_schedule()) == a_schedule()


def test_a_schedule_is_not_created_over_another() -> None:
    schedule_table.create(a_schedule(), SystemClock())
    with pytest.raises(TransactionLost) as lost:
        schedule_table.create(a_schedule(name="Usurper"), SystemClock())
    assert lost.value.steps == {"schedule"}
    assert stored(a_schedule()) == a_schedule()


def test_a_schedule_is_changed_if_it_is_as_seen() -> None:
    store(a_schedule())
    edited = a_schedule(name="Edited", version=2, fire_at=NOON, next_fire_at=NOON)
    schedule_table.replace(a_schedule(), edited, SystemClock())
    assert stored(edited) == edited


def test_a_schedule_changed_meanwhile_is_left_alone() -> None:
    there = a_schedule(version=2)
    store(there)
    with pytest.raises(TransactionLost):
        schedule_table.replace(a_schedule(), a_schedule(name="Edited", version=2), SystemClock())
    assert stored(there) == there


def test_a_removed_schedule_does_not_come_back_by_a_late_write() -> None:
    store(a_schedule())
    removed(a_schedule())
    with pytest.raises(TransactionLost):
        schedule_table.replace(a_schedule(), a_schedule(version=2), SystemClock())
    assert schedule_table.find("acme", "01SCHEDULE") is None


def test_removing_a_schedule_that_is_gone_or_changed_is_lost() -> None:
    with pytest.raises(TransactionLost):
        removed(a_schedule())
    store(a_schedule(version=2))
    with pytest.raises(TransactionLost):
        removed(a_schedule())
    assert schedule_table.find("acme", "01SCHEDULE") is not None


def test_a_run_that_stays_as_it_is_can_be_written_on_a_condition() -> None:
    store(RUNNING)
    for seen, lost in ((RUNNING, False), (replace(RUNNING, token=99), True)):
        transaction = Transaction(SystemClock())
        run_table.update(transaction, seen, seen, conditions.run_is_held(seen))
        assert bool(lost_by(transaction)) is lost
    assert stored(RUNNING) == RUNNING


def test_removing_runs_that_are_not_there_is_no_error() -> None:
    run_table.delete([a_run()])


def test_exactly_the_schedule_named_is_removed() -> None:
    store(a_schedule(), a_schedule(tenant_id="umbrella"))
    removed(a_schedule())
    assert schedule_table.find("umbrella", "01SCHEDULE") is not None


def test_a_run_changed_alone_is_answered_as_it_is_stored() -> None:
    store(replace(RUNNING, cancel_requested_at=after(5), cancelled_by="ann"))
    changed = run_table.replace(RUNNING, BEATEN, conditions.run_is_held(RUNNING), PatientClock())
    assert changed == replace(BEATEN, cancel_requested_at=after(5), cancelled_by="ann")
    assert stored(RUNNING) == changed


def test_a_run_changed_alone_is_lost_to_whoever_came_first() -> None:
    store(replace(RUNNING, token=2))
    with pytest.raises(LostRace):
        run_table.replace(RUNNING, BEATEN, conditions.run_is_held(RUNNING), PatientClock())
    assert stored(RUNNING) == replace(RUNNING, token=2)


def test_a_run_that_is_gone_does_not_come_back_by_a_heartbeat(engine: Engine) -> None:
    with pytest.raises(LostRace):
        run_table.replace(RUNNING, BEATEN, conditions.run_is_held(RUNNING), PatientClock())
    assert engine.items(RunItem) == []


def test_an_error_of_storage_is_not_taken_for_a_loss(line: Line) -> None:
    store(RUNNING)
    line.answer("UpdateItem", refusal("ValidationException"))
    with pytest.raises(UpdateError):
        run_table.replace(RUNNING, BEATEN, conditions.run_is_held(RUNNING), PatientClock())


def test_a_run_changed_alone_is_tried_again_when_it_meets_a_transaction(line: Line) -> None:
    """DynamoDB refuses a plain write while a transaction is at the same item."""
    store(RUNNING)
    line.answer("UpdateItem", refusal("TransactionConflictException"))
    assert (
        run_table.replace(RUNNING, BEATEN, conditions.run_is_held(RUNNING), PatientClock())
        == BEATEN
    )


def test_exactly_the_runs_named_are_removed() -> None:
    names = [f"{n:02d}" for n in range(30)]
    store(*[a_run(run_id=name) for name in names], a_run(tenant_id="umbrella", run_id="00"))
    run_table.delete(a_run(run_id=name) for name in names[:28])
    assert [run.run_id for run in run_table.list_newest("acme", 50).items] == ["29", "28"]
    assert run_table.find("umbrella", "00") is not None
