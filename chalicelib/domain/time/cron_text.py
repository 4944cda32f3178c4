"""Reads cron expressions strictly: what is not valid is refused, with every wrong field named.

The syntax is crontab(5)'s, with `N/step` as in FreeBSD's cron and `L`, `5L`, `L5` and `5#2` as in
Quartz and croniter. croniter reads the values; whatever it would read otherwise than cron is
refused, or spelled in another way, before.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.time.cron_fields import Fields

#: How many characters an expression may have.
MAX_LENGTH: Final = 256
ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

# ASCII only: otherwise these match the digits and letters of every script.
_SPAN: Final = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", re.ASCII)
_NTH_WEEKDAY: Final = re.compile(r"([\w-]+)#([1-5])", re.ASCII)
_LAST_WEEKDAY: Final = re.compile(r"L(\d+)|(\d+)L", re.ASCII | re.IGNORECASE)
# crontab(5) separates fields by spaces and tabs; no other control character has a meaning.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five columns of an expression: its name, its bounds and the values it allows."""

    name: str
    low: int
    high: int
    #: The values it allows, for people to read.
    allowed: str
    #: Names of values, numbered from `low`.
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    #: The items that croniter may read as they are, which are most items of most expressions.
    verbatim: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        numbers = map(str, range(self.low, self.high + 1))
        object.__setattr__(self, "verbatim", frozenset(["*", *self.words, *numbers]))

    def number(self, text: str) -> int:
        if text.upper() in self.names:
            return self.low + self.names.index(text.upper())
        if not text.isdigit() or not self.low <= int(text) <= self.high:
            raise ValueError(f"{text[:40]!r} is not one of {self.low}-{self.high}")
        return int(text)

    def span(self, item: str) -> tuple[int, int, int]:
        """The first value, the last value and the step of a list item."""
        match = _SPAN.fullmatch(item)
        if match is None:
            raise ValueError(f"{item[:40]!r} is not understood" if item else "empty list item")
        first, last, step = match.groups()
        if step is not None and int(step) == 0:
            raise ValueError(f"the step of {item[:40]!r} is zero")
        low = self.number(first) if first else self.low
        high = self.number(last) if last else low if first and not step else self.high
        if low > high:
            raise ValueError(f"the range {item[:40]!r} runs backwards")
        return low, high, int(step or 1)

    def spelled_for_croniter(self, item: str) -> str:
        """A list item in a spelling that croniter reads as cron reads the item."""
        low, high, step = self.span(item)
        if item.startswith("*"):
            return item
        # croniter widens 5-5 to the whole field, and ends 1/2 before the 7 that is Sunday.
        return str(low) if low == high else f"{low}-{high}/{step}"

    def refusal(self, text: str, problem: object) -> FieldError:
        return FieldError(
            "cadence.expression",
            f"{self.name} {text[:40]!r}: {problem}; allowed are {self.allowed}, "
            "all (*), lists (1,2), ranges (1-5) and steps (*/2, 1-5/2)",
        )


_MINUTE: Final = _Field("minute", 0, 59, "0-59")
_HOUR: Final = _Field("hour", 0, 23, "0-23")
_DAY: Final = _Field("day of month", 1, 31, "1-31, L (the last day)", words=("L", "l"))
# fmt: off
_MONTHS: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)
# fmt: on
_MONTH: Final = _Field("month", 1, 12, "1-12 or JAN-DEC", names=_MONTHS)
_WEEKDAY: Final = _Field(
    "day of week",
    0,
    7,
    "0-7 or SUN-SAT (0 and 7 are Sunday), 5L (the last Friday), 5#1 to 5#5 (the first to fifth)",
    names=("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
)
_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)
_ALL: Final = (
    *(tuple(range(each.low, each.high + 1)) for each in _FIELDS[:-1]),
    tuple(range(7)),  # Sunday once.
)
_SHAPE: Final = (
    f"allowed are five fields ({', '.join(f'{each.name} {each.allowed}' for each in _FIELDS)}) "
    f"separated by spaces, or one of {', '.join(ALIASES)}"
)


@lru_cache(maxsize=1024)
def parse(expression: str) -> Fields:
    """What an expression or alias means, read once a process.

    Raises `InvalidFields`, with an error for every wrong field.
    """
    columns = _columns(expression)
    read: list[tuple[str, frozenset[tuple[int, int]]]] = []
    errors: list[FieldError] = []
    for each, text in zip(_FIELDS, columns, strict=True):
        try:
            read.append(_read(each, text))
        except ValueError as problem:
            errors.append(each.refusal(text, problem))
    if errors:
        raise InvalidFields(errors)
    plain = [text for text, _ in read]
    _, nth_weekdays = read[-1]
    return _fields(columns, plain, nth_weekdays)


def _columns(expression: str) -> list[str]:
    if len(expression) > MAX_LENGTH:
        raise _refused(f"{len(expression)} characters are more than {MAX_LENGTH}; {_SHAPE}")
    if _CONTROL.search(expression):
        raise _refused(f"line breaks and other control characters are not allowed; {_SHAPE}")
    text = expression.strip(" \t")
    # Only ASCII is put in lower case: that turns, say, the Kelvin sign into a plain k.
    plain = ALIASES.get(text.lower(), text) if text.isascii() else text
    if plain.startswith("@"):
        raise _refused(f"{text[:40]!r} is not known; {_SHAPE}")
    columns = [column for column in plain.replace("\t", " ").split(" ") if column]
    if len(columns) != len(_FIELDS):
        raise _refused(f"{len(columns)} fields, where five are needed; {_SHAPE}")
    return columns


def _refused(message: str) -> InvalidFields:
    return InvalidFields([FieldError("cadence.expression", message)])


def _read(each: _Field, text: str) -> tuple[str, frozenset[tuple[int, int]]]:
    """A column as croniter is to read it without its numbered weekdays, and those.

    croniter reads numbered weekdays too, but not beside others, nor as one side of an OR.
    """
    plain, nth_weekdays = [], set[tuple[int, int]]()
    for item in text.split(","):
        if item in each.verbatim:
            plain.append(item)
        elif each is _WEEKDAY and (numbered := _nth_weekdays(item)):
            nth_weekdays |= numbered
        else:
            plain.append(each.spelled_for_croniter(item))
    return ",".join(plain), frozenset(nth_weekdays)


def _nth_weekdays(item: str) -> set[tuple[int, int]]:
    """The numbered weekdays that `5L`, `L5`, `5#2` or `1-5#2` stands for; none for others."""
    if last := _LAST_WEEKDAY.fullmatch(item):
        return {(_WEEKDAY.number(last[1] or last[2]) % 7, 0)}
    if nth := _NTH_WEEKDAY.fullmatch(item):
        low, high, _ = _WEEKDAY.span(nth[1])
        return {(weekday % 7, int(nth[2])) for weekday in range(low, high + 1)}
    return set()


def _fields(
    columns: list[str], plain: list[str], nth_weekdays: frozenset[tuple[int, int]]
) -> Fields:
    minute, hour, day, _, weekday = columns
    minutes, hours, days, months, weekdays = _expanded(plain)
    return Fields(
        minutes=minutes,
        hours=hours,
        days=_bits(days),
        last_day="L" in day.upper(),
        months=months,
        weekdays=_bits(weekdays) if plain[-1] else 0,
        nth_weekdays=nth_weekdays,
        both_days=day.startswith("*") or weekday.startswith("*"),
        fixed_time=not (minute.startswith("*") or hour.startswith("*")),
    )


def _bits(numbers: tuple[int, ...]) -> int:
    return sum(1 << number for number in numbers)


def _expanded(plain: list[str]) -> list[tuple[int, ...]]:
    """The numbers each column stands for, sorted, with Sunday as 0."""
    # croniter only parses. `Fields` finds the fire times: that is several times faster, and stops
    # at a horizon. Imported here: it is slow to import, and many processes never parse.
    from croniter import CroniterError, croniter

    try:
        expanded, _ = croniter.expand(" ".join(text or "*" for text in plain))
    except CroniterError as error:  # Not expected: what croniter refuses was refused above.
        raise _refused(f"{error}; {_SHAPE}") from error
    return [
        every if "*" in values else tuple(v for v in values if isinstance(v, int))
        for every, values in zip(_ALL, expanded, strict=True)
    ]
