"""Who is served first: by priority, then age, and nobody is overtaken for ever."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.queue_order import HEAD_START_PER_LEVEL, HIGHEST_PRIORITY, queue_key
from chalicelib.domain.runs.run import Run, RunStatus, Trigger, has_waited_too_long, ready_key
from tests.builders import MILLISECOND, NOON, a_run, a_run_that_is, after

LONGEST_HANDICAP: Final = HEAD_START_PER_LEVEL * HIGHEST_PRIORITY
PRIORITIES: Final = st.integers(0, HIGHEST_PRIORITY)
INSTANTS: Final = st.integers(0, 3 * 24 * 3600 * 1000).map(lambda ms: NOON + ms * MILLISECOND)
ARRIVALS: Final = st.lists(st.tuples(INSTANTS, PRIORITIES), min_size=1, max_size=25)


def waiting(queued_at: datetime, priority: int, run_id: str = "01RUN") -> Run:
    return a_run(queued_at=queued_at, priority=priority, run_id=run_id)


def test_at_equal_priority_the_older_run_is_served_first() -> None:
    assert ready_key(waiting(NOON, 5)) < ready_key(waiting(NOON + MILLISECOND, 5))


def test_at_equal_age_the_more_urgent_run_is_served_first() -> None:
    assert ready_key(waiting(NOON, 6)) < ready_key(waiting(NOON, 5))


def test_a_level_of_priority_is_worth_just_under_an_hour_of_waiting() -> None:
    older = ready_key(waiting(NOON, 5))
    assert ready_key(waiting(after(3600) - MILLISECOND, 6)) < older
    assert older < ready_key(waiting(after(3600) + MILLISECOND, 6))


def test_runs_of_one_pass_are_served_by_the_age_of_their_schedules() -> None:
    elder = a_run(schedule_id="01A", run_id="01Z")
    younger = a_run(schedule_id="01B", run_id="01Y")
    assert ready_key(elder) < ready_key(younger)


def test_runs_asked_for_in_the_same_millisecond_are_served_by_their_own_age() -> None:
    first = a_run(schedule_id="01B", run_id="01Y", trigger=Trigger.MANUAL)
    second = a_run(schedule_id="01A", run_id="01Z", trigger=Trigger.MANUAL)
    assert ready_key(first) < ready_key(second)


def test_two_runs_of_a_schedule_never_share_a_place() -> None:
    assert ready_key(a_run(run_id="01A")) != ready_key(a_run(run_id="01B"))


def test_a_run_set_back_by_its_tenants_turn_is_served_by_its_rank() -> None:
    first = a_run(run_id="01A", queued_at=NOON, ranked_at=after(120))
    second = a_run(run_id="01B", queued_at=after(60))
    assert ready_key(second) < ready_key(first)


@given(INSTANTS, PRIORITIES, INSTANTS, PRIORITIES)
def test_nobody_who_comes_a_whole_handicap_later_gets_ahead(
    since: datetime, priority: int, later: datetime, urgent: int
) -> None:
    newcomer = max(later, since) + LONGEST_HANDICAP + MILLISECOND
    assert queue_key(since, priority, "b") < queue_key(newcomer, urgent, "a")


@given(ARRIVALS)
def test_nobody_starves_however_urgent_the_others_are(
    arrivals: list[tuple[datetime, int]],
) -> None:
    queue = [waiting(since, level, f"{n:02d}") for n, (since, level) in enumerate(arrivals)]
    served = sorted(queue, key=ready_key)
    for place, run in enumerate(served):
        horizon = run.queued_at + LONGEST_HANDICAP
        assert all(ahead.queued_at <= horizon for ahead in served[:place])


@given(ARRIVALS)
def test_at_one_priority_the_queue_is_first_come_first_served(
    arrivals: list[tuple[datetime, int]],
) -> None:
    queue = [waiting(since, 5, f"{n:02d}") for n, (since, _) in enumerate(arrivals)]
    ages = [run.queued_at for run in sorted(queue, key=ready_key)]
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
    run = waiting(since, priority)
    assert run.queue_key == ready_key(run) == queue_key(since, priority, "01SCHEDULE#01RUN")


def test_a_ready_run_is_in_the_ready_pool() -> None:
    assert a_run().pool == "ready"


def test_a_resting_run_is_in_the_delayed_pool_by_the_end_of_its_rest() -> None:
    soon, late = a_run(not_before=after(60)), a_run(not_before=after(61), priority=9)
    assert (soon.pool, late.pool) == ("delayed", "delayed")
    assert str(soon.queue_key) < str(late.queue_key)


def test_a_run_that_does_not_wait_has_no_place() -> None:
    for status in set(RunStatus) - {RunStatus.QUEUED}:
        run = a_run_that_is(status)
        assert (run.pool, run.queue_key) == (None, None)


def test_the_longest_handicap_is_nine_hours() -> None:
    assert timedelta(hours=9) == LONGEST_HANDICAP
