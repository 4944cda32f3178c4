"""The waiting index: the queue of each pool by tenants, and those who rest or stand in line."""

from dataclasses import replace
from typing import Any

from chalicelib.domain import ids
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.queue_order import first_key_of, last_key_of
from chalicelib.domain.runs.run import Place, Run
from chalicelib.store import run_table
from chalicelib.store.dynamodb import conditions
from tests.builders import MILLISECOND, NOON, a_run, after
from tests.store.conftest import PatientClock
from tests.store.engines import Line
from tests.store.writing import store


def waiting(name: str, since: float = 0, priority: int = 5, **changes: Any) -> Run:
    """A run that stands in the queue of the pool `main`, unless these say otherwise."""
    plain = {"place": Place.QUEUE, "schedule_id": f"S-{name}", "queued_at": after(since)}
    return a_run(**{**plain, "run_id": name, "priority": priority, **changes})


def resting(name: str, until: float, **changes: Any) -> Run:
    rests = {"place": Place.REST, "not_before": after(until), "attempt": 2}
    return waiting(name, -600, **{**rests, **changes})


def names(pool: str = "main", behind: str = "", most: int = 10) -> list[str]:
    """The ids of those in the queue behind that key, in its order."""
    return [place.run_id for place in run_table.in_queue(pool, behind, most)]


def test_an_empty_queue_is_empty() -> None:
    assert names() == []
    assert not run_table.somebody_is_in_a_queue()
    assert run_table.count_waiting() == run_table.count_for_slot("main") == 0
    assert run_table.queue_length("main") == run_table.QueueLength(0, None)


def test_the_runs_of_a_tenant_come_by_priority_then_age() -> None:
    store(waiting("late", -1), waiting("early", -2), waiting("urgent", 0, priority=6))
    assert names() == ["urgent", "early", "late"]


def test_an_hour_of_waiting_outweighs_a_level_of_priority() -> None:
    store(waiting("patient", -3601, priority=5), waiting("urgent", 0, priority=6))
    assert names() == ["patient", "urgent"]


def test_tenants_come_by_their_names_however_long_their_runs_wait() -> None:
    store(waiting("z", -9, tenant_id="zoo"), waiting("b", -2, tenant_id="acme-b"))
    store(waiting("a", 0, priority=0), waiting("c", -9, tenant_id="acme.c"))
    assert names() == ["a", "b", "c", "z"]


def test_every_place_says_whose_it_is_and_where_it_is() -> None:
    run = waiting("run", pool="gpu")
    store(run)
    (place,) = run_table.in_queue("gpu", "", 5)
    assert (place.tenant_id, place.run_id) == ("acme", "run")
    assert run.queue_key == f"gpu#{place.queue_key}"


def test_the_queue_is_read_from_behind_any_key_on() -> None:
    store(waiting("a1", -2), waiting("a2", -1), waiting("b", -3, tenant_id="umbrella"))
    assert names(behind=first_key_of("acme")) == ["a1", "a2", "b"]
    first = run_table.in_queue("main", "", 1)[0]
    assert names(behind=first.queue_key) == ["a2", "b"]
    assert names(behind=last_key_of("acme")) == ["b"]
    assert names(behind=last_key_of("umbrella")) == []


def test_every_pool_has_a_queue_of_its_own() -> None:
    store(waiting("1"), waiting("2", pool="gpu"), waiting("3", pool="gpu-2"))
    assert [names(pool) for pool in ("main", "gpu", "gpu-2", "g")] == [["1"], ["2"], ["3"], []]
    assert run_table.somebody_is_in_a_queue()


def test_so_much_of_it_is_read_as_was_asked_for_and_no_run(line: Line) -> None:
    store(*[waiting(f"{n:02d}", since=n) for n in range(45)])
    line.requests.clear()
    line.scanned = 0
    assert names(most=3) == ["00", "01", "02"]
    assert [name for name, _ in line.requests] == ["Query"]
    assert line.scanned == 3


def test_who_stands_elsewhere_is_not_in_the_queue() -> None:
    store(waiting("line", place=Place.LINE), resting("rest", until=5))
    store(waiting("forced", place=Place.FORCED, forced=True), waiting("earlier", place=None))
    assert names() == []
    assert not run_table.somebody_is_in_a_queue()


def test_a_claimed_run_is_not_in_the_queue_any_more() -> None:
    run = waiting("run")
    store(run)
    claimed = transitions.claim(run, "000", 1, after(1), concurrent=1)
    run_table.replace(run, claimed, conditions.run_is_queued(run), PatientClock())
    assert names() == []
    assert run_table.count_waiting() == 0


def test_a_run_that_was_moved_in_its_queue_has_its_old_place_again() -> None:
    first, second = waiting("first", -2), waiting("second", -1)
    store(first, second)
    there = replace(first, place=Place.LINE)
    run_table.replace(first, there, conditions.run_is_queued(first), PatientClock())
    assert names() == ["second"]
    run_table.replace(there, first, conditions.run_is_queued(there), PatientClock())
    assert names() == ["first", "second"]


def test_a_rest_is_over_at_its_very_instant() -> None:
    store(resting("retry", until=0))
    assert [run.run_id for run in run_table.rested(NOON, 5)] == ["retry"]
    assert run_table.rested(NOON - MILLISECOND, 5) == []


def test_those_whose_rest_was_over_first_come_first_and_so_many_at_most() -> None:
    store(*[resting(f"{n}", until=-n) for n in range(5)], resting("later", until=5))
    assert [run.run_id for run in run_table.rested(NOON, 3)] == ["4", "3", "2"]
    assert len(run_table.rested(NOON, 9)) == 5


def test_what_an_earlier_release_queued_is_found_apart() -> None:
    store(waiting("earlier", place=None), waiting("ready"))
    store(waiting("resting", -600, place=None, not_before=after(-5), attempt=2))
    assert run_table.unplaced(5) == [("acme", "earlier")]
    assert [run.run_id for run in run_table.rested(NOON, 5)] == ["resting"]


def test_forced_runs_wait_by_themselves_and_rest_as_others_do() -> None:
    forced: dict[str, Any] = {"place": Place.FORCED, "forced": True}
    store(waiting("ready"), waiting("forced", **forced))
    store(waiting("later", not_before=after(5), attempt=2, **forced))
    assert [run.run_id for run in run_table.waiting_forced(NOON)] == ["forced"]
    assert names() == ["ready"]


def test_all_that_wait_are_counted_wherever_they_do() -> None:
    store(waiting("a"), waiting("b", place=Place.LINE), resting("c", until=600))
    store(waiting("d", place=Place.FORCED, forced=True), waiting("e", place=None))
    assert run_table.count_waiting() == 5
    assert run_table.count_resting() == 2


def test_what_ended_is_not_counted() -> None:
    store(waiting("a"), transitions.cancel(waiting("b"), NOON))
    assert run_table.count_waiting() == 1


def test_who_waits_for_a_slot_of_a_pool_is_counted_in_its_queue_and_in_lines() -> None:
    since = [ids.new_id(after(seconds)) for seconds in (-90, -30, -60)]
    store(waiting(since[1]), waiting(since[0], place=Place.LINE), resting("rest", until=5))
    store(waiting(since[2], pool="gpu"), waiting("spoilt", pool="gpu"))
    assert run_table.count_for_slot("main") == 2
    assert run_table.queue_length("main") == run_table.QueueLength(2, after(-90))
    assert run_table.queue_length("gpu") == run_table.QueueLength(2, after(-60))


def test_whose_run_it_is_that_waits_is_known_wherever_it_does() -> None:
    store(waiting("a"), waiting("b", place=Place.LINE), resting("c", until=600))
    store(waiting("d", place=Place.FORCED, tenant_id="umbrella"), waiting("e", place=None))
    found = [run_table.tenant_of_waiting(name) for name in "abcdef"]
    assert found == ["acme", "acme", "acme", "umbrella", "acme", None]
