"""Cron expressions in plain English, by what they mean and not by how they are spelled."""

from collections.abc import Sequence
from typing import Final

from chalicelib.domain.time.cron_fields import Fields

_WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_NTH: Final = ("last", "first", "second", "third", "fourth", "fifth")
_SHORTEST_SPAN: Final = 3
_ALL_DAYS: Final = list(range(1, 32))
_ALL_WEEKDAYS: Final = list(range(1, 8))


def describe(fields: Fields) -> str:
    """One sentence without its full stop; times are of 24 hours and in the schedule's zone."""
    days, weekdays = _days(fields), _weekdays(fields)
    every_day = not (days or weekdays) if fields.both_days else not (days and weekdays)
    text = _times(fields)
    if not every_day:
        joint = ", but only " if fields.both_days else ", or "
        text += ", " + joint.join(part for part in (days, weekdays) if part)
    months = _described(f"* * * {_column(fields.months, 1, 12)} *")
    return text + months.removeprefix("Every minute")


def _times(fields: Fields) -> str:
    minutes, hours = _column(fields.minutes, 0, 59), _column(fields.hours, 0, 23)
    if len(fields.minutes) > 1 and ("," in hours or "*/" in hours):
        listed = _listed([f"{hour:02}" for hour in fields.hours])
        return _described(f"{minutes} * * * *") + f", in the hours {listed}"
    return _described(f"{minutes} {hours} * * *")


def _described(expression: str) -> str:
    """An expression of times or months in the words of cron-descriptor.

    Its words for days miss Debian's AND, steps that do not divide their field, and `L`, `5L` and
    `5#2` in lists.
    """
    # Imported here: only answers to people need it.
    from cron_descriptor import Options, get_description  # type: ignore[import-untyped]

    options = Options(use_24hour_time_format=True, locale_code="en_US")
    return str(get_description(expression, options))


def _column(values: Sequence[int], low: int, high: int) -> str:
    """The plainest spelling of a field that matches these of its values, from low to high."""
    first, last, size = values[0], values[-1], high + 1 - low
    if len(values) == 1:
        return str(first)
    step = values[1] - first
    if list(values) == list(range(low, high + 1, step)) and size % step == 0:
        return "*" if step == 1 else f"*/{step}"
    return f"{first}-{last}" if _in_a_row(values) else ",".join(map(str, values))


def _days(fields: Fields) -> str:
    """The days of the month; empty for all."""
    numbers = [day for day in _ALL_DAYS if fields.days >> day & 1]
    parts = [f"on day {_spans(list(map(str, numbers)), numbers)} of the month"] if numbers else []
    if fields.last_day:
        parts.append("on the last day of the month")
    return "" if numbers == _ALL_DAYS else " and ".join(parts)


def _weekdays(fields: Fields) -> str:
    """The days of the week; empty for all."""
    # Monday first, so that a weekend is one span.
    numbers = [day for day in _ALL_WEEKDAYS if fields.weekdays >> day % 7 & 1]
    names = [_WEEKDAYS[day % 7] for day in numbers]
    parts = [_spans(names, numbers)] if numbers else []
    nth = sorted(fields.nth_weekdays, key=lambda each: (each[1] or 6, each[0]))
    parts += [f"the {_NTH[which]} {_WEEKDAYS[day]} of the month" for day, which in nth]
    return "" if numbers == _ALL_WEEKDAYS else "on " + _listed(parts)


def _spans(names: Sequence[str], numbers: Sequence[int]) -> str:
    return f"{names[0]} to {names[-1]}" if _in_a_row(numbers) else _listed(names)


def _in_a_row(numbers: Sequence[int]) -> bool:
    """Whether "first to last" names these numbers: three or more, with none left out."""
    count = len(numbers)
    return count >= _SHORTEST_SPAN and numbers[-1] - numbers[0] == count - 1


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
