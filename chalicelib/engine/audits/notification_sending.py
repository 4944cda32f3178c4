"""Sending notices on: to an SNS topic and to a signed webhook, as far as the deployment has them.

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

from chalicelib.domain.audits.notifications import PREFIX, Notice
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
from chalicelib.store import floor_items, notification_items
from chalicelib.targets import arns

#: A receiver has this long to take a notice.
LONGEST_SENDING: Final = 10.0

Way = Callable[[System, Notice, datetime], None]


class NotSent(BatonError):
    """A notice could not be sent on every way; another try will follow."""


def send(system: System, tenant_id: str, item_id: str) -> None:
    """Send a new item of an inbox on, if it is a notice whose kind goes out. Raises `NotSent`."""
    if not item_id.startswith(PREFIX) or not _has_ways(system):
        return
    notice = notification_items.find(tenant_id, item_id.removeprefix(PREFIX))
    if notice is None:
        return
    settings = floor_items.read(system.config.capacity).settings
    left = [name for name in _names(system, settings, notice) if name not in notice.sent_by]
    failed = []
    for name in left:
        if _went(system, notice, name):
            after = replace(notice, sent_by=(*notice.sent_by, name))
            notification_items.replace(notice, after)
            notice = after
        else:
            failed.append(name)
    if failed:
        raise NotSent(f"not sent to: {', '.join(failed)}")


def _has_ways(system: System) -> bool:
    return bool(system.config.notice_topic_arn or system.config.notice_webhook_url)


def _names(system: System, settings: Settings, notice: Notice) -> list[str]:
    """The ways this kind of notice goes."""
    goes = {
        "topic": system.config.notice_topic_arn and notice.kind in settings.topic_kinds,
        "webhook": system.config.notice_webhook_url and notice.kind in settings.webhook_kinds,
    }
    return [name for name, is_open in goes.items() if is_open]


def _went(system: System, notice: Notice, name: str) -> bool:
    told = {"tenant_id": notice.tenant_id, "notice_id": notice.notice_id, "way": name}
    try:
        _WAYS[name](system, notice, system.clock.now())
    except Exception as error:
        events.warn("notice_not_sent", **told, why=f"{type(error).__name__}: {error}")
        return False
    events.info("notice_sent", **told, kind=notice.kind)
    return True


def _to_topic(system: System, notice: Notice, _now: datetime) -> None:
    topic = system.config.notice_topic_arn
    client = system.clients("sns", arns.region_of(topic), LONGEST_SENDING)
    client.publish(
        TopicArn=topic,
        Subject=f"Baton: {notice.kind.replace('_', ' ')}",
        Message=f"{notice.message}\n\n{json.dumps(_event(notice), ensure_ascii=False, indent=1)}",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": notice.kind},
            "tenant_id": {"DataType": "String", "StringValue": notice.tenant_id},
        },
    )


def _to_webhook(system: System, notice: Notice, now: datetime) -> None:
    config = system.config
    body = json.dumps(_event(notice), separators=(",", ":")).encode()
    credentials = {}
    if config.notice_webhook_secret:
        key = system.secrets.read(DEPLOYMENT, config.notice_webhook_secret, now)
        credentials = signature.headers(key, notice.notice_id, now, body)
    request = Request(
        method="POST",
        url=config.notice_webhook_url,
        headers={"Content-Type": "application/json", "User-Agent": "Baton"},
        credentials=credentials,
        body=body,
    )
    answer = http_client.send(request, Guard(config.allow_targets), Countdown(LONGEST_SENDING))
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotSent(f"the webhook answered {answer.status}")


_WAYS: Final[dict[str, Way]] = {"topic": _to_topic, "webhook": _to_webhook}


def _event(notice: Notice) -> dict[str, Any]:
    """A notice as receivers get it, in the form that the Standard Webhooks convention proposes."""
    return {
        "type": notice.kind,
        "timestamp": to_text(notice.at),
        "data": {
            "id": notice.notice_id,
            "tenant_id": notice.tenant_id,
            "subject": notice.subject,
            "message": notice.message,
            "details": notice.details,
        },
    }
