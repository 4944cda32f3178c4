"""Cron expressions in plain words, by what they mean and not by how they are spelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.texts import Text
from chalicelib.domain.time.cron_fields import Fields

_SHORTEST_SPAN: Final = 3
_ALL_DAYS: Final = list(range(1, 32))
_ALL_WEEKDAYS: Final = list(range(1, 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the sentences of one language are made of."""

    locale: str
    #: How cron-descriptor begins a sentence about every minute.
    every_minute: str
    weekdays: tuple[str, ...]
    #: Which weekday of a month: the last, then the first and so on.
    nth: tuple[str, ...]
    nth_of_month: str
    in_hours: str
    on_days: str
    on_last_day: str
    on_weekdays: str
    but_only: str
    either: str
    both: str
    span: str


_ENGLISH: Final = _Words(
    locale="en_US",
    every_minute="Every minute",
    weekdays=("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    nth=("last", "first", "second", "third", "fourth", "fifth"),
    nth_of_month="the {nth} {weekday} of the month",
    in_hours=", in the hours {hours}",
    on_days="on day {days} of the month",
    on_last_day="on the last day of the month",
    on_weekdays="on {weekdays}",
    but_only=", but only ",
    either=", or ",
    both=" and ",
    span="{first} to {last}",
)
_GERMAN: Final = _Words(
    locale="de_DE",
    every_minute="Jede Minute",
    weekdays=("Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"),
    nth=("letzten", "ersten", "zweiten", "dritten", "vierten", "fünften"),
    nth_of_month="dem {nth} {weekday} des Monats",
    in_hours=", in den Stunden {hours}",
    on_days="an Tag {days} des Monats",
    on_last_day="am letzten Tag des Monats",
    on_weekdays="an {weekdays}",
    but_only=", aber nur ",
    either=", oder ",
    both=" und ",
    span="{first} bis {last}",
)


def describe(fields: Fields) -> Text:
    """One sentence without its full stop; times are of 24 hours and in the schedule's zone."""
    return Text(_described(fields, _ENGLISH), _described(fields, _GERMAN))


def _described(fields: Fields, words: _Words) -> str:
    days, weekdays = _days(fields, words), _weekdays(fields, words)
    every_day = not (days or weekdays) if fields.both_days else not (days and weekdays)
    text = _times(fields, words)
    if not every_day:
        joint = words.but_only if fields.both_days else words.either
        text += ", " + joint.join(part for part in (days, weekdays) if part)
    months = _in_words(f"* * * {_column(fields.months, 1, 12)} *", words)
    return text + months.removeprefix(words.every_minute)


def _times(fields: Fields, words: _Words) -> str:
    minutes, hours = _column(fields.minutes, 0, 59), _column(fields.hours, 0, 23)
    if len(fields.minutes) > 1 and ("," in hours or "*/" in hours):
        listed = _listed([f"{hour:02}" for hour in fields.hours], words)
        return _in_words(f"{minutes} * * * *", words) + words.in_hours.format(hours=listed)
    return _in_words(f"{minutes} {hours} * * *", words)


def _in_words(expression: str, words: _Words) -> str:
    """An expression of times or months in the words of cron-descriptor.

    Its words for days miss Debian's AND, steps that do not divide their field, and `L`, `5L` and
    `5#2` in lists.
    """
    # Imported here: only answers to people need it.
    from cron_descriptor import Options, get_description  # type: ignore[import-untyped]

    options = Options(use_24hour_time_format=True, locale_code=words.locale)
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


def _days(fields: Fields, words: _Words) -> str:
    """The days of the month; empty for all."""
    numbers = [day for day in _ALL_DAYS if fields.days >> day & 1]
    parts = []
    if numbers:
        parts.append(words.on_days.format(days=_spans(list(map(str, numbers)), numbers, words)))
    if fields.last_day:
        parts.append(words.on_last_day)
    return "" if numbers == _ALL_DAYS else words.both.join(parts)


def _weekdays(fields: Fields, words: _Words) -> str:
    """The days of the week; empty for all."""
    # Monday first, so that a weekend is one span.
    numbers = [day for day in _ALL_WEEKDAYS if fields.weekdays >> day % 7 & 1]
    names = [words.weekdays[day % 7] for day in numbers]
    parts = [_spans(names, numbers, words)] if numbers else []
    nth = sorted(fields.nth_weekdays, key=lambda each: (each[1] or 6, each[0]))
    parts += [
        words.nth_of_month.format(nth=words.nth[which], weekday=words.weekdays[day])
        for day, which in nth
    ]
    if numbers == _ALL_WEEKDAYS:
        return ""
    return words.on_weekdays.format(weekdays=_listed(parts, words))


def _spans(names: Sequence[str], numbers: Sequence[int], words: _Words) -> str:
    if _in_a_row(numbers):
        return words.span.format(first=names[0], last=names[-1])
    return _listed(names, words)


def _in_a_row(numbers: Sequence[int]) -> bool:
    """Whether "first to last" names these numbers: three or more, with none left out."""
    count = len(numbers)
    return count >= _SHORTEST_SPAN and numbers[-1] - numbers[0] == count - 1


def _listed(parts: Sequence[str], words: _Words) -> str:
    return words.both.join(filter(None, (", ".join(parts[:-1]), parts[-1] if parts else "")))
