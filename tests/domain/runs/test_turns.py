"""Tenants in turn: who queues many at once spreads them, and who comes with one goes between."""

from datetime import datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.queue_order import HIGHEST_PRIORITY, MOST_SET_BACK, ranked
from chalicelib.domain.runs.run import ready_key
from tests.builders import MILLISECOND, NOON, a_run, after

MINUTE: Final = timedelta(minutes=1)
DURATIONS: Final = st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds))
#: Seconds since the one before, and how long the run is expected to take.
ARRIVALS: Final = st.lists(st.tuples(st.integers(0, 900), DURATIONS), min_size=1, max_size=40)


def ranks(arrivals: list[tuple[int, timedelta]]) -> list[tuple[datetime, datetime]]:
    """When each run of a tenant was queued, and its rank."""
    made: list[tuple[datetime, datetime]] = []
    now, last = NOON, None
    for gap, expected in arrivals:
        now += timedelta(seconds=gap)
        last = ranked(now, last, expected)
        made.append((now, last))
    return made


def test_a_tenants_first_run_ranks_when_it_was_queued() -> None:
    assert ranked(NOON, None, MINUTE) == NOON


def test_the_next_ranks_when_the_one_before_may_be_done() -> None:
    assert ranked(after(1), NOON, MINUTE) == after(60)


def test_a_run_that_comes_later_than_that_is_not_set_back() -> None:
    assert ranked(after(60), NOON, MINUTE) == after(60)
    assert ranked(after(61), NOON, MINUTE) == after(61)


def test_a_run_that_takes_no_time_still_comes_after_the_one_before() -> None:
    assert ranked(NOON, NOON, timedelta(0)) == NOON + MILLISECOND


def test_the_run_of_another_goes_in_between() -> None:
    crowd = [rank for _, rank in ranks([(0, MINUTE)] * 10)]
    newcomer = ranked(after(5), None, MINUTE)
    assert [rank < newcomer for rank in crowd] == [True] + [False] * 9


def test_nobody_is_set_back_by_as_much_as_a_level_of_priority() -> None:
    last = a_run(run_id="01A", priority=6, ranked_at=ranked(NOON, after(10**6), MINUTE))
    assert last.ranked_at == NOON + MOST_SET_BACK
    assert ready_key(last) < ready_key(a_run(run_id="01B", priority=5))


@given(ARRIVALS)
def test_a_tenants_runs_keep_their_order_and_are_set_back_within_bounds(
    arrivals: list[tuple[int, timedelta]],
) -> None:
    made = ranks(arrivals)
    for queued_at, rank in made:
        assert queued_at <= rank <= queued_at + MOST_SET_BACK
    assert [rank for _, rank in made] == sorted(rank for _, rank in made)


@given(ARRIVALS, st.integers(0, HIGHEST_PRIORITY), st.integers(0, HIGHEST_PRIORITY))
def test_nobody_set_back_starves(
    arrivals: list[tuple[int, timedelta]], priority: int, others: int
) -> None:
    """Who comes ten hours after a run, however urgent, does not get ahead of it."""
    queued_at, rank = ranks(arrivals)[-1]
    patient = a_run(run_id="01A", queued_at=queued_at, ranked_at=rank, priority=priority)
    newcomer = a_run(run_id="01B", queued_at=queued_at + timedelta(hours=10), priority=others)
    assert ready_key(patient) < ready_key(newcomer)
