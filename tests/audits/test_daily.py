"""The daily pass: asks once, ends what nobody kept, catches up, and is safe to repeat."""

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.audits.notifications import NotificationKind, Resolution
from chalicelib.engine.audits.daily import MARGIN, daily
from chalicelib.engine.system import System
from chalicelib.store import activity_items, floor_items
from tests.audits.acting import (
    PLENTY,
    deactivate,
    extend,
    kinds,
    notifications,
    pass_at,
    publish,
    reactivate,
    store,
    stored,
)
from tests.audits.makers import DAY, a_draft, published
from tests.builders import MILLISECOND, NOON

REVIEW, ENDED = NotificationKind.AUDIT_REVIEW, NotificationKind.AUDIT_DEACTIVATED
AUDIT = published(NOON)


def counts(summary: dict[str, object]) -> tuple[object, ...]:
    return tuple(summary[name] for name in ("notified", "deactivated", "caught_up", "failed"))


@pytest.mark.parametrize(
    ("at", "state", "expected"),
    [
        (NOON + 30 * DAY - MILLISECOND, AuditState.ACTIVE, []),
        (NOON + 30 * DAY, AuditState.REVIEW_DUE, [REVIEW]),
        (NOON + 30 * DAY + MILLISECOND, AuditState.REVIEW_DUE, [REVIEW]),
        (NOON + 60 * DAY - MILLISECOND, AuditState.REVIEW_DUE, [REVIEW]),
        (NOON + 60 * DAY, AuditState.INACTIVE, [REVIEW, ENDED]),
        (NOON + 61 * DAY, AuditState.INACTIVE, [REVIEW, ENDED]),
    ],
)
def test_the_first_pass_that_sees_an_audit(
    system: System, at: datetime, state: AuditState, expected: list[NotificationKind]
) -> None:
    store(AUDIT)
    pass_at(system, at)
    assert stored(AUDIT).state is state
    assert kinds() == expected


def test_a_pass_a_day_asks_once_and_ends_once(system: System) -> None:
    store(AUDIT)
    for day in range(1, 75):
        pass_at(system, NOON + day * DAY)
        if day == 59:
            assert kinds() == [REVIEW]
    assert kinds() == [REVIEW, ENDED]
    review, ended = notifications()
    assert (review.at, ended.at) == (NOON + 30 * DAY, NOON + 60 * DAY)
    assert stored(AUDIT).deactivated_at == NOON + 60 * DAY


def test_the_same_instant_twice_is_as_once(system: System) -> None:
    store(AUDIT)
    first = pass_at(system, NOON + 30 * DAY)
    again = pass_at(system, NOON + 30 * DAY)
    assert counts(first.as_json()) == (1, 0, 0, 0)
    assert counts(again.as_json()) == (0, 0, 0, 0)
    assert kinds() == [REVIEW]


def test_the_notification_asks_and_says_about_what(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    (notification,) = notifications()
    assert (notification.subject, notification.actions) == ("01AUDIT", ("keep", "deactivate"))
    assert notification.message == "Keep “How we bake” active?"
    assert notification.details == {
        "title": "How we bake",
        "published_at": "2026-03-01T12:00:00.000Z",
        "review_at": "2026-03-31T12:00:00.000Z",
        "deactivates_at": "2026-04-30T12:00:00.000Z",
    }
    assert stored(AUDIT).notification_id == notification.notification_id


def test_a_notification_outlives_the_date_it_is_about(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    assert notifications()[0].expires_at == NOON + 150 * DAY


def test_the_end_answers_the_open_question(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    pass_at(system, NOON + 60 * DAY)
    review, ended = notifications()
    assert (review.resolution, review.resolved_by) == (Resolution.DEACTIVATE, "baton")
    assert review.resolved_at == NOON + 60 * DAY
    assert review.actions == ended.actions == ()
    assert (ended.read_at, stored(AUDIT).notification_id) == (None, None)


def test_what_is_caught_up_in_one_pass_is_recorded_as_such(system: System) -> None:
    store(AUDIT)
    summary = pass_at(system, NOON + 61 * DAY)
    assert counts(summary.as_json()) == (1, 1, 1, 0)
    review, ended = notifications()
    assert (review.resolution, review.resolved_by) == (Resolution.DEACTIVATE, "baton")
    assert ended.details == {"title": "How we bake", "caught_up": True}
    (change,) = activity_items.list_activity("acme", 10).items
    assert (change.actor, change.action, change.subject) == (
        "baton",
        "audit_deactivated",
        "01AUDIT",
    )
    assert change.details is not None
    assert change.details["caught_up"] is True
    assert (change.details["before"]["state"], change.details["after"]["state"]) == (
        "active",
        "inactive",
    )


def test_an_end_in_its_time_is_not_recorded_as_caught_up(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    pass_at(system, NOON + 60 * DAY)
    assert notifications()[1].details == {"title": "How we bake", "caught_up": False}


def test_an_extension_begins_a_new_cycle_with_a_question_of_its_own(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    system.clock.sleep(DAY.total_seconds())
    extend(system, AUDIT)
    pass_at(system, NOON + 61 * DAY - MILLISECOND)
    assert kinds() == [REVIEW]
    pass_at(system, NOON + 61 * DAY)
    assert kinds() == [REVIEW, REVIEW]
    pass_at(system, NOON + 91 * DAY)
    assert kinds() == [REVIEW, REVIEW, ENDED]
    assert [notification.resolution for notification in notifications()] == [
        "keep",
        "deactivate",
        None,
    ]


def test_a_reactivated_audit_is_asked_about_and_ended_again(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 61 * DAY)
    reactivate(system, AUDIT)
    pass_at(system, NOON + 91 * DAY)
    pass_at(system, NOON + 121 * DAY)
    assert kinds() == [REVIEW, ENDED, REVIEW, ENDED]


def test_drafts_and_inactive_ones_are_left_alone(system: System) -> None:
    draft, other = a_draft(), published(NOON, audit_id="01OTHER")
    store(draft, other)
    deactivate(system, other)
    summary = pass_at(system, NOON + 400 * DAY)
    assert summary.as_json()["looked_at"] == 0
    assert kinds() == []


def test_a_draft_published_later_counts_from_then(system: System) -> None:
    store(a_draft())
    system.clock.sleep((10 * DAY).total_seconds())
    publish(system, a_draft())
    pass_at(system, NOON + 40 * DAY - MILLISECOND)
    assert kinds() == []
    pass_at(system, NOON + 40 * DAY)
    assert kinds() == [REVIEW]


def test_each_tenant_gets_its_own_notifications(system: System) -> None:
    store(AUDIT, published(NOON, tenant_id="umbrella"))
    pass_at(system, NOON + 30 * DAY)
    assert kinds("acme") == kinds("umbrella") == [REVIEW]


def test_the_pass_leaves_a_mark_with_its_summary(system: System) -> None:
    store(AUDIT)
    pass_at(system, NOON + 30 * DAY)
    assert floor_items.last("daily") == {
        "at": "2026-03-31T12:00:00.000Z",
        "summary": {
            "looked_at": 1,
            "notified": 1,
            "deactivated": 0,
            "caught_up": 0,
            "failed": 0,
            "done": True,
        },
    }


def test_with_no_time_nothing_is_begun_and_nobody_is_called(system: System) -> None:
    store(AUDIT)
    system.clock.sleep((31 * DAY).total_seconds())
    summary = daily(system, MARGIN)
    assert summary.as_json()["done"] is False
    assert kinds() == []
    assert daily(system, MARGIN + timedelta(milliseconds=1)).is_done
    assert kinds() == [REVIEW]


def test_no_time_and_nothing_due_is_done(system: System) -> None:
    assert daily(system, timedelta(0)).is_done
    assert daily(system, PLENTY).is_done
