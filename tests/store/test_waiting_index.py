"""The waiting index: the queue, read from its head."""

from dataclasses import replace
from datetime import datetime
from itertools import islice

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run
from chalicelib.store import run_table
from chalicelib.store.dynamodb import conditions
from tests.builders import MILLISECOND, NOON, a_run, after
from tests.store.conftest import PatientClock
from tests.store.engines import Line
from tests.store.writing import store


def waiting(name: str, since: float = 0, priority: int = 5) -> Run:
    return a_run(run_id=name, schedule_id=f"S-{name}", queued_at=after(since), priority=priority)


def resting(name: str, until: float) -> Run:
    return replace(waiting(name, -600), not_before=after(until), attempt=2)


def names(most: int = 10, now: datetime = NOON) -> list[str]:
    """The ids of the runs that may start now, in the order they are served."""
    return [run.run_id for run in islice(run_table.waiting(now), most)]


def test_an_empty_queue_is_empty() -> None:
    assert list(run_table.waiting(NOON)) == []
    assert run_table.count_waiting() == 0


def test_ready_runs_come_by_priority_then_age() -> None:
    store(waiting("late", -1), waiting("early", -2), waiting("urgent", 0, priority=6))
    assert names() == ["urgent", "early", "late"]


def test_an_hour_of_waiting_outweighs_a_level_of_priority() -> None:
    store(waiting("patient", -3601, priority=5), waiting("urgent", 0, priority=6))
    assert names() == ["patient", "urgent"]


def test_the_head_of_the_queue_is_read_and_not_its_tail() -> None:
    store(*[waiting(f"{n}", since=n) for n in (3, 1, 4, 2, 5)])
    assert names(most=3) == ["1", "2", "3"]


def test_a_resting_run_is_ready_from_its_very_instant() -> None:
    store(resting("retry", until=0))
    assert names(now=NOON) == ["retry"]
    assert names(now=NOON - MILLISECOND) == []


def test_many_resting_runs_do_not_hide_the_ready_ones() -> None:
    store(*[resting(f"resting{n}", until=600 + n) for n in range(5)], waiting("ready"))
    assert names(most=2) == ["ready"]


def test_a_claimed_run_is_not_in_the_queue_any_more() -> None:
    run = waiting("run")
    store(run)
    claimed = transitions.claim(run, "000", 1, after(1), concurrent=1)
    run_table.replace(run, claimed, conditions.run_is_queued(run), PatientClock())
    assert names() == []
    assert run_table.count_waiting() == 0


def test_a_run_put_back_has_its_old_place() -> None:
    first, second = waiting("first", -2), waiting("second", -1)
    store(first, second)
    claimed = transitions.claim(first, "000", 1, after(1), concurrent=1)
    run_table.replace(first, claimed, conditions.run_is_queued(first), PatientClock())
    run_table.replace(
        claimed, transitions.unclaim(claimed), conditions.run_is_held(claimed), PatientClock()
    )
    assert names() == ["first", "second"]


def test_every_tenants_runs_are_in_the_one_queue() -> None:
    store(waiting("a", -2), replace(waiting("b", -1), tenant_id="umbrella"))
    assert names() == ["a", "b"]


def test_all_that_wait_are_counted_ready_or_resting() -> None:
    store(waiting("a"), waiting("b"), resting("c", until=600))
    assert run_table.count_waiting() == 3


def test_what_ended_is_not_counted() -> None:
    store(waiting("a"), transitions.cancel(waiting("b"), NOON))
    assert run_table.count_waiting() == 1


def test_it_reads_the_head_of_the_index_and_those_runs_only(line: Line) -> None:
    store(*[waiting(f"{n:02d}", since=n) for n in range(45)])
    line.requests.clear()
    line.scanned = 0
    assert names(most=3, now=after(60)) == ["00", "01", "02"]
    assert [name for name, _ in line.requests] == ["Query", "Query", "BatchGetItem"]
    assert line.scanned == 20


def test_it_is_read_to_its_end_if_somebody_looks_so_far(line: Line) -> None:
    store(*[waiting(f"{n:02d}", since=n) for n in range(45)])
    assert names(most=100, now=after(60)) == [f"{n:02d}" for n in range(45)]


def test_what_waits_comes_in_the_order_it_is_served() -> None:
    store(waiting("ready", -1), resting("retry", until=-1))
    assert names() == ["retry", "ready"]


def test_forced_runs_wait_by_themselves_and_rest_as_others_do() -> None:
    forced = replace(waiting("forced"), forced=True)
    store(waiting("ready"), forced, replace(resting("later", until=5), forced=True))
    assert names() == ["ready"]
    assert [run.run_id for run in run_table.waiting_forced(NOON)] == ["forced"]
    assert run_table.count_waiting() == 3
