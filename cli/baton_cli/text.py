"""Text for terminals: values made safe to print, instants and durations to and from words."""

import json
import re
import unicodedata
from datetime import datetime, tzinfo
from typing import Any, Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN: Final = re.compile(r"(\d+)\s*([smhd])")


def clean(text: object, keep: str = "") -> str:
    """The text with control characters written as escapes, except those in `keep`.

    So text from elsewhere cannot drive the terminal.
    """
    return "".join(
        one if one.isprintable() or one in keep else one.encode("unicode_escape").decode()
        for one in str(text)
    )


def json_line(value: Any) -> str:
    """A value as one line of JSON in which no character can drive a terminal: they are escaped."""
    plain = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in plain)


def nfc(text: str) -> str:
    """The text in Unicode's composed form, in which the API keeps and compares names."""
    return unicodedata.normalize("NFC", text)


def instant(text: str) -> datetime | None:
    """The instant that a text names; None if it is not one, or has no offset."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else None


def local_text(text: str | None, zone: tzinfo | None) -> str:
    """An instant of the API as text in a time zone, the machine's if it is None."""
    if text is None:
        return "–"
    at = instant(text)
    return clean(text) if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def seconds_of(span: str) -> int:
    """The seconds of a duration like `90s`, `15m`, `6h`, `1d` or `1h30m`. Raises `ValueError`."""
    parts = _SPAN.findall(span)
    if not parts or _SPAN.sub("", span).strip():
        raise ValueError(f"{span!r} is no span of time; write 90s, 15m, 6h or 1d")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def duration_text(seconds: float | None) -> str:
    """A duration in short: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds is None:
        return "–"
    if round(seconds, 1) < 10:  # noqa: PLR2004  # below, tenths matter
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, small_unit in _STEPS:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    return f"{whole} s"


_STEPS: Final = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def milliseconds_text(value: int | None) -> str:
    """A duration in milliseconds, in short."""
    return duration_text(None if value is None else value / 1000)


def as_text(value: Any) -> str:
    """A value of the API as text, as `yes` or `no` if it is a boolean."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value)
