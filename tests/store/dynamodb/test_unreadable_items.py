"""Items that cannot be read: named if asked for, left out of lists, in nobody's way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.errors import LostRace, Unreadable
from chalicelib.domain.runs.run import RunStatus
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import RunItem, ScheduleItem, Table
from chalicelib.store.dynamodb.transaction import Transaction
from chalicelib.store.run_table import StoredLease
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after
from tests.due import due_keys
from tests.store.engines import Engine
from tests.store.writing import lost_by, store

ACME = ("acme", "01SCHEDULE")
RUNNING = a_run_that_is(RunStatus.RUNNING)


def spoil(engine: Engine, model: type[Table], item_id: str, name: str, value: str = "{") -> None:
    """Give the attribute a value that cannot be read, as a slip in the console would."""
    schema = model.reach().get_meta_table()
    key = {"tenant_id": {"S": "acme"}, schema.range_keyname or "": {"S": item_id}}
    change = {
        "TableName": model.Meta.table_name,
        "Key": key,
        "UpdateExpression": "SET #name = :nonsense",
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":nonsense": {"S": value}},
    }
    engine.call("UpdateItem", change)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("trigger", "trigger: '{' is not a valid Trigger"),
        ("payload", "payload: Expecting property name"),
        ("fire_at", "fire_at: "),
        ("token", "token: "),
    ],
)
@pytest.mark.parametrize("read", [run_table.get, run_table.find])
def test_the_first_wrong_attribute_is_named(
    engine: Engine, name: str, wrong: str, read: Callable[[str, str], object]
) -> None:
    store(a_run())
    spoil(engine, RunItem, "01RUN", name)
    with pytest.raises(Unreadable) as raised:
        read("acme", "01RUN")
    assert str(raised.value).startswith(f"What is stored cannot be read: {wrong}")


def test_an_attribute_that_is_missing_is_named() -> None:
    store(a_run())
    RunItem("acme", "01RUN").update([RunItem.queued_at.remove()])
    with pytest.raises(Unreadable, match=r"queued_at is missing$"):
        run_table.get("acme", "01RUN")


def test_an_attribute_that_baton_does_not_know_is_passed_over(engine: Engine) -> None:
    store(a_run())
    spoil(engine, RunItem, "01RUN", "invented")
    assert run_table.get("acme", "01RUN") == a_run()


def test_what_is_found_only_if_it_can_be_read_is_not_found(engine: Engine) -> None:
    store(a_run(), a_schedule(), a_run(run_id="01GOOD"))
    spoil(engine, RunItem, "01RUN", "status")
    spoil(engine, ScheduleItem, "01SCHEDULE", "misfire")
    assert run_table.find_readable("acme", "01RUN") is None
    assert schedule_table.find_readable(*ACME) is None
    assert run_table.find_readable("acme", "01GOOD") == a_run(run_id="01GOOD")


def test_pages_leave_it_out_and_go_on_after_it(engine: Engine) -> None:
    store(*[a_run(run_id=f"01{n}") for n in "ABC"])
    spoil(engine, RunItem, "01B", "trigger")
    first = run_table.list_newest("acme", 2)
    second = run_table.list_newest("acme", 2, first.next_cursor)
    assert [[run.run_id for run in page.items] for page in (first, second)] == [["01C"], ["01A"]]


def test_the_page_of_a_schedules_runs_names_its_key(engine: Engine) -> None:
    store(*[a_run(run_id=f"01{n}") for n in "AB"])
    spoil(engine, RunItem, "01B", "trigger")
    page = run_table.list_of_schedule("acme", "01SCHEDULE", 10)
    assert [run.run_id for run in page.items] == ["01A"]
    assert page.unreadable == (("acme", "01B"),)


def test_older_runs_go_on_after_it(engine: Engine) -> None:
    store(*[a_run(run_id=f"01{n}") for n in "ABC"])
    spoil(engine, RunItem, "01A", "trigger")
    assert [run.run_id for run in run_table.older_than("acme", "01C")] == ["01B"]


def test_a_holders_change_is_stored_though_the_rest_cannot_be_read(engine: Engine) -> None:
    store(RUNNING)
    spoil(engine, RunItem, "01RUN", "trigger")
    renewed = replace(RUNNING, lease_expires_at=after(900))
    held = conditions.run_is_held(RUNNING)
    assert run_table.replace(RUNNING, renewed, held, SystemClock()) == renewed
    stored = run_table.stored_lease("acme", "01RUN")
    assert stored is not None
    assert stored.expires_at == after(900)


def test_a_holders_change_is_lost_if_the_claim_is_not_its_own(engine: Engine) -> None:
    store(replace(RUNNING, token=2))
    spoil(engine, RunItem, "01RUN", "trigger")
    with pytest.raises(LostRace):
        run_table.replace(RUNNING, RUNNING, conditions.run_is_held(RUNNING), SystemClock())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trigger", StoredLease(RunStatus.RUNNING, 1, RUNNING.lease_expires_at)),
        ("status", StoredLease(None, 1, RUNNING.lease_expires_at)),
        ("token", StoredLease(RunStatus.RUNNING, None, RUNNING.lease_expires_at)),
        ("lease_expires_at", StoredLease(RunStatus.RUNNING, 1, None)),
    ],
)
def test_of_a_lease_is_read_what_can_be(engine: Engine, name: str, expected: StoredLease) -> None:
    store(RUNNING)
    spoil(engine, RunItem, "01RUN", name)
    assert run_table.stored_lease("acme", "01RUN") == expected


def test_a_run_that_is_gone_has_no_lease() -> None:
    assert run_table.stored_lease("acme", "01RUN") is None


def test_what_cannot_be_read_can_be_removed(engine: Engine) -> None:
    store(a_run(), a_schedule())
    spoil(engine, RunItem, "01RUN", "trigger")
    spoil(engine, ScheduleItem, "01SCHEDULE", "cadence")
    run_table.delete_unreadable(("acme", "01RUN"))
    transaction = Transaction(SystemClock())
    schedule_table.delete_unreadable(transaction, ACME)
    transaction.commit()
    assert engine.items(RunItem) == engine.items(ScheduleItem) == []


def take_back(at: datetime | None) -> set[str]:
    seen = schedule_table.get(*ACME)
    transaction = Transaction(SystemClock())
    schedule_table.take_back(transaction, seen, replace(seen, fire_at=at, next_fire_at=at))
    return lost_by(transaction)


@pytest.mark.parametrize("at", [NOON, after(300)], ids=["as it was", "later"])
def test_what_is_taken_back_is_due_again(at: datetime) -> None:
    store(a_schedule(fire_at=NOON, next_fire_at=NOON))
    schedule_table.put_aside(ACME)
    assert due_keys(after(600)) == []
    assert take_back(at) == set()
    assert due_keys(after(600)) == [(at, ACME)]


def test_what_has_no_fire_time_any_more_is_taken_back_without_one(engine: Engine) -> None:
    store(a_schedule(fire_at=NOON, next_fire_at=NOON))
    schedule_table.put_aside(ACME)
    assert take_back(None) == set()
    assert due_keys(after(600)) == []
    assert "next_fire_at" not in engine.item(ScheduleItem)


def test_what_has_changed_meanwhile_is_not_taken_back() -> None:
    seen = a_schedule(fire_at=NOON, next_fire_at=NOON)
    store(replace(seen, version=seen.version + 1))
    transaction = Transaction(SystemClock())
    schedule_table.take_back(transaction, seen, seen)
    assert lost_by(transaction) == {"schedule"}
