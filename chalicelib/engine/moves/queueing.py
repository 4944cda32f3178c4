"""Putting runs in the queue: their rank among the tenants' runs, and how long they may wait."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.runs import queue_order
from chalicelib.domain.runs.run import Run, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store import rank_items


class Ranks:
    """Ranks for the runs that one flow puts in the queue; each tenant's last ones read once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, datetime]] = {}
        self._lock = threading.Lock()

    def rank(self, run: Run, schedule: Schedule, now: datetime) -> Run:
        """The run as it starts to wait: with its rank, and with the end of its wait if it has one.

        A wasted rank (the run is not stored after all) sets its tenant back by one turn.
        """
        expected = (
            timedelta(seconds=schedule.average_duration_seconds)
            if schedule.average_duration_seconds is not None
            else queue_order.USUAL
        )
        with self._lock:
            ranks = self._of(run.tenant_id)
            ranked_at = queue_order.ranked(now, ranks.get(run.priority), expected)
            ranks[run.priority] = ranked_at
        return replace(run, ranked_at=ranked_at, queue_expires_at=_gives_up_at(run, schedule, now))

    def keep(self) -> None:
        """Store what was given out, once for each tenant."""
        for tenant_id, ranks in self._known.items():
            rank_items.keep(tenant_id, ranks)

    def _of(self, tenant_id: str) -> dict[int, datetime]:
        if tenant_id not in self._known:
            self._known[tenant_id] = rank_items.last_ranks(tenant_id)
        return self._known[tenant_id]


def _gives_up_at(run: Run, schedule: Schedule, now: datetime) -> datetime | None:
    """When a run that is queued now has waited too long; None if it may wait for ever.

    A catch-up run may: many of them are queued at once and wait for each other, so a limit counted
    from then would only leave the first few.
    """
    limit = schedule.queue_limit_seconds
    if limit is None or run.trigger is Trigger.CATCH_UP:
        return None
    return now + timedelta(seconds=limit)
