"""Who of a tenant is served first: by priority, then age, and nobody is overtaken for ever."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.queue_order import (
    HEAD_START_PER_LEVEL,
    HIGHEST_PRIORITY,
    first_key_of,
    in_pool,
    last_key_of,
    order_key,
    queue_key,
)
from chalicelib.domain.runs.run import (
    Place,
    Run,
    RunStatus,
    Trigger,
    has_waited_too_long,
    order_of,
)
from tests.builders import MILLISECOND, NOON, a_run, a_run_that_is, after

LONGEST_HANDICAP: Final = HEAD_START_PER_LEVEL * HIGHEST_PRIORITY
PRIORITIES: Final = st.integers(0, HIGHEST_PRIORITY)
INSTANTS: Final = st.integers(0, 3 * 24 * 3600 * 1000).map(lambda ms: NOON + ms * MILLISECOND)
ARRIVALS: Final = st.lists(st.tuples(INSTANTS, PRIORITIES), min_size=1, max_size=25)


#: What the names of tenants and pools may have in them.
ALPHABET: Final = "-.0Zaz_"
NAMES: Final = st.text(ALPHABET, min_size=1, max_size=4)


def waiting(queued_at: datetime, priority: int, run_id: str = "01RUN") -> Run:
    return a_run(queued_at=queued_at, priority=priority, run_id=run_id)


def test_at_equal_priority_the_older_run_is_served_first() -> None:
    assert order_of(waiting(NOON, 5)) < order_of(waiting(NOON + MILLISECOND, 5))


def test_at_equal_age_the_more_urgent_run_is_served_first() -> None:
    assert order_of(waiting(NOON, 6)) < order_of(waiting(NOON, 5))


def test_a_level_of_priority_is_worth_just_under_an_hour_of_waiting() -> None:
    older = order_of(waiting(NOON, 5))
    assert order_of(waiting(after(3600) - MILLISECOND, 6)) < older
    assert older < order_of(waiting(after(3600) + MILLISECOND, 6))


def test_runs_of_one_pass_are_served_by_the_age_of_their_schedules() -> None:
    elder = a_run(schedule_id="01A", run_id="01Z")
    younger = a_run(schedule_id="01B", run_id="01Y")
    assert order_of(elder) < order_of(younger)


def test_runs_asked_for_in_the_same_millisecond_are_served_by_their_own_age() -> None:
    first = a_run(schedule_id="01B", run_id="01Y", trigger=Trigger.MANUAL)
    second = a_run(schedule_id="01A", run_id="01Z", trigger=Trigger.MANUAL)
    assert order_of(first) < order_of(second)


def test_two_runs_of_a_schedule_never_share_a_place() -> None:
    assert order_of(a_run(run_id="01A")) != order_of(a_run(run_id="01B"))


@given(INSTANTS, PRIORITIES, INSTANTS, PRIORITIES)
def test_nobody_who_comes_a_whole_handicap_later_gets_ahead(
    since: datetime, priority: int, later: datetime, urgent: int
) -> None:
    newcomer = max(later, since) + LONGEST_HANDICAP + MILLISECOND
    assert order_key(since, priority, "b") < order_key(newcomer, urgent, "a")


@given(ARRIVALS)
def test_nobody_starves_however_urgent_the_others_are(
    arrivals: list[tuple[datetime, int]],
) -> None:
    queue = [waiting(since, level, f"{n:02d}") for n, (since, level) in enumerate(arrivals)]
    served = sorted(queue, key=order_of)
    for place, run in enumerate(served):
        horizon = run.queued_at + LONGEST_HANDICAP
        assert all(ahead.queued_at <= horizon for ahead in served[:place])


@given(ARRIVALS)
def test_at_one_priority_the_queue_is_first_come_first_served(
    arrivals: list[tuple[datetime, int]],
) -> None:
    queue = [waiting(since, 5, f"{n:02d}") for n, (since, _) in enumerate(arrivals)]
    ages = [run.queued_at for run in sorted(queue, key=order_of)]
    assert ages == sorted(ages)


@pytest.mark.parametrize(
    ("run", "is_over"),
    [
        (a_run(queue_expires_at=NOON), True),
        (a_run(queue_expires_at=NOON + MILLISECOND), False),
        (a_run(queue_expires_at=None), False),
        (a_run(queue_expires_at=NOON, attempt=2), False),
        (a_run_that_is(RunStatus.CLAIMED, queue_expires_at=NOON), False),
        (a_run_that_is(RunStatus.CANCELLED, queue_expires_at=NOON), False),
    ],
)
def test_only_a_wait_for_the_first_slot_has_an_end(run: Run, is_over: bool) -> None:
    assert has_waited_too_long(run, NOON) is is_over


@given(INSTANTS, PRIORITIES)
def test_a_place_does_not_change_while_the_run_waits(since: datetime, priority: int) -> None:
    run = replace(waiting(since, priority), place=Place.QUEUE, pool="gpu")
    order = order_key(since, priority, "01SCHEDULE#01RUN")
    assert run.queue_key == in_pool("gpu", queue_key("acme", order)) == f"gpu#acme#{order}"
    assert order_of(run) == order


@given(NAMES, NAMES, st.text(ALPHABET + "#", max_size=8), st.text(ALPHABET + "#", max_size=8))
def test_what_is_of_one_tenant_or_pool_lies_together_in_the_order_of_names(
    one: str, other: str, key: str, another: str
) -> None:
    if one < other:
        assert last_key_of(one) < first_key_of(other)
        assert queue_key(one, key) < queue_key(other, another)
        assert in_pool(one, key) < in_pool(other, another)
    assert first_key_of(one) <= queue_key(one, key) < last_key_of(one)


@pytest.mark.parametrize(
    ("place", "partition"),
    [
        (Place.QUEUE, "queue"),
        (Place.LINE, "lines"),
        (Place.REST, "delayed"),
        (Place.FORCED, "forced"),
    ],
)
def test_every_place_has_its_partition_of_the_index(place: Place, partition: str) -> None:
    assert a_run(place=place).partition == partition


def test_a_resting_run_is_sorted_by_the_end_of_its_rest() -> None:
    soon = a_run(place=Place.REST, not_before=after(60))
    late = a_run(place=Place.REST, not_before=after(61), priority=9)
    assert str(soon.queue_key) < str(late.queue_key)


def test_what_an_earlier_release_queued_is_where_it_was() -> None:
    resting, forced = a_run(not_before=after(60)), a_run(forced=True)
    assert [run.partition for run in (a_run(), resting, forced)] == ["ready", "delayed", "forced"]


def test_a_run_that_does_not_wait_has_no_place() -> None:
    for status in set(RunStatus) - {RunStatus.QUEUED}:
        run = a_run_that_is(status)
        assert (run.partition, run.queue_key) == (None, None)


def test_the_longest_handicap_is_nine_hours() -> None:
    assert timedelta(hours=9) == LONGEST_HANDICAP
