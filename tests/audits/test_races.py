"""The daily pass and a person at the same moment, whoever comes first; and why it ends well."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.audits import audit as audits
from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.audits.notifications import NotificationKind, Resolution
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.engine.audits import audit_changes
from chalicelib.engine.audits.audit_changes import AuditChange
from chalicelib.engine.audits.daily import daily
from chalicelib.engine.system import System
from chalicelib.store import activity_items, audit_table, notification_items
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import AuditItem
from tests.audits.acting import (
    PLENTY,
    deactivate,
    extend,
    key,
    kinds,
    notifications,
    pass_at,
    store,
    stored,
)
from tests.audits.interleaving import meanwhile
from tests.audits.makers import DAY, published
from tests.builders import ANN, NOON
from tests.dynamodb import InMemoryDynamoDB
from tests.simulation.swapping import swapped

REVIEW, ENDED = NotificationKind.AUDIT_REVIEW, NotificationKind.AUDIT_DEACTIVATED
AUDIT = published(NOON)
DAY_30, DAY_60 = NOON + 30 * DAY, NOON + 60 * DAY


@pytest.fixture
def asked(system: System) -> None:
    """The audit was asked about, and today it is to end."""
    store(AUDIT)
    pass_at(system, DAY_30)
    system.clock.sleep((30 * DAY).total_seconds())


@pytest.fixture
def due(system: System) -> None:
    """The audit is to be asked about today."""
    store(AUDIT)
    system.clock.sleep((30 * DAY).total_seconds())


def delete(system: System) -> None:
    change = AuditChange(
        by=ANN, action="audit_deleted", now=system.clock.now(), answer=Resolution.DELETED
    )
    audit_changes.delete(system, key(AUDIT), change, lambda _: None)


def answers() -> list[tuple[NotificationKind, str | None, str | None]]:
    return [
        (notification.kind, notification.resolution, notification.resolved_by)
        for notification in notifications()
    ]


# On the day it ends


@pytest.mark.usefixtures("asked")
def test_extended_while_the_pass_decides_it_stays(
    system: System, database: InMemoryDynamoDB
) -> None:
    with meanwhile(database, lambda: extend(system, AUDIT)):
        summary = daily(system, PLENTY)
    assert stored(AUDIT).state is AuditState.ACTIVE
    assert stored(AUDIT).review_at == DAY_60 + 30 * DAY
    assert answers() == [(REVIEW, "keep", "ann")]
    assert (summary.as_json()["deactivated"], summary.as_json()["failed"]) == (0, 0)


@pytest.mark.usefixtures("asked")
def test_ended_while_somebody_extends_it_they_are_told_and_it_stays_ended(
    system: System, database: InMemoryDynamoDB
) -> None:
    with (
        meanwhile(database, lambda: daily(system, PLENTY)),
        pytest.raises(Conflict, match="is inactive cannot be extended"),
    ):
        extend(system, AUDIT)
    assert stored(AUDIT).state is AuditState.INACTIVE
    assert answers() == [(REVIEW, "deactivate", "baton"), (ENDED, None, None)]


@pytest.mark.usefixtures("asked")
def test_a_person_and_the_pass_end_it_together_and_it_is_the_persons_activity(
    system: System, database: InMemoryDynamoDB
) -> None:
    with meanwhile(database, lambda: deactivate(system, AUDIT)):
        daily(system, PLENTY)
    assert stored(AUDIT).deactivated_by == "ann"
    assert answers() == [(REVIEW, "deactivate", "ann")]


@pytest.mark.usefixtures("asked")
def test_deleted_while_the_pass_decides_it_stays_deleted(
    system: System, database: InMemoryDynamoDB
) -> None:
    with meanwhile(database, lambda: delete(system)):
        daily(system, PLENTY)
    assert audit_table.find(*key(AUDIT)) is None
    assert answers() == [(REVIEW, "deleted", "ann")]


@pytest.mark.usefixtures("asked")
def test_two_passes_end_it_once(system: System, database: InMemoryDynamoDB) -> None:
    with meanwhile(database, lambda: daily(system, PLENTY)):
        daily(system, PLENTY)
    assert kinds() == [REVIEW, ENDED]
    ends = [
        change
        for change in activity_items.list_activity("acme", 10).items
        if change.actor == "baton"
    ]
    assert len(ends) == 1


# On the day it is asked about


@pytest.mark.usefixtures("due")
def test_two_passes_ask_once(system: System, database: InMemoryDynamoDB) -> None:
    with meanwhile(database, lambda: daily(system, PLENTY)):
        daily(system, PLENTY)
    assert kinds() == [REVIEW]


@pytest.mark.usefixtures("due")
def test_extended_while_the_pass_is_about_to_ask_it_is_not_asked_about(
    system: System, database: InMemoryDynamoDB
) -> None:
    with meanwhile(database, lambda: extend(system, AUDIT)):
        daily(system, PLENTY)
    assert stored(AUDIT).state is AuditState.ACTIVE
    assert kinds() == []


@pytest.mark.usefixtures("due")
def test_asked_about_while_somebody_extends_it_the_question_is_answered(
    system: System, database: InMemoryDynamoDB
) -> None:
    with meanwhile(database, lambda: daily(system, PLENTY)):
        extend(system, AUDIT)
    assert stored(AUDIT).state is AuditState.ACTIVE
    assert stored(AUDIT).notification_id is None
    assert answers() == [(REVIEW, "keep", "ann")]


# Answers to the notification


def answer(system: System, action: Resolution, by: str) -> Resolution | None:
    """Somebody who has the question on their screen answers it."""
    (seen,) = [notification for notification in notifications() if notification.kind is REVIEW]
    now = system.clock.now()
    change = AuditChange(by=Actor(by, f"token:{by}"), action="answered", now=now, answer=action)
    decisions: dict[Resolution, Callable[[audits.Audit], audits.Audit]] = {
        Resolution.KEEP: lambda audit: lifecycle.extend(audit, now, audits.AuditTerms()),
        Resolution.DEACTIVATE: lambda audit: lifecycle.deactivate(audit, by, now),
    }
    return audit_changes.answer_notification(system, seen, change, decisions[action]).resolution


@pytest.mark.usefixtures("asked")
def test_two_people_keep_it_and_it_is_extended_once(
    system: System, database: InMemoryDynamoDB
) -> None:
    before = stored(AUDIT).version
    with meanwhile(database, lambda: answer(system, Resolution.KEEP, "bob")):
        assert answer(system, Resolution.KEEP, "ann") is Resolution.KEEP
    assert stored(AUDIT).version == before + 1
    assert answers() == [(REVIEW, "keep", "bob")]


@pytest.mark.usefixtures("asked")
def test_of_two_different_answers_the_first_holds(
    system: System, database: InMemoryDynamoDB
) -> None:
    with (
        meanwhile(database, lambda: answer(system, Resolution.KEEP, "bob")),
        pytest.raises(Conflict, match="keep, by bob"),
    ):
        answer(system, Resolution.DEACTIVATE, "ann")
    assert stored(AUDIT).state is AuditState.ACTIVE


@pytest.mark.usefixtures("asked")
def test_an_answer_to_a_deleted_audits_question_comes_too_late(
    system: System, database: InMemoryDynamoDB
) -> None:
    with (
        meanwhile(database, lambda: delete(system)),
        pytest.raises(Conflict, match="deleted, by ann"),
    ):
        answer(system, Resolution.KEEP, "bob")
    with pytest.raises(NotFound):
        stored(AUDIT)


@pytest.mark.usefixtures("asked")
def test_a_notification_read_while_it_is_answered_keeps_both(
    system: System, database: InMemoryDynamoDB
) -> None:
    (seen,) = notifications()

    def read() -> None:
        after = replace(seen, read_at=system.clock.now(), read_by="bob")
        assert notification_items.replace(seen, after)

    with meanwhile(database, read):
        extend(system, AUDIT)
    assert answers() == [(REVIEW, "keep", "ann")]
    assert notifications()[0].read_at is not None


# The guard


@contextmanager
def without_the_guard() -> Iterator[None]:
    """An audit is written whatever has become of it since it was read."""
    with swapped(conditions, "audit_is_unchanged", lambda _seen: AuditItem.audit_id.exists()):
        yield


@pytest.mark.usefixtures("due")
def test_without_the_guard_two_passes_ask_twice(system: System, database: InMemoryDynamoDB) -> None:
    with without_the_guard(), meanwhile(database, lambda: daily(system, PLENTY)):
        daily(system, PLENTY)
    assert kinds() == [REVIEW, REVIEW]


@pytest.mark.usefixtures("due")
def test_without_the_guard_an_extended_audit_is_asked_about_all_the_same(
    system: System, database: InMemoryDynamoDB
) -> None:
    with without_the_guard(), meanwhile(database, lambda: extend(system, AUDIT)):
        daily(system, PLENTY)
    assert stored(AUDIT).state is AuditState.REVIEW_DUE


@pytest.mark.usefixtures("due")
def test_without_the_guard_the_question_stays_open_though_the_audit_was_kept(
    system: System, database: InMemoryDynamoDB
) -> None:
    with without_the_guard(), meanwhile(database, lambda: daily(system, PLENTY)):
        extend(system, AUDIT)
    assert answers() == [(REVIEW, None, None)]


@pytest.mark.usefixtures("due")
def test_without_the_guard_an_extended_audit_can_end_before_its_time(
    system: System, database: InMemoryDynamoDB
) -> None:
    system.clock.sleep((31 * DAY).total_seconds())
    with without_the_guard(), meanwhile(database, lambda: extend(system, AUDIT)):
        daily(system, PLENTY)
    assert stored(AUDIT).state is AuditState.INACTIVE
