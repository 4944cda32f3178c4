"""Answers kept for a day, so that a request that comes again is answered again and not redone.

A key is opened before the work and closed with the answer after it. One left open by a process
that died is taken over by the next repetition: with the instant of the first, so that what it
makes gets the very same id and cannot be made twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.errors import Conflict
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform.clock import Clock
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import condition_held, patiently

KEPT: Final = timedelta(hours=24)
#: Longer than a request can take: API Gateway gives up after 29 seconds.
UNDER_WAY: Final = timedelta(seconds=30)
_ATTEMPTS: Final = 5


class FirstStillUnderWay(Conflict):
    """The first request with this idempotency key has no answer yet."""

    message = "The first request with this idempotency key has no answer yet."


class KeyUsedForAnother(Conflict):
    """Another request was made with this idempotency key."""

    message = "Another request was made with this idempotency key."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedKey:
    """A key opened for work, or the answer it already has: {"status", "headers", "body"}."""

    tenant_id: str
    key: str
    fingerprint: str
    at: datetime
    answer: dict[str, Any] | None = None


def open_key(tenant_id: str, key: str, fingerprint: str, now: datetime, clock: Clock) -> OpenedKey:
    """Open a key for the request with that fingerprint. Raises `StillUnderWay`, `OtherRequest`."""
    wanted = OpenedKey(tenant_id=tenant_id, key=key, fingerprint=fingerprint, at=now)
    for _ in range(_ATTEMPTS):
        seen = _find(wanted)
        if seen is None or from_text(seen["at"]) + KEPT <= now:
            opened = wanted
        elif seen["fingerprint"] != fingerprint:
            raise KeyUsedForAnother
        else:
            opened = OpenedKey(
                tenant_id=tenant_id,
                key=key,
                fingerprint=fingerprint,
                at=from_text(seen["at"]),
                answer=seen.get("answer"),
            )
            if opened.answer is not None:
                return opened
            if now < from_text(seen["until"]):
                raise FirstStillUnderWay
        if _write(opened, now + UNDER_WAY, seen, clock):
            return opened
    raise FirstStillUnderWay


def close(opened: OpenedKey, answer: dict[str, Any], clock: Clock) -> None:
    """Keep the answer for whoever asks again."""
    item = _item(opened, opened.at)
    item.value = {**(item.value or {}), "answer": answer}
    patiently(item.save, clock)


def release(opened: OpenedKey, clock: Clock) -> None:
    """The work was cut short, and may have been done: the next repetition goes on from there."""
    patiently(_item(opened, opened.at).save, clock)


def forget(opened: OpenedKey, clock: Clock) -> None:
    """The request was refused and nothing done: the key may be used again as if never seen."""
    patiently(_item(opened, opened.at).delete, clock)


def _find(wanted: OpenedKey) -> dict[str, Any] | None:
    try:
        return ControlItem.get(_kind(wanted), wanted.key, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return None


def _write(opened: OpenedKey, until: datetime, seen: dict[str, Any] | None, clock: Clock) -> bool:
    item = _item(opened, until)
    condition = conditions.control_is_unchanged(seen)
    return condition_held(lambda: patiently(lambda: item.save(condition=condition), clock))


def _item(opened: OpenedKey, until: datetime) -> ControlItem:
    value = {
        "fingerprint": opened.fingerprint,
        "at": to_text(opened.at),
        "until": to_text(until),
    }
    gone = (opened.at + KEPT).replace(microsecond=0)
    return ControlItem(_kind(opened), opened.key, value=value, expires_at=gone)


def _kind(opened: OpenedKey) -> str:
    return f"answers#{opened.tenant_id}"
