"""Whether another attempt follows a failure, and when."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.retry import SPREAD, next_attempt_at
from chalicelib.domain.runs.run import FailureReason
from chalicelib.domain.runs.schedule import Backoff, Retry
from tests.builders import NOON, a_run, after

#: Every reason has its line here; a new one fails the test until somebody decides.
WORTH_ANOTHER: Final = {
    FailureReason.ERROR: True,
    FailureReason.TIMEOUT: True,
    FailureReason.LEASE_EXPIRED: True,
    FailureReason.BUDGET_EXCEEDED: False,
    FailureReason.ABORTED: False,
    FailureReason.RATE_LIMITED: True,
    FailureReason.AUTH_FAILED: False,
    FailureReason.HTTP_ERROR: True,
    FailureReason.ITEM_ERRORS: True,
    FailureReason.TARGET_NOT_FOUND: False,
    FailureReason.NEVER_STARTED: False,
}
FIXED: Final = Retry(max_attempts=3, delay_seconds=60)
GROWING: Final = Retry(
    max_attempts=20, delay_seconds=60, backoff=Backoff.EXPONENTIAL, max_delay_seconds=500
)


def delay(
    policy: Retry, attempt: int, retry_after: float | None = None, run_id: str = "01RUN"
) -> float | None:
    """Seconds until the next attempt; the run has as many attempts as the policy allows."""
    asked = None if retry_after is None else timedelta(seconds=retry_after)
    run = a_run(run_id=run_id, attempt=attempt, max_attempts=policy.max_attempts)
    again_at = next_attempt_at(policy, run, FailureReason.ERROR, NOON, asked)
    return None if again_at is None else (again_at - NOON).total_seconds()


@pytest.mark.parametrize("reason", FailureReason)
def test_only_failures_that_may_pass_are_worth_another_attempt(reason: FailureReason) -> None:
    again_at = next_attempt_at(FIXED, a_run(max_attempts=3), reason, NOON, None)
    assert again_at == (after(60) if WORTH_ANOTHER[reason] else None)


def test_the_last_attempt_is_the_last_word() -> None:
    assert delay(FIXED, attempt=2) == 60
    assert delay(FIXED, attempt=3) is None


def test_the_run_counts_by_the_limit_it_was_queued_with() -> None:
    run = a_run(attempt=2, max_attempts=2)
    assert next_attempt_at(FIXED, run, FailureReason.ERROR, NOON, None) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 500)])
def test_an_exponential_delay_doubles_up_to_its_limit_less_its_spread(
    attempt: int, seconds: int
) -> None:
    waited = delay(GROWING, attempt)
    assert waited is not None
    assert seconds * (1 - SPREAD) <= waited <= seconds


def test_what_failed_together_comes_apart_over_the_whole_spread() -> None:
    waits = [delay(GROWING, attempt=5, run_id=f"01RUN{n}") or 0 for n in range(200)]
    assert len(set(waits)) > 190
    assert min(waits) < 500 * (1 - SPREAD) + 5
    assert max(waits) > 500 - 5


def test_a_delay_computed_again_is_the_same() -> None:
    assert delay(GROWING, attempt=2) == delay(GROWING, attempt=2)


def test_a_fixed_delay_has_no_spread() -> None:
    assert {delay(FIXED, attempt=1, run_id=f"01RUN{n}") for n in range(20)} == {60}


def test_a_target_that_asks_for_more_time_gets_it() -> None:
    assert delay(FIXED, attempt=1, retry_after=61) == 61


def test_a_target_that_asks_for_less_time_does_not_shorten_the_wait() -> None:
    assert delay(FIXED, attempt=1, retry_after=59) == 60


@pytest.mark.parametrize(
    ("asked", "seconds"), [(86_399, 86_399), (86_400, 86_400), (86_401, 86_400)]
)
def test_nobody_waits_longer_than_a_day(asked: int, seconds: int) -> None:
    assert delay(FIXED, attempt=1, retry_after=asked) == seconds


@pytest.mark.parametrize("backoff", Backoff)
def test_a_policy_stored_under_other_rules_waits_no_longer_than_a_day(backoff: Backoff) -> None:
    stored = Retry(3, 200_000, backoff, max_delay_seconds=200_000)
    assert delay(stored, attempt=1) == 86_400


@given(st.integers(0, 86_400), st.integers(0, 86_400), st.integers(1, 19))
def test_an_exponential_delay_stays_between_its_bounds(
    first: int, longest: int, attempt: int
) -> None:
    waited = delay(Retry(20, first, Backoff.EXPONENTIAL, longest), attempt)
    bound = min(first * 2 ** (attempt - 1), longest)
    assert waited is not None
    assert bound * (1 - SPREAD) - 0.001 <= waited <= bound


@given(st.integers(0, 86_400), st.integers(1, 19))
def test_a_fixed_delay_is_the_same_for_every_attempt(seconds: int, attempt: int) -> None:
    assert delay(Retry(20, seconds), attempt) == seconds
