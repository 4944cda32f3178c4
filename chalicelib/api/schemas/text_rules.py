"""Text and free-form data as clients may write them.

Any script is welcome, right to left, combined or drawn. What would make two names look the same in
a log, or break a line of one, is not.
"""

import json
import unicodedata
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator

#: What a payload comes to as compact JSON, in bytes of UTF-8.
MOST_PAYLOAD_BYTES: Final = 64 * 1024
_CONTROLS: Final = ("Cc", "Cs", "Zl", "Zp")
_LAID_OUT: Final = "\t\n\r"
#: Letters, digits, punctuation, symbols: what can be seen.
_VISIBLE: Final = "LNPS"


def composed(text: Any) -> Any:
    """Text in Unicode's composed form (NFC): what looks the same is kept and found as the same."""
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else text


def one_line(text: str) -> str:
    """Raises `ValueError` for control characters, line breaks, and what cannot be seen."""
    if any(unicodedata.category(character) in _CONTROLS for character in text):
        raise ValueError("must be one line without control characters")
    if not any(unicodedata.category(character)[0] in _VISIBLE for character in text):
        raise ValueError("must not be blank")
    return text


def prose(text: str) -> str:
    """Raises `ValueError` for control characters other than those that lay text out."""
    if any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in _LAID_OUT
        for character in text
    ):
        raise ValueError("must not hold control characters")
    return text


def small(data: Any) -> Any:
    """Raises `ValueError` for what has more than 64 KiB as JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MOST_PAYLOAD_BYTES:
        raise ValueError(f"must have {MOST_PAYLOAD_BYTES} bytes as JSON at most")
    return data


#: Part of a name or a text, to look for.
Words = Annotated[str, BeforeValidator(composed)]
#: A name or title; how long it may be, the field says.
OneLine = Annotated[str, BeforeValidator(composed), AfterValidator(one_line)]
Prose = Annotated[str, BeforeValidator(composed), AfterValidator(prose)]
Payload = Annotated[dict[str, Any], AfterValidator(small)]
