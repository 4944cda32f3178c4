"""Whether a failed attempt is followed by another, and when."""

from datetime import datetime, timedelta

from chalicelib.domain.run import FailureReason, Run
from chalicelib.domain.schedule import Backoff, Retry

#: Failures that another attempt may cure. The others would only fail the same way again:
#: credentials stay wrong, a used-up budget stays used up, a missing target stays missing.
WORTH_RETRYING = frozenset(
    {
        FailureReason.ERROR,
        FailureReason.TIMEOUT,
        FailureReason.LEASE_EXPIRED,
        FailureReason.RATE_LIMITED,
        FailureReason.HTTP_ERROR,
        FailureReason.ITEM_ERRORS,
    }
)


def next_attempt_at(
    policy: Retry, run: Run, reason: FailureReason, now: datetime, retry_after: timedelta | None
) -> datetime | None:
    """When the next attempt may start; None if this failure is the run's last word.

    `retry_after` is what the target itself asked for; it can make the wait longer, not shorter.
    """
    if reason not in WORTH_RETRYING or run.attempt >= run.max_attempts:
        return None
    return now + max(_delay(policy, run.attempt), retry_after or timedelta(0))


def _delay(policy: Retry, attempt: int) -> timedelta:
    seconds = policy.delay_seconds
    if policy.backoff is Backoff.EXPONENTIAL:
        seconds = min(seconds * 2 ** (attempt - 1), policy.max_delay_seconds)
    return timedelta(seconds=seconds)
