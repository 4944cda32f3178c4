"""What a page of audits or notifications costs: by its items, however many there are."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.audits.notifications import Notification, NotificationKind
from chalicelib.store import audit_table, notification_items
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import AuditItem, InboxItem
from infra import template
from tests.audits.makers import a_draft, published
from tests.builders import NOON
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK

PAGES: Final[dict[str, Callable[[], Any]]] = {
    "all": lambda: audit_table.list_newest("acme", 20),
    "in a state": lambda: audit_table.list_in_state("acme", AuditState.ACTIVE, 20),
    "by external id": lambda: audit_table.find_by_external_id("acme", "E7"),
    "notifications": lambda: notification_items.list_newest("acme", 20),
    "unread": lambda: notification_items.list_unread("acme", 20),
    "how many unread": lambda: notification_items.count_unread("acme", most=20),
}


def fill(number: int) -> None:
    for n in range(number):
        make = published if n % 2 else a_draft
        to_item(AuditItem, make(audit_id=f"01{n:06d}", external_id=None)).save()
        notification = Notification(
            tenant_id="acme",
            item_id=f"n#01{n:06d}",
            kind=NotificationKind.AUDIT_REVIEW,
            at=NOON,
            subject="01AUDIT",
            message="Keep it?",
            read_at=NOON if n % 2 else None,
            expires_at=NOON + timedelta(days=90),
        )
        to_item(InboxItem, notification).save()


def costs_among(number: int) -> dict[str, tuple[Counter[str], float]]:
    with connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        fill(number)
        costs = {}
        for name, page in PAGES.items():
            engine.meter.reset()
            page()
            units = sum(engine.meter.read_units.values())
            costs[name] = (Counter(engine.meter.requests), units)
        return costs


@pytest.fixture(scope="module")
def few() -> dict[str, tuple[Counter[str], float]]:
    return costs_among(100)


@pytest.fixture(scope="module")
def many() -> dict[str, tuple[Counter[str], float]]:
    return costs_among(3000)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_among_three_thousand_as_among_a_hundred(
    page: str, few: dict[str, Any], many: dict[str, Any]
) -> None:
    assert few[page] == many[page]
    assert many[page][1] <= 25
