"""Noticing that the scheduler itself was away."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.audits import notifications
from chalicelib.platform import events
from chalicelib.store import notification_items

#: A tick comes each minute; without one for this long, whoever comes next says so.
LATE_AFTER: Final = timedelta(minutes=5)


def tell(last_tick_at: datetime | None, now: datetime) -> None:
    """Leave one notification about an outage that this tick ends; never fails it."""
    if last_tick_at is None or now - last_tick_at <= LATE_AFTER:
        return
    notification = notifications.scheduler_late(last_tick_at, last_tick_at + LATE_AFTER, now)
    events.warn("scheduler_late", last_tick_at=last_tick_at, at=now)
    try:
        notification_items.add(notification)
    except Exception:
        events.error("notice_not_stored", kind=notification.kind)
