"""API tokens over HTTP: made by admins for their own tenant, their secret shown once."""

import re
from typing import Any

import pytest

from chalicelib.domain import ids
from chalicelib.store.dynamodb.models import ControlItem, InboxItem, TokenItem
from tests.api_client import Api
from tests.harness import Answer, Stack

BODY: dict[str, Any] = {"name": "CI", "scopes": ["operator"]}
KEY = {"Idempotency-Key": "order-1"}


def create(stack: Stack, token: str = "", headers: Any = None, **changes: Any) -> Answer:
    body = {**BODY, **changes}
    return stack.http("POST", "/v1/tokens", body, token=token or stack.admin, headers=headers or {})


def listed(stack: Stack, token: str = "") -> dict[str, dict[str, Any]]:
    items = stack.http("GET", "/v1/tokens?limit=200", token=token or stack.admin).json["items"]
    return {item["name"]: item for item in items}


def works(stack: Stack, secret: str) -> bool:
    return stack.http("GET", "/v1/slot", token=secret).status == 200


def test_a_new_token_works_at_once(stack: Stack) -> None:
    answer = create(stack)
    made = answer.json["token"]
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/tokens/{made['id']}"
    assert made == {
        "id": made["id"],
        "tenant_id": "default",
        "name": "CI",
        "scopes": ["operator"],
        "created_at": "2026-03-01T00:00:00.000Z",
        "created_by": "default-admin",
        "created_by_id": f"token:{stack.admin.split('_')[1]}",
        "expires_at": "2027-03-01T00:00:00.000Z",
        "last_used_at": None,
    }
    assert works(stack, answer.json["secret"])
    assert stack.http("POST", "/v1/tick", token=answer.json["secret"]).status == 200


def test_the_secret_is_shown_once_and_kept_nowhere(stack: Stack) -> None:
    answer = create(stack, headers=KEY)
    secret = answer.json["secret"][len("bt_") + 27 :]
    seen = [
        stack.http("GET", path, token=stack.admin).body.decode()
        for path in ("/v1/tokens", answer.headers["location"], "/v1/activity")
    ]
    kept = [str(item.attribute_values) for model in (TokenItem, ControlItem, InboxItem)
            for item in model.scan()]  # fmt: skip
    assert len(kept) >= 4
    assert not [text for text in seen + kept if secret in text]
    assert all("hash" not in text for text in seen)


def test_a_repeated_request_makes_one_token_and_shows_no_secret(stack: Stack) -> None:
    first, again = create(stack, headers=KEY), create(stack, headers=KEY)
    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json == {"token": first.json["token"], "secret": None}
    assert works(stack, first.json["secret"])
    assert len([name for name in listed(stack) if name == "CI"]) == 1


def test_a_request_that_was_cut_short_gives_its_token_another_secret(stack: Stack) -> None:
    """Whoever asked never got the first one."""
    lost = cut_short(stack)
    stack.advance(60)
    answer = create(stack, headers=KEY)
    assert answer.status == 201
    assert answer.json["token"]["created_at"] == "2026-03-01T00:00:00.000Z"
    assert works(stack, answer.json["secret"])
    assert not works(stack, lost)
    activities = stack.http("GET", "/v1/activity", token=stack.admin).json["items"]
    assert [activity["action"] for activity in activities] == ["token_created"]


def cut_short(stack: Stack) -> str:
    """A request whose process dies before it answers; the secret nobody got to see."""
    secret: str = create(stack, headers=KEY).json["secret"]
    (item,) = ControlItem.query("answers#default")
    left = {name: item.value[name] for name in ("fingerprint", "at")}
    item.value = {**left, "until": item.value["at"]}
    item.save()
    return secret


def test_a_token_that_was_used_keeps_its_secret(stack: Stack) -> None:
    lost = cut_short(stack)
    assert works(stack, lost)
    stack.advance(60)
    assert create(stack, headers=KEY).status == 409
    assert works(stack, lost)


def test_a_token_expires_when_it_was_said_to(stack: Stack) -> None:
    by_days = create(stack, expires_in_days=1).json
    by_date = create(stack, expires_at="2026-03-02T00:00:00Z").json
    assert by_days["token"]["expires_at"] == by_date["token"]["expires_at"]
    assert by_date["token"]["expires_at"] == "2026-03-02T00:00:00.000Z"
    stack.advance(86_399)
    assert works(stack, by_days["secret"])
    stack.advance(1)
    answer = stack.http("GET", "/v1/slot", token=by_days["secret"])
    assert (answer.status, answer.json["detail"]) == (401, "The token has expired.")
    assert "CI" in listed(stack)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"name": "a\nb"}, {"name"}),
        ({"name": "  "}, {"name"}),
        ({"name": 5}, {"name"}),
        ({"scopes": []}, {"scopes"}),
        ({"scopes": ["root"]}, {"scopes.0"}),
        ({"scopes": ["viewer", "viewer"]}, {"scopes"}),
        ({"scopes": "viewer"}, {"scopes"}),
        ({"scopes": None, "name": None}, {"scopes", "name"}),
        ({"expires_in_days": 0}, {"expires_in_days"}),
        ({"expires_in_days": 3651}, {"expires_in_days"}),
        ({"expires_in_days": "1"}, {"expires_in_days"}),
        ({"expires_in_days": True}, {"expires_in_days"}),
        ({"expires_at": "2026-03-01T00:00:00Z"}, {"expires_at"}),
        ({"expires_at": "2226-03-01T00:00:00Z"}, {"expires_at"}),
        ({"expires_at": "tomorrow"}, {"expires_at"}),
        ({"expires_at": "2026-03-02T00:00:00Z", "expires_in_days": 1}, {"expires_in_days"}),
        ({"tenant_id": "../other"}, {"tenant_id"}),
        ({"tenant_id": "a\n"}, {"tenant_id"}),
        ({"tenant_id": ""}, {"tenant_id"}),
        ({"secret": "mine"}, {"secret"}),
    ],
)
def test_every_wrong_field_is_named(
    stack: Stack, changes: dict[str, Any], fields: set[str]
) -> None:
    answer = create(stack, stack.owner, **changes)
    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == fields
    assert "CI" not in listed(stack)


def test_nobody_grants_more_than_they_have(stack: Stack) -> None:
    answer = create(stack, scopes=["viewer", "owner"])
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert "CI" not in listed(stack)
    assert create(stack, scopes=["viewer", "admin"]).status == 201
    assert create(stack, stack.owner, scopes=["owner"]).status == 201


def test_only_an_owner_makes_tokens_of_another_tenant(stack: Stack) -> None:
    refused = create(stack, tenant_id="acme", scopes=["viewer"])
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    made = create(stack, stack.owner, tenant_id="acme", scopes=["admin"])
    assert made.json["token"]["tenant_id"] == "acme"
    theirs = listed(stack, made.json["secret"])
    assert list(theirs) == ["CI"]
    assert "CI" not in listed(stack)


def test_making_one_for_another_tenant_is_on_record_in_both(stack: Stack) -> None:
    made = create(stack, stack.owner, tenant_id="acme", scopes=["admin"]).json
    for token, actor in (
        (stack.owner, "default-owner"),
        (made["secret"], "an owner of this deployment"),
    ):
        [activity] = stack.http("GET", "/v1/activity", token=token).json["items"]
        assert (activity["action"], activity["actor"]) == ("token_created", actor)
        assert activity["subject"] == made["token"]["id"]
        assert activity["details"]["tenant_id"] == "acme"


def test_ones_own_tenant_may_be_named(stack: Stack) -> None:
    assert create(stack, tenant_id="default").status == 201


def test_tokens_are_listed_newest_first_page_by_page(stack: Stack) -> None:
    foreign = stack.token(tenant="other", scopes=["admin"])
    for number in range(5):
        stack.advance(1)
        create(stack, name=f"T{number}")
        create(stack, foreign, name=f"F{number}", scopes=["viewer"])
    names: list[str] = []
    cursor = ""
    while True:
        page = stack.http("GET", f"/v1/tokens?limit=2{cursor}", token=stack.admin).json
        assert len(page["items"]) <= 2
        names += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert names == ["T4", "T3", "T2", "T1", "T0", "default-admin"]


def test_a_cursor_of_another_tenant_is_refused(stack: Stack) -> None:
    create(stack)
    page = stack.http("GET", "/v1/tokens?limit=1", token=stack.admin).json
    foreign = stack.token(tenant="other", scopes=["admin"])
    answer = stack.http("GET", f"/v1/tokens?cursor={page['next_cursor']}", token=foreign)
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")


def test_a_revoked_token_is_gone(stack: Stack) -> None:
    made = create(stack).json
    path = f"/v1/tokens/{made['token']['id']}"
    gone = stack.http("DELETE", path, token=stack.admin)
    assert (gone.status, gone.body) == (204, b"")
    assert not works(stack, made["secret"])
    assert stack.http("GET", path, token=stack.admin).status == 404
    assert stack.http("DELETE", path, token=stack.admin).status == 404
    newest = stack.http("GET", "/v1/activity", token=stack.admin).json["items"][0]
    assert (newest["action"], newest["subject"]) == ("token_revoked", made["token"]["id"])
    assert newest["details"]["name"] == "CI"


def test_tokens_of_another_tenant_are_not_there(stack: Stack) -> None:
    made = create(stack).json
    path = f"/v1/tokens/{made['token']['id']}"
    foreign = stack.token(tenant="other", scopes=["owner"])
    for method in ("GET", "DELETE"):
        answer = stack.http(method, path, token=foreign)
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert works(stack, made["secret"])


def test_nobody_revokes_a_token_that_may_more_than_theirs(stack: Stack) -> None:
    made = create(stack, stack.owner, scopes=["owner"]).json
    path = f"/v1/tokens/{made['token']['id']}"
    assert stack.http("DELETE", path, token=stack.admin).status == 403
    assert works(stack, made["secret"])
    assert stack.http("DELETE", path, token=stack.owner).status == 204


def test_a_token_may_revoke_itself(stack: Stack) -> None:
    made = create(stack, scopes=["admin"]).json
    path = f"/v1/tokens/{made['token']['id']}"
    assert stack.http("DELETE", path, token=made["secret"]).status == 204
    assert not works(stack, made["secret"])


@pytest.mark.parametrize("token_id", ["x", "0" * 26, "%2e%2e", "ü"])
def test_an_id_of_nothing_is_404(stack: Stack, token_id: str) -> None:
    assert stack.http("DELETE", f"/v1/tokens/{token_id}", token=stack.admin).status == 404


def test_when_a_token_was_used_last_is_known_to_the_hour(stack: Stack) -> None:
    made = create(stack).json
    assert listed(stack)["CI"]["last_used_at"] is None
    stack.advance(10)
    works(stack, made["secret"])
    assert listed(stack)["CI"]["last_used_at"] == "2026-03-01T00:00:10.000Z"
    stack.advance(3599)
    with stack.counting() as requests:
        works(stack, made["secret"])
    assert requests["UpdateItem"] == 0
    assert listed(stack)["CI"]["last_used_at"] == "2026-03-01T00:00:10.000Z"
    stack.advance(1)
    works(stack, made["secret"])
    assert listed(stack)["CI"]["last_used_at"] == "2026-03-01T01:00:10.000Z"


def test_a_bearer_text_holds_its_id(stack: Stack) -> None:
    made = create(stack).json
    assert re.fullmatch(
        rf"bt_{made['token']['id']}_[A-Za-z0-9_-]{{43}}[A-Za-z0-9]{{6}}", made["secret"]
    )
    assert ids.is_id(made["token"]["id"])


def test_operators_have_nothing_to_do_with_tokens(api: Api, stack: Stack) -> None:
    for method, path in (("GET", "/v1/tokens"), ("POST", "/v1/tokens")):
        assert stack.http(method, path, BODY, token=stack.operator).status == 403
