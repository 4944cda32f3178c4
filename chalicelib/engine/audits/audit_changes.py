"""What people do to audits, each change in one transaction with its activity.

A change that answers an open notification resolves that notification in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import Notification, Resolution
from chalicelib.domain.deployment.limits import Limit
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.json_values import as_json
from chalicelib.engine.moves import counting
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, audit_table, notification_items, use_items
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost, retry_if_lost

#: The fields of an audit that its activity shows, before and after a change.
_SHOWN: Final = ("title", "url", "external_id", "state", "review_at", "deactivates_at")


class _NoLongerAsked(Conflict):
    """The audit does not ask this any more."""

    message = "The audit does not ask this any more."


class ExternalIdTaken(Conflict):
    """Another audit has this external id."""

    message = "Another audit has this external id."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditChange:
    """Who changes an audit, when, and the name that the activity has for it.

    `answer` is what the change answers to the audit's open notification, if anything.
    """

    by: Actor
    action: str
    now: datetime
    answer: Resolution | None = None


def create(system: System, audit: Audit, change: AuditChange) -> None:
    """Store a new audit. Raises `ExternalIdTaken` and `LimitExceeded`."""
    most = system.floor().settings.limits.audits

    def once() -> None:
        transaction = Transaction(system.clock)
        audit_table.put(transaction, audit)
        use_items.take(transaction, audit.tenant_id, Limit.AUDITS, most)
        record_activity(transaction, change, None, audit)
        _commit(transaction)

    counting.counted(audit.tenant_id, Limit.AUDITS, most, once)
    _log(change, audit)


def update(
    system: System,
    key: tuple[str, str],
    change: AuditChange,
    decide: Callable[[Audit], Audit],
) -> Audit:
    """Change an audit to what `decide` makes of it, anew each time that it changed meanwhile.

    Raises `NotFound`, `ExternalIdTaken`, and what `decide` raises.
    """
    return retry_if_lost(lambda: _update(system, audit_table.get(*key), change, decide))


def delete(
    system: System, key: tuple[str, str], change: AuditChange, check: Callable[[Audit], None]
) -> None:
    """Remove an audit, unless `check` raises. Raises `NotFound`."""

    def once() -> None:
        _delete(system, audit_table.get(*key), change, check)

    retry_if_lost(lambda: counting.counted(key[0], Limit.AUDITS, None, once))


def answer_notification(
    system: System,
    notification: Notification,
    change: AuditChange,
    decide: Callable[[Audit], Audit],
) -> Notification:
    """Answer a notification by changing its audit to what `decide` makes of it.

    The same answer twice is harmless. Raises `Conflict` for a notification that asks for nothing,
    or that was answered otherwise.
    """
    if notification.kind not in notifications.ACTIONS:
        raise Conflict("This notification asks for nothing.")
    if notification.resolution is None:
        _answer(system, notification, change, decide)
        notification = notification_items.get(notification.tenant_id, notification.notification_id)
    if notification.resolution is not change.answer:
        given = f"{notification.resolution}, by {notification.resolved_by}"
        raise Conflict(f"It was answered already: {given}.")
    return notification


def _answer(
    system: System,
    notification: Notification,
    change: AuditChange,
    decide: Callable[[Audit], Audit],
) -> None:
    """Change the audit, unless it is gone or no longer asks by this notification."""
    tenant_id, notification_id = notification.tenant_id, notification.notification_id

    def decide_if_asked(audit: Audit) -> Audit:
        if audit.notification_id != notification_id:
            raise _NoLongerAsked
        return decide(audit)

    try:
        update(system, (tenant_id, notification.subject), change, decide_if_asked)
    except (_NoLongerAsked, NotFound):
        events.info("answer_late", tenant_id=tenant_id, notification_id=notification_id)


def _update(
    system: System, before: Audit, change: AuditChange, decide: Callable[[Audit], Audit]
) -> Audit:
    after = decide(before)
    if after is before:
        return before
    transaction = Transaction(system.clock)
    audit_table.update(transaction, before, after)
    if after.notification_id is None:
        resolve_open_notification(transaction, before, change)
    record_activity(transaction, change, before, after)
    _commit(transaction)
    _log(change, after)
    return after


def _delete(
    system: System, audit: Audit, change: AuditChange, check: Callable[[Audit], None]
) -> None:
    check(audit)
    transaction = Transaction(system.clock)
    audit_table.delete(transaction, audit)
    use_items.give_back(transaction, audit.tenant_id, Limit.AUDITS)
    resolve_open_notification(transaction, audit, change)
    record_activity(transaction, change, audit, None)
    _commit(transaction)
    _log(change, audit)


def resolve_open_notification(transaction: Transaction, audit: Audit, change: AuditChange) -> None:
    """Add to a transaction: the audit's open notification is answered by this change."""
    if audit.notification_id is None or change.answer is None:
        return
    notification = notification_items.find_readable(audit.tenant_id, audit.notification_id)
    if notification is not None and notification.resolution is None:
        after = notifications.resolve(notification, change.answer, change.by.name, change.now)
        notification_items.resolve(transaction, notification, after)


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
    before: Audit | None,
    after: Audit | None,
    **more: Any,
) -> None:
    """Add to a transaction: the activity that says who changed the audit, from what to what."""
    audit = after or before
    assert audit is not None
    activity = activity_items.new_activity(
        audit.tenant_id,
        change.now,
        actor=change.by,
        action=change.action,
        subject=audit.audit_id,
        details={"before": _shown(before), "after": _shown(after), **more},
    )
    activity_items.put(transaction, activity)


def _shown(audit: Audit | None) -> dict[str, Any] | None:
    if audit is None:
        return None
    return {name: as_json(getattr(audit, name)) for name in _SHOWN}


def _log(change: AuditChange, audit: Audit) -> None:
    events.info(
        "audit_changed",
        action=change.action,
        tenant_id=audit.tenant_id,
        audit_id=audit.audit_id,
        state=audit.state,
        by=change.by.name,
    )
