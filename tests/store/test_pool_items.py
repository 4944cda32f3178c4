"""How many schedules name each pool: none is removed that is in use, none named that is gone."""

from dataclasses import replace

import pytest

from chalicelib.domain.runs.schedule import Schedule, WholeSchedule
from chalicelib.store import pool_items, schedule_table
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost
from tests.builders import a_schedule
from tests.store.conftest import PatientClock
from tests.store.engines import Engine
from tests.store.writing import lost_by, removed


def remove(pool: str) -> set[str]:
    transaction = Transaction(PatientClock())
    pool_items.remove(transaction, pool)
    return lost_by(transaction)


def create(schedule: WholeSchedule) -> set[str]:
    try:
        schedule_table.create(schedule, PatientClock())
    except TransactionLost as lost:
        return set(lost.steps)
    return set()


def move(before: Schedule, pool: str) -> set[str]:
    try:
        schedule_table.replace(before, replace(before, pool=pool), PatientClock())
    except TransactionLost as lost:
        return set(lost.steps)
    return set()


@pytest.fixture(autouse=True)
def declared(engine: Engine) -> None:
    pool_items.declare("gpu")
    pool_items.declare("mail")


def used() -> list[int]:
    return [pool_items.schedules_of(pool) for pool in ("gpu", "mail", "main")]


def test_a_schedule_is_counted_for_the_pool_that_it_names() -> None:
    schedule = a_schedule(pool="gpu")
    assert create(schedule) == set()
    assert used() == [1, 0, 0]
    assert move(schedule, "mail") == set()
    assert used() == [0, 1, 0]
    removed(replace(schedule, pool="mail"))
    assert used() == [0, 0, 0]


def test_main_needs_no_count() -> None:
    schedule = a_schedule()
    assert create(schedule) == set()
    assert move(schedule, "gpu") == set()
    assert move(replace(schedule, pool="gpu"), "main") == set()
    assert used() == [0, 0, 0]


def test_another_change_counts_nothing() -> None:
    schedule = a_schedule(pool="gpu")
    create(schedule)
    schedule_table.replace(schedule, replace(schedule, priority=9), PatientClock())
    assert used() == [1, 0, 0]


def test_a_pool_that_is_not_there_cannot_be_named() -> None:
    assert create(a_schedule(pool="crm")) == {"pool_crm"}
    schedule = a_schedule(pool="gpu")
    create(schedule)
    assert move(schedule, "crm") == {"pool_crm"}
    assert used() == [1, 0, 0]


def test_a_pool_is_not_removed_while_a_schedule_names_it() -> None:
    schedule = a_schedule(pool="gpu")
    create(schedule)
    assert remove("gpu") == {"pool_gpu"}
    move(schedule, "mail")
    assert remove("gpu") == set()
    assert create(a_schedule(schedule_id="01OTHER", pool="gpu")) == {"pool_gpu"}


def test_a_pool_declared_once_more_keeps_its_count() -> None:
    create(a_schedule(pool="gpu"))
    pool_items.declare("gpu")
    assert used() == [1, 0, 0]


def test_removing_a_pool_that_is_not_there_is_fine() -> None:
    assert remove("crm") == set()


def test_its_schedule_may_leave_a_pool_whose_count_is_lost() -> None:
    schedule = a_schedule(pool="gpu")
    create(schedule)
    ControlItem("pools", "gpu").delete()
    assert move(schedule, "main") == set()
