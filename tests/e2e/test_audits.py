"""Audits on the artefact that ships: asked about, kept, ended, and told to the outside."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from standardwebhooks import Webhook

from chalicelib.domain.time.instants import to_text
from tests.e2e.aws import client_of, of_a_rule, physical_name
from tests.e2e.client import CLOCK, Client, at, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import Listener, listening

KEY: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def published(client: Client, days_ago: float, **changes: Any) -> dict[str, Any]:
    instant = to_text(CLOCK.now() - timedelta(days=days_ago))
    body = {"title": "How we bake", "published_at": instant, **changes}
    audit: dict[str, Any] = client.call("POST", "/v1/audits", body, expect=201)
    return audit


def daily(local_stack: Deployment) -> None:
    answer = client_of(local_stack, "lambda").invoke(
        FunctionName=physical_name(local_stack, "Daily"), Payload=json.dumps(of_a_rule())
    )
    assert answer.get("FunctionError") is None, answer["Payload"].read()


def notifications_of(client: Client, audit: dict[str, Any]) -> list[dict[str, Any]]:
    """What the inbox has about the audit, oldest first."""
    items = client.call("GET", "/v1/notifications?limit=200")["items"]
    return [notification for notification in items if notification["audit_id"] == audit["id"]][::-1]


def now(client: Client, audit: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.call("GET", f"/v1/audits/{audit['id']}")
    return found


def test_an_audit_is_asked_about_and_kept(local_stack: Deployment, client: Client) -> None:
    audit = published(client, days_ago=31, external_id="kept")
    fresh = published(client, days_ago=29)
    daily(local_stack)
    daily(local_stack)
    assert (now(client, audit)["state"], now(client, fresh)["state"]) == ("review_due", "active")
    [notification] = notifications_of(client, audit)
    assert (notification["kind"], notification["actions"]) == (
        "audit_review",
        ["keep", "deactivate"],
    )
    unread = client.call("GET", "/v1/notifications?unread=true")
    assert notification["id"] in [item["id"] for item in unread["items"]]

    path = f"/v1/notifications/{notification['id']}"
    assert client.call("POST", f"{path}/read", {})["read"] is True
    before = CLOCK.now()
    assert client.call("POST", f"{path}/resolve", {"action": "keep"})["resolution"] == "keep"
    kept = now(client, audit)
    assert kept["state"] == "active"
    assert at(kept["review_at"]) >= before + timedelta(days=30) - timedelta(milliseconds=1)
    assert client.call("GET", "/v1/audits?external_id=kept")["items"] == [kept]
    daily(local_stack)
    assert now(client, audit) == kept


def test_an_audit_nobody_kept_ends_and_can_come_back(
    local_stack: Deployment, client: Client
) -> None:
    audit = published(client, days_ago=61)
    daily(local_stack)
    ended = now(client, audit)
    assert (ended["state"], ended["deactivated_by"]) == ("inactive", "baton")
    review, told = notifications_of(client, audit)
    assert (review["kind"], review["resolution"]) == ("audit_review", "deactivate")
    assert (told["kind"], told["details"]["caught_up"]) == ("audit_deactivated", True)
    listed = client.call("GET", "/v1/audits?state=inactive")["items"]
    assert audit["id"] in [item["id"] for item in listed]
    activities = client.call("GET", "/v1/activity")["items"]
    assert ("baton", audit["id"]) in [
        (activity["actor"], activity["subject"]) for activity in activities
    ]
    assert client.call("POST", f"/v1/audits/{audit['id']}/reactivate", {})["state"] == "active"


def test_all_that_is_done_to_audits_is_granted(client: Client) -> None:
    draft = client.call("POST", "/v1/audits", {"title": "A", "external_id": "all"}, expect=201)
    path = f"/v1/audits/{draft['id']}"
    assert client.call("POST", f"{path}/publish", {})["state"] == "active"
    assert client.call("POST", f"{path}/extend", {"days": 3})["state"] == "active"
    assert client.call("PATCH", path, {"external_id": "other"})["external_id"] == "other"
    assert client.call("POST", f"{path}/deactivate", {})["state"] == "inactive"
    client.call("DELETE", path, expect=204)
    assert client.ask("GET", path).status == 404
    assert client.call("GET", "/v1/audits?state=draft")["items"] == []


def test_a_new_notice_goes_out_signed(
    local_stack: Deployment, client: Client, listener: Listener
) -> None:
    client_of(local_stack, "ssm").put_parameter(
        Name=f"/{local_stack.stack.name}/secrets/_deployment/notifications",
        Value=KEY,
        Type="SecureString",
    )
    functions, name = client_of(local_stack, "lambda"), physical_name(local_stack, "Outgoing")
    usual = functions.get_function_configuration(FunctionName=name)["Environment"]
    url = {"BATON_NOTICE_WEBHOOK_URL": f"{listener.url}/hook"}
    changed = {"Variables": {**usual["Variables"], **url}}
    functions.update_function_configuration(FunctionName=name, Environment=changed)
    try:
        audit = published(client, days_ago=31)
        daily(local_stack)
        [notification] = notifications_of(client, audit)

        def mine() -> list[Any]:
            return [r for r in listener.requests if r.headers["webhook-id"] == notification["id"]]

        [request] = wait_for("the notification was sent", mine, within=60)
        Webhook(KEY).verify(request.body, request.headers)
        assert json.loads(request.body)["type"] == "audit_review"
    finally:
        functions.update_function_configuration(FunctionName=name, Environment=usual)
