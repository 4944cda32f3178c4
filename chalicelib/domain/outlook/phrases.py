"""Durations, counts and names as sentences have them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.domain.texts import Text, german, say

#: What runs are called that are not named.
OWN_RUN: Final = Text("a run of its own", "ein eigener Lauf")
ANOTHER_RUN: Final = Text("another run", "ein anderer Lauf")
ANOTHER_TENANT: Final = Text("another tenant's run", "ein Lauf eines anderen Mandanten")
#: Noun → one and several of them in German, where that is no case but the nominative.
_IN_GERMAN: Final = {
    "attempt": ("Versuch", "Versuche"),
    "fire time": ("Auslösezeit", "Auslösezeiten"),
    "message": ("Nachricht", "Nachrichten"),
    "more schedule": ("weiterer Zeitplan", "weitere Zeitpläne"),
    "run": ("Lauf", "Läufe"),
    "schedule": ("Zeitplan", "Zeitpläne"),
    "step": ("Schritt", "Schritte"),
    "time": ("Mal", "Mal"),
}


def spoken(duration: timedelta) -> str:
    """A duration in at most two units, rounded to seconds: `2 min 5 s`, `3 h`, `1 d 2 h`."""
    seconds = round(duration.total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def in_utc(instant: datetime) -> str:
    """An instant for people: `2026-03-01 12:00:00 UTC`."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def counted(count: int, noun: str) -> Text:
    """A count with its noun: `1 run`, `2 runs`, `3 times`."""
    one, several = _IN_GERMAN[noun]
    english = f"{count} {noun}" if count == 1 else f"{count} {noun}s"
    return Text(english, f"{count} {one if count == 1 else several}")


def listed(names: Sequence[str], most: int = 3) -> Text:
    """Names as a sentence lists them: `a`, `a and b`, `a, b and 2 more`."""
    shown = list(names[:most])
    if len(names) > most:
        left = len(names) - most + 1
        shown = [*names[: most - 1], say("{left} more", "{left} weitere", left=left)]
    return Text(_listed(shown, " and "), _listed([*map(german, shown)], " und "))


def _listed(shown: Sequence[str], last: str) -> str:
    return last.join(filter(None, [", ".join(shown[:-1]), shown[-1] if shown else ""]))


def quoted(name: str) -> Text:
    """A name that people gave, in quotation marks."""
    return Text(f"“{name}”", f"„{name}“")


def percent(part: float) -> Text:
    """A part of a whole, in percent."""
    return Text(f"{part:.0%}", f"{part * 100:.0f} %")


def capitalized(text: Text) -> Text:
    """The text as it begins a sentence."""
    return Text(text[:1].upper() + text[1:], text.de[:1].upper() + text.de[1:])
