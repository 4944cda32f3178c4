"""What happened at the last fire times, in sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.outlook.history import FireTimeOutcome, history
from chalicelib.domain.runs.run import FailureReason, Holder, Run, RunStatus, SkipReason, Trigger
from tests.builders import NOON, a_run, a_run_that_is, after

NOW = after(3600)


def outcome(run: Run, *others: Run, jitter: float = 0) -> FireTimeOutcome:
    (first, *_) = history([run], others, 1, NOW, timedelta(seconds=jitter))
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
    found = outcome(run)
    assert (found.code, found.message) == (code, message)


def test_a_wait_names_who_was_ahead() -> None:
    found = outcome(waited(30), a_holder("R1", -50, 30))
    assert found.also == ("waited",)
    assert found.message.endswith("It waited 30 s behind “Crawl”.")
    assert found.data == {
        "behind": [{"run_id": "R1", "schedule_name": "Crawl"}],
        "behind_another_tenant": False,
        "slot_wait_ms": 30_000,
        "covers": 1,
    }


def test_all_that_were_ahead_in_turn_are_named_once() -> None:
    others = [a_holder(f"R{n}", -50 + 30 * n, -20 + 30 * n) for n in range(4)]
    others[2] = replace(others[2], schedule_name="Sync")
    found = outcome(waited(60), *others)
    assert found.message.endswith("behind “Crawl” and “Sync”.")
    assert [each["run_id"] for each in found.data["behind"]] == ["R1", "R2", "R3"]


def test_who_ended_before_or_came_after_is_not_named() -> None:
    before, later = a_holder("R1", -50, 0), a_holder("R2", 30, 90)
    found = outcome(waited(30), before, later, a_holder("R3", -10, 20))
    assert [each["run_id"] for each in found.data["behind"]] == ["R3"]


def test_who_waited_as_well_and_had_no_slot_is_not_named() -> None:
    beside = a_run(run_id="R2", schedule_id="OTHER", schedule_name="Sync")
    found = outcome(waited(30), a_holder("R1", -50, 30), beside)
    assert found.message.endswith("It waited 30 s behind “Crawl”.")


CRAWL = Holder(run_id="R1", schedule_id="OTHER", schedule_name="Crawl")
OWN = Holder(run_id="R2", schedule_id="01SCHEDULE", schedule_name="Nightly crawl")


@pytest.mark.parametrize(
    ("behind", "others", "names"),
    [
        ((CRAWL,), 0, "“Crawl”"),
        ((), 1, "another tenant's run"),
        ((CRAWL,), 1, "“Crawl” and another tenant's run"),
        ((CRAWL,), 2, "“Crawl” and 2 runs of other tenants"),
        ((OWN,), 0, "a run of its own"),
    ],
)
def test_a_run_remembers_behind_whom_it_waited(
    behind: tuple[Holder, ...], others: int, names: str
) -> None:
    remembers = waited(30, behind=behind, behind_others=others)
    # What else was at work meanwhile does not matter.
    found = outcome(remembers, a_holder("R9", -50, 30, schedule_name="Sync"))
    assert found.message.endswith(f"It waited 30 s behind {names}.")
    assert [each["run_id"] for each in found.data["behind"]] == [one.run_id for one in behind]
    assert found.data["behind_another_tenant"] is (others > 0)


def test_a_skip_remembers_who_held_the_slot() -> None:
    skipped = a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.SLOT_BUSY, behind=(OWN,))
    assert outcome(skipped).message == "It was skipped: a run of its own held the slot."


def test_what_a_run_remembers_is_of_its_first_attempt() -> None:
    retried = waited(500, attempt=2, slot_wait_ms=20_000, behind=(CRAWL,))
    holder = a_holder("R9", 470, 500, schedule_name="Sync")
    assert "It waited 20 s behind “Sync”." in outcome(retried, holder).message


def test_where_nobody_is_known_nobody_is_accused() -> None:
    """Records from before runs remembered: forced, deleted or moved runs leave gaps, too."""
    found = outcome(waited(30))
    assert found.message.endswith("It waited 30 s behind another run.")
    assert (found.data["behind"], found.data["behind_another_tenant"]) == ([], False)
    two = outcome(waited(30, concurrent_runs=2), a_holder("R1", -50, 30))
    assert two.message.endswith("behind “Crawl” and another run.")


def test_behind_a_run_of_its_own_nobody_else_is_blamed() -> None:
    own = a_holder("R1", -50, 30, schedule_id="01SCHEDULE", schedule_name="Nightly crawl")
    found = outcome(waited(30, concurrent_runs=2), own)
    assert found.message.endswith("behind a run of its own.")


def test_a_moment_is_no_wait() -> None:
    assert outcome(waited(1)).also == ()


def test_only_the_wait_of_the_last_attempt_counts() -> None:
    retried = waited(500, attempt=2, slot_wait_ms=20_000)
    found = outcome(retried, a_holder("R1", 0, 60), a_holder("R2", 470, 500))
    assert [each["run_id"] for each in found.data["behind"]] == ["R2"]
    assert "It waited 20 s behind “Crawl”." in found.message


def test_what_still_waits_tells_since_when_and_behind_whom() -> None:
    found = outcome(a_run(), a_holder("R1", -50, None))
    assert found.code == "waiting"
    assert found.message == "It has waited for 1 h. It waited behind “Crawl”."


def test_a_skip_names_who_held_the_slot_at_that_instant() -> None:
    skipped = a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.SLOT_BUSY, finished_at=NOON)
    found = outcome(skipped, a_holder("R1", -50, 1), a_holder("R2", 1, 20))
    assert (found.code, found.also) == ("skipped", ())
    assert found.message == "It was skipped: “Crawl” held the slot."


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


def test_it_was_counted_on_the_run_that_waited_and_not_on_a_skipped_or_ended_one() -> None:
    resting = replace(a_run(attempt=2, not_before=after(4000)), run_id="01A", fire_at=after(-900))
    ended = replace(
        a_run_that_is(RunStatus.SUCCEEDED),
        run_id="01B",
        fire_at=after(-600),
        finished_at=after(-500),
    )
    skipped = replace(
        a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.SLOT_BUSY),
        run_id="01C",
        fire_at=after(-300),
    )
    counted = replace(
        a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.COALESCED), run_id="01D"
    )
    newest, *_ = history([resting, ended, skipped, counted], [], 1, NOW)
    assert "the fire time of 2026-03-01 11:45:00 UTC" in newest.message
    newest, *_ = history([ended, skipped, counted], [], 1, NOW)
    assert newest.message == "It was counted on an earlier fire time that still waited."


@pytest.mark.parametrize("reason", SkipReason)
def test_each_skip_reason_has_its_own_code(reason: SkipReason) -> None:
    codes = {outcome(a_run(status=RunStatus.SKIPPED, skip_reason=each)).code for each in SkipReason}
    assert len(codes) == len(SkipReason)
    assert outcome(a_run(status=RunStatus.SKIPPED, skip_reason=reason)).message.startswith("It")


def test_a_skip_without_a_known_reason_is_an_error_and_no_misfire() -> None:
    with pytest.raises(ValueError, match="does not say why"):
        outcome(a_run(status=RunStatus.SKIPPED, skip_reason=None))


def test_off_schedules_skip_what_waited_and_say_so() -> None:
    paused = a_run(status=RunStatus.SKIPPED, skip_reason=SkipReason.SCHEDULE_PAUSED)
    assert outcome(paused).message == "Its schedule was paused while it waited."


def test_jitter_is_neither_pressure_nor_lateness() -> None:
    run = replace(a_run_that_is(RunStatus.SUCCEEDED), queued_at=after(690), slot_wait_ms=0)
    assert outcome(run, jitter=600).also == ()
    deferred = outcome(replace(run, deferred_by_pressure=True), jitter=600)
    assert "It was put off for 1 min 30 s: somebody worked interactively." in deferred.message
    late = outcome(replace(run, trigger=Trigger.CATCH_UP), jitter=600)
    assert "It was noticed 1 min 30 s late and made up for." in late.message


def test_deferral_lateness_and_attempts_come_besides() -> None:
    run = replace(
        a_run_that_is(RunStatus.SUCCEEDED),
        queued_at=after(90),
        deferred_by_pressure=True,
        trigger=Trigger.CATCH_UP,
        attempt=2,
        slot_wait_ms=0,
    )
    found = outcome(run)
    assert found.also == ("deferred", "caught_up", "retried")
    assert "It was put off for 1 min 30 s: somebody worked interactively." in found.message
    assert "It was noticed 1 min 30 s late and made up for." in found.message
    assert found.message.endswith("It took 2 attempts.")


def test_the_ten_newest_of_the_scheduler_count() -> None:
    own = [a_run(run_id=f"{number:02d}") for number in range(12)]
    by_hand = a_run(run_id="99", trigger=Trigger.MANUAL)
    kept = history([by_hand, *own], [], 1, NOW)
    assert [each.run_id for each in kept] == [f"{number:02d}" for number in range(11, 1, -1)]


def test_a_run_under_way_overlaps_a_wait_that_began_just_now() -> None:
    run = a_run(queued_at=NOW - timedelta(milliseconds=1))
    assert outcome(run, a_holder("R1", 3000, None)).data["behind"]
