"""Audits over HTTP."""

from typing import Any, Final

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

DAY = 86_400
#: Bodies of a creation, and the fields that are wrong with each.
BAD: Final[list[tuple[dict[str, Any], list[str]]]] = [
    ({}, ["title"]),
    ({"title": 1}, ["title"]),
    ({"title": "  "}, ["title"]),
    ({"title": "a\nb"}, ["title"]),
    ({"title": "a\u0000"}, ["title"]),
    ({"title": "x" * 201}, ["title"]),
    ({"title": "A", "url": "javascript:alert(1)"}, ["url"]),
    ({"title": "A", "url": "https://"}, ["url"]),
    ({"title": "A", "url": "https://a:99999/"}, ["url"]),
    ({"title": "A", "url": "https://a/ b"}, ["url"]),
    ({"title": "A", "url": "https://a/" + "x" * 2000}, ["url"]),
    ({"title": "A", "external_id": ""}, ["external_id"]),
    ({"title": "A", "external_id": "x" * 201}, ["external_id"]),
    ({"title": "A", "published_at": "yesterday"}, ["published_at"]),
    ({"title": "A", "published_at": 1}, ["published_at"]),
    ({"title": "A", "published_at": "2026-01-01"}, ["published_at"]),
    ({"title": "A", "state": "active", "x": 1}, ["state", "x"]),
    ({"title": "", "url": "", "external_id": 5}, ["external_id", "title", "url"]),
]


def create(stack: Stack, token: str | None = None, **changes: Any) -> dict[str, Any]:
    body = {"title": "How we bake", **changes}
    answer = stack.http("POST", "/v1/audits", body, token=token or stack.operator)
    assert answer.status == 201, answer.json
    return dict(answer.json)


def published(stack: Stack, **changes: Any) -> dict[str, Any]:
    return create(stack, **{"published_at": "2026-03-01T00:00:00Z", **changes})


def do(stack: Stack, audit: dict[str, Any], what: str, body: Any = None) -> Answer:
    return stack.http("POST", f"/v1/audits/{audit['id']}/{what}", body, token=stack.operator)


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer["items"]]


def wrong_fields(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.json
    return sorted(error["field"] for error in answer.json["errors"])


def test_an_audit_is_created_as_a_draft_with_no_dates(stack: Stack, api: Api) -> None:
    body = {"title": "How we bake", "url": "https://example.com/bread?a=1", "external_id": "B-1"}
    answer = stack.http("POST", "/v1/audits", body, token=stack.operator)
    audit = answer.json
    assert (answer.status, answer.headers["location"]) == (201, f"/v1/audits/{audit['id']}")
    assert audit == {
        "id": audit["id"],
        **body,
        "state": "draft",
        "published_at": None,
        "review_at": None,
        "deactivates_at": None,
        "deactivated_at": None,
        "deactivated_by": None,
        "notification_id": None,
        "created_at": "2026-03-01T00:00:00.000Z",
        "created_by": "default-operator",
        "updated_at": "2026-03-01T00:00:00.000Z",
    }
    assert api.get(f"/v1/audits/{audit['id']}") == audit


def test_published_at_publishes_right_away_also_in_the_past(stack: Stack) -> None:
    audit = create(stack, published_at="2026-01-15T08:30:00+01:00")
    assert (audit["state"], audit["published_at"]) == ("active", "2026-01-15T07:30:00.000Z")
    assert audit["review_at"] == "2026-02-14T07:30:00.000Z"
    assert audit["deactivates_at"] == "2026-03-16T07:30:00.000Z"


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-03-01T00:01:00Z", 201),
        ("2026-03-01T00:01:00.001Z", 422),
        ("9999-12-31T00:00:00Z", 422),
        ("1970-01-01T00:00:00Z", 201),
        ("1969-12-31T23:59:59Z", 422),
    ],
)
def test_published_at_may_not_lie_in_the_future_but_clocks_differ(
    stack: Stack, at: str, status: int
) -> None:
    body = {"title": "A", "published_at": at}
    assert stack.http("POST", "/v1/audits", body, token=stack.operator).status == status


def test_a_draft_is_published_now(stack: Stack) -> None:
    audit = create(stack)
    stack.advance(DAY)
    after = do(stack, audit, "publish")
    assert (after.status, after.json["state"]) == (200, "active")
    assert after.json["published_at"] == "2026-03-02T00:00:00.000Z"
    assert after.json["review_at"] == "2026-04-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "review_at", "deactivates_at"),
    [
        (None, "2026-04-10T00:00:00.000Z", "2026-05-10T00:00:00.000Z"),
        ({"days": None}, "2026-04-10T00:00:00.000Z", "2026-05-10T00:00:00.000Z"),
        ({"days": 90}, "2026-06-09T00:00:00.000Z", "2026-07-09T00:00:00.000Z"),
        ({"days": 1}, "2026-03-12T00:00:00.000Z", "2026-04-11T00:00:00.000Z"),
    ],
)
def test_an_extension_counts_from_now(
    stack: Stack, body: Any, review_at: str, deactivates_at: str
) -> None:
    audit = published(stack)
    stack.advance(10 * DAY)
    after = do(stack, audit, "extend", body)
    assert after.status == 200
    assert (after.json["review_at"], after.json["deactivates_at"]) == (review_at, deactivates_at)


def test_deactivated_by_hand_and_reactivated(stack: Stack) -> None:
    audit = published(stack)
    stack.advance(DAY)
    off = do(stack, audit, "deactivate").json
    assert (off["state"], off["deactivated_by"]) == ("inactive", "default-operator")
    assert off["deactivated_at"] == "2026-03-02T00:00:00.000Z"
    assert (off["review_at"], off["deactivates_at"]) == (None, None)
    stack.advance(DAY)
    on = do(stack, audit, "reactivate").json
    assert (on["state"], on["deactivated_by"], on["deactivated_at"]) == ("active", None, None)
    assert on["review_at"] == "2026-04-02T00:00:00.000Z"


@pytest.mark.parametrize("what", ["extend", "deactivate", "reactivate"])
def test_what_a_state_does_not_allow_is_a_conflict(stack: Stack, what: str) -> None:
    answer = do(stack, create(stack), what)
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert "draft" in answer.json["detail"]


def test_days_are_settings(stack: Stack) -> None:
    days = {"audit_review_days": 7, "audit_deactivation_days": 14}
    assert stack.http("PATCH", "/v1/settings", days, token=stack.owner).status == 200
    audit = published(stack)
    assert audit["review_at"] == "2026-03-08T00:00:00.000Z"
    assert audit["deactivates_at"] == "2026-03-15T00:00:00.000Z"


def test_an_edit_changes_what_was_given_and_no_dates(stack: Stack, api: Api) -> None:
    audit = published(stack, url="https://example.com/a", external_id="A")
    stack.advance(1)
    path = f"/v1/audits/{audit['id']}"
    answer = stack.http("PATCH", path, {"title": "New", "url": None}, token=stack.operator)
    assert answer.status == 200
    updated = {"title": "New", "url": None, "updated_at": "2026-03-01T00:00:01.000Z"}
    assert answer.json == {**audit, **updated}
    assert api.get(path) == answer.json


@pytest.mark.parametrize(
    ("patch", "fields"),
    [
        ({"title": None}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"state": "active"}, ["state"]),
        ({"published_at": "2026-01-01T00:00:00Z"}, ["published_at"]),
        ({"id": "x", "review_at": None, "url": "nowhere"}, ["id", "review_at", "url"]),
    ],
)
def test_an_edit_that_is_not_valid_changes_nothing(
    stack: Stack, api: Api, patch: dict[str, Any], fields: list[str]
) -> None:
    audit = published(stack)
    path = f"/v1/audits/{audit['id']}"
    assert wrong_fields(stack.http("PATCH", path, patch, token=stack.operator)) == fields
    assert api.get(path) == audit


def test_bad_input_is_told_by_field_and_nothing_is_stored(stack: Stack, api: Api) -> None:
    for body, fields in BAD:
        answer = stack.http("POST", "/v1/audits", body, token=stack.operator)
        assert wrong_fields(answer) == fields, body
    assert api.get("/v1/audits")["items"] == []


def test_days_of_an_extension_are_a_number_in_bounds(stack: Stack) -> None:
    audit = published(stack)
    for days in [0, -1, 3651, 1.5, "30", True]:
        assert wrong_fields(do(stack, audit, "extend", {"days": days})) == ["days"], days


# External ids


def test_an_external_id_is_unique_in_its_tenant(stack: Stack) -> None:
    first = create(stack, external_id="É-1")
    body = {"title": "Other", "external_id": "É-1"}
    again = stack.http("POST", "/v1/audits", body, token=stack.operator)
    assert (again.status, again.json["code"]) == (409, "external_id_taken")
    stranger = stack.token("other", ["operator"])
    assert stack.http("POST", "/v1/audits", body, token=stranger).status == 201
    found = stack.http("GET", "/v1/audits?external_id=%C3%89-1", token=stack.viewer).json
    assert ids(found) == [first["id"]]


def test_an_external_id_that_is_given_up_is_free(stack: Stack, api: Api) -> None:
    first, second = create(stack, external_id="A"), create(stack, external_id="B")

    def edit(audit: dict[str, Any], external_id: str | None) -> int:
        path, body = f"/v1/audits/{audit['id']}", {"external_id": external_id}
        return stack.http("PATCH", path, body, token=stack.operator).status

    assert edit(first, "B") == 409
    assert edit(first, "C") == 200
    assert edit(second, "A") == 200
    assert edit(second, None) == 200
    assert create(stack, external_id="A")["external_id"] == "A"
    assert ids(api.get("/v1/audits?external_id=C")) == [first["id"]]
    assert ids(api.get("/v1/audits?external_id=B")) == []


def test_a_deleted_audit_is_gone_and_its_external_id_free(stack: Stack, api: Api) -> None:
    audit = published(stack, external_id="A")
    path = f"/v1/audits/{audit['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert stack.http("GET", path, token=stack.viewer).status == 404
    assert stack.http("DELETE", path, token=stack.operator).status == 404
    assert api.get("/v1/audits")["items"] == []
    create(stack, external_id="A")


# Lists


def test_audits_are_listed_newest_first_page_by_page(stack: Stack, api: Api) -> None:
    made = [create(stack, title=f"A{n}", external_id=f"E{n}")["id"] for n in range(5)]
    first = api.get("/v1/audits?limit=2")
    second = api.get(f"/v1/audits?limit=2&cursor={first['next_cursor']}")
    third = api.get(f"/v1/audits?limit=2&cursor={second['next_cursor']}")
    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert third["next_cursor"] is None


def test_audits_of_one_state_are_listed_newest_first_page_by_page(stack: Stack, api: Api) -> None:
    active = []
    for number in range(5):
        create(stack)
        active.append(published(stack)["id"])
        off = published(stack)
        if number < 2:
            do(stack, off, "deactivate")
        else:
            active.append(off["id"])
    first = api.get("/v1/audits?state=active&limit=5")
    rest = api.get(f"/v1/audits?state=active&limit=5&cursor={first['next_cursor']}")
    assert ids(first) + ids(rest) == active[::-1]
    assert len(api.get("/v1/audits?state=draft")["items"]) == 5
    assert len(api.get("/v1/audits?state=inactive")["items"]) == 2
    assert api.get("/v1/audits?state=review_due")["items"] == []


def test_a_damaged_cursor_or_one_of_another_list_is_refused(stack: Stack, api: Api) -> None:
    for _ in range(2):
        published(stack)
    of_all = api.get("/v1/audits?limit=1")["next_cursor"]
    of_active = api.get("/v1/audits?state=active&limit=1")["next_cursor"]
    for query in (
        "cursor=x",
        f"cursor={of_all}&state=active",
        f"cursor={of_active}",
        f"cursor={of_active}&state=draft",
    ):
        answer = stack.http("GET", f"/v1/audits?{query}", token=stack.viewer)
        assert (answer.status, answer.json["code"]) == (400, "bad_cursor"), query


def test_an_unknown_state_is_refused(stack: Stack) -> None:
    answer = stack.http("GET", "/v1/audits?state=undead", token=stack.viewer)
    assert wrong_fields(answer) == ["state"]


# Who may


def test_a_viewer_reads_and_an_operator_changes(stack: Stack) -> None:
    audit = published(stack)
    path = f"/v1/audits/{audit['id']}"
    assert stack.http("GET", path, token=stack.viewer).status == 200
    assert stack.http("GET", "/v1/audits", token=stack.viewer).status == 200
    for method, target, body in (
        ("POST", "/v1/audits", {"title": "A"}),
        ("PATCH", path, {"title": "B"}),
        ("DELETE", path, None),
        *(("POST", f"{path}/{what}", None) for what in ("publish", "extend", "deactivate")),
        ("POST", f"{path}/reactivate", None),
    ):
        answer = stack.http(method, target, body, token=stack.viewer)
        assert (answer.status, answer.json["code"]) == (403, "forbidden"), (method, target)
        assert stack.http(method, target, body).status == 401


def test_another_tenants_audit_is_not_there(stack: Stack) -> None:
    audit = published(stack, external_id="A")
    stranger = stack.token("other", ["admin"])
    path = f"/v1/audits/{audit['id']}"
    for method, target, body in (
        ("GET", path, None),
        ("PATCH", path, {"title": "B"}),
        ("DELETE", path, None),
        *(("POST", f"{path}/{what}", None) for what in ("publish", "extend", "deactivate")),
        ("POST", f"{path}/reactivate", None),
    ):
        answer = stack.http(method, target, body, token=stranger)
        assert (answer.status, answer.json["code"]) == (404, "not_found"), (method, target)
    assert stack.http("GET", "/v1/audits", token=stranger).json["items"] == []
    assert stack.http("GET", "/v1/audits?external_id=A", token=stranger).json["items"] == []


def test_what_is_no_audit_is_not_found(stack: Stack) -> None:
    create(stack, external_id="A")
    for audit_id in ["nothing", "%23external%23A", "0" * 26, "%00", "é"]:
        answer = stack.http("GET", f"/v1/audits/{audit_id}", token=stack.viewer)
        assert answer.status == 404, audit_id


# Manners


def test_a_change_on_a_stale_look_is_refused(stack: Stack) -> None:
    audit = create(stack)
    path = f"/v1/audits/{audit['id']}"
    tag = stack.http("GET", path, token=stack.viewer).headers["etag"]

    def edit(title: str) -> Answer:
        body, headers = {"title": title}, {"If-Match": tag}
        return stack.http("PATCH", path, body, token=stack.operator, headers=headers)

    assert edit("B").status == 200
    assert (edit("C").status, edit("C").json["code"]) == (412, "stale")
    headers = {"If-Match": tag}
    assert stack.http("DELETE", path, token=stack.operator, headers=headers).status == 412
    answer = stack.http("POST", f"{path}/publish", token=stack.operator, headers=headers)
    assert answer.status == 412
    assert stack.http("GET", path, token=stack.viewer).json["title"] == "B"


def test_creating_again_with_the_same_key_creates_nothing(stack: Stack, api: Api) -> None:
    body, headers = {"title": "A", "external_id": "A"}, {"Idempotency-Key": "k1"}
    answers = [
        stack.http("POST", "/v1/audits", body, token=stack.operator, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert len(api.get("/v1/audits")["items"]) == 1


def test_each_change_is_on_record_with_who_and_what(stack: Stack, api: Api) -> None:
    audit = create(stack, external_id="A")
    path = f"/v1/audits/{audit['id']}"
    do(stack, audit, "publish")
    do(stack, audit, "extend", {"days": 5})
    stack.http("PATCH", path, {"title": "New"}, token=stack.operator)
    stack.http("PATCH", path, {"title": "New"}, token=stack.operator)  # changes nothing
    do(stack, audit, "deactivate")
    do(stack, audit, "reactivate")
    stack.http("DELETE", path, token=stack.operator)
    activities = api.get("/v1/activity")["items"][::-1]
    assert [activity["action"] for activity in activities] == [
        "audit_created",
        "audit_published",
        "audit_extended",
        "audit_edited",
        "audit_deactivated",
        "audit_reactivated",
        "audit_deleted",
    ]
    assert {(activity["actor"], activity["subject"]) for activity in activities} == {
        ("default-operator", audit["id"])
    }
    assert activities[0]["details"]["before"] is None
    assert activities[3]["details"]["before"]["title"] == "How we bake"
    assert activities[3]["details"]["after"]["title"] == "New"
    assert activities[6]["details"]["after"] is None


def test_a_refused_change_leaves_no_record(stack: Stack, api: Api) -> None:
    audit = create(stack)
    do(stack, audit, "extend")
    assert [activity["action"] for activity in api.get("/v1/activity")["items"]] == [
        "audit_created"
    ]
