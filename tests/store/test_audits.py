"""Audits in storage: their indexes, their external ids, and what a lost write leaves."""

from dataclasses import replace
from typing import Final

import pytest

from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import REVIEW_SHARDS, Audit, AuditState
from chalicelib.domain.errors import NotFound
from chalicelib.platform.clock import SystemClock
from chalicelib.store import audit_table
from chalicelib.store.dynamodb.models import AuditItem
from chalicelib.store.dynamodb.paging import BadCursor, Page, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction
from tests.audits.makers import DAY, TERMS, a_draft, published
from tests.builders import MILLISECOND, NOON
from tests.store.engines import Engine, Line
from tests.store.writing import lost_by

FULL: Final = replace(
    lifecycle.deactivate(
        published(NOON, url="https://example.com", external_id="B-1"), "bob", NOON
    ),
    notification_id="01NOTICE",
)


def put(*these: Audit) -> set[str]:
    lost: set[str] = set()
    for audit in these:
        transaction = Transaction(SystemClock())
        audit_table.put(transaction, audit)
        lost |= lost_by(transaction)
    return lost


def change(seen: Audit, after: Audit) -> set[str]:
    transaction = Transaction(SystemClock())
    audit_table.update(transaction, seen, after)
    return lost_by(transaction)


def delete(seen: Audit) -> set[str]:
    transaction = Transaction(SystemClock())
    audit_table.delete(transaction, seen)
    return lost_by(transaction)


def due(at_day: float) -> list[str]:
    return sorted(audit_id for _, audit_id in audit_table.due_keys(NOON + at_day * DAY))


@pytest.mark.parametrize("audit", [a_draft(), published(NOON), FULL], ids=lambda it: it.state)
def test_an_audit_is_read_as_it_was_stored(audit: Audit) -> None:
    put(audit)
    assert audit_table.get("acme", "01AUDIT") == audit


def test_what_is_not_there_is_not_found() -> None:
    put(a_draft(external_id="B-1"))
    for tenant_id, audit_id in (
        ("acme", "01OTHER"),
        ("umbrella", "01AUDIT"),
        ("acme", "#external#B-1"),
    ):
        with pytest.raises(NotFound, match=r"^There is no such audit\.$"):
            audit_table.get(tenant_id, audit_id)


def test_a_change_on_an_old_look_is_lost() -> None:
    seen = a_draft()
    put(seen)
    after = lifecycle.publish(seen, NOON, NOON, TERMS)
    assert change(seen, after) == set()
    assert change(seen, after) == {"audit"}
    assert delete(seen) == {"audit"}
    assert delete(after) == set()


def test_no_audit_is_stored_over_another() -> None:
    put(a_draft())
    assert put(a_draft(title="Other")) == {"audit"}
    assert audit_table.get("acme", "01AUDIT").title == "How we bake"


# The review index


def test_what_is_due_at_that_very_instant_is_due() -> None:
    put(published(NOON))
    assert list(audit_table.due_keys(NOON + 30 * DAY - MILLISECOND)) == []
    assert list(audit_table.due_keys(NOON + 30 * DAY)) == [("acme", "01AUDIT")]


def test_after_its_review_an_audit_is_due_at_its_end() -> None:
    seen = published(NOON)
    put(seen)
    reviewed = lifecycle.review(seen, NOON + 30 * DAY)
    assert reviewed is not None
    change(seen, reviewed.audit)
    assert due(59) == []
    assert due(60) == ["01AUDIT"]


def test_only_what_has_a_date_ahead_is_in_the_index(line: Line) -> None:
    put(*[a_draft(audit_id=f"01D{n}") for n in range(9)])
    put(*[replace(FULL, audit_id=f"01F{n}", external_id=None) for n in range(9)])
    put(published(NOON))
    line.requests.clear()
    line.scanned = 0
    assert due(1000) == ["01AUDIT"]
    assert (line.count("Query"), line.scanned) == (REVIEW_SHARDS, 1)
    assert {request["IndexName"] for _, request in line.requests} == {"review"}


def test_what_left_the_index_is_not_due() -> None:
    seen = published(NOON)
    put(seen)
    change(seen, lifecycle.deactivate(seen, "bob", NOON))
    assert due(1000) == []


def test_every_tenants_audits_are_due() -> None:
    put(published(NOON), published(NOON, tenant_id="umbrella"))
    assert sorted(audit_table.due_keys(NOON + 30 * DAY)) == [
        ("acme", "01AUDIT"),
        ("umbrella", "01AUDIT"),
    ]


def test_an_unreadable_audit_is_put_aside_and_nothing_else_of_it_changes(engine: Engine) -> None:
    put(published(NOON), published(NOON, audit_id="01B"))
    before = {item["audit_id"]["S"]: item for item in engine.items(AuditItem)}
    audit_table.put_aside(("acme", "01AUDIT"))
    assert due(30) == ["01B"]
    assert before["01AUDIT"].pop("review_shard")
    assert {item["audit_id"]["S"]: item for item in engine.items(AuditItem)} == before


def test_putting_aside_what_is_gone_leaves_nothing_behind(engine: Engine) -> None:
    audit_table.put_aside(("acme", "01GONE"))
    assert engine.items(AuditItem) == []


# Lists


def ids(page_of: list[Audit]) -> list[str]:
    return [audit.audit_id for audit in page_of]


def test_lists_show_audits_and_not_what_holds_their_external_ids() -> None:
    put(*[a_draft(audit_id=f"01A{n}", external_id=f"E{n}") for n in range(4)])
    first = audit_table.list_newest("acme", 3)
    rest = audit_table.list_newest("acme", 3, first.next_cursor)
    assert ids(first.items) + ids(rest.items) == ["01A3", "01A2", "01A1", "01A0"]
    assert rest.next_cursor is None


def test_a_page_of_a_state_reads_no_other(line: Line) -> None:
    put(*[a_draft(audit_id=f"01D{n}") for n in range(12)])
    put(*[published(NOON, audit_id=f"01P{n}") for n in range(3)])
    line.requests.clear()
    line.scanned = 0
    page = audit_table.list_in_state("acme", AuditState.ACTIVE, 10)
    assert ids(page.items) == ["01P2", "01P1", "01P0"]
    assert (line.scanned, [name for name, _ in line.requests]) == (3, ["Query", "BatchGetItem"])


def test_one_states_list_is_not_anothers_whose_name_begins_alike() -> None:
    put(a_draft(audit_id="01A", state=AuditState.INACTIVE), published(NOON, audit_id="01B"))
    assert ids(audit_table.list_in_state("acme", AuditState.ACTIVE, 10).items) == ["01B"]
    assert ids(audit_table.list_in_state("acme", AuditState.INACTIVE, 10).items) == ["01A"]


def test_other_tenants_audits_are_not_listed() -> None:
    put(published(NOON, tenant_id="umbrella"))
    assert audit_table.list_newest("acme", 10).items == []
    assert audit_table.list_in_state("acme", AuditState.ACTIVE, 10).items == []


def test_a_cursor_leads_on_in_its_own_list_only() -> None:
    put(*[published(NOON, audit_id=f"01A{n}", external_id=f"E{n}") for n in range(3)])
    of_all = audit_table.list_newest("acme", 1).next_cursor
    of_state = audit_table.list_in_state("acme", AuditState.ACTIVE, 1).next_cursor
    with pytest.raises(BadCursor):
        audit_table.list_newest("umbrella", 1, of_all)
    with pytest.raises(BadCursor):
        audit_table.list_newest("acme", 1, of_state)
    for state, cursor in ((AuditState.ACTIVE, of_all), (AuditState.DRAFT, of_state)):
        with pytest.raises(BadCursor):
            audit_table.list_in_state("acme", state, 1, cursor)


def test_a_cursor_made_up_before_every_audit_ends_the_list() -> None:
    put(a_draft())
    cursor = to_cursor({"tenant_id": {"S": "acme"}, "audit_id": {"S": "0"}})
    assert audit_table.list_newest("acme", 1, cursor) == Page([])


# External ids


def test_an_external_id_is_found_and_taken() -> None:
    put(FULL)
    assert audit_table.find_by_external_id("acme", "B-1") == FULL
    assert audit_table.find_by_external_id("acme", "B") is None
    assert audit_table.find_by_external_id("umbrella", "B-1") is None
    assert put(a_draft(audit_id="01B", external_id="B-1")) == {"external_id"}
    assert audit_table.find("acme", "01B") is None
    assert put(a_draft(tenant_id="umbrella", external_id="B-1")) == set()


def test_a_change_of_the_external_id_frees_the_old_and_takes_the_new() -> None:
    seen = a_draft(external_id="A")
    put(seen, a_draft(audit_id="01B", external_id="B"))
    assert change(seen, replace(seen, external_id="B", version=2)) == {"external_id"}
    assert change(seen, replace(seen, external_id="C", version=2)) == set()
    assert put(a_draft(audit_id="01C", external_id="A")) == set()


def test_a_deletion_frees_it(engine: Engine) -> None:
    put(FULL)
    assert delete(FULL) == set()
    assert engine.items(AuditItem) == []
