"""Durations, counts and names as sentences have them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

#: What runs are called that are not named.
OWN_RUN: Final = "a run of its own"
ANOTHER_RUN: Final = "another run"
ANOTHER_TENANT: Final = "another tenant's run"


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


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 run`, `2 runs`, `3 times`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names as a sentence lists them: `a`, `a and b`, `a, b and 2 more`."""
    shown = list(names[:most])
    if len(names) > most:
        shown = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1] if shown else ""]))


def quoted(name: str) -> str:
    """A name that people gave, in quotation marks."""
    return f"“{name}”"
