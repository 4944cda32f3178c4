"""Explaining looks at a bounded number of records, whatever exists, and says where it stopped."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.outlook.situation import Reason
from chalicelib.domain.runs.run import Place, Run, RunStatus, Trigger
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from chalicelib.domain.time.cadences import Cron
from chalicelib.engine.moves import resting
from chalicelib.engine.outlook.explanation import explain
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after
from tests.engine.seams import RUNNING, SCHEDULE_ID, set_up
from tests.harness import Stack

WAITING = a_schedule(schedule_id="01WAITING", fire_at=NOON, next_fire_at=NOON, priority=0)


def store(stack: Stack, *runs: Run) -> None:
    for run in runs:
        transaction = Transaction(stack.clock)
        run_table.put(transaction, run)
        transaction.commit()


def waiting(run_id: str, **changes: Any) -> Run:
    """A run at the head of its schedule, in the queue of `main` unless these say otherwise."""
    return a_run(run_id=run_id, **{"place": Place.QUEUE, **changes})


def expected_wait(stack: Stack, schedule: WholeSchedule) -> Reason:
    reasons = {reason.code: reason for reason in explain(stack.system, schedule, NOON).reasons}
    return reasons["expected_wait"]


@pytest.mark.parametrize(("ahead", "at_least"), [(99, False), (100, False), (101, True)])
def test_no_more_than_a_hundred_runs_ahead_are_counted_and_it_says_at_least(
    stack: Stack, ahead: int, at_least: bool
) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    runs = [waiting(f"A{n:03d}", schedule_id=f"S{n:03d}") for n in range(ahead)]
    store(stack, *runs)
    schedule_table.create(WAITING, SystemClock())

    wait = expected_wait(stack, WAITING)
    assert wait.data["ahead"] == min(ahead, 100)
    assert wait.data.get("at_least", False) is at_least
    assert wait.message.startswith("At least 100 runs are served before it") is at_least


def test_a_retry_is_ahead_as_well_once_its_rest_is_over(stack: Stack) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    for name, until in (("1", -1), ("2", 1)):
        schedule_table.create(a_schedule(schedule_id=f"S{name}"), SystemClock())
        rests = {"place": Place.REST, "attempt": 2, "not_before": after(until)}
        store(stack, waiting(f"A{name}", schedule_id=f"S{name}", queued_at=after(-60), **rests))
    schedule_table.create(WAITING, SystemClock())
    resting.end_rests(stack.system, NOON)
    assert expected_wait(stack, WAITING).data["ahead"] == 1


def test_who_is_ahead_is_who_has_a_turn_before_and_not_who_waits_longer(stack: Stack) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    crowd = [
        waiting(f"A{n}", schedule_id=f"S{n}", tenant_id="umbrella", queued_at=after(-3600))
        for n in range(9)
    ]
    store(stack, *crowd, waiting("B", schedule_id="SB", queued_at=after(-60)))
    schedule_table.create(WAITING, SystemClock())
    wait = expected_wait(stack, WAITING)
    # First that of its own tenant which waits already, then one of the other's.
    assert wait.data["ahead"] == 2


def test_ten_fire_times_are_found_behind_any_number_of_runs_by_hand(stack: Stack) -> None:
    stack.clock.set(NOON)
    schedule = a_schedule(schedule_id=SCHEDULE_ID)
    schedule_table.create(schedule, SystemClock())
    ended = a_run_that_is(RunStatus.SUCCEEDED, schedule_id=SCHEDULE_ID)
    own = [replace(ended, run_id=f"A{n:03d}") for n in range(11)]
    by_hand = [replace(ended, run_id=f"B{n:03d}", trigger=Trigger.MANUAL) for n in range(250)]
    store(stack, *own, *by_hand)
    history = explain(stack.system, schedule, after(100)).history
    assert [each.run_id for each in history] == [f"A{n:03d}" for n in range(10, 0, -1)]


def test_what_broke_a_schedule_is_found_further_back_than_ten_fire_times(stack: Stack) -> None:
    stack.clock.set(NOON)
    broken = a_schedule(
        schedule_id=SCHEDULE_ID,
        status=ScheduleStatus.BROKEN,
        broken_at=after(62),
        broken_reason="12 failures in a row",
        failure_streak=12,
    )
    schedule_table.create(broken, SystemClock())
    failed = a_run_that_is(RunStatus.FAILED, schedule_id=SCHEDULE_ID)
    store(stack, *(replace(failed, run_id=f"A{n:03d}") for n in range(40)))
    (reason,) = explain(stack.system, broken, after(100)).reasons
    assert reason.data["run_ids"] == [f"A{n:03d}" for n in range(39, 27, -1)]


def test_a_schedule_that_cannot_be_used_spoils_no_other_explanation(stack: Stack) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    gone = a_schedule(schedule_id="S1", cadence=Cron("* * * * *", "US/Pacific-New"))
    schedule_table.create(gone, SystemClock())
    store(stack, waiting("A1", schedule_id="S1"))
    schedule_table.create(WAITING, SystemClock())
    assert expected_wait(stack, WAITING).data["ahead"] == 1
    (reason,) = explain(stack.system, gone, NOON).reasons[:1]
    assert reason.code == "unusable"
