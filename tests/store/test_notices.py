"""Notices in storage: beside the activity, with an index of what nobody has read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.notifications import Notice, NoticeKind, Resolution
from chalicelib.domain.errors import NotFound
from chalicelib.store import notification_items
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, after
from tests.store.engines import Engine, Line
from tests.store.writing import a_deed, lost_by, store


def a_notice(notice_id: str = "01A", **changes: Any) -> Notice:
    plain = Notice(
        tenant_id="acme",
        item_id=f"n#{notice_id}",
        kind=NoticeKind.AUDIT_REVIEW,
        at=NOON,
        subject="01AUDIT",
        message="Keep it?",
        details={"title": "It"},
        expires_at=NOON + timedelta(days=90),
    )
    return replace(plain, **changes)


ANSWERED: Final = notifications.resolve(a_notice(), Resolution.KEEP, "ann", after(1))


def put(*these: Notice) -> set[str]:
    transaction = Transaction()
    for number, notice in enumerate(these):
        notification_items.put(transaction, notice, step=f"notice {number}")
    return lost_by(transaction)


def resolve(seen: Notice) -> set[str]:
    transaction = Transaction()
    notification_items.resolve(
        transaction, seen, notifications.resolve(seen, Resolution.KEEP, "ann", after(1))
    )
    return lost_by(transaction)


def ids(these: list[Notice]) -> list[str]:
    return [notice.notice_id for notice in these]


@pytest.mark.parametrize("notice", [a_notice(), replace(ANSWERED, sent_by=("topic",))])
def test_a_notice_is_read_as_it_was_stored(notice: Notice) -> None:
    put(notice)
    assert notification_items.get("acme", "01A") == notice


def test_what_is_not_there_is_not_found() -> None:
    put(a_notice())
    store(a_deed("a#01DEED"))
    for tenant_id, notice_id in (("acme", "01B"), ("umbrella", "01A"), ("acme", "01DEED")):
        assert notification_items.find(tenant_id, notice_id) is None
        with pytest.raises(NotFound, match=r"^There is no such notification\.$"):
            notification_items.get(tenant_id, notice_id)


def test_no_notice_is_stored_over_another() -> None:
    assert notification_items.add(a_notice())
    assert not notification_items.add(a_notice(message="Other"))
    assert put(a_notice(message="Other")) == {"notice 0"}
    assert notification_items.get("acme", "01A").message == "Keep it?"


def test_a_notice_is_answered_once() -> None:
    put(a_notice())
    assert resolve(a_notice()) == set()
    assert notification_items.get("acme", "01A") == ANSWERED
    assert resolve(a_notice()) == {"notice"}


def test_an_answer_to_what_is_gone_leaves_nothing_behind(engine: Engine) -> None:
    assert resolve(a_notice()) == {"notice"}
    assert not notification_items.replace(a_notice(), ANSWERED)
    assert engine.items(InboxItem) == []


def test_notices_are_listed_newest_first_without_the_activity() -> None:
    put(*[a_notice(f"0{n}") for n in range(4)])
    store(a_deed("a#09"), a_deed("z#09"))
    first = notification_items.list_newest("acme", 3)
    rest = notification_items.list_newest("acme", 3, first.next_cursor)
    assert ids(first.items) + ids(rest.items) == ["03", "02", "01", "00"]


def test_the_unread_are_listed_and_counted_without_reading_others(line: Line) -> None:
    read = [notifications.read(a_notice(f"0{n}"), "ann", NOON) for n in range(8)]
    put(*read)
    put(a_notice("1A"), a_notice("1B"), a_notice("1C", tenant_id="umbrella"))
    line.requests.clear()
    line.scanned = 0
    assert ids(notification_items.list_unread("acme", 10).items) == ["1B", "1A"]
    assert notification_items.count_unread("acme") == 2
    assert line.scanned == 4
    assert line.count("Query") == 2


def test_reading_takes_a_notice_out_of_the_unread() -> None:
    put(a_notice("0A"), a_notice("0B"))
    assert notification_items.replace(
        a_notice("0A"), notifications.read(a_notice("0A"), "ann", after(5))
    )
    assert ids(notification_items.list_unread("acme", 10).items) == ["0B"]
    assert notification_items.get("acme", "0A").read_at == after(5)


def test_the_unread_are_counted_up_to_a_bound(line: Line) -> None:
    put(*[a_notice(f"0{n}") for n in range(9)])
    line.scanned = 0
    assert notification_items.count_unread("acme", most=5) == 5
    assert line.scanned == 5
    assert notification_items.count_unread("acme", most=9) == 9


def test_notices_expire_on_the_day_they_say(engine: Engine) -> None:
    put(a_notice())
    day = NOON + timedelta(days=90)
    assert engine.item(InboxItem)["expires_at"] == {"N": f"{int(day.timestamp())}"}
