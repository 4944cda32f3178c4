"""Minutes to move to: each holds in a fresh forecast of the moved plan, and trials have an end."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.forecast import MOST_TRIAL_STEPS, Forecast
from chalicelib.domain.outlook.quieter import fixed_minute, quieter_minutes
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import Schedule, WhenBusy
from chalicelib.domain.time.cadences import Cadence, Cron, Interval
from tests.builders import MILLISECOND, NOON, a_schedule, after


def a_plan(random: Random, now: datetime) -> list[Schedule]:
    """Schedules of which most could move, made some time before."""
    return [_one(random, number, now) for number in range(random.randint(2, 6))]


def _one(random: Random, number: int, now: datetime) -> Schedule:
    minute = random.choice((0, 1, 2, 29, 30, 57, 58, 59))
    hours = random.choice(("*", "*", "*/2", "12-14", "11,13,15"))
    cadences: list[Cadence] = [
        Cron(f"{minute} {hours} * * *", random.choice(("UTC", "Asia/Kolkata")))
    ]
    if random.random() < 0.2:
        cadences = [Interval(random.choice((300, 1700))), Cron("*/20 * * * *"), Cron("@hourly")]
    schedule = a_schedule(
        schedule_id=f"S{number}",
        cadence=random.choice(cadences),
        average_duration_seconds=random.choice((20, 90, 400, 1500)),
        jitter_seconds=random.choice((0, 0, 0, 1800)),
        when_busy=random.choice((WhenBusy.QUEUE, WhenBusy.QUEUE, WhenBusy.SKIP)),
        queue_limit_seconds=random.choice((None, None, 60)),
        starts_at=random.choice((None, None, after(5400))),
        ends_at=random.choice((None, None, after(4 * 3600))),
    )
    return arm(schedule, now - timedelta(seconds=random.choice((1, 600, 4000))))


def moved(schedule: Schedule, minute: int, now: datetime) -> Schedule:
    """The schedule as an edit at that instant leaves it."""
    assert isinstance(schedule.cadence, Cron)
    hours_and_days = schedule.cadence.expression.replace("@hourly", "0 * * * *").split(" ", 1)[1]
    there = replace(schedule.cadence, expression=f"{minute} {hours_and_days}")
    return arm(replace(schedule, cadence=there), now)


def lost_nothing(tally: Tally) -> bool:
    return not tally.waits and tally.runs == tally.fire_times > 0


@pytest.mark.parametrize("seed", range(60))
def test_moved_to_a_suggested_minute_it_does_not_wait(seed: int) -> None:
    random = Random(seed)
    now = NOON + timedelta(minutes=random.choice((0, 1, 17, 30, 59)))
    plan, pool = a_plan(random, now), Pool(capacity=random.choice((1, 1, 2)))
    hours = random.choice((2, 5))
    forecast = Forecast(plan, now, hours, pool)
    for number, schedule in enumerate(plan):
        for minute in quieter_minutes(forecast, number):
            assert minute != fixed_minute(schedule)
            # Edited at the minute's very start and in the middle of it.
            for edited_at in (now - MILLISECOND, now + timedelta(seconds=30)):
                there = moved(schedule, minute, edited_at)
                others = [there if each is schedule else each for each in plan]
                tally = Forecast(others, edited_at, hours, pool).simulation.tallies[number]
                if edited_at > now:
                    assert lost_nothing(tally), (number, minute, edited_at)
                fresh = Forecast(others, now, hours, pool).simulation.tallies[number]
                assert lost_nothing(fresh), (number, minute, edited_at)


def test_the_plans_that_are_tried_have_minutes_to_suggest() -> None:
    found = 0
    for seed in range(60):
        random = Random(seed)
        now = NOON + timedelta(minutes=random.choice((0, 1, 17, 30, 59)))
        plan = a_plan(random, now)
        forecast = Forecast(plan, now, 2, Pool())
        found += sum(len(quieter_minutes(forecast, number)) for number in range(len(plan)))
    assert found > 60


def test_a_fire_time_that_moves_into_the_window_counts() -> None:
    """Ten minutes earlier, the fire time after the window comes into it, and meets another's."""
    mine = a_schedule(schedule_id="B", cadence=Cron("30 * * * *"), average_duration_seconds=60)
    beside = replace(mine, schedule_id="A")
    late = replace(mine, schedule_id="A2", cadence=Cron("20 15 * * *"), average_duration_seconds=60)
    plan = [beside, mine, late]
    # From 12:25 until before 15:25: moved to :20 it fires at 15:20, too.
    forecast = Forecast(plan, after(25 * 60), 3, Pool())
    assert forecast.simulation.tallies[1].waits
    assert quieter_minutes(forecast, 1) == [31, 29, 32]
    busy = [replace(each, average_duration_seconds=600) for each in plan]
    assert 20 not in quieter_minutes(Forecast(busy, after(25 * 60), 3, Pool()), 1)


def test_a_minute_at_which_it_does_not_fire_any_more_is_none_to_suggest() -> None:
    ends_at = after(3600)
    plan = [
        a_schedule(schedule_id=name, cadence=Cron("0 13 * * *"), ends_at=ends_at) for name in "AB"
    ]
    forecast = Forecast(plan, NOON, 4, Pool())
    assert forecast.simulation.tallies[1].waits
    assert quieter_minutes(forecast, 1) == []


def test_what_is_given_up_is_trouble_too() -> None:
    plan = [
        a_schedule(schedule_id="A", cadence=Cron("0 * * * *"), average_duration_seconds=600),
        a_schedule(schedule_id="B", cadence=Cron("0 * * * *"), queue_limit_seconds=60),
    ]
    forecast = Forecast(plan, NOON, 4, Pool())
    assert (forecast.simulation.tallies[1].waits, forecast.simulation.tallies[1].expired) == ([], 4)
    assert quieter_minutes(forecast, 1) == [10, 11, 12]


def test_all_trials_of_a_forecast_share_one_budget_of_steps() -> None:
    plan = [
        a_schedule(
            schedule_id=f"S{number:03d}", cadence=Cron("0 * * * *"), average_duration_seconds=2
        )
        for number in range(300)
    ]
    forecast = Forecast(plan, NOON, 24, Pool())
    suggested = []
    left = []
    for number in range(len(plan)):
        suggested.append(quieter_minutes(forecast, number))
        left.append(forecast.trial_steps_left)
    assert any(suggested)
    # What is tried last may go beyond by what a single trial costs besides its events.
    assert -(len(plan) + 24) <= left[-1] <= 0
    spent = left.index(left[-1])
    assert not any(suggested[spent + 1 :]), "once it is spent, nothing is looked at any more"
    assert suggested == [
        quieter_minutes(again, n)
        for again in [Forecast(plan, NOON, 24, Pool())]
        for n in range(300)
    ]
    assert forecast.simulation.steps < MOST_TRIAL_STEPS
