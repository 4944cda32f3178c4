"""What was put aside: noted in one small partition, by tenant, the longest aside first."""

from dataclasses import replace

from chalicelib.platform.clock import SystemClock
from chalicelib.store import aside_items
from chalicelib.store.aside_items import Aside
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, after
from tests.store.engines import Line
from tests.store.writing import lost_by


def an_aside(schedule_id: str = "01A", tenant: str = "acme", seconds: float = 0) -> Aside:
    return Aside(
        kind="schedule", tenant_id=tenant, item_id=schedule_id, why="it is", since=after(seconds)
    )


def test_the_longest_aside_comes_first_whatever_its_key() -> None:
    for aside in (an_aside("01A", seconds=2), an_aside("01B", seconds=1), an_aside("01C")):
        aside_items.put(aside)
    assert [aside.item_id for aside in aside_items.every()] == ["01C", "01B", "01A"]


def test_all_of_it_is_kept() -> None:
    aside_items.put(an_aside())
    assert aside_items.every() == [
        Aside(kind="schedule", tenant_id="acme", item_id="01A", why="it is", since=NOON)
    ]


def test_a_tenants_are_found_and_no_others_of_a_like_name() -> None:
    for tenant in ("acme", "acme2", "acm", "umbrella"):
        aside_items.put(an_aside(tenant=tenant))
    assert [aside.tenant_id for aside in aside_items.every("acme")] == ["acme"]


def test_dropped_it_is_gone() -> None:
    aside_items.put(an_aside())
    aside_items.drop(an_aside())
    assert aside_items.every() == []


def test_only_one_takes_it_back() -> None:
    aside_items.put(an_aside())
    lost = []
    for _ in range(2):
        transaction = Transaction(SystemClock())
        aside_items.delete(transaction, an_aside())
        lost.append(lost_by(transaction))
    assert lost == [set(), {"aside"}]
    assert aside_items.every() == []


def test_they_are_read_in_one_query_and_no_more_than_the_bound(line: Line) -> None:
    aside_items.put(an_aside())
    line.requests.clear()
    aside_items.every()
    ((name, request),) = line.requests
    assert (name, request["Limit"]) == ("Query", aside_items.MOST_READ)
    assert request["ConsistentRead"] is True


def test_runs_and_schedules_of_one_id_are_kept_apart() -> None:
    for kind in aside_items.KINDS:
        aside_items.put(replace(an_aside(), kind=kind))
    aside_items.drop(an_aside())
    assert aside_items.every() == aside_items.every("acme") == [replace(an_aside(), kind="run")]
