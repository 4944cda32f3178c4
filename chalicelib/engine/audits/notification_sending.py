"""Sends notifications on to an SNS topic and to a signed webhook, where the deployment has them.

It is called by the inbox's stream, once what it sends is stored, so no flow of Baton's waits for it
or fails with it. What could not be sent raises, and Lambda tries again for a while; a way that it
went out on already is not gone again. Receivers of the webhook know a repetition by its id.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from chalicelib.domain.audits.notifications import PREFIX, Notification
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import BatonError
from chalicelib.domain.time.instants import to_text
from chalicelib.engine.system import System
from chalicelib.outbound import http_client, signature
from chalicelib.outbound.guard import Guard
from chalicelib.outbound.http_client import Request
from chalicelib.platform import events
from chalicelib.platform.clock import Countdown
from chalicelib.platform.secrets import DEPLOYMENT
from chalicelib.store import notification_items
from chalicelib.targets import arns

#: A receiver has this long to take a notification.
LONGEST_SENDING: Final = 10.0

Channel = Callable[[System, Notification, datetime], None]


class NotSent(BatonError):
    """A notification could not be sent on every way; another try will follow."""

    message = "A notification could not be sent on every way; another try will follow."


def send(system: System, tenant_id: str, item_id: str) -> None:
    """Send a new item of an inbox on, if it is a notification of a kind that goes out.

    Raises `NotSent`.
    """
    if not item_id.startswith(PREFIX) or not _has_ways(system):
        return
    notification = notification_items.find(tenant_id, item_id.removeprefix(PREFIX))
    if notification is None:
        return
    settings = system.floor().settings
    left = [
        name for name in _names(system, settings, notification) if name not in notification.sent_by
    ]
    failed = []
    for name in left:
        if _went(system, notification, name):
            after = replace(notification, sent_by=(*notification.sent_by, name))
            notification_items.replace(notification, after)
            notification = after
        else:
            failed.append(name)
    if failed:
        raise NotSent(f"not sent to: {', '.join(failed)}")


def _has_ways(system: System) -> bool:
    return bool(system.config.notification_topic_arn or system.config.notification_webhook_url)


def _names(system: System, settings: Settings, notification: Notification) -> list[str]:
    """The ways this kind of notification goes."""
    goes = {
        "topic": system.config.notification_topic_arn and notification.kind in settings.topic_kinds,
        "webhook": system.config.notification_webhook_url
        and notification.kind in settings.webhook_kinds,
    }
    return [name for name, is_open in goes.items() if is_open]


def _went(system: System, notification: Notification, name: str) -> bool:
    told = {
        "tenant_id": notification.tenant_id,
        "notification_id": notification.notification_id,
        "way": name,
    }
    try:
        _WAYS[name](system, notification, system.clock.now())
    except Exception as error:
        events.warn("notice_not_sent", **told, why=f"{type(error).__name__}: {error}")
        return False
    events.info("notice_sent", **told, kind=notification.kind)
    return True


def _to_topic(system: System, notification: Notification, _now: datetime) -> None:
    topic = system.config.notification_topic_arn
    client = system.clients("sns", arns.region_of(topic), LONGEST_SENDING)
    event = json.dumps(_event(notification), ensure_ascii=False, indent=1)
    client.publish(
        TopicArn=topic,
        Subject=f"Baton: {notification.kind.replace('_', ' ')}",
        Message=f"{notification.message}\n\n{event}",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": notification.kind},
            "tenant_id": {"DataType": "String", "StringValue": notification.tenant_id},
        },
    )


def _to_webhook(system: System, notification: Notification, now: datetime) -> None:
    config = system.config
    body = json.dumps(_event(notification), separators=(",", ":")).encode()
    credentials = {}
    if config.notification_webhook_secret:
        key = system.secrets.read(DEPLOYMENT, config.notification_webhook_secret, now)
        credentials = signature.headers(key, notification.notification_id, now, body)
    request = Request(
        method="POST",
        url=config.notification_webhook_url,
        headers={"Content-Type": "application/json", "User-Agent": "Baton"},
        credentials=credentials,
        body=body,
    )
    answer = http_client.send(request, Guard(config.allow_targets), Countdown(LONGEST_SENDING))
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotSent(f"the webhook answered {answer.status}")


_WAYS: Final[dict[str, Channel]] = {"topic": _to_topic, "webhook": _to_webhook}


def _event(notification: Notification) -> dict[str, Any]:
    """A notification as receivers get it, in the form of the Standard Webhooks convention."""
    return {
        "type": notification.kind,
        "timestamp": to_text(notification.at),
        "data": {
            "id": notification.notification_id,
            "tenant_id": notification.tenant_id,
            "subject": notification.subject,
            "message": notification.message,
            "details": notification.details,
        },
    }
