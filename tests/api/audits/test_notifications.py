"""The inbox over HTTP."""

from typing import Any

import pytest

from chalicelib.api.resources import notification_routes
from tests.api.audits.test_audits import DAY, create, do, published, wrong_fields
from tests.api_client import Api
from tests.harness import Answer, Stack


def asked(stack: Stack) -> tuple[dict[str, Any], dict[str, Any]]:
    """An audit whose owners were asked today, and the notification that asks."""
    audit = published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    (notification,) = stack.http("GET", "/v1/notifications", token=stack.viewer).json["items"]
    return audit, notification


def resolve(stack: Stack, notification: dict[str, Any], action: Any, token: str = "") -> Answer:
    path = f"/v1/notifications/{notification['id']}/resolve"
    return stack.http("POST", path, {"action": action}, token=token or stack.operator)


def inbox(stack: Stack, query: str = "") -> dict[str, Any]:
    return dict(stack.http("GET", f"/v1/notifications{query}", token=stack.viewer).json)


def test_a_review_asks_whether_to_keep_the_audit(stack: Stack, api: Api) -> None:
    audit, notification = asked(stack)
    assert notification == {
        "id": notification["id"],
        "kind": "audit_review",
        "at": "2026-03-31T00:00:00.000Z",
        "subject": audit["id"],
        "audit_id": audit["id"],
        "schedule_id": None,
        "run_id": None,
        "message": "Keep “How we bake” active?",
        "details": {
            "title": "How we bake",
            "published_at": "2026-03-01T00:00:00.000Z",
            "review_at": "2026-03-31T00:00:00.000Z",
            "deactivates_at": "2026-04-30T00:00:00.000Z",
        },
        "actions": ["keep", "deactivate"],
        "read": False,
        "read_at": None,
        "read_by": None,
        "resolution": None,
        "resolved_at": None,
        "resolved_by": None,
    }
    assert api.get(f"/v1/notifications/{notification['id']}") == notification
    now = api.get(f"/v1/audits/{audit['id']}")
    assert (now["state"], now["notification_id"]) == ("review_due", notification["id"])
    assert now["review_at"] == "2026-03-31T00:00:00.000Z"


def test_keep_extends_the_audit(stack: Stack, api: Api) -> None:
    audit, notification = asked(stack)
    stack.advance(DAY)
    answer = resolve(stack, notification, "keep")
    assert answer.status == 200
    assert (answer.json["resolution"], answer.json["actions"]) == ("keep", [])
    assert answer.json["resolved_by"] == "default-operator"
    assert answer.json["read"] is True
    now = api.get(f"/v1/audits/{audit['id']}")
    assert (now["state"], now["notification_id"]) == ("active", None)
    assert now["review_at"] == "2026-05-01T00:00:00.000Z"


def test_deactivate_takes_it_down(stack: Stack, api: Api) -> None:
    audit, notification = asked(stack)
    assert resolve(stack, notification, "deactivate").status == 200
    now = api.get(f"/v1/audits/{audit['id']}")
    assert (now["state"], now["deactivated_by"]) == ("inactive", "default-operator")


@pytest.mark.parametrize(("what", "resolution"), [("extend", "keep"), ("deactivate", "deactivate")])
def test_the_audit_itself_answers_its_notification(
    stack: Stack, what: str, resolution: str
) -> None:
    audit, _ = asked(stack)
    do(stack, audit, what)
    (notification,) = inbox(stack)["items"]
    assert (notification["resolution"], notification["read"]) == (resolution, True)
    assert inbox(stack, "?unread=true") == {"items": [], "next_cursor": None, "unread_count": 0}


def test_a_deleted_audit_leaves_no_question_open(stack: Stack) -> None:
    audit, notification = asked(stack)
    stack.http("DELETE", f"/v1/audits/{audit['id']}", token=stack.operator)
    (after,) = inbox(stack)["items"]
    assert (after["resolution"], after["actions"]) == ("deleted", [])
    assert resolve(stack, notification, "keep").status == 409


def test_the_same_answer_twice_is_harmless_and_another_is_a_conflict(
    stack: Stack, api: Api
) -> None:
    audit, notification = asked(stack)
    first = resolve(stack, notification, "keep")
    stack.advance(DAY)
    again = resolve(stack, notification, "keep")
    assert (again.status, again.json) == (200, first.json)
    assert api.get(f"/v1/audits/{audit['id']}")["review_at"] == "2026-04-30T00:00:00.000Z"
    other = resolve(stack, notification, "deactivate")
    assert (other.status, other.json["code"]) == (409, "conflict")
    assert api.get(f"/v1/audits/{audit['id']}")["state"] == "active"


def test_an_old_answer_does_not_touch_a_later_cycle(stack: Stack, api: Api) -> None:
    audit, notification = asked(stack)
    do(stack, audit, "deactivate")
    do(stack, audit, "reactivate")
    assert resolve(stack, notification, "deactivate").status == 200
    assert api.get(f"/v1/audits/{audit['id']}")["state"] == "active"


def test_after_the_end_it_is_too_late_to_keep(stack: Stack, api: Api) -> None:
    audit, notification = asked(stack)
    stack.advance(30 * DAY)
    stack.daily()
    answer = resolve(stack, notification, "keep")
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert "by baton" in answer.json["detail"]
    assert api.get(f"/v1/audits/{audit['id']}")["state"] == "inactive"
    (ended, _) = inbox(stack)["items"]
    assert (ended["kind"], ended["audit_id"], ended["actions"]) == (
        "audit_deactivated",
        audit["id"],
        [],
    )
    assert resolve(stack, ended, "keep").status == 409


def test_an_unknown_answer_is_refused(stack: Stack) -> None:
    _, notification = asked(stack)
    for action in [None, "", "delete", "deleted", 1]:
        assert wrong_fields(resolve(stack, notification, action)) == ["action"], action
    assert inbox(stack)["items"] == [notification]


def test_reading_counts_down_and_the_first_reader_is_kept(stack: Stack) -> None:
    for _ in range(3):
        published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    assert inbox(stack)["unread_count"] == 3
    newest = inbox(stack, "?unread=true")["items"][0]
    path = f"/v1/notifications/{newest['id']}/read"
    first = stack.http("POST", path, token=stack.operator)
    assert (first.status, first.json["read"]) == (200, True)
    assert first.json["read_by"] == "default-operator"
    stack.advance(60)
    assert stack.http("POST", path, token=stack.admin).json == first.json
    unread = inbox(stack, "?unread=true")
    assert (len(unread["items"]), unread["unread_count"]) == (2, 2)
    assert newest["id"] not in [notification["id"] for notification in unread["items"]]
    assert len(inbox(stack)["items"]) == 3


@pytest.mark.parametrize("unread", ["", "&unread=true"])
def test_notifications_are_listed_newest_first_page_by_page(stack: Stack, unread: str) -> None:
    for _ in range(5):
        create(stack, published_at="2025-12-15T00:00:00Z")
    stack.daily()
    whole = inbox(stack, f"?limit=200{unread}")["items"]
    limit = 3 if unread else 6
    first = inbox(stack, f"?limit={limit}{unread}")
    rest = inbox(stack, f"?limit={limit}{unread}&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == whole
    made = [notification["id"] for notification in whole]
    assert made == sorted(made, reverse=True)
    assert len(whole) == (5 if unread else 10)


def test_a_cursor_of_another_list_is_refused(stack: Stack, api: Api) -> None:
    for _ in range(2):
        published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    of_activities = api.get("/v1/activity?limit=1")["next_cursor"]
    of_unread = inbox(stack, "?limit=1&unread=true")["next_cursor"]
    for path in (
        f"/v1/notifications?cursor={of_activities}",
        f"/v1/notifications?cursor={of_unread}",
        f"/v1/activity?cursor={inbox(stack, '?limit=1')['next_cursor']}",
    ):
        answer = stack.http("GET", path, token=stack.viewer)
        assert (answer.status, answer.json["code"]) == (400, "bad_cursor"), path


def test_notifications_and_activity_are_kept_apart(stack: Stack, api: Api) -> None:
    asked(stack)
    assert [activity["action"] for activity in api.get("/v1/activity")["items"]] == [
        "audit_created"
    ]


def test_another_tenants_notification_is_not_there(stack: Stack) -> None:
    _, notification = asked(stack)
    stranger = stack.token("other", ["admin"])
    path = f"/v1/notifications/{notification['id']}"
    assert stack.http("GET", path, token=stranger).status == 404
    assert stack.http("POST", f"{path}/read", token=stranger).status == 404
    assert resolve(stack, notification, "keep", token=stranger).status == 404
    theirs = stack.http("GET", "/v1/notifications", token=stranger).json
    assert theirs == {"items": [], "next_cursor": None, "unread_count": 0}


def test_a_viewer_reads_the_inbox_and_an_operator_answers(stack: Stack) -> None:
    _, notification = asked(stack)
    path = f"/v1/notifications/{notification['id']}"
    assert stack.http("POST", f"{path}/read", token=stack.viewer).json["read"]
    assert resolve(stack, notification, "keep", token=stack.viewer).status == 403
    assert stack.http("GET", "/v1/notifications").status == 401


def test_what_the_query_does_not_know_is_refused(stack: Stack) -> None:
    for query in ["unread=yes", "unread=", "limit=0", "kind=audit_review"]:
        answer = stack.http("GET", f"/v1/notifications?{query}", token=stack.viewer)
        assert answer.status == 422, query


def test_all_that_was_seen_is_marked_as_read_at_once(api: Api, stack: Stack) -> None:
    for _ in range(3):
        published(stack)
        stack.advance(1)
    stack.advance(30 * DAY)
    stack.daily()
    newest, second, _ = inbox(stack, "?unread=true")["items"]
    body = {"up_to": second["id"]}
    answer = stack.http("POST", "/v1/notifications/read-all", body, token=stack.viewer)
    assert answer.json == {"read": 2, "unread_count": 1}
    assert [each["id"] for each in inbox(stack, "?unread=true")["items"]] == [newest["id"]]
    foreign = stack.token("acme", ["viewer"])
    nothing = stack.http("POST", "/v1/notifications/read-all", {}, token=foreign)
    assert nothing.json == {"read": 0, "unread_count": 0}
    rest = stack.http("POST", "/v1/notifications/read-all", token=stack.viewer)
    assert rest.json == {"read": 1, "unread_count": 0}
    assert inbox(stack)["items"][0]["read_by"] == "default-viewer"


def test_of_very_many_unread_some_are_marked_and_the_others_counted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification_routes, "_MOST_READ_AT_ONCE", 2)
    monkeypatch.setattr(notification_routes, "_READ_AT_ONCE", 2)
    for _ in range(3):
        published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    first = stack.http("POST", "/v1/notifications/read-all", token=stack.viewer)
    assert first.json == {"read": 2, "unread_count": 1}
