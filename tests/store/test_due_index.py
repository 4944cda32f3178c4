"""The due index: a pass reads what is due, never what exists."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.runs.arming import arm, disarm
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule, ScheduleStatus
from chalicelib.domain.time.cadences import Cron, Once
from chalicelib.platform.clock import SystemClock
from chalicelib.store import schedule_table
from chalicelib.store.dynamodb.models import ScheduleItem
from tests.builders import MILLISECOND, NOON, a_schedule, after
from tests.due import due_keys
from tests.store.engines import Engine, Line
from tests.store.writing import removed, store

YEARLY: Final = Cron("0 0 1 1 *")


def due_at(instant: datetime, name: str = "01A", tenant: str = "acme") -> Schedule:
    schedule = a_schedule(schedule_id=name, tenant_id=tenant, cadence=Once(instant))
    return replace(schedule, fire_at=instant, next_fire_at=instant)


def names(until: datetime) -> list[str]:
    return [schedule_id for _, (_, schedule_id) in due_keys(until)]


def test_what_is_due_at_that_very_instant_is_due() -> None:
    store(due_at(NOON))
    assert due_keys(NOON) == [(NOON, ("acme", "01A"))]


def test_what_is_due_a_millisecond_later_is_not() -> None:
    store(due_at(NOON + MILLISECOND))
    assert due_keys(NOON) == []


def test_the_earliest_comes_first_over_all_shards() -> None:
    many = [due_at(after(-(n * 7) % 50), f"{n:02d}") for n in range(20)]
    assert {schedule.due_shard for schedule in many} == {str(n) for n in range(DUE_SHARDS)}
    store(*many)
    found = due_keys(after(60))
    assert found == sorted(found)
    assert len(found) == 20


def test_jitter_counts_for_when_it_is_due() -> None:
    store(replace(due_at(NOON), next_fire_at=after(30)))
    assert names(after(29)) == []
    assert names(after(30)) == ["01A"]


def test_what_was_paused_is_not_due_any_more() -> None:
    armed = due_at(NOON)
    store(armed)
    schedule_table.replace(
        armed, disarm(replace(armed, status=ScheduleStatus.PAUSED)), SystemClock()
    )
    assert names(after(60)) == []


def test_what_fired_is_due_at_its_next_time() -> None:
    before = arm(a_schedule(), after(-1))
    store(before)
    schedule_table.replace(before, arm(before, NOON), SystemClock())
    assert names(after(299)) == []
    assert names(after(300)) == ["01SCHEDULE"]


def test_a_removed_schedule_is_not_due() -> None:
    store(due_at(NOON))
    removed(due_at(NOON))
    assert names(NOON) == []


def test_every_tenants_schedules_are_found() -> None:
    store(due_at(NOON), due_at(NOON, tenant="umbrella"))
    assert sorted(key for _, key in due_keys(NOON)) == [
        ("acme", "01A"),
        ("umbrella", "01A"),
    ]


def test_it_reads_the_index_alone_one_query_a_shard(line: Line) -> None:
    store(due_at(NOON))
    line.requests.clear()
    due_keys(NOON)
    assert [name for name, _ in line.requests] == ["Query"] * DUE_SHARDS
    assert {request["IndexName"] for _, request in line.requests} == {"due"}


def test_it_reads_what_is_due_and_not_what_exists(line: Line) -> None:
    store(*[due_at(NOON, f"due{n}") for n in range(3)])
    store(*[due_at(after(3600), f"later{n}") for n in range(15)])
    store(*[a_schedule(schedule_id=f"off{n}", cadence=YEARLY) for n in range(15)])
    line.scanned = 0
    assert len(due_keys(NOON)) == 3
    assert line.scanned == 3


def test_so_much_of_a_shard_is_read_as_was_asked_for_and_the_rest_from_there_on(
    line: Line,
) -> None:
    together = [due_at(after(-n), f"{n:02d}") for n in range(40)]
    shard = together[0].due_shard
    inside = [schedule for schedule in together if schedule.due_shard == shard]
    assert len(inside) > 4
    store(*together)
    line.scanned = 0
    first, start = schedule_table.due_page(int(shard or 0), NOON, 3)
    assert line.scanned == 3
    second, end = schedule_table.due_page(int(shard or 0), NOON, 50, start)
    assert end is None
    assert [key for _, key in first + second] == [
        (each.tenant_id, each.schedule_id) for each in reversed(inside)
    ]


def test_a_page_that_ends_with_the_shard_may_be_followed_by_an_empty_one() -> None:
    store(due_at(NOON))
    shard = int(due_at(NOON).due_shard or 0)
    page, start = schedule_table.due_page(shard, NOON, 1)
    assert (len(page), start is None) == (1, False)
    assert schedule_table.due_page(shard, NOON, 1, start) == ([], None)


def test_an_unreadable_schedule_is_put_aside_and_nothing_else_of_it_changes(
    engine: Engine,
) -> None:
    store(due_at(NOON), due_at(NOON, "01B"))
    before = {item["schedule_id"]["S"]: item for item in engine.items(ScheduleItem)}
    schedule_table.put_aside(("acme", "01A"))
    assert names(NOON) == ["01B"]
    after_it = {item["schedule_id"]["S"]: item for item in engine.items(ScheduleItem)}
    assert before["01A"].pop("due_shard")
    assert after_it == before


def test_putting_aside_what_is_gone_leaves_nothing_behind(engine: Engine) -> None:
    schedule_table.put_aside(("acme", "01GONE"))
    assert engine.items(ScheduleItem) == []
