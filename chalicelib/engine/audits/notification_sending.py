"""Sends notifications on to an SNS topic and to a signed webhook, where the deployment has them.

It is called by the inbox's stream, after what it sends was stored, so nothing else in Baton waits
for it or fails with it. If a channel fails, Lambda tries again for a while; channels that have
the notification already do not get it again. The webhook knows a repetition by its id.
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
from chalicelib.outbound.http_client import REFUSED_CREDENTIALS, Request
from chalicelib.platform import events
from chalicelib.platform.aws import region_of
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import Config
from chalicelib.platform.secrets import DEPLOYMENT
from chalicelib.store import notification_items

#: How long a receiver may take to accept a notification.
LONGEST_SENDING: Final = 10.0

Channel = Callable[[System, Notification, datetime], None]


class NotSent(BatonError):
    """A notification could not be sent on every channel; another try will follow."""

    message = "A notification could not be sent on every channel; another try will follow."


def send(system: System, tenant_id: str, item_id: str) -> None:
    """Send a new item of an inbox on, if it is a notification of a kind that is sent on.

    Raises `NotSent` if a channel fails.
    """
    if not item_id.startswith(PREFIX) or not _has_channels(system.config):
        return
    notification = notification_items.find(tenant_id, item_id.removeprefix(PREFIX))
    if notification is None:
        return
    failed = []
    for name in _channels_of(notification, system.config, system.floor().settings):
        if name in notification.sent_by:
            continue
        if _try_to_send(system, notification, name):
            after = replace(notification, sent_by=(*notification.sent_by, name))
            notification_items.replace(notification, after)
            notification = after
        else:
            failed.append(name)
    if failed:
        raise NotSent(f"not sent to: {', '.join(failed)}")


def _has_channels(config: Config) -> bool:
    return bool(config.notification_topic_arn or config.notification_webhook_url)


def _channels_of(notification: Notification, config: Config, settings: Settings) -> list[str]:
    """The names of the channels that notifications of this kind are sent on."""
    names = []
    if config.notification_topic_arn and notification.kind in settings.topic_kinds:
        names.append("topic")
    if config.notification_webhook_url and notification.kind in settings.webhook_kinds:
        names.append("webhook")
    return names


def _try_to_send(system: System, notification: Notification, channel: str) -> bool:
    """Send the notification on that channel; returns whether it went well, and logs it."""
    log_fields = {
        "tenant_id": notification.tenant_id,
        "notification_id": notification.notification_id,
        "way": channel,
    }
    try:
        _CHANNELS[channel](system, notification, system.clock.now())
    except Exception as error:
        events.warn("notice_not_sent", **log_fields, why=f"{type(error).__name__}: {error}")
        return False
    events.info("notice_sent", **log_fields, kind=notification.kind)
    return True


def _to_topic(system: System, notification: Notification, _now: datetime) -> None:
    topic = system.config.notification_topic_arn
    client = system.clients("sns", region_of(topic), LONGEST_SENDING)
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
        is_confidential=bool(credentials),
    )
    answer = http_client.send(request, Guard(config.allow_targets), Countdown(LONGEST_SENDING))
    if answer.status in REFUSED_CREDENTIALS and config.notification_webhook_secret:
        # It may have been changed since it was read; the next try reads it anew.
        system.secrets.forget(DEPLOYMENT, config.notification_webhook_secret)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotSent(f"the webhook answered {answer.status}")


_CHANNELS: Final[dict[str, Channel]] = {"topic": _to_topic, "webhook": _to_webhook}


def _event(notification: Notification) -> dict[str, Any]:
    """A notification in the form of the Standard Webhooks convention, as receivers get it."""
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
