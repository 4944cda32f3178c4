"""Taking secrets out of texts that are shown, as a target may send back what it received."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from chalicelib.outbound.signature import PREFIX

SHOWN_INSTEAD: Final = "[secret]"
#: A word of a secret (as the second one of `Bearer abc…`) is hidden by itself if it has this many
#: characters. Shorter ones are likely to be ordinary words.
_LEAST_WORD: Final = 6
#: Each half of what Basic authentication encodes (`user:password`) is hidden if it has this many.
_LEAST_HALF: Final = 4
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")
#: The first bytes of a character whose other bytes were cut off are decoded as this.
_CUT_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}".encode()


class Redactor:
    """Replaces secrets in texts, also where they are encoded in one of the usual ways."""

    def __init__(self) -> None:
        self._forms: set[str] = set()

    def hide(self, secret: str) -> None:
        """Replace this secret, too, from now on."""
        self._forms.update(form for part in _parts(secret) for form in _forms(part))

    @property
    def margin(self) -> int:
        """How many bytes at the end of a cut text may be the rest of a secret.

        A secret that is cut in its middle is not recognised. So this many bytes more are read than
        are shown.
        """
        longest = max((len(form.encode()) for form in self._forms), default=0)
        return longest + len(_CUT_CHARACTER) if longest else 0

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        # The longest first, as one may be part of another.
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, SHOWN_INSTEAD)
        return text


def _parts(secret: str) -> Iterator[str]:
    """The secret itself, the secret without the prefix of a signing key, and its words."""
    whole = secret.strip()
    yield whole
    yield whole.removeprefix(PREFIX)
    for word in whole.split():
        if len(word) >= _LEAST_WORD and word != whole:
            yield word
    yield from _halves(whole)


def _halves(secret: str) -> Iterator[str]:
    """What a header of Basic authentication encodes: user and password, and each of them."""
    scheme, _, encoded = secret.partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        plain = base64.b64decode(encoded.strip() + "==", validate=False).decode()
    except (binascii.Error, ValueError):
        return
    user, separator, password = plain.partition(":")
    if separator:
        yield plain
        yield from (half for half in (user, password) if len(half) >= _LEAST_HALF)


def _forms(part: str) -> Iterator[str]:
    """The text as it is, and as it looks in JSON, Python, HTML, in a URL and in base64."""
    yield part
    yield from _html_forms(part)
    yield json.dumps(part)[1:-1]
    yield json.dumps(part)[1:-1].replace("/", "\\/")
    yield repr(part)[1:-1]
    for quoted in (quote(part, safe=""), quote_plus(part)):
        yield quoted
        yield _PERCENT.sub(lambda each: each.group().lower(), quoted)
    for encoded in (base64.b64encode(part.encode()), base64.urlsafe_b64encode(part.encode())):
        yield encoded.decode()
        yield encoded.decode().rstrip("=")


def _html_forms(part: str) -> Iterator[str]:
    """The text as HTML and XML escape it: with or without quotes, the single one in three ways."""
    yield html.escape(part, quote=False)
    double = html.escape(part, quote=False).replace('"', "&quot;")
    for single in ("'", "&#x27;", "&#39;", "&apos;"):
        yield double.replace("'", single)
    yield html.escape(part, quote=False).replace('"', "&#34;").replace("'", "&#39;")
