"""Against a model of Debian's cron itself: a clock, a virtual clock, and what runs as they part.

The model wakes every minute, as cron(8) does. While its virtual clock keeps up with the local one,
all jobs run. Left behind by up to three hours, it runs the jobs with a star for now, and catches
up with the fixed ones. Ahead by up to three hours, it waits, and runs only the jobs with a star.
Further apart, it is set anew.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.time.cron import crontab, zone

MINUTE = timedelta(minutes=1)
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))

#: Zones and an hour before one of their clock changes, in UTC.
CHANGES = (
    ("Europe/Berlin", "2026-03-29T00:00"),
    ("Europe/Berlin", "2026-10-25T00:00"),
    ("America/New_York", "2026-03-08T06:00"),
    ("America/New_York", "2026-11-01T05:00"),
    ("America/Havana", "2026-03-08T04:00"),
    ("America/Havana", "2026-11-01T04:00"),
    ("America/Santiago", "2026-04-05T02:00"),
    ("America/Santiago", "2026-09-06T03:00"),
    ("America/Sao_Paulo", "2018-11-04T02:00"),
    ("America/Sao_Paulo", "2019-02-17T01:00"),
    ("America/St_Johns", "2010-03-14T02:31"),
    ("America/St_Johns", "2010-11-07T01:31"),
    ("Australia/Lord_Howe", "2026-04-04T14:00"),
    ("Australia/Lord_Howe", "2026-10-03T14:30"),
    ("Antarctica/Troll", "2026-03-29T00:00"),
    ("Antarctica/Troll", "2026-10-25T00:00"),
    ("Antarctica/Casey", "2018-03-10T16:00"),
    ("Antarctica/Casey", "2018-10-06T19:00"),
    ("Asia/Pyongyang", "2015-08-14T14:00"),
    ("Asia/Pyongyang", "2018-05-04T14:00"),
    ("Pacific/Apia", "2011-12-30T09:00"),
    ("Pacific/Kwajalein", "1969-09-30T12:00"),
    ("Pacific/Kwajalein", "1993-08-21T11:00"),
)


class Job:
    """An expression of numbers, read the plain way."""

    def __init__(self, expression: str) -> None:
        self.columns = expression.split()
        self.sets = [values(text, *BOUNDS[i]) for i, text in enumerate(self.columns)]
        minute, hour, day, _, weekday = self.columns
        self.has_star = minute[0] == "*" or hour[0] == "*"
        self.joins = all if day[0] == "*" or weekday[0] == "*" else any

    def matches(self, wall: datetime) -> bool:
        minutes, hours, days, months, weekdays = self.sets
        weekday = wall.isoweekday() in weekdays or wall.isoweekday() % 7 in weekdays
        return (
            wall.minute in minutes
            and wall.hour in hours
            and wall.month in months
            and self.joins((wall.day in days, weekday))
        )


def values(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.replace("*", f"{low}-{high}").partition("-")
        found.update(range(int(first), int(last or (high if step else first)) + 1, int(step or 1)))
    return found


def debian(job: Job, timezone: str, start: datetime, minutes: int) -> Iterator[datetime]:
    place = zone(timezone)
    virtual = start.astimezone(place).replace(tzinfo=None)
    for minute in range(1, minutes + 1):
        at = start + minute * MINUTE
        wall = at.astimezone(place).replace(tzinfo=None)
        behind = wall - virtual - MINUTE
        if timedelta(0) < behind <= timedelta(hours=3):
            caught_up = [virtual + n * MINUTE for n in range(1, (wall - virtual) // MINUTE + 1)]
            due = [wall] if job.has_star else caught_up
            virtual = wall
        elif timedelta(hours=-3) <= behind < timedelta(0):
            due = [wall] if job.has_star else []
        else:
            due = [wall]
            virtual = wall
        if any(map(job.matches, due)):
            yield at


def random_expression(dice: random.Random, local: datetime) -> str:
    """An expression that mostly names hours around a local time."""
    hours = [str((local + timedelta(hours=dice.randint(-1, 3))).hour) for _ in range(3)]
    minute = dice.choice(
        ["*", "*/20", "0", "30", "15,45", "0-59", "50/3", str(dice.randint(0, 59))]
    )
    hour = dice.choice(["*", "*/2", "*/3", hours[0], hours[0], ",".join(hours), "0-23", "1-5"])
    day = dice.choice(["*", "*", "*", str(local.day), "*/2", f"{local.day}/1"])
    weekday = dice.choice(["*", "*", "*", "0", "6,7", "*/2", "1-5"])
    return f"{minute} {hour} {day} * {weekday}"


@pytest.mark.parametrize(("timezone", "change"), CHANGES)
def test_a_day_around_a_clock_change_is_the_same_as_with_debians_cron(
    timezone: str, change: str
) -> None:
    dice = random.Random(change)
    start = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=3)
    for _ in range(12):
        expression = random_expression(dice, start.astimezone(zone(timezone)))
        end = start + timedelta(hours=36)
        expected = list(debian(Job(expression), timezone, start, 36 * 60))
        assert list(ours(expression, timezone, start, end)) == expected, expression


def ours(expression: str, timezone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    table = crontab(expression, timezone)
    at = table.next_after(start)
    while at is not None and at <= end:
        yield at
        at = table.next_after(at)
