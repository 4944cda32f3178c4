"""Reading runs and schedules one by one and many at once, with unreadable ones kept apart."""

from collections.abc import Callable
from typing import Final

import pytest

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.runs.run import Run
from chalicelib.store import audit_table, notification_items, run_table, schedule_table
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import RunItem, ScheduleItem
from tests.builders import a_run, a_schedule
from tests.store.engines import Answer, Engine, Line
from tests.store.writing import store

BATCH: Final = "BatchGetItem"


def keys(found: list[Run]) -> list[tuple[str, str]]:
    return sorted((run.tenant_id, run.run_id) for run in found)


def spoil(engine: Engine, schedule_id: str) -> None:
    """Make the schedule's cadence unreadable, as somebody's mistake in the console would."""
    change = {
        "TableName": ScheduleItem.Meta.table_name,
        "Key": {"tenant_id": {"S": "acme"}, "schedule_id": {"S": schedule_id}},
        "UpdateExpression": "SET cadence = :nonsense",
        "ExpressionAttributeValues": {":nonsense": {"S": "{"}},
    }
    engine.call("UpdateItem", change)


def test_what_is_there_is_found() -> None:
    store(a_run(), a_schedule())
    assert run_table.get("acme", "01RUN") == run_table.find("acme", "01RUN") == a_run()
    assert schedule_table.get("acme", "01SCHEDULE") == schedule_table.find("acme", "01SCHEDULE")


@pytest.mark.parametrize(("tenant", "name"), [("acme", "01OTHER"), ("umbrella", "01RUN")])
def test_a_run_of_another_id_or_tenant_is_not(tenant: str, name: str) -> None:
    store(a_run())
    assert run_table.find(tenant, name) is None
    with pytest.raises(NotFound, match=r"^There is no such run\.$"):
        run_table.get(tenant, name)


@pytest.mark.parametrize(("tenant", "name"), [("acme", "01OTHER"), ("umbrella", "01SCHEDULE")])
def test_a_schedule_of_another_id_or_tenant_is_not(tenant: str, name: str) -> None:
    store(a_schedule())
    assert schedule_table.find(tenant, name) is None
    with pytest.raises(NotFound, match=r"^There is no such schedule\.$"):
        schedule_table.get(tenant, name)


def test_many_are_read_by_their_keys_and_the_missing_left_out() -> None:
    store(a_run(), a_run(run_id="01SECOND"), a_run(tenant_id="umbrella"))
    wanted = [("acme", "01RUN"), ("acme", "01MISSING"), ("umbrella", "01RUN")]
    assert keys(run_table.get_many(wanted)) == [("acme", "01RUN"), ("umbrella", "01RUN")]


def test_more_than_fit_a_request_are_all_read(line: Line) -> None:
    names = [f"{n:03d}" for n in range(201)]
    with RunItem.batch_write() as batch:
        for name in names:
            batch.save(to_item(RunItem, a_run(run_id=name)))
    found = run_table.get_many(("acme", name) for name in names)
    assert [name for _, name in keys(found)] == names
    assert line.count(BATCH) == 3


def test_a_key_named_twice_is_read_once() -> None:
    store(a_run())
    assert len(run_table.get_many([("acme", "01RUN")] * 2)) == 1


def test_no_keys_are_no_request(line: Line) -> None:
    assert run_table.get_many([]) == []
    assert schedule_table.get_many([]).found == []
    assert line.requests == []


def test_many_are_read_as_they_are_now(line: Line) -> None:
    run_table.get_many([("acme", "01RUN")])
    ((_, request),) = line.requests
    assert request["RequestItems"][RunItem.Meta.table_name]["ConsistentRead"] is True


@pytest.mark.parametrize(
    "find", [run_table.find, schedule_table.find, audit_table.find, notification_items.find]
)
def test_one_is_read_as_it_is_now(find: Callable[[str, str], object], line: Line) -> None:
    assert find("acme", "01NONE") is None
    ((name, request),) = line.requests
    assert (name, request["ConsistentRead"]) == ("GetItem", True)


def test_an_unreadable_schedule_keeps_no_other_from_being_read(engine: Engine) -> None:
    store(a_schedule(), a_schedule(schedule_id="01BAD"))
    spoil(engine, "01BAD")
    batch = schedule_table.get_many([("acme", "01BAD"), ("acme", "01SCHEDULE")])
    assert [schedule.schedule_id for schedule in batch.found] == ["01SCHEDULE"]
    assert [key for key, _ in batch.unreadable] == [("acme", "01BAD")]


def test_an_unreadable_run_keeps_no_other_from_being_read() -> None:
    store(a_run(), a_run(run_id="01BAD"))
    RunItem("acme", "01BAD").update([RunItem.queued_at.remove()])
    found = run_table.get_many([("acme", "01BAD"), ("acme", "01RUN")])
    assert keys(found) == [("acme", "01RUN")]


def unread(*names: str) -> Answer:
    """An answer that leaves these runs for the next request."""
    left = [{"tenant_id": {"S": "acme"}, "run_id": {"S": name}} for name in names]
    table = RunItem.Meta.table_name
    return Answer({"Responses": {table: []}, "UnprocessedKeys": {table: {"Keys": left}}})


def test_what_dynamodb_left_unread_is_asked_for_again(line: Line) -> None:
    store(a_run(), a_run(run_id="01SECOND"))
    line.answer(BATCH, unread("01RUN", "01SECOND"), unread("01SECOND"))
    found = run_table.get_many([("acme", "01RUN"), ("acme", "01SECOND")])
    assert keys(found) == [("acme", "01SECOND")], "the second answer kept the first run to itself"
    assert line.count(BATCH) == 3


def test_it_gives_up_when_dynamodb_never_answers_in_full(line: Line) -> None:
    line.answer(BATCH, *[unread("01RUN")] * 100)
    with pytest.raises(Unavailable):
        run_table.get_many([("acme", "01RUN")])
    assert line.count(BATCH) < 100


def test_older_runs_are_those_of_lower_ids_oldest_first() -> None:
    store(*[a_run(run_id=f"01{n}") for n in "DBAC"], a_run(run_id="01A", tenant_id="umbrella"))
    assert keys(list(run_table.older_than("acme", "01C"))) == [("acme", "01A"), ("acme", "01B")]
