"""The runs that switched a schedule off are those of the streak that did, and no others."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.outlook.streaks import length_of_streak, runs_that_broke
from chalicelib.domain.runs import breaker
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import Breaker, Schedule, ScheduleStatus
from tests.builders import a_run, a_run_that_is, a_schedule, after

ERROR, BREACH = FailureReason.ERROR, FailureReason.BUDGET_EXCEEDED
LOST = FailureReason.LEASE_EXPIRED


def failures(*reasons: FailureReason | None) -> list[Run]:
    """Runs that ended one after the other so; None is a success."""
    runs = []
    for number, reason in enumerate(reasons):
        run = a_run_that_is(RunStatus.SUCCEEDED if reason is None else RunStatus.FAILED)
        at = after(number * 100)
        runs.append(
            replace(run, run_id=f"R{number}", failure_reason=reason, fire_at=at, finished_at=at)
        )
    return runs


def after_all(runs: Iterable[Run], **changes: Any) -> Schedule:
    """A schedule whose breaker has seen all these runs."""
    schedule: Schedule = a_schedule(
        breaker=Breaker(failures=2, budget_breaches=2, interruptions=2), **changes
    )
    for run in runs:
        schedule = breaker.after_run(schedule, run)
    return schedule


def named(schedule: Schedule, runs: list[Run]) -> list[str]:
    return [run.run_id for run in runs_that_broke(schedule, runs)]


@pytest.mark.parametrize(
    ("reasons", "broke"),
    [
        ((ERROR, ERROR), ["R1", "R0"]),
        ((ERROR, None, ERROR, ERROR), ["R3", "R2"]),
        ((ERROR, BREACH, BREACH), ["R2", "R1"]),
        ((BREACH, LOST, ERROR, LOST), ["R3", "R1"]),
    ],
)
def test_only_the_failures_of_the_class_that_broke_it_in_a_row(
    reasons: tuple[FailureReason | None, ...], broke: list[str]
) -> None:
    runs = failures(*reasons)
    schedule = after_all(runs)
    assert schedule.status is ScheduleStatus.BROKEN
    assert named(schedule, runs) == broke
    assert length_of_streak(schedule) == 2


def test_failures_before_it_was_switched_on_again_are_of_an_older_streak() -> None:
    runs = failures(ERROR, ERROR, ERROR, ERROR)
    older = after_all(runs[:2])
    again = breaker.with_clean_streaks(replace(older, status=ScheduleStatus.ACTIVE))
    for run in runs[2:]:
        again = breaker.after_run(again, run)
    assert named(again, runs) == ["R3", "R2"]


def test_skips_runs_by_hand_and_breaches_in_grace_do_not_count() -> None:
    runs = failures(BREACH, BREACH, BREACH)
    runs[0] = replace(runs[0], fire_at=after(-1))
    by_hand = replace(runs[1], run_id="R8", trigger=Trigger.MANUAL)
    skipped = a_run(run_id="R9", status=RunStatus.SKIPPED, skip_reason=SkipReason.SLOT_BUSY)
    schedule = after_all(runs, breaches_count_from=after(0))
    assert named(schedule, [*runs, by_hand, skipped]) == ["R2", "R1"]


def test_nothing_is_named_where_no_record_is_left() -> None:
    assert named(after_all(failures(ERROR, ERROR)), []) == []
