"""What the end of an attempt does: to its run, and to its schedule's record and averages."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import (
    FailureReason,
    Run,
    RunStatus,
    Totals,
    Trigger,
)
from chalicelib.domain.runs.schedule import End, Retry, Schedule, ScheduleStatus
from chalicelib.domain.runs.settle import NEWEST_WEIGHT, Outcome, end_attempt, record_end
from chalicelib.domain.runs.transitions import IllegalTransition
from chalicelib.domain.time.cadences import Cadence, Cron, Interval
from tests.builders import NOON, a_run_that_is, a_schedule, after

WELL: Final = Outcome()
FAILED: Final = Outcome(reason=FailureReason.ERROR, message="boom")
PATIENT: Final = Retry(max_attempts=3, delay_seconds=60)
AFTER_COMPLETION: Final = Interval(3600)
BY_HAND: Final = (Trigger.MANUAL, Trigger.RETRY)


def working(**changes: Any) -> Run:
    return a_run_that_is(RunStatus.RUNNING, **changes)


def ended(status: RunStatus, **changes: Any) -> Run:
    return replace(a_run_that_is(status), **changes)


def failed(reason: FailureReason = FailureReason.ERROR, **changes: Any) -> Run:
    return ended(RunStatus.FAILED, failure_reason=reason, **changes)


# The run


def test_an_attempt_that_ends_well_succeeds() -> None:
    run = end_attempt(working(), a_schedule(), WELL, after(60))
    assert (run.status, run.finished_at) == (RunStatus.SUCCEEDED, after(60))


def test_a_failed_attempt_with_another_to_come_rests() -> None:
    run = end_attempt(working(max_attempts=3), a_schedule(retry=PATIENT), FAILED, after(60))
    assert (run.status, run.not_before, run.attempt) == (RunStatus.QUEUED, after(120), 2)
    assert (run.failure_reason, run.error_message) == (FailureReason.ERROR, "boom")


def test_the_last_failed_attempt_fails_the_run() -> None:
    last = working(max_attempts=3, attempt=3)
    run = end_attempt(last, a_schedule(retry=PATIENT), FAILED, after(60))
    assert (run.status, run.failure_reason) == (RunStatus.FAILED, FailureReason.ERROR)
    assert run.error_message == "boom"


def test_a_failure_not_worth_retrying_fails_the_run_at_once() -> None:
    gave_up = Outcome(reason=FailureReason.AUTH_FAILED)
    run = end_attempt(working(max_attempts=3), a_schedule(retry=PATIENT), gave_up, NOON)
    assert (run.status, run.failure_reason) == (RunStatus.FAILED, FailureReason.AUTH_FAILED)


def test_nothing_follows_once_the_schedule_is_deleted() -> None:
    assert end_attempt(working(max_attempts=3), None, FAILED, NOON).status is RunStatus.FAILED


def test_a_success_counts_though_the_schedule_is_deleted() -> None:
    assert end_attempt(working(), None, WELL, NOON).status is RunStatus.SUCCEEDED


def test_a_run_asked_to_stop_is_not_tried_again_when_it_fails() -> None:
    asked = working(max_attempts=3, cancel_requested_at=after(5))
    run = end_attempt(asked, a_schedule(retry=PATIENT), FAILED, after(60))
    assert (run.status, run.failure_reason) == (RunStatus.FAILED, FailureReason.ERROR)


def test_a_run_that_stopped_when_asked_is_cancelled() -> None:
    stopped = Outcome(cancelled=True, reason=FailureReason.ERROR)
    run = end_attempt(working(max_attempts=3), a_schedule(retry=PATIENT), stopped, NOON)
    assert (run.status, run.failure_reason) == (RunStatus.CANCELLED, None)


def test_a_target_that_asks_for_more_time_gets_it() -> None:
    busy = Outcome(reason=FailureReason.RATE_LIMITED, retry_after=timedelta(seconds=90))
    run = end_attempt(working(max_attempts=3), a_schedule(retry=PATIENT), busy, NOON)
    assert run.not_before == after(90)


@pytest.mark.parametrize("reason", [None, FailureReason.ERROR])
@pytest.mark.parametrize("cancelled", [True, False])
def test_what_the_attempt_counted_is_kept_however_it_ends(
    reason: FailureReason | None, cancelled: bool
) -> None:
    outcome = Outcome(
        reason=reason,
        cancelled=cancelled,
        totals=Totals(processed=5, skipped=1, errors=2),
        steps=9,
        progress={"done": 5},
        summary="five done",
    )
    run = end_attempt(working(), a_schedule(), outcome, NOON)
    assert (run.totals, run.steps) == (outcome.totals, 9)
    assert (run.progress, run.summary) == ({"done": 5}, "five done")


@pytest.mark.parametrize("status", sorted(set(RunStatus) - {RunStatus.RUNNING}))
def test_only_a_working_run_ends_well(status: RunStatus) -> None:
    with pytest.raises(IllegalTransition):
        end_attempt(a_run_that_is(status), a_schedule(), WELL, NOON)


# The schedule's record


def test_the_schedule_remembers_its_last_run() -> None:
    schedule = record_end(a_schedule(), ended(RunStatus.SUCCEEDED), after(62))
    assert schedule.last_run == {
        "id": "01RUN",
        "status": "succeeded",
        "finished_at": "2026-03-01T12:01:02.000Z",
    }


def test_each_outcome_makes_a_new_version() -> None:
    assert record_end(a_schedule(version=7), failed(), NOON).version == 8


def test_the_end_of_its_newest_run_leaves_none_pending() -> None:
    assert record_end(a_schedule(pending_run_id="01RUN"), failed(), NOON).pending_run_id is None


def test_the_end_of_an_older_run_leaves_the_newest_pending() -> None:
    schedule = record_end(a_schedule(pending_run_id="01NEWER"), failed(), NOON)
    assert schedule.pending_run_id == "01NEWER"


# Averages


def test_the_first_success_is_the_average() -> None:
    run = ended(RunStatus.SUCCEEDED, steps=10, duration_ms=2500)
    schedule = record_end(a_schedule(), run, NOON)
    assert (schedule.average_steps, schedule.average_duration_seconds) == (10, 2.5)


def test_later_successes_move_the_average_by_their_weight() -> None:
    before = a_schedule(average_steps=10.0, average_duration_seconds=100.0)
    run = ended(RunStatus.SUCCEEDED, steps=20, duration_ms=50_000)
    schedule = record_end(before, run, NOON)
    assert schedule.average_steps == 10 + 10 * NEWEST_WEIGHT
    assert schedule.average_duration_seconds == 100 - 50 * NEWEST_WEIGHT


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED])
def test_only_successes_move_averages(status: RunStatus) -> None:
    before = a_schedule(average_steps=10.0, average_duration_seconds=100.0)
    schedule = record_end(before, ended(status, steps=99, duration_ms=1), NOON)
    assert (schedule.average_steps, schedule.average_duration_seconds) == (10, 100)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_an_average_stays_between_the_extremes(durations: list[int]) -> None:
    schedule: Schedule = a_schedule()
    for duration in durations:
        schedule = record_end(schedule, ended(RunStatus.SUCCEEDED, duration_ms=duration), NOON)
    average = schedule.average_duration_seconds
    assert average is not None
    assert min(durations) / 1000 - 0.001 <= average <= max(durations) / 1000 + 0.001


# Setting the next fire time


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_an_interval_from_completion_starts_over_when_its_run_ends(status: RunStatus) -> None:
    waiting = a_schedule(cadence=AFTER_COMPLETION, pending_run_id="01RUN")
    schedule = record_end(waiting, ended(status), after(62))
    assert schedule.next_fire_at == after(62 + 3600)


@pytest.mark.parametrize("status", [ScheduleStatus.PAUSED, ScheduleStatus.BROKEN])
def test_an_interval_that_is_off_does_not_start_over(status: ScheduleStatus) -> None:
    schedule = record_end(a_schedule(cadence=AFTER_COMPLETION, status=status), failed(), NOON)
    assert schedule.next_fire_at is None


@pytest.mark.parametrize("trigger", BY_HAND)
def test_a_run_by_hand_moves_the_next_fire_time_of_an_interval(trigger: Trigger) -> None:
    before = arm(a_schedule(cadence=AFTER_COMPLETION), NOON)
    schedule = record_end(before, ended(RunStatus.SUCCEEDED, trigger=trigger), after(62))
    assert schedule.next_fire_at == after(62 + 3600)


@pytest.mark.parametrize("trigger", BY_HAND)
def test_a_run_by_hand_sets_none_while_the_schedules_own_run_is_on_its_way(
    trigger: Trigger,
) -> None:
    own_is_pending = a_schedule(cadence=AFTER_COMPLETION, pending_run_id="01OWN")
    schedule = record_end(own_is_pending, ended(RunStatus.SUCCEEDED, trigger=trigger), NOON)
    assert (schedule.next_fire_at, schedule.pending_run_id) == (None, "01OWN")


@pytest.mark.parametrize("cadence", [Cron("*/5 * * * *"), Interval(3600, "grid")])
@pytest.mark.parametrize("trigger", Trigger)
def test_other_cadences_keep_the_fire_time_they_are_set_to(
    cadence: Cadence, trigger: Trigger
) -> None:
    before = arm(a_schedule(cadence=cadence), NOON)
    schedule = record_end(before, ended(RunStatus.SUCCEEDED, trigger=trigger), after(1000))
    assert (schedule.fire_at, schedule.next_fire_at) == (before.fire_at, before.next_fire_at)


def test_the_record_touches_nothing_of_the_definition() -> None:
    before = arm(a_schedule(tags=("a",), priority=7, pending_run_id="01RUN"), NOON)
    after_it = record_end(before, failed(), NOON)
    own: dict[str, Any] = {
        name: getattr(before, name)
        for name in ("last_run", "recent", "version", "pending_run_id", "failure_streak")
    }
    assert replace(after_it, **own) == before


def test_the_last_twenty_ends_are_remembered_the_newest_last() -> None:
    schedule: Schedule = a_schedule()
    for number in range(25):
        schedule = record_end(schedule, replace(failed(), duration_ms=number), NOON)
    skipped = a_run_that_is(RunStatus.SKIPPED)
    schedule = record_end(schedule, skipped, NOON)
    assert len(schedule.recent) == 20
    assert schedule.recent[0] == End(RunStatus.FAILED, 6)
    assert schedule.recent[-2:] == (End(RunStatus.FAILED, 24), End(RunStatus.SKIPPED, None))
