"""`Retry-After` (RFC 9110): how long a target asks not to be sent requests."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

#: No wait is longer, whatever a target asks for.
LONGEST: Final = timedelta(days=1)
_MOST_DIGITS: Final = 9


def parse(text: str | None, now: datetime) -> timedelta | None:
    """The wait that the header asks for, in seconds or until a date; None if it cannot be read."""
    plain = (text or "").strip()
    if plain.isascii() and plain.isdigit():
        # Python reads no number of thousands of digits, so a long one is shortened first.
        return min(timedelta(seconds=int(plain.lstrip("0")[:_MOST_DIGITS] or "0")), LONGEST)
    try:
        until = parsedate_to_datetime(plain)
    except (ValueError, OverflowError):  # the latter for numbers that no calendar has
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST)
