"""Notifications: what a tenant's people should know, and may have to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.domain import ids
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.time.instants import to_text

#: How long a notification is kept, at least.
KEPT: Final = timedelta(days=90)
#: What a notification's item in the inbox is called by; what follows is its id.
PREFIX: Final = "n#"
#: Notifications about the deployment itself go to this tenant's inbox.
DEPLOYMENT_TENANT: Final = "default"


class NotificationKind(StrEnum):
    """What a notification is about."""

    #: An audit has reached its review date: keep it?
    AUDIT_REVIEW = "audit_review"
    #: Nobody extended an audit, so it was taken down.
    AUDIT_DEACTIVATED = "audit_deactivated"
    #: A breaker switched a schedule off.
    SCHEDULE_BROKEN = "schedule_broken"
    #: A run of the scheduler's own failed, and no attempt is left.
    RUN_FAILED = "run_failed"
    #: The minute pass was away for too long.
    SCHEDULER_LATE = "scheduler_late"


class Resolution(StrEnum):
    """How a notification that asks was answered."""

    #: The audit was extended.
    KEEP = "keep"
    #: The audit was taken down.
    DEACTIVATE = "deactivate"
    #: The audit was deleted: there is nothing to decide any more.
    DELETED = "deleted"


#: What the reader of a notification may answer.
ACTIONS: Final = {NotificationKind.AUDIT_REVIEW: (Resolution.KEEP, Resolution.DEACTIVATE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification. `subject` is the id of what it is about; `sent_by` the ways it went out."""

    tenant_id: str
    item_id: str
    kind: NotificationKind
    at: datetime
    subject: str
    message: str
    details: Mapping[str, Any] | None = None
    read_at: datetime | None = None
    read_by: str | None = None
    resolution: Resolution | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    sent_by: tuple[str, ...] = ()
    expires_at: datetime

    @property
    def notification_id(self) -> str:
        """Its id for everybody outside."""
        return self.item_id.removeprefix(PREFIX)

    @property
    def unread_key(self) -> str | None:
        """Its place in the `unread` index, while nobody has read it."""
        return self.item_id if self.read_at is None else None

    @property
    def actions(self) -> tuple[Resolution, ...]:
        """What it still asks for."""
        return ACTIONS.get(self.kind, ()) if self.resolution is None else ()


def audit_review(audit: Audit, now: datetime) -> Notification:
    """Whether to keep this audit. It outlives the date at which the audit goes."""
    last = max(now, audit.deactivates_at or now)
    details = {
        "title": audit.title,
        "published_at": _text(audit.published_at),
        "review_at": _text(audit.review_at),
        "deactivates_at": _text(audit.deactivates_at),
    }
    return Notification(
        tenant_id=audit.tenant_id,
        item_id=PREFIX + ids.new_id(now),
        kind=NotificationKind.AUDIT_REVIEW,
        at=now,
        subject=audit.audit_id,
        message=f"Keep “{audit.title}” active?",
        details=details,
        expires_at=_end(last),
    )


def audit_deactivated(audit: Audit, now: datetime, *, caught_up: bool) -> Notification:
    """Nobody kept the audit; `caught_up`: its review was noticed only now as well."""
    return Notification(
        tenant_id=audit.tenant_id,
        item_id=PREFIX + ids.new_id(now),
        kind=NotificationKind.AUDIT_DEACTIVATED,
        at=now,
        subject=audit.audit_id,
        message=f"“{audit.title}” was deactivated: nobody kept it active.",
        details={"title": audit.title, "caught_up": caught_up},
        expires_at=_end(now),
    )


def of_end(schedule: Schedule, settled: Schedule, run: Run, now: datetime) -> list[Notification]:
    """What the end of a run gives to know: its failure, and its schedule's. Mostly nothing."""
    notifications = []
    if run.status is RunStatus.FAILED and run.moves_breaker:
        notifications.append(_run_failed(run, now))
    if settled.status is ScheduleStatus.BROKEN and schedule.status is not ScheduleStatus.BROKEN:
        notifications.append(_schedule_broken(settled, run, now))
    return notifications


def scheduler_late(last_tick_at: datetime, late_at: datetime, now: datetime) -> Notification:
    """A notification that no tick came for too long.

    Its id is derived from the outage, so that all who notice the same one make the same.
    """
    seconds = round((now - last_tick_at).total_seconds())
    return Notification(
        tenant_id=DEPLOYMENT_TENANT,
        item_id=PREFIX
        + ids.derived_id(late_at, NotificationKind.SCHEDULER_LATE, to_text(last_tick_at)),
        kind=NotificationKind.SCHEDULER_LATE,
        at=now,
        subject="tick",
        message=f"The scheduler was away for {seconds} s.",
        details={"last_tick_at": to_text(last_tick_at), "seconds": seconds},
        expires_at=_end(now),
    )


def read(notification: Notification, by: str, now: datetime) -> Notification:
    """The notification as somebody has read it; the first reader counts."""
    return notification if notification.read_at else replace(notification, read_at=now, read_by=by)


def resolve(
    notification: Notification, resolution: Resolution, by: str, now: datetime
) -> Notification:
    """The notification as answered; that is also to have read it."""
    answered = replace(notification, resolution=resolution, resolved_at=now, resolved_by=by)
    return read(answered, by, now)


def _run_failed(run: Run, now: datetime) -> Notification:
    return Notification(
        tenant_id=run.tenant_id,
        item_id=PREFIX + ids.derived_id(now, NotificationKind.RUN_FAILED, run.run_id),
        kind=NotificationKind.RUN_FAILED,
        at=now,
        subject=run.run_id,
        message=f"A run of “{run.schedule_name}” failed: {run.failure_reason}.",
        details={
            "schedule_id": run.schedule_id,
            "schedule_name": run.schedule_name,
            "failure_reason": run.failure_reason,
            "attempts": run.attempt,
        },
        expires_at=_end(now),
    )


def _schedule_broken(schedule: Schedule, run: Run, now: datetime) -> Notification:
    return Notification(
        tenant_id=schedule.tenant_id,
        item_id=PREFIX + ids.derived_id(now, NotificationKind.SCHEDULE_BROKEN, run.run_id),
        kind=NotificationKind.SCHEDULE_BROKEN,
        at=now,
        subject=schedule.schedule_id,
        message=f"“{schedule.name}” was switched off: {schedule.broken_reason}.",
        details={
            "schedule_name": schedule.name,
            "broken_reason": schedule.broken_reason,
            "run_id": run.run_id,
        },
        expires_at=_end(now),
    )


def _end(last: datetime) -> datetime:
    return (last + KEPT).replace(microsecond=0)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else to_text(instant)
