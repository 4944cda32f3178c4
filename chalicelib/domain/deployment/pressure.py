"""Signals that somebody works interactively: of a tenant, or of the whole deployment.

A tenant's signals put off that tenant's own firings and nobody else's.
"""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.deployment.limits import Limit, LimitExceeded

#: Source → until when it says that somebody works interactively.
Signals = Mapping[str, datetime]


def holds(signals: Signals, now: datetime) -> bool:
    """Whether any of the signals is still in force."""
    return any(now < until for until in signals.values())


def raised(signals: Signals, source: str, until: datetime, now: datetime, *, most: int) -> Signals:
    """The signals with that source's until then, and without those that are over.

    Raises `LimitExceeded` if that makes more than `most`; a source that signals may do so again.
    """
    before = in_force(signals, now)
    after = {**before, source: until}
    if len(after) > max(most, len(before)):
        raise LimitExceeded(Limit.PRESSURE_SOURCES, most, len(after))
    return after


def dropped(signals: Signals, source: str, now: datetime) -> Signals:
    """The signals without that source's, and without those that are over."""
    return {name: until for name, until in in_force(signals, now).items() if name != source}


def in_force(signals: Signals, now: datetime) -> Signals:
    """Those of the signals that still hold."""
    return {source: until for source, until in signals.items() if now < until}


def together(one: Signals, other: Signals) -> Signals:
    """All of the signals; of two of the same name, the one that holds longer."""
    names = [*one, *(name for name in other if name not in one)]
    return {
        name: max(signals[name] for signals in (one, other) if name in signals) for name in names
    }
