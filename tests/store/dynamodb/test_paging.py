"""Pages: everything once, in order, whatever comes in between; cursors nobody can bend."""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from chalicelib.store import activity_items, run_table, schedule_table
from chalicelib.store.dynamodb.paging import BadCursor, Page, from_cursor, to_cursor
from tests.builders import a_run, a_schedule
from tests.store.writing import Value, an_activity, store

#: A list to page through: how to read a page of it, and how to make its n-th item.
List = tuple[Callable[[int, str | None], Page[Any]], Callable[[int], Value]]
LISTS: Final[dict[str, List]] = {
    "runs": (
        lambda limit, cursor: run_table.list_newest("acme", limit, cursor),
        lambda n: a_run(run_id=f"01RUN{n:03d}"),
    ),
    "runs of a schedule": (
        lambda limit, cursor: run_table.list_of_schedule("acme", "01SCHEDULE", limit, cursor),
        lambda n: a_run(run_id=f"01RUN{n:03d}"),
    ),
    "schedules": (
        lambda limit, cursor: schedule_table.list_newest("acme", limit, cursor),
        lambda n: a_schedule(schedule_id=f"01SCHEDULE{n:03d}"),
    ),
    "activity": (
        lambda limit, cursor: activity_items.list_activity("acme", limit, cursor),
        lambda n: an_activity(f"a#01DEED{n:03d}"),
    ),
}


@pytest.fixture(params=LISTS)
def paged(request: pytest.FixtureRequest) -> List:
    return LISTS[request.param]


def follow(read: Callable[[int, str | None], Page[Any]], limit: int) -> list[Any]:
    """All items of the list, read page by page."""
    page = read(limit, None)
    found = list(page.items)
    while page.next_cursor is not None:
        page = read(limit, page.next_cursor)
        assert len(page.items) <= limit
        found += page.items
    return found


def encoded(plain: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 100])
def test_pages_of_any_size_show_everything_once_newest_first(paged: List, limit: int) -> None:
    read, item = paged
    made = [item(n) for n in range(5)]
    store(*made)
    assert follow(read, limit) == made[::-1]


def test_a_short_list_has_no_next_page(paged: List) -> None:
    read, item = paged
    store(item(0), item(1))
    assert read(3, None).next_cursor is None


def test_an_empty_list_is_an_empty_page(paged: List) -> None:
    read, _ = paged
    assert read(3, None) == Page([], None)


def test_what_is_added_while_somebody_pages_moves_nothing(paged: List) -> None:
    read, item = paged
    store(*[item(n) for n in range(10, 16)])
    first = read(2, None)
    store(item(99), item(98))
    second = read(2, first.next_cursor)
    store(item(97))
    third = read(2, second.next_cursor)
    shown = [*first.items, *second.items, *third.items]
    assert shown == [item(n) for n in (15, 14, 13, 12, 11, 10)]


def test_a_cursor_still_leads_on_when_the_item_it_came_from_is_gone() -> None:
    read, item = LISTS["runs"]
    store(*[item(n) for n in range(4)])
    first = read(2, None)
    run_table.delete(first.items)
    assert read(2, first.next_cursor).items == [item(1), item(0)]


def test_another_tenants_items_are_not_in_the_list() -> None:
    store(a_run(), a_run(tenant_id="umbrella"), a_schedule(tenant_id="umbrella"))
    assert [run.tenant_id for run in run_table.list_newest("acme", 10).items] == ["acme"]
    assert run_table.list_of_schedule("acme", "01SCHEDULE", 10).items == [a_run()]
    assert schedule_table.list_newest("acme", 10).items == []


def test_another_schedules_runs_are_not_in_the_list() -> None:
    store(a_run(), a_run(run_id="01OTHER", schedule_id="01OTHER"))
    assert run_table.list_of_schedule("acme", "01SCHEDULE", 10).items == [a_run()]


# Cursors


@pytest.mark.parametrize("run_id", ["0", "01", "012"])
def test_a_cursor_is_safe_in_a_url(run_id: str) -> None:
    """Whatever its length: base 64 would pad two of these three."""
    cursor = to_cursor({"tenant_id": {"S": "ü?>~ÿ"}, "run_id": {"S": run_id}})
    assert cursor is not None
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in cursor)
    assert from_cursor(cursor, {}, ("tenant_id", "run_id")) == {
        "tenant_id": {"S": "ü?>~ÿ"},
        "run_id": {"S": run_id},
    }


@pytest.mark.parametrize("key", [None, {}])
def test_the_end_of_a_list_has_no_cursor(key: Any) -> None:
    assert to_cursor(key) is None
    assert from_cursor(None, {"tenant_id": "acme"}, ("tenant_id",)) is None


GOOD: Final = encoded({"tenant_id": "acme", "run_id": "01RUN000"})
DAMAGED: Final = {
    "empty": "",
    "not base64": "!!!!",
    "not ascii": "ü",
    "cut": GOOD[:-3],
    "not utf-8": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "not json": base64.urlsafe_b64encode(b"{tenant_id").decode(),
    "a list": encoded(["acme"]),
    "a text": encoded("acme"),
    "a number for a text": encoded({"tenant_id": "acme", "run_id": 7}),
    "null for a text": encoded({"tenant_id": None}),
    "an object for a text": encoded({"tenant_id": "acme", "run_id": {"S": "01"}}),
    "no tenant": encoded({"run_id": "01RUN000"}),
    "another tenant": encoded({"tenant_id": "umbrella", "run_id": "01RUN000"}),
    "almost the tenant": encoded({"tenant_id": "acme ", "run_id": "01RUN000"}),
}


@pytest.mark.parametrize("cursor", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_or_foreign_cursor_is_refused(cursor: str, paged: List) -> None:
    read, _ = paged
    with pytest.raises(BadCursor):
        read(2, cursor)


def test_a_cursor_of_one_schedules_runs_does_not_open_anothers() -> None:
    store(*[a_run(run_id=f"01RUN{n}") for n in range(3)])
    cursor = run_table.list_of_schedule("acme", "01SCHEDULE", 2).next_cursor
    with pytest.raises(BadCursor):
        run_table.list_of_schedule("acme", "01OTHER", 2, cursor)


#: DynamoDB itself refuses these keys, so they come back as errors of ours.
UNUSABLE: Final = {
    "no sort key": {"tenant_id": "acme"},
    "a key of another table": {"tenant_id": "acme", "audit_id": "01"},
    "one name too many": {"tenant_id": "acme", "run_id": "01", "color": "red"},
    "an empty sort key": {"tenant_id": "acme", "run_id": ""},
    "a sort key too long": {"tenant_id": "acme", "run_id": "0" * 1025},
}


@pytest.mark.parametrize("plain", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_cursor_that_is_no_key_of_this_list_is_refused(plain: dict[str, str]) -> None:
    with pytest.raises(BadCursor):
        run_table.list_newest("acme", 2, encoded(plain))


def test_a_cursor_of_another_list_is_refused() -> None:
    store(*[a_schedule(schedule_id=f"01SCHEDULE{n}") for n in range(3)])
    cursor = schedule_table.list_newest("acme", 2).next_cursor
    with pytest.raises(BadCursor):
        run_table.list_newest("acme", 2, cursor)


def test_a_cursor_of_endless_brackets_is_refused() -> None:
    nested = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    with pytest.raises(BadCursor):
        run_table.list_newest("acme", 2, nested)
