"""What holds for the forecast of any plan."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.expansion import between
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.quieter import fixed_minute, quieter_minutes
from chalicelib.domain.runs.schedule import Schedule, WhenBusy
from chalicelib.domain.time.cadences import Cadence, Cron, Interval
from tests.builders import NOON, a_schedule

MINUTES = st.integers(0, 59)
CRONS = st.builds(lambda minute: Cron(f"{minute} * * * *"), MINUTES) | st.sampled_from(
    [Cron("*/5 * * * *"), Cron("*/7 9-20 * * *", "Europe/Berlin"), Cron("0,1,2 * * * *")]
)
CADENCES: st.SearchStrategy[Cadence] = CRONS | st.builds(
    Interval, st.integers(60, 5000), st.sampled_from(["completion", "grid"])
)


def schedules(
    cadences: st.SearchStrategy[Cadence], policies: st.SearchStrategy[WhenBusy]
) -> st.SearchStrategy[list[Schedule]]:
    one = st.builds(
        lambda cadence, when_busy, seconds, priority, limit: a_schedule(
            cadence=cadence,
            when_busy=when_busy,
            average_duration_seconds=seconds,
            priority=priority,
            queue_limit_seconds=limit,
        ),
        cadences,
        policies,
        st.integers(1, 900),
        st.integers(0, 9),
        st.none() | st.integers(1, 900),
    )
    return st.lists(one, min_size=1, max_size=8).map(
        lambda plan: [_named(each, number) for number, each in enumerate(plan)]
    )


def _named(schedule: Schedule, number: int) -> Schedule:
    return a_schedule(
        **{
            name: getattr(schedule, name)
            for name in ("cadence", "when_busy", "priority", "queue_limit_seconds")
        },
        average_duration_seconds=schedule.average_duration_seconds,
        schedule_id=f"S{number}",
    )


PLANS = schedules(CADENCES, st.sampled_from(WhenBusy))
CAPACITIES = st.integers(1, 3)


@given(PLANS, CAPACITIES)
@settings(max_examples=150, deadline=None)
def test_every_fire_time_is_in_exactly_one_count(plan: list[Schedule], capacity: int) -> None:
    forecast = Forecast(plan, NOON, 6, Pool(capacity=capacity))
    for schedule, tally in zip(forecast.schedules, forecast.simulation.tallies, strict=True):
        if not schedule.measures_from_completion:
            end = NOON + timedelta(hours=6)
            assert tally.fire_times == len(list(between(schedule.cadence, NOON, end)))
        assert len(tally.starts) == tally.runs


@given(PLANS, CAPACITIES)
@settings(max_examples=150, deadline=None)
def test_slots_are_never_shared_and_nothing_overlaps_itself(
    plan: list[Schedule], capacity: int
) -> None:
    simulation = Forecast(plan, NOON, 6, Pool(capacity=capacity)).simulation
    turns: list[tuple[int, int]] = []
    for work, tally in zip(simulation.works, simulation.tallies, strict=True):
        own = [(start, start + work.duration) for start in tally.starts]
        assert all(end <= start for (_, end), (start, _) in pairwise(own))
        turns += [(start, 1) for start, _ in own] + [(end, -1) for _, end in own]
    held = 0
    for _, change in sorted(turns):
        held += change
        assert 0 <= held <= capacity


@given(PLANS, CAPACITIES)
@settings(max_examples=100, deadline=None)
def test_waits_are_never_negative_and_add_up(plan: list[Schedule], capacity: int) -> None:
    for tally in Forecast(plan, NOON, 6, Pool(capacity=capacity)).simulation.tallies:
        assert all(wait > 0 for _, wait in tally.waits)
        assert tally.total_wait == sum(wait for _, wait in tally.waits)
        assert tally.worst_wait == max((wait for _, wait in tally.waits), default=0)
        assert len(tally.waits) <= tally.runs + tally.unserved


@given(st.lists(MINUTES, min_size=1, max_size=12), st.integers(1, 400))
@settings(max_examples=100, deadline=None)
def test_with_equal_durations_another_slot_never_makes_anybody_wait_longer(
    minutes: list[int], seconds: int
) -> None:
    """Not so in general: more slots may reorder unequal runs so that some wait longer."""
    plan = [
        a_schedule(
            schedule_id=f"S{number:02d}",
            cadence=Cron(f"{minute} * * * *"),
            average_duration_seconds=seconds,
        )
        for number, minute in enumerate(minutes)
    ]
    waits = [
        sum(tally.total_wait for tally in Forecast(plan, NOON, 3, pool).simulation.tallies)
        for pool in (Pool(capacity=1), Pool(capacity=2), Pool(capacity=3))
    ]
    assert waits == sorted(waits, reverse=True)


HOURLY = st.builds(lambda minute: Cron(f"{minute} * * * *"), MINUTES)


@given(schedules(HOURLY, st.just(WhenBusy.QUEUE)))
@settings(max_examples=40, deadline=None)
def test_moved_to_a_quieter_minute_it_does_not_wait(plan: list[Schedule]) -> None:
    forecast = Forecast(plan, NOON, 4, Pool())
    for number, schedule in enumerate(plan):
        for minute in quieter_minutes(forecast, number):
            assert minute != fixed_minute(schedule)
            there = replace(schedule, cadence=Cron(f"{minute} * * * *"))
            moved = [there if each is schedule else each for each in plan]
            assert Forecast(moved, NOON, 4, Pool()).simulation.tallies[number].total_wait == 0


def test_without_steps_for_trials_no_minute_is_suggested() -> None:
    plan = [a_schedule(schedule_id=name, cadence=Cron("0 * * * *")) for name in "AB"]
    few = Forecast(plan, NOON, 4, Pool())
    assert quieter_minutes(few, 1)
    steps = few.simulation.steps + 20  # of them, a first look takes twenty by itself
    assert quieter_minutes(Forecast(plan, NOON, 4, Pool(), most_steps=steps), 1) != []
    assert len(quieter_minutes(Forecast(plan, NOON, 4, Pool(), most_steps=steps), 1)) == 1
