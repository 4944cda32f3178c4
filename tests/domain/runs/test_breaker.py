"""The breaker: which failures are counted, each class by itself, and when they switch it off."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.breaker import grace_after_budget_edit, with_clean_streaks
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, Trigger
from chalicelib.domain.runs.schedule import Breaker, Schedule, ScheduleStatus
from chalicelib.domain.runs.settle import record_end
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once
from tests.builders import MILLISECOND, NOON, a_run_that_is, a_schedule, after

#: Every reason has its line here; a new one fails the test until somebody decides.
COUNTED_AS: Final = {
    FailureReason.ERROR: "failure_streak",
    FailureReason.TIMEOUT: "failure_streak",
    FailureReason.LEASE_EXPIRED: "interruption_streak",
    FailureReason.BUDGET_EXCEEDED: "budget_breach_streak",
    FailureReason.ABORTED: "failure_streak",
    FailureReason.RATE_LIMITED: "failure_streak",
    FailureReason.AUTH_FAILED: "failure_streak",
    FailureReason.HTTP_ERROR: "failure_streak",
    FailureReason.ITEM_ERRORS: "failure_streak",
    FailureReason.TARGET_NOT_FOUND: "failure_streak",
    FailureReason.NEVER_STARTED: "interruption_streak",
}
#: One reason of each class, with the name of its streak and of its limit.
CLASSES: Final = {
    FailureReason.TIMEOUT: ("failure_streak", "failures", "failures"),
    FailureReason.BUDGET_EXCEEDED: (
        "budget_breach_streak",
        "budget_breaches",
        "budget breaches",
    ),
    FailureReason.NEVER_STARTED: ("interruption_streak", "interruptions", "interruptions"),
}
STREAKS: Final = ("failure_streak", "budget_breach_streak", "interruption_streak")
BUSY_STREAKS: Final = {"failure_streak": 2, "budget_breach_streak": 4, "interruption_streak": 9}


def failed(reason: FailureReason = FailureReason.ERROR, **changes: Any) -> Run:
    return replace(a_run_that_is(RunStatus.FAILED), failure_reason=reason, **changes)


def streaks(schedule: Schedule) -> dict[str, int]:
    return {name: getattr(schedule, name) for name in STREAKS}


@pytest.mark.parametrize("reason", FailureReason)
def test_a_failure_is_counted_in_its_class_and_in_no_other(reason: FailureReason) -> None:
    schedule = record_end(a_schedule(), failed(reason), NOON)
    assert streaks(schedule) == {name: int(name == COUNTED_AS[reason]) for name in STREAKS}


@pytest.mark.parametrize("reason", CLASSES)
def test_a_streak_one_short_of_its_limit_leaves_the_schedule_on(reason: FailureReason) -> None:
    streak, limit, _ = CLASSES[reason]
    before = a_schedule(breaker=Breaker(**{limit: 4}), **{streak: 2})
    schedule = record_end(before, failed(reason), NOON)
    assert (schedule.status, getattr(schedule, streak)) == (ScheduleStatus.ACTIVE, 3)
    assert (schedule.broken_reason, schedule.broken_at) == (None, None)


@pytest.mark.parametrize("reason", CLASSES)
def test_a_streak_at_its_limit_breaks_the_schedule_and_says_why(reason: FailureReason) -> None:
    streak, limit, what = CLASSES[reason]
    before = a_schedule(breaker=Breaker(**{limit: 4}), **{streak: 3})
    schedule = record_end(before, failed(reason), NOON)
    assert (schedule.status, getattr(schedule, streak)) == (ScheduleStatus.BROKEN, 4)
    assert schedule.broken_reason == f"4 {what} in a row; the last one: {reason} in run 01RUN"
    assert schedule.broken_at == after(62), "when the run failed"


def test_a_limit_says_nothing_of_another_class() -> None:
    before = a_schedule(breaker=Breaker(1, 9, 9), **BUSY_STREAKS)
    schedule = record_end(replace(before, interruption_streak=3), failed(), NOON)
    assert schedule.status is ScheduleStatus.BROKEN
    near = record_end(before, failed(FailureReason.BUDGET_EXCEEDED), NOON)
    assert near.status is ScheduleStatus.ACTIVE


@pytest.mark.parametrize("cadence", [Cron("*/5 * * * *"), Interval(3600), Interval(60, "grid")])
def test_a_broken_schedule_has_no_fire_time(cadence: Cadence) -> None:
    before = arm(a_schedule(cadence=cadence, failure_streak=2), NOON)
    schedule = record_end(before, failed(), after(60))
    assert (schedule.fire_at, schedule.next_fire_at, schedule.due_shard) == (None, None, None)


def test_a_success_ends_every_streak() -> None:
    before = a_schedule(**BUSY_STREAKS)
    schedule = record_end(before, a_run_that_is(RunStatus.SUCCEEDED), NOON)
    assert set(streaks(schedule).values()) == {0}
    assert streaks(with_clean_streaks(before)) == streaks(schedule)


@pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.SKIPPED])
def test_what_neither_failed_nor_succeeded_leaves_the_streaks(status: RunStatus) -> None:
    schedule = record_end(a_schedule(**BUSY_STREAKS), a_run_that_is(status), NOON)
    assert streaks(schedule) == BUSY_STREAKS


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.RETRY])
@pytest.mark.parametrize(
    "run", [*[failed(reason) for reason in CLASSES], a_run_that_is(RunStatus.SUCCEEDED)]
)
def test_runs_asked_for_by_hand_move_no_breaker(trigger: Trigger, run: Run) -> None:
    schedule = record_end(a_schedule(**BUSY_STREAKS), replace(run, trigger=trigger), NOON)
    assert streaks(schedule) == BUSY_STREAKS
    assert schedule.status is ScheduleStatus.ACTIVE


def test_a_run_that_catches_up_counts_as_one_of_the_schedulers_own() -> None:
    schedule = record_end(a_schedule(), failed(trigger=Trigger.CATCH_UP), NOON)
    assert schedule.failure_streak == 1


def test_a_paused_schedule_counts_its_failures_but_stays_paused() -> None:
    paused = a_schedule(status=ScheduleStatus.PAUSED, failure_streak=2)
    schedule = record_end(paused, failed(), NOON)
    assert (schedule.status, schedule.failure_streak) == (ScheduleStatus.PAUSED, 3)
    assert (schedule.broken_reason, schedule.broken_at) == (None, None)


def test_a_broken_schedule_keeps_its_first_reason() -> None:
    broken = record_end(a_schedule(failure_streak=2), failed(), NOON)
    again = record_end(broken, failed(run_id="01LATER", finished_at=after(900)), NOON)
    assert (again.broken_reason, again.broken_at) == (broken.broken_reason, broken.broken_at)


# A budget that was just edited


@pytest.mark.parametrize(
    ("fire_at", "counted"), [(after(599.999), 0), (after(600), 1), (after(600.001), 1)]
)
def test_a_breach_of_a_new_budget_is_counted_from_the_end_of_its_grace(
    fire_at: datetime, counted: int
) -> None:
    edited = a_schedule(breaches_count_from=after(600))
    breach = failed(FailureReason.BUDGET_EXCEEDED, fire_at=fire_at)
    assert record_end(edited, breach, NOON).budget_breach_streak == counted


def test_other_failures_are_counted_in_the_grace_of_a_new_budget() -> None:
    edited = a_schedule(breaches_count_from=after(600))
    schedule = record_end(edited, failed(fire_at=NOON), NOON)
    assert schedule.failure_streak == 1


@pytest.mark.parametrize(
    ("cadence", "last_free"),
    [
        (Cron("*/5 * * * *"), after(600)),
        (Interval(3600, "grid"), after(7200)),
        (Interval(3600), after(7200)),
        (Once(after(60)), after(60)),
        (Manual(), NOON),
    ],
)
def test_the_grace_of_a_new_budget_covers_two_fire_times(
    cadence: Cadence, last_free: datetime
) -> None:
    counts_from = grace_after_budget_edit(a_schedule(cadence=cadence), NOON)
    assert counts_from == last_free + MILLISECOND


def test_a_schedule_at_its_end_has_no_grace_to_give() -> None:
    ended = a_schedule(starts_at=after(-600), ends_at=NOON)
    assert grace_after_budget_edit(ended, NOON) == NOON + MILLISECOND


# Whatever happened


@given(
    st.integers(1, 4),
    st.lists(st.sampled_from(["ok", *CLASSES, "cancelled", "by hand"]), max_size=40),
)
def test_a_breaker_opens_exactly_at_a_streak_of_its_length(limit: int, history: list[str]) -> None:
    """Against the plain count of failures since the last success."""
    ends: dict[str, Run] = {
        "ok": a_run_that_is(RunStatus.SUCCEEDED),
        "cancelled": a_run_that_is(RunStatus.CANCELLED),
        "by hand": failed(trigger=Trigger.MANUAL),
        **{str(reason): failed(reason) for reason in CLASSES},
    }
    schedule: Schedule = a_schedule(breaker=Breaker(limit, limit, limit))
    for place, name in enumerate(history):
        schedule = record_end(schedule, ends[name], NOON)
        past = history[: place + 1]
        since_success = past[len(past) - past[::-1].index("ok") :] if "ok" in past else past
        counts = {CLASSES[reason][0]: since_success.count(reason) for reason in CLASSES}
        assert streaks(schedule) == counts
        is_over = max(counts.values()) >= limit
        assert (schedule.status is ScheduleStatus.BROKEN) is is_over
        if is_over:
            return
