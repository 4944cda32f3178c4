"""Notifications: what a tenant's people should know, and may have to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.domain import ids
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.time.instants import to_text

#: How long a notification is kept, at least.
KEPT: Final = timedelta(days=90)
#: What a notification's sort key in the inbox begins with; its id follows.
PREFIX: Final = "n#"
#: The tenant whose inbox notifications about the deployment itself go to.
DEPLOYMENT_TENANT: Final = "default"


class NotificationKind(StrEnum):
    """What a notification is about."""

    #: An audit has reached its review date; its owners are asked whether to keep it.
    AUDIT_REVIEW = "audit_review"
    #: Nobody extended an audit, so it was taken down.
    AUDIT_DEACTIVATED = "audit_deactivated"
    #: A breaker switched a schedule off.
    SCHEDULE_BROKEN = "schedule_broken"
    #: A run that its schedule made failed, and no attempt is left.
    RUN_FAILED = "run_failed"
    #: Nobody came to do the work of a schedule whose target is external.
    NO_SHOW = "no_show"
    #: For too long no tick came.
    SCHEDULER_LATE = "scheduler_late"


class Resolution(StrEnum):
    """How a notification that asks for a decision was answered."""

    #: The audit was extended.
    KEEP = "keep"
    #: The audit was taken down.
    DEACTIVATE = "deactivate"
    #: The audit was deleted: there is nothing to decide any more.
    DELETED = "deleted"


#: The answers that each kind of notification allows; kinds that are not here ask for none.
ACTIONS: Final = {NotificationKind.AUDIT_REVIEW: (Resolution.KEEP, Resolution.DEACTIVATE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification.

    `subject` is the id of what it is about; `sent_by` names the channels it was sent on already.
    """

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
        """The notification's id, as the API shows it."""
        return self.item_id.removeprefix(PREFIX)

    @property
    def unread_key(self) -> str | None:
        """The notification's sort key in the `unread` index; None once somebody has read it."""
        return self.item_id if self.read_at is None else None

    @property
    def actions(self) -> tuple[Resolution, ...]:
        """The answers that are still open to the reader; none once it is answered."""
        return ACTIONS.get(self.kind, ()) if self.resolution is None else ()


def audit_review(audit: Audit, now: datetime) -> Notification:
    """A notification that asks whether to keep the audit. It outlives the audit's deactivation."""
    dates = {
        "published_at": audit.published_at,
        "review_at": audit.review_at,
        "deactivates_at": audit.deactivates_at,
    }
    return Notification(
        tenant_id=audit.tenant_id,
        item_id=PREFIX + ids.new_id(now),
        kind=NotificationKind.AUDIT_REVIEW,
        at=now,
        subject=audit.audit_id,
        message=f"Keep “{audit.title}” active?",
        details={"title": audit.title} | {name: as_json(date) for name, date in dates.items()},
        expires_at=_expiry(max(now, audit.deactivates_at or now)),
    )


def audit_deactivated(audit: Audit, now: datetime, *, caught_up: bool) -> Notification:
    """A notification that the audit was taken down, as nobody kept it.

    `caught_up` means that the pass was so late that the owners were asked only now as well.
    """
    return Notification(
        tenant_id=audit.tenant_id,
        item_id=PREFIX + ids.new_id(now),
        kind=NotificationKind.AUDIT_DEACTIVATED,
        at=now,
        subject=audit.audit_id,
        message=f"“{audit.title}” was deactivated: nobody kept it active.",
        details={"title": audit.title, "caught_up": caught_up},
        expires_at=_expiry(now),
    )


def scheduler_late(last_tick_at: datetime, late_at: datetime, now: datetime) -> Notification:
    """A notification that no tick came for too long.

    Its id is derived from the outage, so that all passes that notice it make the same one.
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
        expires_at=_expiry(now),
    )


def read(notification: Notification, by: str, now: datetime) -> Notification:
    """The notification marked as read. If it was read before, its first reader stays on it."""
    return notification if notification.read_at else replace(notification, read_at=now, read_by=by)


def resolve(
    notification: Notification, resolution: Resolution, by: str, now: datetime
) -> Notification:
    """The notification with its answer. Whoever answers has also read it."""
    answered = replace(notification, resolution=resolution, resolved_at=now, resolved_by=by)
    return read(answered, by, now)


def run_failed(run: Run, now: datetime) -> Notification:
    """A notification that a run made by its schedule failed for good: the first of a streak."""
    return Notification(
        tenant_id=run.tenant_id,
        item_id=PREFIX + ids.derived_id(now, NotificationKind.RUN_FAILED, run.run_id),
        kind=NotificationKind.RUN_FAILED,
        at=now,
        subject=run.run_id,
        message=f"A run of “{run.schedule_name}” failed: {run.failure_reason}.",
        details=_failure(run, count=1),
        expires_at=_expiry(now),
    )


def failed_again(notification: Notification, run: Run, now: datetime) -> Notification:
    """The notification about a streak of failures, with one more run in it."""
    count = int((notification.details or {}).get("count", 1)) + 1
    return replace(
        notification,
        subject=run.run_id,
        message=f"{count} runs of “{run.schedule_name}” failed in a row: {run.failure_reason}.",
        details=_failure(run, count),
        expires_at=_expiry(now),
    )


def _failure(run: Run, count: int) -> dict[str, Any]:
    return {
        "schedule_id": run.schedule_id,
        "schedule_name": run.schedule_name,
        "failure_reason": run.failure_reason,
        "attempts": run.attempt,
        "count": count,
    }


def nobody_came(run: Run, now: datetime) -> Notification:
    """A notification that nobody came for a fire time of a schedule: the first of a streak."""
    return Notification(
        tenant_id=run.tenant_id,
        item_id=PREFIX + ids.derived_id(now, NotificationKind.NO_SHOW, run.run_id),
        kind=NotificationKind.NO_SHOW,
        at=now,
        subject=run.run_id,
        message=_no_show(run, run.covers),
        details=_absence(run, run.covers),
        expires_at=_expiry(now),
    )


def nobody_came_again(notification: Notification, run: Run, now: datetime) -> Notification:
    """The notification about a streak that nobody came for, with the fire times of this run."""
    count = int((notification.details or {}).get("count", 1)) + run.covers
    return replace(
        notification,
        subject=run.run_id,
        message=_no_show(run, count),
        details=_absence(run, count),
        expires_at=_expiry(now),
    )


def _no_show(run: Run, count: int) -> str:
    if count == 1:
        at = to_text(run.fire_at)
        return f"Nobody came to do the work of “{run.schedule_name}” of {at}."
    return f"Nobody came to do the work of “{run.schedule_name}” {count} times in a row."


def _absence(run: Run, count: int) -> dict[str, Any]:
    return {
        "schedule_id": run.schedule_id,
        "schedule_name": run.schedule_name,
        "fire_at": to_text(run.fire_at),
        "count": count,
    }


def id_of_break(run_id: str, at: datetime) -> str:
    """The id of the notification that a run, by its end at that instant, broke its schedule."""
    return ids.derived_id(at, NotificationKind.SCHEDULE_BROKEN, run_id)


def schedule_broken(schedule: Schedule, run: Run, now: datetime) -> Notification:
    """A notification that a breaker switched its schedule off after this run."""
    return Notification(
        tenant_id=schedule.tenant_id,
        item_id=PREFIX + id_of_break(run.run_id, now),
        kind=NotificationKind.SCHEDULE_BROKEN,
        at=now,
        subject=schedule.schedule_id,
        message=f"“{schedule.name}” was switched off: {schedule.broken_reason}.",
        details={
            "schedule_name": schedule.name,
            "broken_reason": schedule.broken_reason,
            "run_id": run.run_id,
        },
        expires_at=_expiry(now),
    )


def _expiry(last_needed_at: datetime) -> datetime:
    """When DynamoDB may remove a notification; its TTL knows whole seconds."""
    return (last_needed_at + KEPT).replace(microsecond=0)
