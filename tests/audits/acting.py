"""What people and the daily pass do to audits, in one line each."""

from datetime import datetime, timedelta

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import Notification, NotificationKind, Resolution
from chalicelib.engine.audits import audit_changes
from chalicelib.engine.audits.audit_changes import AuditChange
from chalicelib.engine.audits.daily import Summary, daily
from chalicelib.engine.system import System
from chalicelib.platform.clock import SystemClock
from chalicelib.store import audit_table, notification_items
from chalicelib.store.dynamodb.transaction import Transaction
from tests.audits.makers import TERMS
from tests.builders import ANN

PLENTY = timedelta(seconds=300)


def store(*these: Audit) -> None:
    """Put new audits there."""
    for audit in these:
        transaction = Transaction(SystemClock())
        audit_table.put(transaction, audit)
        transaction.commit()


def stored(audit: Audit) -> Audit:
    """The audit as it is now."""
    return audit_table.get(audit.tenant_id, audit.audit_id)


def key(audit: Audit) -> tuple[str, str]:
    """Where an audit is."""
    return audit.tenant_id, audit.audit_id


def extend(system: System, audit: Audit, by: Actor = ANN) -> Audit:
    """Somebody extends the audit, now."""
    now = system.clock.now()
    change = AuditChange(by=by, action="audit_extended", now=now, answer=Resolution.KEEP)
    return audit_changes.update(
        system, key(audit), change, lambda it: lifecycle.extend(it, now, TERMS)
    )


def deactivate(system: System, audit: Audit, by: Actor = ANN) -> Audit:
    """Somebody deactivates the audit, now."""
    now = system.clock.now()
    change = AuditChange(by=by, action="audit_deactivated", now=now, answer=Resolution.DEACTIVATE)
    return audit_changes.update(
        system, key(audit), change, lambda it: lifecycle.deactivate(it, by.name, now)
    )


def publish(system: System, audit: Audit) -> Audit:
    """Somebody publishes the draft, now."""
    now = system.clock.now()
    change = AuditChange(by=ANN, action="audit_published", now=now)
    return audit_changes.update(
        system, key(audit), change, lambda it: lifecycle.publish(it, now, now, TERMS)
    )


def reactivate(system: System, audit: Audit) -> Audit:
    """Somebody reactivates the audit, now."""
    now = system.clock.now()
    change = AuditChange(by=ANN, action="audit_reactivated", now=now)
    return audit_changes.update(
        system, key(audit), change, lambda it: lifecycle.reactivate(it, now, TERMS)
    )


def pass_at(system: System, clock_at: datetime) -> Summary:
    """The daily pass, at that instant."""
    system.clock.sleep((clock_at - system.clock.now()).total_seconds())
    return daily(system, PLENTY)


def notifications(tenant: str = "acme") -> list[Notification]:
    """All notifications of a tenant, oldest first."""
    return notification_items.list_newest(tenant, 200).items[::-1]


def kinds(tenant: str = "acme") -> list[NotificationKind]:
    """What those notifications are about."""
    return [notification.kind for notification in notifications(tenant)]
