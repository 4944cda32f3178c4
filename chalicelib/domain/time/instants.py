"""Instants: aware datetimes in UTC, cut to the millisecond that storage keeps."""

from datetime import UTC, datetime, timedelta


def to_milliseconds(instant: datetime) -> datetime:
    """The instant cut to whole milliseconds, the resolution that Baton stores."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`: of fixed width, so that it sorts by time."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The instant that `to_text` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def milliseconds_between(start: datetime, end: datetime) -> int:
    """Whole milliseconds from start to end; not below zero, though machines' clocks differ."""
    return max(0, (end - start) // timedelta(milliseconds=1))
