"""Side by side with cronsim, another reading of Debian's cron; every difference has a name here.

A name comes with the reason why cronsim's answer cannot be right, checked on the case itself. A
difference that none of them explains fails the test.
"""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cron import crontab, zone
from chalicelib.domain.time.cron_text import parse

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
ZONES = sorted((Path(import_module("tzdata").__path__[0]) / "zones").read_text().split())
#: Zones that change at midnight, by half an hour, by two or three, or by a day.
ODD_ZONES = (
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)
#: Their clocks went back at 00:01, to the day before: cronsim then looks for an hour for ever.
ENDLESS_ZONES = ("America/Goose_Bay", "America/St_Johns", "Canada/Newfoundland")
MINUTE = timedelta(minutes=1)
THREE_HOURS = timedelta(hours=3)


def random_expression(dice: random.Random) -> str:
    columns = [random_column(dice, column) for column in range(5)]
    if dice.random() < 0.6:
        columns[2:] = "***"
    return " ".join(columns)


def random_column(dice: random.Random, column: int) -> str:
    count = dice.choice((1, 1, 1, 2, 3))
    return ",".join(random_item(dice, column) for _ in range(count))


def random_item(dice: random.Random, column: int) -> str:
    low, high = BOUNDS[column]
    first = dice.randint(low, high - 1)
    last, step = dice.randint(first + 1, high), dice.randint(1, high)
    items = ["*", f"{first}", f"{first}", f"{last}", f"{first}-{last}", f"{first}-{last}/{step}"]
    items += [f"*/{step}", f"{first}/{step}"]
    items += {2: ["L"], 4: [f"{first}L", f"{first}#{dice.randint(1, 5)}"]}.get(column, [])
    return dice.choice(items)


def random_instant(dice: random.Random, place: ZoneInfo) -> datetime:
    """An instant within 65 years, mostly near a clock change if one follows within a year."""
    start = datetime(1972, 1, 1, tzinfo=UTC) + dice.randint(0, 65 * 365) * timedelta(days=1)
    near = dice.choice(changes(place, start) or [start])
    return near + dice.randint(-30, 6) * timedelta(hours=dice.random())


def changes(place: ZoneInfo, start: datetime) -> list[datetime]:
    """The clock changes within a year, to the minute."""
    days = [start + timedelta(days=day) for day in range(366)]
    offsets = [day.astimezone(place).utcoffset() for day in days]
    changed = [day for day in range(1, 366) if offsets[day] != offsets[day - 1]]
    minutes = range(24 * 60)
    return [
        days[day - 1]
        + MINUTE
        * bisect_left(
            minutes,
            True,
            key=lambda m: (
                (days[day - 1] + MINUTE * m).astimezone(place).utcoffset() == offsets[day]
            ),
        )
        for day in changed
    ]


def cronsim_next(expression: str, place: ZoneInfo, after: datetime) -> datetime | None:
    try:
        return next(CronSim(expression, after.astimezone(place)), None)
    except CronSimError:
        return None  # It refuses some dates that never come.


def length_of_change_before(at: datetime, place: ZoneInfo) -> timedelta:
    """How far the clock went forward within the last two days."""
    now, before = at.astimezone(place), (at - timedelta(days=2)).astimezone(place)
    return now.replace(tzinfo=None) - before.replace(tzinfo=None) - timedelta(days=2)


class Case:
    """One question and both answers."""

    def __init__(self, expression: str, place: ZoneInfo, after: datetime) -> None:
        self.expression, self.place, self.after = expression, place, after
        self.fields = parse(expression)
        self.ours = crontab(expression, place.key).next_after(after)
        self.local = cronsim_next(expression, place, after)
        self.theirs = self.local and self.local.astimezone(UTC)

    def __str__(self) -> str:
        asked = f"{self.expression!r} in {self.place.key} after {self.after}"
        return f"{asked}: ours {self.ours}, cronsim's {self.theirs} ({self.local})"

    def names(self, at: datetime) -> bool:
        """Whether the fields match the local time of an instant."""
        wall = at.astimezone(self.place).replace(tzinfo=None)
        return self.fields.after(wall - MINUTE) == wall


def is_not_later(case: Case) -> bool:
    """A fixed-time job asked for in the second run of a repeated hour fires in the past."""
    return case.theirs is not None and case.theirs <= case.after


def does_not_exist(case: Case) -> bool:
    """A wildcard job fires at a midnight that the clock skips."""
    return case.local is not None and case.local != case.local.astimezone(UTC).astimezone(
        case.place
    )


def makes_up_for_a_correction(case: Case) -> bool:
    """A fixed-time job of a skipped day runs, though its clock change was no daylight saving."""
    at = case.theirs
    return (
        case.fields.fixed_time
        and at is not None
        and length_of_change_before(at, case.place) > THREE_HOURS
        and not case.names(at)
    )


def passes_one_over(case: Case) -> bool:
    """A wildcard job misses a time that matches, for it steps by whole hours or to a midnight."""
    at = case.ours
    return (
        not case.fields.fixed_time
        and at is not None
        and (case.theirs is None or at < case.theirs)
        and case.names(at)
    )


KNOWN: tuple[Callable[[Case], bool], ...] = (
    is_not_later,
    does_not_exist,
    makes_up_for_a_correction,
    passes_one_over,
)


def random_case(dice: random.Random) -> Case | None:
    place = zone(dice.choice(dice.choice((ZONES, ODD_ZONES))))
    expression = random_expression(dice)
    if place.key in ENDLESS_ZONES and not parse(expression).fixed_time:
        return None
    return Case(expression, place, random_instant(dice, place))


def test_cronsim_agrees_but_where_it_is_known_to_be_wrong() -> None:
    dice = random.Random(4)
    seen: Counter[str] = Counter()
    for case in filter(None, (random_case(dice) for _ in range(6000))):
        names = ["alike"] if case.ours == case.theirs else [k.__name__ for k in KNOWN if k(case)]
        assert names, str(case)
        seen[names[0]] += 1
    assert seen["alike"] > 5800


@pytest.mark.parametrize(
    ("difference", "expression", "timezone", "after", "answers"),
    [
        (
            is_not_later,
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T02:10:00+01:00",
            ("2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        ),
        (
            does_not_exist,
            "* 0,2 4 11 *",
            "America/Sao_Paulo",
            "2018-11-03T12:00:00-03:00",
            ("2018-11-04T00:00:00-03:00", "2018-11-04T02:00:00-02:00"),
        ),
        (
            makes_up_for_a_correction,
            "0 12 30 * *",
            "Pacific/Apia",
            "2011-12-29T13:00:00-10:00",
            ("2011-12-31T00:00:00+14:00", "2012-01-30T12:00:00+14:00"),
        ),
        (
            passes_one_over,
            "*/15 2 * * *",
            "Australia/Lord_Howe",
            "2026-04-05T00:40:00+11:00",
            ("2026-04-05T02:30:00+10:30", "2026-04-05T02:00:00+10:30"),
        ),
    ],
)
def test_each_known_difference(
    difference: Callable[[Case], bool],
    expression: str,
    timezone: str,
    after: str,
    answers: tuple[str, str],
) -> None:
    case = Case(expression, zone(timezone), datetime.fromisoformat(after).astimezone(UTC))
    assert difference(case)
    assert case.local is not None and case.ours is not None
    ours = case.ours.astimezone(case.place).isoformat()
    assert (case.local.isoformat(), ours) == answers


def test_cronsim_takes_what_is_no_cron_of_five_fields() -> None:
    for expression in ("0 0 0 * * *", "0 0 L/2 * *", "0 0 LW * *", "0 0\n* * *"):
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
        with pytest.raises(InvalidFields):
            parse(expression)


def test_cronsim_refuses_aliases_a_last_weekday_in_front_and_ranges_of_nth_weekdays() -> None:
    for expression in ("@daily", "0 0 * * L5", "0 0 * * MON-FRI#1"):
        parse(expression)
        with pytest.raises(CronSimError):
            CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))


def test_cronsim_reads_a_range_of_one_with_a_step_as_a_start_with_a_step() -> None:
    assert parse("5-5/20 * * * *") == parse("5 * * * *")
    assert CronSim("5-5/20 * * * *", datetime(2026, 1, 1, tzinfo=UTC)).minutes == {5, 25, 45}
