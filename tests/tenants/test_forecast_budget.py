"""Whatever a plan is, its forecast looks at so much and no more, and says how far it came."""

from datetime import timedelta

import pytest

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.expansion import Expansion
from chalicelib.domain.outlook.forecast import MOST_TRIAL_STEPS, Forecast
from chalicelib.domain.outlook.quieter import quieter_minutes
from chalicelib.domain.outlook.simulation import MOST_STEPS
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.time.cadences import Cron
from tests.builders import NOON, a_schedule


def plan(count: int, minutes: str, seconds: float) -> list[Schedule]:
    """So many schedules of as many cadences, each with its own minute in `minutes`."""
    return [
        a_schedule(
            schedule_id=f"S{number:04d}",
            cadence=Cron(f"{minutes.format(number % 60)} * * * *", f"Etc/GMT+{number // 60 % 12}"),
            average_duration_seconds=seconds,
        )
        for number in range(count)
    ]


def looked_at(forecast: Forecast) -> tuple[int, int]:
    """The steps of the forecast, and of all quieter minutes of the answer."""
    for number in range(len(forecast.schedules)):
        quieter_minutes(forecast, number)
    return forecast.simulation.steps, MOST_TRIAL_STEPS - forecast.trial_steps_left


@pytest.mark.parametrize(
    ("count", "minutes", "hours"),
    [(500, "{}", 24), (500, "{}", 168), (1000, "{},*", 168), (4000, "{},*", 168)],
    ids=["500 hourly", "500 hourly for a week", "1000 minutely", "4000 minutely"],
)
def test_any_plan_is_looked_at_within_its_budget(count: int, minutes: str, hours: int) -> None:
    forecast = Forecast(plan(count, minutes, 6), NOON, hours, Pool())
    steps, trial_steps = looked_at(forecast)
    assert steps <= MOST_STEPS
    # What is tried last may go beyond by what a single trial costs besides its events.
    assert trial_steps <= MOST_TRIAL_STEPS + count + hours + 100
    is_whole = forecast.until == NOON + timedelta(hours=hours)
    assert forecast.is_complete is is_whole
    assert is_whole is (minutes == "{}" and steps < MOST_STEPS)


def test_no_more_fire_times_are_laid_out_than_there_is_room_for() -> None:
    expansion = Expansion(NOON, NOON + timedelta(hours=64))
    cadences = [Cron(f"{number},* * * * *") for number in range(60)]
    for cadence in cadences:
        expansion.lay_out(cadence, most=1000)
    assert expansion.end == NOON + timedelta(minutes=15)
    laid_out = [expansion.of(a_schedule(cadence=cadence)) for cadence in cadences]
    assert sum(map(len, laid_out)) == 60 * 15
    assert {len(times) for times in laid_out} == {15}, "all reach as far"
