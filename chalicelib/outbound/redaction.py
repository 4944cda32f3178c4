"""Secrets taken out of what is shown: a target may send back what it was sent."""

import base64
import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from chalicelib.outbound.signature import PREFIX

SHOWN_INSTEAD: Final = "[secret]"
#: The second word of `Bearer abc…` is the secret; a shorter one would blot out half a text.
_LEAST_WORD: Final = 6
#: What half a character is read as.
_CUT_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}".encode()


class Redactor:
    """Replaces the secrets it has been told of, also in the usual encodings."""

    def __init__(self) -> None:
        self._forms: set[str] = set()

    def hide(self, secret: str) -> None:
        """From now on, this is not shown."""
        self._forms.update(form for part in _parts(secret) for form in _forms(part))

    @property
    def margin(self) -> int:
        """How many bytes more than are shown have to be looked at: a secret that is cut off in its
        middle is not recognised, and what is left of it lies within the last so many bytes."""
        longest = max((len(form.encode()) for form in self._forms), default=0)
        return longest + len(_CUT_CHARACTER) if longest else 0

    def __call__(self, text: str) -> str:
        """The text without secrets; the longest first, for one may be part of another."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, SHOWN_INSTEAD)
        return text


def _parts(secret: str) -> Iterator[str]:
    """The secret, without the prefix of a signing key, and the words it is made of, if several."""
    whole = secret.strip()
    yield whole
    yield whole.removeprefix(PREFIX)
    for word in whole.split():
        if len(word) >= _LEAST_WORD and word != whole:
            yield word


def _forms(part: str) -> Iterator[str]:
    yield part
    yield json.dumps(part)[1:-1]
    yield json.dumps(part)[1:-1].replace("/", "\\/")
    yield repr(part)[1:-1]
    yield quote(part, safe="")
    yield quote_plus(part)
    yield base64.b64encode(part.encode()).decode()
