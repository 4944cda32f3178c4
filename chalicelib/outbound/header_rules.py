"""Which headers a schedule may set on the requests that Baton sends for it (RFC 9110)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

#: Headers of the connection or of the message's framing. Setting one could make one request look
#: like two.
_OF_THE_CONNECTION: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
#: Headers that receivers rely on as set by Baton.
_BATONS_OWN: Final = re.compile(
    r"baton-.*|idempotency-key|webhook-(id|timestamp|signature)", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"[!-~]([\t -~]*[!-~])?|")
_LONGEST_NAME: Final = 100
_LONGEST_VALUE: Final = 8192


def name_fault(name: str) -> str | None:
    """Why a header of this name cannot be set; None if it can."""
    if len(name) > _LONGEST_NAME or not _TOKEN.fullmatch(name):
        return f"is no name of a header: letters, digits and dashes, at most {_LONGEST_NAME}"
    if name.lower() in _OF_THE_CONNECTION:
        return "belongs to the connection and cannot be set"
    if _BATONS_OWN.fullmatch(name):
        return "is set by Baton itself"
    return None


def value_fault(value: str) -> str | None:
    """Why a header cannot have this value; None if it can."""
    if len(value) > _LONGEST_VALUE:
        return f"is longer than {_LONGEST_VALUE} characters"
    if not _VALUE.fullmatch(value):
        return "must be printable ASCII on one line, without spaces around it"
    return None


def repeated(names: Iterable[str]) -> Iterator[str]:
    """The names that differ from an earlier name in nothing but upper and lower case."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            yield name
        seen.add(name.lower())
