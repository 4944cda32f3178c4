"""Notifications sent on to an SNS topic and a signed webhook, without holding anybody up."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import boto3
import pytest
from standardwebhooks import Webhook

from chalicelib.engine import system
from chalicelib.platform.secrets import DEPLOYMENT
from tests.api.audits.test_audits import DAY, published
from tests.e2e.listener import Listener, Received, listening
from tests.harness import Stack

KEY: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CHANGED_KEY: Final = "whsec_" + "bmV3" * 8


class Sns:
    """Stands in for SNS: keeps what is published, or fails."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.is_down = False

    def publish(self, **message: Any) -> None:
        if self.is_down:
            raise ConnectionError("SNS is down")
        self.published.append(message)


@pytest.fixture
def sns() -> Sns:
    return Sns()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def stack(sns: Sns, listener: Listener) -> Iterator[Stack]:
    """A deployment with both ways out."""
    with Stack(allow_targets=["127.0.0.0/8"]) as running:
        running.clients["sns"] = sns
        configure(
            running,
            notification_topic_arn="arn:aws:sns:us-east-1:123456789012:notifications",
            notification_webhook_url=f"{listener.url}/hook",
            notification_webhook_secret="notifications",
        )
        boto3.client("ssm").put_parameter(
            Name="/baton/secrets/_deployment/notifications", Value=KEY, Type="SecureString"
        )
        yield running


def configure(stack: Stack, **changes: Any) -> None:
    stack.system = replace(stack.system, config=replace(stack.system.config, **changes))
    system.use(stack.system)


def due(stack: Stack) -> None:
    """An audit reaches its review, and the stream hands its notification over."""
    published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    stack.outgoing()


def newest(stack: Stack) -> dict[str, Any]:
    page = stack.http("GET", "/v1/notifications?limit=1", token=stack.viewer).json
    return dict(page["items"][0])


def said(log: pytest.LogCaptureFixture, event: str) -> list[Any]:
    return [record for record in log.records if getattr(record, "event", "") == event]


def test_a_notification_goes_both_ways(stack: Stack, sns: Sns, listener: Listener) -> None:
    due(stack)
    notification = newest(stack)
    (message,) = sns.published
    assert message["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:notifications"
    assert message["Subject"] == "Baton: audit review"
    assert message["Message"].startswith("Keep “How we bake” active?\n")
    assert message["MessageAttributes"]["kind"]["StringValue"] == "audit_review"
    (request,) = listener.requests
    assert (request.method, request.path) == ("POST", "/hook")
    assert json.loads(request.body) == {
        "type": "audit_review",
        "timestamp": "2026-03-31T00:00:00.000Z",
        "data": {
            "id": notification["id"],
            "tenant_id": "default",
            "subject": notification["audit_id"],
            "message": notification["message"],
            "details": notification["details"],
        },
    }


def test_a_receiver_can_tell_that_it_is_from_us(stack: Stack, listener: Listener) -> None:
    due(stack)
    (request,) = listener.requests
    headers = request.headers
    assert headers["webhook-id"] == newest(stack)["id"]
    assert headers["webhook-timestamp"] == str(int(stack.now.timestamp()))
    signed = Webhook(KEY).sign(headers["webhook-id"], stack.now, request.body.decode())
    assert headers["webhook-signature"] == signed
    assert KEY not in json.dumps(dict(headers))


def test_without_a_secret_it_goes_unsigned(stack: Stack, listener: Listener) -> None:
    configure(stack, notification_webhook_secret="")
    due(stack)
    assert "webhook-signature" not in listener.requests[0].headers


def test_what_went_out_does_not_go_again(stack: Stack, sns: Sns, listener: Listener) -> None:
    due(stack)
    stack.outgoing()
    assert (len(sns.published), len(listener.requests)) == (1, 1)


def test_each_kind_goes_only_the_ways_it_is_wanted_on(
    stack: Stack, sns: Sns, listener: Listener
) -> None:
    wanted = {"topic_kinds": ["audit_deactivated"], "webhook_kinds": []}
    assert stack.http("PATCH", "/v1/settings", wanted, token=stack.owner).status == 200
    due(stack)
    assert (sns.published, listener.requests) == ([], [])
    stack.advance(30 * DAY)
    stack.daily()
    stack.outgoing()
    assert [message["Subject"] for message in sns.published] == ["Baton: audit deactivated"]
    assert listener.requests == []


def test_a_way_that_is_down_holds_up_nothing_and_is_tried_again(
    stack: Stack, sns: Sns, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    sns.is_down = True
    due(stack)
    assert len(said(caplog, "notice_not_sent")) == 6
    assert len(listener.requests) == 1
    assert newest(stack)["kind"] == "audit_review"
    sns.is_down = False
    stack.outgoing()
    assert (len(sns.published), len(listener.requests)) == (1, 1)


def test_a_webhook_that_refuses_does_not_repeat_the_mail(
    stack: Stack, sns: Sns, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.status = 500
    due(stack)
    assert (len(sns.published), len(listener.requests)) == (1, 6)
    (first, *_) = said(caplog, "notice_not_sent")
    assert first.fields["why"] == "NotSent: the webhook answered 500"
    assert len({request.headers["webhook-id"] for request in listener.requests}) == 1


def test_a_secret_changed_since_it_was_read_signs_the_try_after_a_refusal(
    stack: Stack, listener: Listener
) -> None:
    published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    stack.system.secrets.read(DEPLOYMENT, "notifications", stack.now)
    boto3.client("ssm").put_parameter(
        Name="/baton/secrets/_deployment/notifications",
        Value=CHANGED_KEY,
        Type="SecureString",
        Overwrite=True,
    )
    listener.status = 401
    stack.outgoing()
    signed_with = [
        next(key for key in (KEY, CHANGED_KEY) if _is_signed_with(key, request, stack))
        for request in listener.requests
    ]
    assert signed_with == [KEY, *[CHANGED_KEY] * 5]


def _is_signed_with(key: str, request: Received, stack: Stack) -> bool:
    signed = Webhook(key).sign(request.headers["webhook-id"], stack.now, request.body.decode())
    return request.headers["webhook-signature"] == signed


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"notification_webhook_url": "http://169.254.169.254/latest"}, "is never connected to"),
        ({"notification_webhook_url": "http://10.0.0.1/"}, "not a public address"),
        ({"notification_webhook_secret": "missing"}, "there is no secret missing"),
    ],
)
def test_what_may_not_be_reached_or_is_not_there_is_only_logged(
    stack: Stack, listener: Listener, caplog: pytest.LogCaptureFixture, changes: Any, why: str
) -> None:
    configure(stack, **changes)
    due(stack)
    assert why in said(caplog, "notice_not_sent")[0].fields["why"]
    assert (len(stack.clients["sns"].published), listener.requests) == (1, [])


def test_with_no_way_out_nothing_is_read(stack: Stack) -> None:
    configure(stack, notification_topic_arn="", notification_webhook_url="")
    published(stack)
    stack.advance(30 * DAY)
    stack.daily()
    with stack.counting() as requests:
        stack.outgoing()
    assert set(requests) <= {"Scan"}


def test_activity_does_not_go_out(stack: Stack, sns: Sns, listener: Listener) -> None:
    published(stack)
    stack.outgoing()
    assert (sns.published, listener.requests) == ([], [])
