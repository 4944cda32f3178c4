"""Leases: who may act on a claim, and until when.

A lease is counted from *before* the request that grants it, by the clock of whoever asks, so the
holder never believes in more than storage granted. The holder stops at the lease's end; everybody
else waits `SKEW_MARGIN` longer, so two clocks may differ by that much and still never overlap.
"""

from datetime import datetime, timedelta

#: Time from claim to start: it covers the queue and a cold start. Not started by then, the claim
#: goes back to the queue.
DELIVERY = timedelta(seconds=180)

#: The same where whoever asked for the run starts it: they ask every few seconds whether it has its
#: slot. Not started by then, nobody is there any more.
ARRIVAL = timedelta(seconds=60)

#: The longest lease that a schedule or the settings can ask for.
LONGEST = timedelta(days=1)

#: How far apart two processes' clocks may be. Lambda hosts keep within milliseconds; 5 s is ample.
SKEW_MARGIN = timedelta(seconds=5)

#: What a holder leaves itself that ends its own process next: time for that, even on a machine
#: that stalls, and not for more.
LAST_BREATH = timedelta(seconds=10)

#: A holder renews after a third of its lease, so that two renewals may fail before it is lost.
LONGEST_BEAT = timedelta(seconds=30)


def until(before_request: datetime, lease: timedelta) -> datetime:
    """When a lease asked for at that instant ends."""
    return before_request + lease


def has_ended(expires_at: datetime, now: datetime) -> bool:
    """Whether the holder itself must consider the lease lost."""
    return now >= expires_at


def may_be_reaped(expires_at: datetime, now: datetime) -> bool:
    """Whether somebody else may take it away."""
    return now >= expires_at + SKEW_MARGIN


def reapable_at(expires_at: datetime) -> datetime:
    """The first instant at which `may_be_reaped` holds of that lease."""
    return expires_at + SKEW_MARGIN


def reapable_before(now: datetime) -> datetime:
    """The latest lease end that `may_be_reaped` at `now`: the form a write condition needs."""
    return now - SKEW_MARGIN


def beat_interval(lease: timedelta) -> timedelta:
    """How long a holder works between two renewals."""
    return min(lease / 3, LONGEST_BEAT)
