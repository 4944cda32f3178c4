"""Answers kept for a day, so that a request that comes again is answered again and not redone.

A key is opened before the work and closed with the answer after it. A key that was left open by a
process that died is taken over by the next repetition. That works with the instant of the first
request, so that what it makes gets the very same id and cannot be made twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.errors import Conflict, LostRace
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform.clock import Clock
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import retry_if_lost, retry_while_busy, try_write

KEPT: Final = timedelta(hours=24)
#: For so long a request may still be under way: API Gateway gives up after 29 seconds.
UNDER_WAY: Final = timedelta(seconds=30)


class FirstStillUnderWay(Conflict):
    """The first request with this idempotency key has no answer yet."""

    message = "The first request with this idempotency key has no answer yet."


class KeyUsedForAnother(Conflict):
    """Another request was made with this idempotency key."""

    message = "Another request was made with this idempotency key."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedKey:
    """A key opened for work at the instant of the first request.

    A key that is closed has the `answer`, with the keys `status`, `headers` and `body`.
    """

    tenant_id: str
    key: str
    fingerprint: str
    at: datetime
    answer: dict[str, Any] | None = None


def open_key(tenant_id: str, key: str, fingerprint: str, now: datetime, clock: Clock) -> OpenedKey:
    """Open a key for the request with that fingerprint, or find the answer it already has.

    Raises `FirstStillUnderWay` and `KeyUsedForAnother`.
    """
    wanted = OpenedKey(tenant_id=tenant_id, key=key, fingerprint=fingerprint, at=now)

    def once() -> OpenedKey:
        stored = _find(wanted)
        is_first = stored is None or from_text(stored["at"]) + KEPT <= now
        opened = wanted if stored is None or is_first else _repeated(wanted, stored)
        if opened.answer is None and not _write(opened, now + UNDER_WAY, stored, clock):
            raise LostRace
        return opened

    try:
        return retry_if_lost(once)
    except LostRace:
        raise FirstStillUnderWay from None


def _repeated(wanted: OpenedKey, stored: dict[str, Any]) -> OpenedKey:
    """The key as its first request opened it, for a repetition that answers or takes it over."""
    if stored["fingerprint"] != wanted.fingerprint:
        raise KeyUsedForAnother
    opened = replace(wanted, at=from_text(stored["at"]), answer=stored.get("answer"))
    if opened.answer is None and wanted.at < from_text(stored["until"]):
        raise FirstStillUnderWay
    return opened


def close(opened: OpenedKey, answer: dict[str, Any], clock: Clock) -> None:
    """Store the answer, for repetitions of the request."""
    item = _item(opened, opened.at)
    item.value = {**(item.value or {}), "answer": answer}
    retry_while_busy(item.save, clock)


def release(opened: OpenedKey, clock: Clock) -> None:
    """Let the next repetition take the key over: the work was cut short, and may have been done."""
    retry_while_busy(_item(opened, opened.at).save, clock)


def forget(opened: OpenedKey, clock: Clock) -> None:
    """Remove the key, which may then be used anew: the request was refused and nothing done."""
    retry_while_busy(_item(opened, opened.at).delete, clock)


def _find(wanted: OpenedKey) -> dict[str, Any] | None:
    try:
        return ControlItem.get(_kind(wanted), wanted.key, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return None


def _write(opened: OpenedKey, until: datetime, stored: dict[str, Any] | None, clock: Clock) -> bool:
    """Store the key as opened until then; whether it was still as it was read."""
    item = _item(opened, until)
    condition = conditions.control_is_unchanged(stored)
    return try_write(lambda: retry_while_busy(lambda: item.save(condition=condition), clock))


def _item(opened: OpenedKey, until: datetime) -> ControlItem:
    value = {
        "fingerprint": opened.fingerprint,
        "at": to_text(opened.at),
        "until": to_text(until),
    }
    expires_at = (opened.at + KEPT).replace(microsecond=0)
    return ControlItem(_kind(opened), opened.key, value=value, expires_at=expires_at)


def _kind(opened: OpenedKey) -> str:
    return f"answers#{opened.tenant_id}"
