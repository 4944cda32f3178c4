"""Whether a failed attempt is followed by another, and when."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.domain.runs.schedule import Backoff, Retry

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

#: The longest wait for the next attempt.
LONGEST_DELAY: Final = timedelta(days=1)
#: By how much jitter may shorten an exponential delay, as a share of it.
SPREAD: Final = 0.2


def next_attempt_at(
    policy: Retry, run: Run, reason: FailureReason, now: datetime, retry_after: timedelta | None
) -> datetime | None:
    """When the next attempt may start; None if this failure is the run's last word.

    `retry_after` is what the target itself asked for; it can make the wait longer, not shorter.
    Whoever asks for it, the wait is never longer than a day.
    """
    if reason not in WORTH_RETRYING or run.attempt >= run.max_attempts:
        return None
    wanted = max(_delay(policy, run), retry_after or timedelta(0))
    return now + min(wanted, LONGEST_DELAY)


def _delay(policy: Retry, run: Run) -> timedelta:
    """Exponential delays double, and shrink by up to a fifth: what failed together comes apart."""
    if policy.backoff is Backoff.FIXED:
        return timedelta(seconds=policy.delay_seconds)
    doubled = policy.delay_seconds * 2 ** (run.attempt - 1)
    seconds = min(doubled, policy.max_delay_seconds)
    return timedelta(milliseconds=round(seconds * 1000 * (1 - SPREAD * _fraction_of(run))))


def _fraction_of(run: Run) -> float:
    """A number in [0, 1) that belongs to this attempt: spread without chance, so it replays."""
    digest = hashlib.sha256(f"{run.run_id}\n{run.attempt}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
