"""Signatures by the Standard Webhooks convention: who receives a request can tell that Baton,
and nobody else, has sent just this, just now."""

import base64
import binascii
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

from chalicelib.domain.errors import BatonError

PREFIX: Final = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64


class BadKey(BatonError):
    """A signing key is `whsec_` and 24 to 64 random bytes in base64."""

    message = "A signing key is `whsec_` and 24 to 64 random bytes in base64."


def headers(key: str, message_id: str, now: datetime, body: bytes | None) -> dict[str, str]:
    """The headers that sign this body. Raises `BadKey`.

    Args:
        key: The key as text, with or without its prefix.
        message_id: Unique to the message, and the same if it is sent again.
        now: When it is sent; receivers refuse what is minutes old.
        body: Its very bytes, UTF-8.
    """
    signed = Webhook(_checked(key)).sign(message_id, now, (body or b"").decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signed,
    }


def _checked(key: str) -> str:
    text = key.strip().removeprefix(PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey from error
    if not _LEAST_BYTES <= len(raw) <= _MOST_BYTES:
        raise BadKey
    return text
