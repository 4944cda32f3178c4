"""Tenants in turn: where in the queue a run that starts to wait is ranked.

A run ranks at the instant it was queued, but not before its tenant's runs ahead of it could have
been worked off one after the other. A tenant that queues many at once thus spreads them over the
time they will take, and whoever comes with one run goes in between; a tenant alone keeps plain
order of age. (It is Zhang's virtual clock, with expected durations as service times.)
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.time.instants import to_text

#: A priority level is worth this head start. It makes order by priority, then age, out of one
#: fixed key, and no run can be overtaken for ever: that is what keeps low priorities from starving.
HEAD_START_PER_LEVEL: Final = timedelta(hours=1)
HIGHEST_PRIORITY: Final = 9
#: What a run of a schedule without an average is taken to last.
USUAL: Final = timedelta(minutes=1)
#: No run is set back by more: turns never outweigh a level of priority.
MOST_SET_BACK: Final = timedelta(hours=1) - timedelta(seconds=1)


def ranked(queued_at: datetime, last_rank: datetime | None, expected: timedelta) -> datetime:
    """The rank of a run queued now, its tenant's last one at this priority being `last_rank`.

    It is later than `last_rank` where that is possible, so a tenant's runs keep their order.
    """
    if last_rank is None:
        return queued_at
    after_the_last = last_rank + max(expected, timedelta(milliseconds=1))
    return min(max(queued_at, after_the_last), queued_at + MOST_SET_BACK)


def queue_key(since: datetime, priority: int, tie_break: str) -> str:
    """The sort key of a run that waits since then at this priority (9 is the most urgent).

    Smaller keys are served earlier.
    """
    handicap = HEAD_START_PER_LEVEL * (HIGHEST_PRIORITY - priority)
    return f"{to_text(since + handicap)}#{tie_break}"
