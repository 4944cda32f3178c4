"""Signatures by the Standard Webhooks convention.

They prove to a receiver that Baton sent the request, that nobody changed it, and when it was sent.
"""

import base64
import binascii
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

from chalicelib.domain.errors import BatonError

PREFIX: Final = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64


class BadKey(BatonError):
    """The text is no signing key."""

    message = "A signing key is `whsec_` and 24 to 64 random bytes in base64."


def headers(key: str, message_id: str, now: datetime, body: bytes | None) -> dict[str, str]:
    """The headers that sign a body. Raises `BadKey`.

    Args:
        key: The signing key as text, with or without its prefix.
        message_id: Unique to the message; the same if the message is sent again.
        now: When it is sent. Receivers refuse messages that are minutes old.
        body: The bytes of the body, which are UTF-8.
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
