"""Notifications in storage: beside the activity, with an index of what nobody has read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.notifications import Notification, NotificationKind, Resolution
from chalicelib.domain.errors import NotFound
from chalicelib.platform.clock import SystemClock
from chalicelib.store import notification_items
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, after
from tests.store.engines import Engine, Line
from tests.store.writing import an_activity, lost_by, store


def a_notification(notification_id: str = "01A", **changes: Any) -> Notification:
    plain = Notification(
        tenant_id="acme",
        item_id=f"n#{notification_id}",
        kind=NotificationKind.AUDIT_REVIEW,
        at=NOON,
        subject="01AUDIT",
        message="Keep it?",
        details={"title": "It"},
        expires_at=NOON + timedelta(days=90),
    )
    return replace(plain, **changes)


ANSWERED: Final = notifications.resolve(a_notification(), Resolution.KEEP, "ann", after(1))


def put(*these: Notification) -> set[str]:
    transaction = Transaction(SystemClock())
    for number, notification in enumerate(these):
        notification_items.put(transaction, notification, step=f"notification {number}")
    return lost_by(transaction)


def resolve(seen: Notification) -> set[str]:
    transaction = Transaction(SystemClock())
    notification_items.resolve(
        transaction, seen, notifications.resolve(seen, Resolution.KEEP, "ann", after(1))
    )
    return lost_by(transaction)


def ids(these: list[Notification]) -> list[str]:
    return [notification.notification_id for notification in these]


@pytest.mark.parametrize("notification", [a_notification(), replace(ANSWERED, sent_by=("topic",))])
def test_a_notification_is_read_as_it_was_stored(notification: Notification) -> None:
    put(notification)
    assert notification_items.get("acme", "01A") == notification


def test_what_is_not_there_is_not_found() -> None:
    put(a_notification())
    store(an_activity("a#01DEED"))
    for tenant_id, notification_id in (("acme", "01B"), ("umbrella", "01A"), ("acme", "01DEED")):
        assert notification_items.find(tenant_id, notification_id) is None
        with pytest.raises(NotFound, match=r"^There is no such notification\.$"):
            notification_items.get(tenant_id, notification_id)


def test_no_notification_is_stored_over_another() -> None:
    assert notification_items.add(a_notification())
    assert not notification_items.add(a_notification(message="Other"))
    assert put(a_notification(message="Other")) == {"notification 0"}
    assert notification_items.get("acme", "01A").message == "Keep it?"


def test_a_notification_is_answered_once() -> None:
    put(a_notification())
    assert resolve(a_notification()) == set()
    assert notification_items.get("acme", "01A") == ANSWERED
    assert resolve(a_notification()) == {"notification"}


def test_an_answer_to_what_is_gone_leaves_nothing_behind(engine: Engine) -> None:
    assert resolve(a_notification()) == {"notification"}
    assert not notification_items.replace(a_notification(), ANSWERED)
    assert engine.items(InboxItem) == []


def test_notifications_are_listed_newest_first_without_the_activity() -> None:
    put(*[a_notification(f"0{n}") for n in range(4)])
    store(an_activity("a#09"), an_activity("z#09"))
    first = notification_items.list_newest("acme", 3)
    rest = notification_items.list_newest("acme", 3, first.next_cursor)
    assert ids(first.items) + ids(rest.items) == ["03", "02", "01", "00"]


def test_the_unread_are_listed_and_counted_without_reading_others(line: Line) -> None:
    read = [notifications.read(a_notification(f"0{n}"), "ann", NOON) for n in range(8)]
    put(*read)
    put(a_notification("1A"), a_notification("1B"), a_notification("1C", tenant_id="umbrella"))
    line.requests.clear()
    line.scanned = 0
    assert ids(notification_items.list_unread("acme", 10).items) == ["1B", "1A"]
    assert notification_items.count_unread("acme") == 2
    assert line.scanned == 4
    assert line.count("Query") == 2


def test_reading_takes_a_notification_out_of_the_unread() -> None:
    put(a_notification("0A"), a_notification("0B"))
    assert notification_items.replace(
        a_notification("0A"), notifications.read(a_notification("0A"), "ann", after(5))
    )
    assert ids(notification_items.list_unread("acme", 10).items) == ["0B"]
    assert notification_items.get("acme", "0A").read_at == after(5)


def test_the_unread_are_counted_up_to_a_bound(line: Line) -> None:
    put(*[a_notification(f"0{n}") for n in range(9)])
    line.scanned = 0
    assert notification_items.count_unread("acme", most=5) == 5
    assert line.scanned == 5
    assert notification_items.count_unread("acme", most=9) == 9


def test_notifications_expire_on_the_day_they_say(engine: Engine) -> None:
    put(a_notification())
    day = NOON + timedelta(days=90)
    assert engine.item(InboxItem)["expires_at"] == {"N": f"{int(day.timestamp())}"}
