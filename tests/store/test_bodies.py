"""What is large of schedules and runs lies apart, where nothing that moves them meets it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import Payload
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from chalicelib.domain.targets.target_label import TargetLabel
from chalicelib.platform.clock import SystemClock
from chalicelib.store import body_table, run_table, schedule_table
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import BodyItem, RunItem, ScheduleItem
from chalicelib.store.dynamodb.paging import Page
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, a_schedule
from tests.store.engines import Engine
from tests.store.writing import removed, store

ACME: Final = ("acme", "01SCHEDULE")
SMALL: Final = {"type": "function", "name": "drill", "params": {"site": "docs"}}
LARGE: Final = {"type": "http", "url": "https://example.com/", "body": {"text": "x" * 2000}}
FAT_PAYLOAD: Final = {"text": "x" * 2000}
CLOCK: Final = SystemClock()


def in_item() -> dict[str, Any]:
    """The schedule's own item, as it is stored."""
    return dict(ScheduleItem.get(*ACME).serialize())


def lies_apart() -> bool:
    return ACME in body_table.of_schedules([ACME])


def created(target: dict[str, Any], **values: Any) -> WholeSchedule:
    schedule_table.create(a_schedule(target=target, **values), CLOCK)
    return schedule_table.get_whole(*ACME)


def changed(seen: WholeSchedule, **values: Any) -> WholeSchedule:
    schedule_table.replace(seen, replace(seen, version=seen.version + 1, **values), CLOCK)
    return schedule_table.get_whole(*ACME)


def stored_by_an_earlier_release(target: dict[str, Any]) -> WholeSchedule:
    """All of it in one item, and no label."""
    store(a_schedule(target=target, description="Whole"))
    ScheduleItem(*ACME).update([ScheduleItem.label.remove()])
    return schedule_table.get_whole(*ACME)


# Schedules


def test_a_small_body_lies_in_the_schedules_own_item(engine: Engine) -> None:
    assert engine
    assert created(SMALL).target == SMALL
    assert "target" in in_item() and not lies_apart()


def test_a_large_one_lies_apart() -> None:
    whole = created(LARGE, description="Long", tags=("a", "b"))
    assert (whole.target, whole.description, whole.tags) == (LARGE, "Long", ("a", "b"))
    assert lies_apart() and not {"target", "description", "tags"} & set(in_item())


def test_a_long_description_makes_it_large() -> None:
    assert created(SMALL, description="x" * 2000).description == "x" * 2000
    assert lies_apart()


def test_what_moves_a_schedule_reads_no_body_and_leaves_it_alone() -> None:
    created(LARGE)
    seen = schedule_table.get(*ACME)
    assert not isinstance(seen, WholeSchedule)
    assert seen.label == TargetLabel("http", "example.com")
    BodyItem(ACME[0], f"s#{ACME[1]}").delete()
    schedule_table.replace(seen, arm(seen, NOON), CLOCK)
    assert schedule_table.get(*ACME).fire_at is not None


def test_an_edit_moves_a_body_that_grows_and_one_that_shrinks() -> None:
    grown = changed(created(SMALL, tags=("a",)), target=LARGE)
    assert (grown.target, grown.tags) == (LARGE, ("a",))
    assert lies_apart() and "target" not in in_item()
    assert schedule_table.get(*ACME).label.kind == "http"

    shrunk = changed(grown, target=SMALL, tags=())
    assert (shrunk.target, shrunk.tags) == (SMALL, ())
    assert not lies_apart() and "tags" not in in_item()
    assert schedule_table.get(*ACME).label == TargetLabel("function", "drill")


def test_an_edit_of_a_body_apart_changes_it_there() -> None:
    after = changed(created(LARGE), target={**LARGE, "url": "https://example.org/"})
    assert after.target["url"] == "https://example.org/"
    assert schedule_table.get(*ACME).label.resource == "example.org"


def test_a_large_body_of_an_earlier_release_is_read_and_moved_by_the_next_change() -> None:
    seen = stored_by_an_earlier_release(LARGE)
    assert (seen.target, seen.description) == (LARGE, "Whole")
    assert schedule_table.get(*ACME).label == TargetLabel("http", "example.com")

    paused = changed(seen, status=ScheduleStatus.PAUSED)
    assert (paused.target, paused.description) == (LARGE, "Whole")
    assert lies_apart() and not {"target", "description"} & set(in_item())


def test_a_small_one_of_an_earlier_release_stays_where_it_is() -> None:
    changed(stored_by_an_earlier_release(SMALL), name="Renamed")
    assert "target" in in_item() and not lies_apart()


def test_a_schedule_without_its_body_is_unreadable_to_who_wants_that() -> None:
    created(LARGE)
    BodyItem(ACME[0], f"s#{ACME[1]}").delete()
    with pytest.raises(Unreadable, match="target, which lies apart, is missing"):
        schedule_table.get_whole(*ACME)
    assert schedule_table.list_newest("acme", 10).items == []


def test_a_schedule_takes_its_body_along_when_it_goes() -> None:
    removed(created(LARGE))
    assert not lies_apart()


# Lists


def all_pages(limit: int) -> list[Page[WholeSchedule]]:
    pages = [schedule_table.list_newest("acme", limit)]
    while pages[-1].next_cursor:
        pages.append(schedule_table.list_newest("acme", limit, pages[-1].next_cursor))
    return pages


def test_a_page_holds_a_megabyte_at_most_and_the_next_goes_on() -> None:
    body = {**LARGE, "body": "x" * 300_000}
    for number in range(7):
        schedule_table.create(a_schedule(schedule_id=f"0{number}", target=body), CLOCK)
    pages = all_pages(5)
    assert [len(page.items) for page in pages] == [3, 3, 1]
    found = [one.schedule_id for page in pages for one in page.items]
    assert found == [f"0{number}" for number in reversed(range(7))]
    assert all(one.is_apart for page in pages for one in page.items)


def test_a_search_reads_the_bodies_of_what_may_match_alone() -> None:
    for number in range(30):
        each = a_schedule(schedule_id=f"{number:02d}", target=LARGE, description=f"No. {number}.")
        schedule_table.create(replace(each, name=f"S{number % 2}"), CLOCK)
    looked_at: list[str] = []

    def matches(whole: WholeSchedule) -> bool:
        looked_at.append(whole.name)
        return "7." in whole.description

    page = schedule_table.list_matching(
        "acme", 10, may_match=lambda one: one.name == "S1", matches=matches
    )
    assert [one.schedule_id for one in page.items] == ["27", "17", "07"]
    assert set(looked_at) == {"S1"}


def test_a_search_through_large_bodies_stops_and_goes_on_behind_its_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule_table, "MOST_READ_FOR_A_PAGE", 5000)
    for number in range(9):
        schedule_table.create(a_schedule(schedule_id=f"0{number}", target=LARGE), CLOCK)
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = schedule_table.list_matching(
            "acme", 10, cursor, may_match=lambda _: True, matches=lambda _: True
        )
        found += [one.schedule_id for one in page.items]
        cursor, pages = page.next_cursor, pages + 1
    assert found == [f"0{number}" for number in reversed(range(9))]
    assert pages == 4


# Runs


def queued(payload: dict[str, Any] | None) -> None:
    transaction = Transaction(CLOCK)
    run_table.put_with_payload(transaction, a_run(payload=payload), NOON + timedelta(days=120))
    transaction.commit()


@pytest.mark.parametrize("payload", [None, {}, {"a": 1}, FAT_PAYLOAD])
def test_a_run_has_its_payload_for_who_asks_for_it(payload: dict[str, Any] | None) -> None:
    queued(payload)
    run = run_table.get("acme", "01RUN")
    assert run_table.with_payload(run).payload_at_hand == payload
    assert (run.payload is Payload.APART) is (payload is FAT_PAYLOAD)


def test_a_run_read_without_its_payload_does_not_pass_for_one_that_has_none() -> None:
    queued(FAT_PAYLOAD)
    with pytest.raises(ValueError, match="was not read"):
        _ = run_table.get("acme", "01RUN").payload_at_hand


def test_a_release_that_knows_no_payloads_apart_cannot_read_such_a_run() -> None:
    queued(FAT_PAYLOAD)
    stored = to_item(RunItem, run_table.get("acme", "01RUN")).serialize()["payload"]["S"]
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(stored)


def test_a_large_payload_of_an_earlier_release_is_read_where_it_lies(engine: Engine) -> None:
    store(a_run())
    change = {
        "TableName": RunItem.Meta.table_name,
        "Key": {"tenant_id": {"S": "acme"}, "run_id": {"S": "01RUN"}},
        "UpdateExpression": "SET payload = :payload",
        "ExpressionAttributeValues": {":payload": {"S": json.dumps(FAT_PAYLOAD)}},
    }
    engine.call("UpdateItem", change)
    run = run_table.get("acme", "01RUN")
    assert run.payload is Payload.APART
    assert run_table.with_payload(run).payload_at_hand == FAT_PAYLOAD


def test_a_run_whose_payload_is_gone_is_unreadable_to_who_wants_that() -> None:
    queued(FAT_PAYLOAD)
    body_table.drop_payloads([("acme", "01RUN")])
    with pytest.raises(Unreadable, match="payload, which lies apart, is missing"):
        run_table.with_payload(run_table.get("acme", "01RUN"))


@pytest.mark.parametrize("readable", [True, False])
def test_a_run_takes_its_payload_along_when_it_goes(readable: bool) -> None:
    queued(FAT_PAYLOAD)
    if readable:
        run_table.delete([run_table.get("acme", "01RUN")])
    else:
        run_table.delete_unreadable(("acme", "01RUN"))
    assert body_table.payload_of(("acme", "01RUN")) is None
