"""What the text of an API token looks like: `bt_<id>_<secret><checksum>`.

The checksum tells whoever scans texts for secrets that this is a token, without asking anybody.
Tokens of earlier releases have none, and are as good.
"""

import string
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PREFIX: Final = "bt_"
#: 32 bytes in URL-safe base 64, and a CRC-32 in base 62 behind them.
SECRET_LENGTH: Final = 43
CHECKSUM_LENGTH: Final = 6
_BASE_62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class FormerSecret:
    """The hash of a secret that a token had before, and until when it is still good."""

    hash: str
    until: datetime


def with_checksum(token_id: str, secret: str) -> str:
    """The secret with the checksum of all that stands before it in the token's text."""
    number = zlib.crc32(f"{PREFIX}{token_id}_{secret}".encode())
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_BASE_62))
        digits = _BASE_62[digit] + digits
    return secret + digits


def checksum_fits(token_id: str, text: str) -> bool:
    """Whether the checksum behind the secret is right, if there is one."""
    if len(text) != SECRET_LENGTH + CHECKSUM_LENGTH:
        return True
    return with_checksum(token_id, text[:SECRET_LENGTH]) == text
