"""`Retry-After` (RFC 9110): how long a target asks to be left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

#: Nobody is waited for any longer.
LONGEST: Final = timedelta(days=1)
_MOST_DIGITS: Final = 9


def parse(text: str | None, now: datetime) -> timedelta | None:
    """The wait it asks for, in either of its forms; None if it says nothing sensible."""
    plain = (text or "").strip()
    if plain.isascii() and plain.isdigit():
        return min(timedelta(seconds=int(plain[:_MOST_DIGITS])), LONGEST)
    try:
        until = parsedate_to_datetime(plain)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST)
