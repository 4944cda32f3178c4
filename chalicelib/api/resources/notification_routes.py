"""The inbox over HTTP: what people should know, and what they are asked."""

from collections.abc import Callable
from typing import Final, cast

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.resources.audit_routes import terms_of
from chalicelib.api.schemas.audit_schemas import (
    NotificationOut,
    NotificationsOut,
    NotificationsQuery,
    ReadAllIn,
    ReadAllOut,
    ResolveIn,
)
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.domain.audits import lifecycle, notifications
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import Notification, NotificationKind, Resolution
from chalicelib.domain.errors import NotFound
from chalicelib.domain.json_values import as_json
from chalicelib.engine.audits import audit_changes
from chalicelib.engine.audits.audit_changes import AuditChange
from chalicelib.store import notification_items

blueprint = Blueprint(__name__)
#: How many are marked as read by one request, and how many of them are looked at together.
_MOST_READ_AT_ONCE: Final = 500
_READ_AT_ONCE: Final = 100
_OF_AUDITS = frozenset({NotificationKind.AUDIT_REVIEW, NotificationKind.AUDIT_DEACTIVATED})


@endpoint(blueprint, "GET /v1/notifications", scope="viewer")
def list_notifications(request: Request[NoBody, NotificationsQuery]) -> NotificationsOut:
    """List the tenant's notifications, newest first, or only the unread ones."""
    tenant_id, query = request.caller.tenant_id, request.query
    unread = query.unread == "true"
    list_page = notification_items.list_unread if unread else notification_items.list_newest
    page = list_page(tenant_id, query.limit, query.cursor)
    return {
        "items": [_json(notification) for notification in page.items],
        "next_cursor": page.next_cursor,
        "unread_count": notification_items.count_unread(tenant_id),
    }


@endpoint(blueprint, "GET /v1/notifications/{notification_id}", scope="viewer", problems=(409,))
def get_notification(request: PlainRequest, notification_id: str) -> NotificationOut:
    """Get one notification."""
    return _json(notification_items.get(request.caller.tenant_id, notification_id))


@endpoint(
    blueprint,
    "POST /v1/notifications/{notification_id}/read",
    scope="viewer",
    problems=(409,),
)
def read_notification(request: PlainRequest, notification_id: str) -> NotificationOut:
    """Mark a notification as read. `read_by` is whoever did that first."""
    seen = notification_items.get(request.caller.tenant_id, notification_id)
    after = notifications.read(seen, request.caller.name, request.now)
    if after is not seen and not notification_items.replace(seen, after):
        raise NotFound("There is no such notification.")
    return _json(after)


@endpoint(blueprint, "POST /v1/notifications/read-all", scope="viewer")
def read_all_notifications(request: Request[ReadAllIn, NoQuery]) -> ReadAllOut:
    """Mark what is unread as read, the newest first; five hundred at most.

    With `up_to`, the id of the newest that was seen, what has come since stays unread.
    """
    tenant_id, caller = request.caller.tenant_id, request.caller
    marked = 0
    cursor = None
    while marked < _MOST_READ_AT_ONCE:
        page = notification_items.list_unread(tenant_id, _READ_AT_ONCE, cursor)
        for seen in page.items:
            if request.body.up_to is None or seen.notification_id <= request.body.up_to:
                after = notifications.read(seen, caller.name, request.now)
                marked += notification_items.replace(seen, after)
        cursor = page.next_cursor
        if cursor is None:
            break
    return {"read": marked, "unread_count": notification_items.count_unread(tenant_id)}


@endpoint(
    blueprint,
    "POST /v1/notifications/{notification_id}/resolve",
    scope="operator",
    problems=(409,),
)
def resolve_notification(
    request: Request[ResolveIn, NoQuery], notification_id: str
) -> NotificationOut:
    """Answer a notification: `keep` extends its audit, `deactivate` takes it down.

    The same answer a second time changes nothing; another answer is a conflict.
    """
    seen = notification_items.get(request.caller.tenant_id, notification_id)
    answer = Resolution(request.body.action)
    action = "audit_extended" if answer is Resolution.KEEP else "audit_deactivated"
    change = AuditChange(by=request.caller.actor, action=action, now=request.now, answer=answer)
    return _json(
        audit_changes.answer_notification(request.system, seen, change, _decision(request, answer))
    )


def _decision(request: Request[ResolveIn, NoQuery], answer: Resolution) -> Callable[[Audit], Audit]:
    if answer is Resolution.DEACTIVATE:
        return lambda audit: lifecycle.deactivate(audit, request.caller.name, request.now)
    terms = terms_of(request)
    return lambda audit: lifecycle.extend(audit, request.now, terms)


def _json(notification: Notification) -> NotificationOut:
    details = dict(notification.details or {})
    of_run = notification.kind is NotificationKind.RUN_FAILED
    of_schedule = notification.kind is NotificationKind.SCHEDULE_BROKEN
    what = ("kind", "at", "subject", "message", "details", "actions")
    outcome = ("read_at", "read_by", "resolution", "resolved_at", "resolved_by")
    view = {
        "id": notification.notification_id,
        **{name: as_json(getattr(notification, name)) for name in what},
        "audit_id": notification.subject if notification.kind in _OF_AUDITS else None,
        "schedule_id": notification.subject if of_schedule else details.get("schedule_id"),
        "run_id": notification.subject if of_run else details.get("run_id"),
        "read": notification.read_at is not None,
        **{name: as_json(getattr(notification, name)) for name in outcome},
    }
    return cast(NotificationOut, view)
