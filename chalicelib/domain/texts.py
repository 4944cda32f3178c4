"""Sentences for people, in English and in German.

A text is its English to everybody who does not ask for another language: it is stored, logged and
compared like any other string. What others have written, such as names, is the same in both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

Language = Literal["en", "de"]
ENGLISH: Final = "en"
GERMAN: Final = "de"


class Text(str):
    """A text in English that has its German with it."""

    de: str

    def __new__(cls, english: str, german: str) -> "Text":
        """The text in English, with the same in German."""
        text = super().__new__(cls, english)
        text.de = german
        return text

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # it has one more
        return str(self), self.de


def german(text: Any) -> Any:
    """The text in German, if it has one; anything else as it is."""
    return text.de if isinstance(text, Text) else text


def say(english: str, german_: str, **values: object) -> Text:
    """A sentence of two templates, each with the values put in, in its own language."""
    in_german = {name: german(value) for name, value in values.items()}
    return Text(english.format(**values), german_.format(**in_german))


def joined(parts: Sequence[str], by: str = " ") -> Text:
    """The texts one after the other, with that between them."""
    return Text(by.join(parts), by.join(map(german, parts)))


def in_language(value: Any, language: str) -> Any:
    """The JSON value with its texts in that language."""
    if language != GERMAN:
        return value
    if isinstance(value, Mapping):
        return {name: in_language(each, language) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [in_language(each, language) for each in value]
    return german(value)


def preferred(accept_language: str) -> Language:
    """The language that an `Accept-Language` header likes best of the two; else English."""
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        name, _, parameter = part.partition(";")
        language = name.strip().lower().partition("-")[0]
        weights[language] = max(weights.get(language, 0), _weight(parameter))
    likes_german = weights.get(GERMAN, 0) > weights.get(ENGLISH, 0)
    return GERMAN if likes_german else ENGLISH


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0
