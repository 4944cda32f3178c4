"""Where a schedule's runs wait: one at most in the queue of its pool, the others in its line."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs import waiting
from chalicelib.domain.runs.run import Place, Run, RunStatus, Trigger, order_of
from chalicelib.domain.runs.schedule import Schedule
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after

IDLE: Final = a_schedule(pool="gpu")
BUSY: Final = replace(IDLE, working_run_id="01WORKS")


def asked(run_id: str = "01ASKED", **changes: Any) -> Run:
    return a_run(run_id=run_id, trigger=Trigger.MANUAL, **changes)


def a_head(**changes: Any) -> tuple[Schedule, Run]:
    """A schedule with a head, and that head."""
    head = asked("01HEAD", place=Place.QUEUE, pool="gpu", **changes)
    return replace(IDLE, head_run_id="01HEAD"), head


def test_the_first_to_wait_is_the_head_and_stands_in_the_queue_of_the_pool() -> None:
    entered = waiting.enter(IDLE, a_run(), None, NOON)
    assert (entered.run.place, entered.run.pool) == (Place.QUEUE, "gpu")
    assert entered.schedule == replace(IDLE, head_run_id="01RUN")
    assert entered.displaced is None


def test_behind_a_head_it_stands_in_the_line() -> None:
    schedule, head = a_head(queued_at=after(-60))
    entered = waiting.enter(schedule, asked(), head, NOON)
    assert (entered.run.place, entered.displaced) == (Place.LINE, None)
    assert (entered.schedule.head_run_id, entered.schedule.in_line) == ("01HEAD", 1)


def test_behind_a_run_at_work_it_stands_in_the_line() -> None:
    entered = waiting.enter(BUSY, asked(), None, NOON)
    assert entered.run.place is Place.LINE
    assert (entered.schedule.head_run_id, entered.schedule.in_line) == (None, 1)


def test_behind_a_forced_run_only_the_schedulers_own_stands_in_the_line() -> None:
    forced = replace(IDLE, forced_at_work=1)
    assert waiting.enter(forced, a_run(), None, NOON).run.place is Place.LINE
    assert waiting.enter(forced, asked(), None, NOON).run.place is Place.QUEUE


def test_who_comes_before_the_head_takes_its_place() -> None:
    schedule, head = a_head(priority=5)
    entered = waiting.enter(schedule, asked(priority=6), head, NOON)
    assert entered.run.place is Place.QUEUE
    assert entered.displaced == head
    assert (entered.schedule.head_run_id, entered.schedule.in_line) == ("01ASKED", 1)


def test_a_head_that_may_not_go_back_stays() -> None:
    schedule, head = a_head(priority=5)
    entered = waiting.enter(schedule, asked(priority=6), head, NOON, head_may_go_back=False)
    assert (entered.run.place, entered.displaced) == (Place.LINE, None)


def test_a_head_that_waits_no_more_is_forgotten() -> None:
    schedule, _ = a_head()
    assert waiting.enter(schedule, a_run(), None, NOON).schedule.head_run_id == "01RUN"
    busy = replace(schedule, working_run_id="01WORKS")
    assert waiting.enter(busy, a_run(), None, NOON).schedule.head_run_id is None


@pytest.mark.parametrize(("rests_until", "place"), [(0.001, Place.REST), (0, Place.QUEUE)])
def test_a_retry_rests_until_its_very_instant(rests_until: float, place: Place) -> None:
    run = a_run(attempt=2, not_before=after(rests_until))
    entered = waiting.enter(IDLE, run, None, NOON)
    assert entered.run.place is place
    assert (entered.schedule == IDLE) is (place is Place.REST)


def test_a_forced_run_waits_for_a_slot_of_its_own_and_is_in_nobodys_way() -> None:
    entered = waiting.enter(BUSY, asked(forced=True), None, NOON)
    assert (entered.run.place, entered.schedule) == (Place.FORCED, BUSY)


def test_a_head_leaves_and_the_schedule_has_none() -> None:
    schedule, head = a_head()
    assert waiting.leave(schedule, head) == IDLE


def test_one_of_the_line_leaves_and_the_line_is_shorter() -> None:
    schedule = replace(a_head()[0], in_line=2)
    after_it = waiting.leave(schedule, asked(place=Place.LINE))
    assert after_it == replace(schedule, in_line=1)


@pytest.mark.parametrize("place", [Place.REST, Place.FORCED, None])
def test_who_stands_in_neither_changes_nothing_by_leaving(place: Place | None) -> None:
    schedule = replace(a_head()[0], in_line=2)
    assert waiting.leave(schedule, asked(place=place)) == schedule


def test_who_works_or_has_ended_does_not_leave() -> None:
    for status in set(RunStatus) - {RunStatus.QUEUED}:
        run = a_run_that_is(status, run_id="01HEAD", place=Place.LINE)
        schedule = replace(a_head()[0], in_line=2)
        assert waiting.leave(schedule, run) == schedule


def test_the_first_of_the_line_comes_forward_into_the_pool_that_the_schedule_names_now() -> None:
    moved = replace(IDLE, pool="mail", in_line=2)
    schedule, head = waiting.come_forward(moved, asked(place=Place.LINE, pool="gpu"))
    assert (head.place, head.pool) == (Place.QUEUE, "mail")
    assert (schedule.head_run_id, schedule.in_line) == (head.run_id, 1)


def test_a_head_that_may_not_start_steps_back() -> None:
    schedule, head = a_head()
    back, run = waiting.step_back(schedule, head)
    assert (run.place, back.head_run_id, back.in_line) == (Place.LINE, None, 1)


def test_somebody_may_come_forward_if_there_is_no_head_and_nothing_is_at_work() -> None:
    waits = replace(IDLE, in_line=1)
    assert waiting.has_room_ahead(waits)
    assert not waiting.has_room_ahead(IDLE)
    assert not waiting.has_room_ahead(replace(waits, head_run_id="01HEAD"))
    assert not waiting.has_room_ahead(replace(waits, working_run_id="01WORKS"))
    assert waiting.has_room_ahead(replace(waits, forced_at_work=1)), "for who is asked for"


def test_a_wait_has_the_end_that_the_schedule_gives_it() -> None:
    limited = replace(IDLE, queue_limit_seconds=90)
    assert waiting.with_end_of_wait(a_run(), limited, NOON).queue_expires_at == after(90)
    assert waiting.with_end_of_wait(a_run(), IDLE, NOON).queue_expires_at is None
    catching_up = a_run(trigger=Trigger.CATCH_UP)
    assert waiting.with_end_of_wait(catching_up, limited, NOON).queue_expires_at is None


#: Whether it comes or the head goes, and how urgent one that comes is.
HISTORIES: Final = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30)


@given(HISTORIES)
def test_the_head_is_always_the_first_of_its_schedule_and_the_line_is_counted(
    history: list[tuple[bool, int]],
) -> None:
    """Whoever comes and goes, in whatever order, while nothing is at work."""
    schedule: Schedule = IDLE
    runs: dict[str, Run] = {}
    for number, (comes, priority) in enumerate(history):
        head = runs.get(schedule.head_run_id or "")
        if comes:
            queued_at = after(number)
            run = asked(f"{number:02d}", priority=priority, queued_at=queued_at)
            entered = waiting.enter(schedule, run, head, queued_at)
            schedule, runs[run.run_id] = entered.schedule, entered.run
            if entered.displaced is not None:
                back = replace(entered.displaced, place=Place.LINE)
                runs[back.run_id] = back
        elif head is not None:
            schedule = waiting.leave(schedule, runs.pop(head.run_id))
            if waiting.has_room_ahead(schedule):
                first = min(runs.values(), key=order_of)
                schedule, runs[first.run_id] = waiting.come_forward(schedule, first)
        in_queue = [run for run in runs.values() if run.place is Place.QUEUE]
        assert in_queue == ([min(runs.values(), key=order_of)] if runs else [])
        assert schedule.head_run_id == (in_queue[0].run_id if in_queue else None)
        assert schedule.in_line == max(len(runs) - 1, 0)
