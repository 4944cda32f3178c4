"""A run's states: which transition leads from where to where, and what it leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs import lease, transitions
from chalicelib.domain.runs.run import (
    FINAL,
    HOLDING,
    FailureReason,
    Run,
    RunStatus,
    SkipReason,
    Trigger,
)
from chalicelib.domain.runs.transitions import IllegalTransition
from tests.builders import MILLISECOND, NOON, a_run, a_run_that_is, after

Transition = Callable[[Run], Run]

LATER: Final = after(300)
TRANSITIONS: Final[dict[str, Transition]] = {
    "claim": lambda run: transitions.claim(run, "001", run.token + 1, LATER, concurrent=1),
    "start": lambda run: transitions.start(run, "worker-2", LATER),
    "unclaim": transitions.unclaim,
    "retry_later": lambda run: transitions.retry_later(
        run, FailureReason.ERROR, "boom", LATER, NOON
    ),
    "succeed": lambda run: transitions.succeed(run, LATER),
    "fail": lambda run: transitions.fail(run, FailureReason.ERROR, "boom", LATER),
    "skip": lambda run: transitions.skip(run, SkipReason.QUEUE_EXPIRED, LATER),
    "cancel": lambda run: transitions.cancel(run, LATER),
    "request_cancel": lambda run: transitions.request_cancel(run, "ann", LATER),
}
#: Every legal step; whatever is not here must be refused.
LEGAL: Final = {
    ("claim", RunStatus.QUEUED): RunStatus.CLAIMED,
    ("start", RunStatus.CLAIMED): RunStatus.RUNNING,
    ("unclaim", RunStatus.CLAIMED): RunStatus.QUEUED,
    ("retry_later", RunStatus.RUNNING): RunStatus.QUEUED,
    ("succeed", RunStatus.RUNNING): RunStatus.SUCCEEDED,
    ("fail", RunStatus.CLAIMED): RunStatus.FAILED,
    ("fail", RunStatus.RUNNING): RunStatus.FAILED,
    ("skip", RunStatus.QUEUED): RunStatus.SKIPPED,
    ("skip", RunStatus.CLAIMED): RunStatus.SKIPPED,
    ("cancel", RunStatus.QUEUED): RunStatus.CANCELLED,
    ("cancel", RunStatus.CLAIMED): RunStatus.CANCELLED,
    ("cancel", RunStatus.RUNNING): RunStatus.CANCELLED,
    ("request_cancel", RunStatus.CLAIMED): RunStatus.CLAIMED,
    ("request_cancel", RunStatus.RUNNING): RunStatus.RUNNING,
}
ILLEGAL: Final = [
    (name, status) for name in TRANSITIONS for status in RunStatus if (name, status) not in LEGAL
]
WALKS: Final = st.lists(st.sampled_from(sorted(TRANSITIONS)), max_size=30)


@pytest.mark.parametrize(("step", "to"), LEGAL.items(), ids=str)
def test_a_legal_transition_leads_where_it_says(step: tuple[str, RunStatus], to: RunStatus) -> None:
    name, start = step
    assert TRANSITIONS[name](a_run_that_is(start)).status is to


@pytest.mark.parametrize(("name", "status"), ILLEGAL)
def test_every_other_transition_is_refused(name: str, status: RunStatus) -> None:
    with pytest.raises(IllegalTransition):
        TRANSITIONS[name](a_run_that_is(status))


def test_a_refusal_names_the_run_its_state_and_the_legal_ones() -> None:
    with pytest.raises(IllegalTransition) as refused:
        transitions.fail(a_run(run_id="01ABC"), FailureReason.ERROR, None, LATER)
    assert str(refused.value) == "run 01ABC is queued, not claimed or running"


@given(WALKS)
def test_no_walk_leaves_a_final_state_or_lowers_a_token(names: list[str]) -> None:
    run = a_run()
    for name in names:
        try:
            following = TRANSITIONS[name](run)
        except IllegalTransition:
            assert (name, run.status) not in LEGAL
            continue
        assert run.status not in FINAL
        assert following.token == run.token + (name == "claim")
        assert following.attempt == run.attempt + (name == "retry_later")
        run = following


@given(WALKS)
def test_slot_and_lease_are_there_exactly_while_the_run_holds_a_slot(names: list[str]) -> None:
    run = a_run()
    for name in names:
        if (name, run.status) in LEGAL:
            run = TRANSITIONS[name](run)
        assert run.holds_slot is (run.status in HOLDING)
        assert (run.slot is not None) is run.holds_slot
        assert (run.lease_expires_at is not None) is run.holds_slot
        assert (run.started_by is not None) is (run.status is RunStatus.RUNNING)
        assert (run.finished_at is not None) is run.is_final


@given(WALKS)
def test_a_run_has_a_place_in_the_queue_exactly_while_it_is_queued(names: list[str]) -> None:
    run = a_run()
    for name in names:
        if (name, run.status) in LEGAL:
            run = TRANSITIONS[name](run)
        is_queued = run.status is RunStatus.QUEUED
        assert (run.partition is not None) is is_queued
        assert (run.queue_key is not None) is is_queued


def test_a_claim_gives_slot_token_and_a_lease_that_covers_delivery() -> None:
    claimed = transitions.claim(a_run(), "003", 7, after(90), concurrent=2)
    assert (claimed.slot, claimed.token, claimed.concurrent_runs) == ("003", 7, 2)
    assert claimed.claimed_at == after(90)
    assert claimed.lease_expires_at == after(90) + lease.DELIVERY


def test_the_wait_for_a_slot_counts_from_when_the_run_was_queued() -> None:
    claimed = transitions.claim(a_run(queued_at=NOON), "000", 1, after(1.5), concurrent=1)
    assert claimed.slot_wait_ms == 1500


def test_the_wait_of_a_retry_counts_from_the_end_of_its_rest() -> None:
    resting = a_run(queued_at=NOON, not_before=after(60))
    claimed = transitions.claim(resting, "000", 1, after(61), concurrent=1)
    assert claimed.slot_wait_ms == 1000
    assert claimed.not_before is None


def test_the_wait_is_never_negative_when_clocks_differ() -> None:
    claimed = transitions.claim(a_run(queued_at=after(1)), "000", 1, NOON, concurrent=1)
    assert claimed.slot_wait_ms == 0


def test_a_start_begins_a_lease_of_the_runs_own_length() -> None:
    claimed = a_run_that_is(RunStatus.CLAIMED, lease_seconds=90, unstarted_claims=3)
    running = transitions.start(claimed, "worker-9", after(10))
    assert running.lease_expires_at == after(10) + timedelta(seconds=90)
    assert (running.started_at, running.started_by) == (after(10), "worker-9")
    assert running.unstarted_claims == 0
    assert (running.slot, running.token) == (claimed.slot, claimed.token)


def test_an_unstarted_claim_goes_back_to_the_very_place_it_had() -> None:
    queued = a_run()
    back = transitions.unclaim(transitions.claim(queued, "000", 1, after(60), concurrent=1))
    assert back.queue_key == queued.queue_key
    assert back.claimed_at is None


def test_an_unstarted_claim_is_counted_and_keeps_its_token() -> None:
    back = transitions.unclaim(a_run_that_is(RunStatus.CLAIMED, token=4, unstarted_claims=1))
    assert (back.unstarted_claims, back.token) == (2, 5)


def test_an_unstarted_claim_is_no_attempt() -> None:
    claimed = a_run_that_is(RunStatus.CLAIMED)
    assert transitions.unclaim(claimed).attempt == claimed.attempt


def test_a_retry_rests_as_a_new_attempt_that_remembers_the_failure() -> None:
    running = replace(a_run_that_is(RunStatus.RUNNING), progress={"done": 3})
    resting = transitions.retry_later(
        running, FailureReason.TIMEOUT, "too slow", after(600), after(5)
    )
    assert (resting.attempt, resting.not_before) == (2, after(600))
    assert (resting.failure_reason, resting.error_message) == (FailureReason.TIMEOUT, "too slow")
    assert (resting.claimed_at, resting.started_at, resting.progress) == (None, None, None)
    assert resting.token == running.token


def test_a_success_forgets_the_failure_of_earlier_attempts() -> None:
    failed_once = {"failure_reason": FailureReason.ERROR, "error_message": "boom"}
    succeeded = transitions.succeed(a_run_that_is(RunStatus.RUNNING, **failed_once), after(10))
    assert (succeeded.failure_reason, succeeded.error_message) == (None, None)


def test_a_failure_keeps_its_reason_and_message() -> None:
    failed = transitions.fail(a_run_that_is(RunStatus.RUNNING), FailureReason.ABORTED, "no", LATER)
    assert (failed.failure_reason, failed.error_message) == (FailureReason.ABORTED, "no")
    assert failed.finished_at == LATER


def test_a_skip_keeps_its_reason() -> None:
    skipped = transitions.skip(a_run(), SkipReason.SCHEDULE_DELETED, LATER)
    assert (skipped.skip_reason, skipped.finished_at) == (SkipReason.SCHEDULE_DELETED, LATER)


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel"])
def test_a_run_that_ran_has_a_duration(end: str) -> None:
    running = transitions.start(
        a_run_that_is(RunStatus.CLAIMED), "worker-1", LATER - 1500 * MILLISECOND
    )
    assert TRANSITIONS[end](running).duration_ms == 1500


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("fail", RunStatus.CLAIMED),
        ("skip", RunStatus.QUEUED),
        ("skip", RunStatus.CLAIMED),
        ("cancel", RunStatus.QUEUED),
        ("cancel", RunStatus.CLAIMED),
    ],
)
def test_a_run_that_never_ran_has_no_duration(end: str, status: RunStatus) -> None:
    assert TRANSITIONS[end](a_run_that_is(status)).duration_ms is None


def test_the_end_of_a_resting_retry_takes_its_date_away() -> None:
    cancelled = transitions.cancel(a_run(not_before=after(600), attempt=2), after(30))
    assert cancelled.not_before is None


def test_a_wish_to_cancel_names_who_and_when_and_leaves_the_claim_alone() -> None:
    running = a_run_that_is(RunStatus.RUNNING)
    asked = transitions.request_cancel(running, "ann", after(30))
    assert asked == replace(running, cancel_requested_at=after(30), cancelled_by="ann")


@pytest.mark.parametrize(
    ("trigger", "moves"),
    [
        (Trigger.SCHEDULED, True),
        (Trigger.CATCH_UP, True),
        (Trigger.MANUAL, False),
        (Trigger.RETRY, False),
    ],
)
def test_only_the_schedulers_own_runs_move_a_breaker(trigger: Trigger, moves: bool) -> None:
    assert a_run(trigger=trigger).moves_breaker is moves


@pytest.mark.parametrize("name", ["succeed", "skip", "cancel"])
def test_an_end_that_is_no_failure_says_nothing_of_an_earlier_attempts(name: str) -> None:
    status = RunStatus.RUNNING if name == "succeed" else RunStatus.QUEUED
    tried = replace(
        a_run_that_is(status), attempt=2, failure_reason=FailureReason.ERROR, error_message="boom"
    )
    ended = TRANSITIONS[name](tried)
    assert (ended.failure_reason, ended.error_message) == (None, None)
