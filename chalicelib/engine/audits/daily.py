"""The daily pass: asks about audits whose review is due, and ends those that nobody kept.

It reads what is due and nothing else, and may run any number of times, late, or twice at once:
each write demands the audit as it was read. What it has no time for stays due, and a message on
the wake queue asks for the next pass at once.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from chalicelib.domain.access.actors import BATON
from chalicelib.domain.audits import lifecycle, notifications
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.lifecycle import Review
from chalicelib.domain.audits.notifications import Resolution
from chalicelib.engine.audits.audit_changes import (
    AuditChange,
    record_activity,
    resolve_open_notification,
)
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.threads import side_by_side
from chalicelib.store import audit_table, floor_items, notification_items
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.transaction import MOST_TRIES, Transaction, TransactionLost

#: With no more than this left of the Lambda's time, the pass begins nothing new.
MARGIN: Final = timedelta(seconds=20)
#: After how many audits the pass looks at the clock again.
BETWEEN_LOOKS_AT_THE_CLOCK: Final = 100


@dataclass(slots=True)
class Summary:
    """What a daily pass did, in numbers. `is_done` says that it left nothing that is due."""

    at: datetime
    counts: Counter[str] = field(default_factory=Counter)
    is_done: bool = True

    def as_json(self) -> dict[str, Any]:
        """The summary in the form that the log line and the mark have."""
        names = ("looked_at", "notified", "deactivated", "caught_up", "failed")
        return {**{name: self.counts[name] for name in names}, "done": self.is_done}


def daily(system: System, remaining: timedelta) -> Summary:
    """Make the daily pass within the remaining time, and leave a mark of what it did."""
    summary = Daily(system, remaining).make()
    floor_items.mark("daily", summary.at, summary.as_json())
    events.info("daily_done", at=summary.at, **summary.as_json())
    return summary


class Daily:
    """One daily pass at the system's present instant."""

    def __init__(self, system: System, remaining: timedelta) -> None:
        self._system = system
        self._now = system.clock.now()
        self._ends_at = self._now + remaining - MARGIN
        self._summary = Summary(at=self._now)
        self._lock = threading.Lock()

    def make(self) -> Summary:
        """Do what is due, until the time is over."""
        due = audit_table.due_keys(self._now)
        while keys := list(islice(due, BETWEEN_LOOKS_AT_THE_CLOCK)):
            if self._system.clock.now() >= self._ends_at:
                self._leave_the_rest()
                break
            self._work_on(keys)
        return self._summary

    def _leave_the_rest(self) -> None:
        """Leave the rest to another pass: at once, if this one got anything done, or tomorrow."""
        self._summary.is_done = False
        events.warn("daily_left_some")
        if self._summary.counts["notified"] or self._summary.counts["deactivated"]:
            self._system.queues.send_daily()

    def _work_on(self, keys: list[Key]) -> None:
        self._count(looked_at=len(keys))
        steps = [partial(self._review_safely, audit) for audit in self._readable(keys)]
        side_by_side(steps, self._system.writers)

    def _readable(self, keys: list[Key]) -> list[Audit]:
        """The audits of these keys that can be read; the others are put aside."""
        batch = audit_table.get_many(keys)
        for key, error in batch.unreadable:
            self._count(failed=1)
            events.warn("audit_unreadable", tenant_id=key[0], item=key[1], why=str(error))
            audit_table.put_aside(key)
        return batch.found

    def _review_safely(self, audit: Audit) -> None:
        """Review the audit; an error is logged, so that it does not stop the pass."""
        with events.bound(tenant_id=audit.tenant_id, audit_id=audit.audit_id):
            try:
                self._review(audit)
            except Exception:
                self._count(failed=1)
                events.error("daily_item_failed", tenant_id=audit.tenant_id, item=audit.audit_id)

    def _review(self, audit: Audit) -> None:
        """Do what is due on the audit, decided anew if somebody changed it meanwhile."""
        current: Audit | None = audit
        for _ in range(MOST_TRIES):
            due = lifecycle.review(current, self._now) if current is not None else None
            if current is None or due is None:
                return
            try:
                self._write(current, due)
            except TransactionLost:
                current = audit_table.find(audit.tenant_id, audit.audit_id)
                continue
            return
        events.warn("daily_contended", tenant_id=audit.tenant_id, item=audit.audit_id)

    def _write(self, before: Audit, due: Review) -> None:
        transaction = Transaction(self._system.clock)
        after = self._notify(transaction, before, due)
        audit_table.update(transaction, before, after)
        if due.ends:
            change = AuditChange(
                by=BATON,
                action="audit_deactivated",
                now=self._now,
                answer=Resolution.DEACTIVATE,
            )
            resolve_open_notification(transaction, before, change)
            record_activity(transaction, change, before, after, caught_up=due.asks)
        transaction.commit()
        self._count(notified=due.asks, deactivated=due.ends, caught_up=due.asks and due.ends)
        self._log(after, due)

    def _notify(self, transaction: Transaction, before: Audit, due: Review) -> Audit:
        """Add the notifications; returns the audit with the id of the one that stays open."""
        after = due.audit
        if due.asks:
            notification = notifications.audit_review(before, self._now)
            if due.ends:
                answer = Resolution.DEACTIVATE
                notification = notifications.resolve(notification, answer, BATON.name, self._now)
            else:
                after = replace(after, notification_id=notification.notification_id)
            notification_items.put(transaction, notification, step="review_notification")
        if due.ends:
            ended = notifications.audit_deactivated(before, self._now, caught_up=due.asks)
            notification_items.put(transaction, ended)
        return after

    def _log(self, audit: Audit, due: Review) -> None:
        events.info(
            "audit_reviewed",
            tenant_id=audit.tenant_id,
            audit_id=audit.audit_id,
            state=audit.state,
            caught_up=due.asks and due.ends,
        )

    def _count(self, **more: int) -> None:
        with self._lock:
            self._summary.counts.update(more)
