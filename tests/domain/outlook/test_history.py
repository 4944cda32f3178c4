"""What happened at the last fire times, in sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.outlook.history import FireTimeOutcome, history, of_fire_times
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, SkipReason, Trigger
from tests.builders import NOON, a_run, a_run_that_is, after

NOW = after(3600)


def told(run: Run, *others: Run, capacity: int = 1, own: tuple[Run, ...] = ()) -> FireTimeOutcome:
    (first, *_) = history([run, *own], others, capacity, NOW)
    return first


def a_holder(run_id: str, since: float, until: float | None, **changes: Any) -> Run:
    """A run of another schedule that was on a slot meanwhile."""
    changes = {"schedule_id": "OTHER", "schedule_name": "Crawl", **changes}
    run = a_run_that_is(RunStatus.RUNNING if until is None else RunStatus.SUCCEEDED, **changes)
    end = None if until is None else after(until)
    return replace(run, run_id=run_id, claimed_at=after(since), finished_at=end)


def waited(seconds: int, **changes: Any) -> Run:
    run = a_run_that_is(RunStatus.SUCCEEDED)
    claimed = {"claimed_at": after(seconds), "slot_wait_ms": seconds * 1000}
    return replace(run, **{**claimed, "concurrent_runs": 1, **changes})


@pytest.mark.parametrize(
    ("run", "code", "message"),
    [
        (a_run_that_is(RunStatus.SUCCEEDED), "ran", "It ran and succeeded after 1 min."),
        (a_run_that_is(RunStatus.FAILED), "failed", "It ran and failed after 1 min: error."),
        (a_run_that_is(RunStatus.CANCELLED), "cancelled", "It was cancelled."),
        (
            replace(a_run_that_is(RunStatus.CANCELLED), cancelled_by="ada"),
            "cancelled",
            "It was cancelled by ada.",
        ),
        (a_run_that_is(RunStatus.CLAIMED), "starting", "It has a slot and is about to start."),
        (a_run_that_is(RunStatus.RUNNING), "running", "It has been running for 59 min 58 s."),
        (
            a_run_that_is(RunStatus.SKIPPED, skip_reason=None),
            "queue_expired",
            "It waited longer than it may and was given up.",
        ),
        (
            a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.MISFIRE, covers=7),
            "missed",
            "It was noticed later than its misfire grace allows. It stands for 7 fire times.",
        ),
        (
            a_run(attempt=2, not_before=after(4000), failure_reason=FailureReason.TIMEOUT),
            "resting",
            "Attempt 1 failed (timeout); attempt 2 follows.",
        ),
    ],
)
def test_each_end_has_its_code_and_sentence(run: Run, code: str, message: str) -> None:
    happening = told(run)
    assert (happening.code, happening.message) == (code, message)


def test_a_wait_names_who_was_ahead() -> None:
    happening = told(waited(30), a_holder("R1", -50, 30))
    assert happening.also == ("waited",)
    assert happening.message.endswith("It waited 30 s behind “Crawl”.")
    assert happening.data == {
        "behind": [{"run_id": "R1", "schedule_name": "Crawl"}],
        "behind_another_tenant": False,
        "slot_wait_ms": 30_000,
        "covers": 1,
    }


def test_all_that_were_ahead_in_turn_are_named_once() -> None:
    others = [a_holder(f"R{n}", -50 + 30 * n, -20 + 30 * n) for n in range(4)]
    others[2] = replace(others[2], schedule_name="Sync")
    happening = told(waited(60), *others)
    assert happening.message.endswith("behind “Crawl” and “Sync”.")
    assert [each["run_id"] for each in happening.data["behind"]] == ["R1", "R2", "R3"]


def test_who_ended_before_or_came_after_is_not_named() -> None:
    before, later = a_holder("R1", -50, 0), a_holder("R2", 30, 90)
    happening = told(waited(30), before, later, a_holder("R3", -10, 20))
    assert [each["run_id"] for each in happening.data["behind"]] == ["R3"]


def test_who_waited_as_well_and_had_no_slot_is_not_named() -> None:
    beside = a_run(run_id="R2", schedule_id="OTHER", schedule_name="Sync")
    happening = told(waited(30), a_holder("R1", -50, 30), beside)
    assert happening.message.endswith("It waited 30 s behind “Crawl”.")


def test_a_slot_held_by_nobody_of_ours_was_held_by_another_tenant() -> None:
    happening = told(waited(30))
    assert happening.message.endswith("It waited 30 s behind another tenant's run.")
    assert (happening.data["behind"], happening.data["behind_another_tenant"]) == ([], True)


def test_with_two_slots_one_may_be_ours_and_one_another_tenants() -> None:
    happening = told(waited(30, concurrent_runs=2), a_holder("R1", -50, 30))
    assert happening.message.endswith("behind “Crawl” and another tenant's run.")


def test_behind_a_run_of_its_own_nobody_else_is_blamed() -> None:
    own = a_holder("R1", -50, 30, schedule_id="01SCHEDULE", schedule_name="Nightly crawl")
    happening = told(waited(30, concurrent_runs=2), own)
    assert happening.message.endswith("behind “Nightly crawl”.")


def test_a_moment_is_no_wait() -> None:
    assert told(waited(1)).also == ()


def test_only_the_wait_of_the_last_attempt_counts() -> None:
    retried = waited(500, attempt=2, slot_wait_ms=20_000)
    happening = told(retried, a_holder("R1", 0, 60), a_holder("R2", 470, 500))
    assert [each["run_id"] for each in happening.data["behind"]] == ["R2"]
    assert "It waited 20 s behind “Crawl”." in happening.message


def test_what_still_waits_tells_since_when_and_behind_whom() -> None:
    happening = told(a_run(), a_holder("R1", -50, None))
    assert happening.code == "waiting"
    assert happening.message == "It has waited for 1 h. It waited behind “Crawl”."


def test_a_skip_names_who_held_the_slot_at_that_instant() -> None:
    skipped = a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.SLOT_BUSY, finished_at=NOON)
    happening = told(skipped, a_holder("R1", -50, 1), a_holder("R2", 1, 20))
    assert (happening.code, happening.also) == ("skipped", ())
    assert happening.message == "It was skipped: “Crawl” held the slot."


def test_a_coalesced_fire_time_names_the_one_it_was_counted_on() -> None:
    first = replace(a_run(), run_id="01A", fire_at=after(-600), covers=3)
    middle, last = (
        replace(
            a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.COALESCED),
            run_id=key,
            fire_at=after(seconds),
        )
        for key, seconds in (("01B", -300), ("01C", 0))
    )
    found = history([first, middle, last], [], 1, NOW)
    assert [each.code for each in found] == ["coalesced", "coalesced", "waiting"]
    assert all("2026-03-01 11:50:00 UTC" in each.message for each in found[:2])
    assert "It stands for 3 fire times." in found[2].message


def test_deferral_lateness_and_attempts_are_told_besides() -> None:
    run = replace(
        a_run_that_is(RunStatus.SUCCEEDED),
        queued_at=after(90),
        deferred_by_pressure=True,
        trigger=Trigger.CATCH_UP,
        attempt=2,
        slot_wait_ms=0,
    )
    happening = told(run)
    assert happening.also == ("deferred", "caught_up", "retried")
    assert "It was put off for 1 min 30 s: somebody worked interactively." in happening.message
    assert "It was noticed 1 min 30 s late and made up for." in happening.message
    assert happening.message.endswith("It took 2 attempts.")


def test_the_ten_newest_of_the_scheduler_count() -> None:
    own = [a_run(run_id=f"{number:02d}") for number in range(12)]
    by_hand = a_run(run_id="99", trigger=Trigger.MANUAL)
    kept = of_fire_times([by_hand, *own])
    assert [run.run_id for run in kept] == [f"{number:02d}" for number in range(11, 1, -1)]


def test_a_run_under_way_overlaps_a_wait_that_began_just_now() -> None:
    run = a_run(queued_at=NOW - timedelta(milliseconds=1))
    assert told(run, a_holder("R1", 3000, None)).data["behind"]
