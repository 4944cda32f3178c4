"""Who does something: a name for people to read, and an id that no two callers share."""

import unicodedata
from dataclasses import dataclass
from typing import Final

#: The name that Baton itself acts under.
BATON_NAME: Final = "baton"
#: Characters that are letters to Unicode, and that nobody sees.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
#: Letters and digits that look like those of `baton`.
_LOOKALIKES: Final = str.maketrans(
    {
        "0": "o",
        "\N{GREEK SMALL LETTER ALPHA}": "a",
        "\N{GREEK SMALL LETTER BETA}": "b",
        "\N{GREEK SMALL LETTER OMICRON}": "o",
        "\N{GREEK SMALL LETTER TAU}": "t",
        "\N{CYRILLIC SMALL LETTER A}": "a",
        "\N{CYRILLIC SMALL LETTER O}": "o",
        "\N{CYRILLIC SMALL LETTER TE}": "t",
        "\N{CYRILLIC SMALL LETTER VE}": "b",
        "\N{CYRILLIC SMALL LETTER SOFT SIGN}": "b",
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something.

    `actor_id` is `token:<id>` for the bearer of an API token, and `jwt:<issuer>|<subject>` for
    that of a JWT: unlike a name, it stays the same and nobody can choose it.
    """

    name: str
    actor_id: str


#: Baton itself, as when it switches a schedule off.
BATON: Final = Actor(BATON_NAME, BATON_NAME)
#: Stands for an owner in the records of another tenant, which does not learn who it was.
OWNER: Final = Actor("an owner of this deployment", "owner")


def name_fault(name: str) -> str | None:
    """What is wrong with the name of somebody who acts; None if it is all right."""
    if any(_is_invisible(character) for character in name):
        return "must not hold characters that cannot be seen"
    if _looks_like(name) == BATON_NAME:
        return "must not look like the name that Baton itself acts under"
    return None


def _is_invisible(character: str) -> bool:
    return character in _BLANK or not character.isprintable()


def _looks_like(name: str) -> str:
    """The letters of the name in their plainest form: accents, signs and capitals do not count."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES)
    return "".join(character for character in plain if character.isalnum())
