"""What people do to audits, each change in one transaction with its record.

A change that answers an open notification resolves that notification in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import Notification, Resolution
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.time.instants import to_text
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, audit_table, notification_items
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost

T = TypeVar("T")

MOST_TRIES = 8
#: What of an audit its records show, before and after.
_SHOWN = ("title", "url", "external_id", "state", "review_at", "deactivates_at")


class _Answered(Conflict):
    """The audit does not ask this any more."""

    message = "The audit does not ask this any more."


class ExternalIdTaken(Conflict):
    """Another audit has this external id."""

    message = "Another audit has this external id."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditChange:
    """Who changes an audit, when, and under which name the activity lists it.

    `answer` is what the change says to the audit's open notification, if anything.
    """

    by: str
    action: str
    now: datetime
    answer: Resolution | None = None


def create(system: System, audit: Audit, change: AuditChange) -> None:
    """Store a new audit. Raises `ExternalIdTaken`."""
    transaction = Transaction(system.clock)
    audit_table.put(transaction, audit)
    record_activity(transaction, change, None, audit)
    _commit(transaction)
    _tell(change, audit)


def update(
    system: System,
    key: tuple[str, str],
    change: AuditChange,
    decide: Callable[[Audit], Audit],
) -> Audit:
    """Change an audit as `decide` says of it as it is; decided anew if it changed meanwhile.

    Raises `NotFound`, `ExternalIdTaken`, and what `decide` raises.
    """
    return _tried(lambda: _update(system, audit_table.get(*key), change, decide))


def delete(
    system: System, key: tuple[str, str], change: AuditChange, check: Callable[[Audit], None]
) -> None:
    """Remove an audit, unless `check` raises. Raises `NotFound`."""
    _tried(lambda: _delete(system, audit_table.get(*key), change, check))


def answer_notification(
    system: System, seen: Notification, change: AuditChange, decide: Callable[[Audit], Audit]
) -> Notification:
    """Answer a notification by what `decide` makes of its audit. The same answer twice is harmless.

    Raises `Conflict` for a notification that asks nothing, or was answered otherwise.
    """
    if seen.kind not in notifications.ACTIONS:
        raise Conflict("This notification asks for nothing.")

    def decide_on_what_asks(audit: Audit) -> Audit:
        if audit.notification_id != seen.notification_id:
            raise _Answered
        return decide(audit)

    if seen.resolution is None:
        try:
            update(system, (seen.tenant_id, seen.subject), change, decide_on_what_asks)
        except (_Answered, NotFound):
            events.info(
                "answer_late", tenant_id=seen.tenant_id, notification_id=seen.notification_id
            )
        seen = notification_items.get(seen.tenant_id, seen.notification_id)
    if seen.resolution is not change.answer:
        raise Conflict(f"It was answered already: {seen.resolution}, by {seen.resolved_by}.")
    return seen


def _update(
    system: System, seen: Audit, change: AuditChange, decide: Callable[[Audit], Audit]
) -> Audit:
    after = decide(seen)
    if after is seen:
        return seen
    transaction = Transaction(system.clock)
    audit_table.update(transaction, seen, after)
    if after.notification_id is None:
        resolve_open_notification(transaction, seen, change)
    record_activity(transaction, change, seen, after)
    _commit(transaction)
    _tell(change, after)
    return after


def _delete(
    system: System, seen: Audit, change: AuditChange, check: Callable[[Audit], None]
) -> None:
    check(seen)
    transaction = Transaction(system.clock)
    audit_table.delete(transaction, seen)
    resolve_open_notification(transaction, seen, change)
    record_activity(transaction, change, seen, None)
    _commit(transaction)
    _tell(change, seen)


def resolve_open_notification(transaction: Transaction, audit: Audit, change: AuditChange) -> None:
    """Add to a transaction: the audit's open notification is answered by this change."""
    if audit.notification_id is None or change.answer is None:
        return
    notification = notification_items.find(audit.tenant_id, audit.notification_id)
    if notification is not None and notification.resolution is None:
        after = notifications.resolve(notification, change.answer, change.by, change.now)
        notification_items.resolve(transaction, notification, after)


def _tried(step: Callable[[], T]) -> T:
    """Do it, again if the audit has changed between our look and our write."""
    for _ in range(MOST_TRIES - 1):
        try:
            return step()
        except TransactionLost:
            continue
    return step()


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except TransactionLost as lost:
        if lost.steps == {"external_id"}:
            raise ExternalIdTaken from lost
        raise


def record_activity(
    transaction: Transaction,
    change: AuditChange,
    seen: Audit | None,
    after: Audit | None,
    **more: Any,
) -> None:
    """Add to a transaction: who changed the audit, from what to what."""
    audit = after or seen
    assert audit is not None
    activity = activity_items.new_activity(
        audit.tenant_id,
        change.now,
        actor=change.by,
        action=change.action,
        subject=audit.audit_id,
        details={"before": _shown(seen), "after": _shown(after), **more},
    )
    activity_items.put(transaction, activity)


def _shown(audit: Audit | None) -> dict[str, Any] | None:
    if audit is None:
        return None
    values = {name: getattr(audit, name) for name in _SHOWN}
    return {n: to_text(v) if isinstance(v, datetime) else v for n, v in values.items()}


def _tell(change: AuditChange, audit: Audit) -> None:
    events.info(
        change.action,
        tenant_id=audit.tenant_id,
        audit_id=audit.audit_id,
        state=audit.state,
        by=change.by,
    )
