"""Taking secrets out of texts that are shown, as a target may send back what it received."""

import base64
import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from chalicelib.outbound.signature import PREFIX

SHOWN_INSTEAD: Final = "[secret]"
#: A word of a secret (as the second one of `Bearer abc…`) is hidden by itself if it has this many
#: characters. Shorter ones are likely to be ordinary words.
_LEAST_WORD: Final = 6
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


def _forms(part: str) -> Iterator[str]:
    """The text as it is, and as it looks in JSON, in Python, in a URL and in base64."""
    yield part
    yield json.dumps(part)[1:-1]
    yield json.dumps(part)[1:-1].replace("/", "\\/")
    yield repr(part)[1:-1]
    yield quote(part, safe="")
    yield quote_plus(part)
    yield base64.b64encode(part.encode()).decode()
