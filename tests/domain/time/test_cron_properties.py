"""What holds for every expression, zone and instant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.time.cron import Crontab, crontab

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Santiago"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "Antarctica/Troll", "Antarctica/Casey"),
    *("Pacific/Apia", "Asia/Tehran", "Africa/Cairo", "America/Havana", "Africa/Monrovia"),
)
MINUTE = timedelta(minutes=1)
instants = st.integers(0, 68 * 365 * 86_400).map(
    lambda seconds: datetime(1972, 2, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@st.composite
def items(draw: st.DrawFn, low: int, high: int) -> str:
    first, last = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    step = draw(st.integers(1, high))
    return draw(
        st.sampled_from(("*", f"{first}", f"{first}-{last}", f"{first}-{last}/{step}", f"*/{step}"))
    )


def columns(low: int, high: int) -> st.SearchStrategy[str]:
    return st.just("*") | st.lists(items(low, high), min_size=1, max_size=3).map(",".join)


days = st.just("*") | columns(1, 31) | st.just("L")
weekdays = st.just("*") | columns(0, 7) | st.sampled_from(("5L", "1#2", "SUN", "MON-FRI"))
expressions = st.tuples(
    columns(0, 59), columns(0, 23), days, st.just("*") | columns(1, 12), weekdays
).map(" ".join)
tables = st.builds(crontab, expressions, st.sampled_from(ZONES))


def walk(table: Crontab, after: datetime) -> Iterator[datetime]:
    at = table.next_after(after)
    while at is not None:
        yield at
        at = table.next_after(at)


@given(tables, instants)
@settings(deadline=None)
def test_fire_times_increase(table: Crontab, after: datetime) -> None:
    times = [after, *islice(walk(table, after), 6)]
    assert all(earlier < later for earlier, later in pairwise(times))


@given(tables, instants)
@settings(deadline=None)
def test_a_fire_time_matches_the_fields_unless_a_gap_moved_it(
    table: Crontab, after: datetime
) -> None:
    for at in islice(walk(table, after), 6):
        moved = table.skipped_into(at)
        assert table.names(at) or moved
        for wall in moved:
            local = wall.replace(tzinfo=table.zone)
            assert table.fields.fixed_time
            assert table.fields.after(wall - MINUTE) == wall
            assert local.astimezone(UTC).astimezone(table.zone).replace(tzinfo=None) != wall


@given(tables, instants, st.floats(0, 1))
@settings(deadline=None)
def test_asking_from_between_two_fire_times_gives_the_second(
    table: Crontab, after: datetime, share: float
) -> None:
    for earlier, later in pairwise([after, *islice(walk(table, after), 3)]):
        between = min(earlier + (later - earlier) * share, later - timedelta.resolution)
        assert table.next_after(between) == later


@given(tables, instants)
@settings(deadline=None)
def test_a_star_misses_no_minute_that_matches(table: Crontab, after: datetime) -> None:
    if table.fields.fixed_time:
        return
    first = table.next_after(after)
    minute = after.replace(second=0, microsecond=0) + MINUTE
    if minute.astimezone(table.zone).second:
        return  # With an offset of odd seconds, a whole local minute is no whole minute of UTC.
    for _ in range(90):
        if first is None or minute < first:
            assert not table.names(minute)
        minute += MINUTE


@given(tables, instants)
@settings(deadline=None)
def test_what_comes_twice_runs_once_or_as_a_star_twice(table: Crontab, after: datetime) -> None:
    for at in islice(walk(table, after), 3):
        local = at.astimezone(table.zone)
        again = local.replace(fold=1).astimezone(UTC)
        if table.stands_for_two(at):
            assert not local.fold and again > at
            assert again not in list(islice(walk(table, at), 200))
        elif not local.fold and again > at:
            assert again in list(islice(walk(table, at), 24 * 60))
