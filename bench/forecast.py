"""A day's forecast of five hundred schedules. Run: python -m bench.forecast

For each plan: its fire times, the events the simulation looked at, and how long forecast and
advice took at their best, as a multiple of what it takes to walk one cron through the same day.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from timeit import repeat
from typing import Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.quieter import quieter_minutes
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import Schedule, WholeSchedule
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, preview

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
HOURS: Final = 24
SCHEDULES: Final = 500
#: Name, cadence of the schedule of that number, seconds a run takes.
PLANS: Final[tuple[tuple[str, Callable[[int], Cadence], float], ...]] = (
    ("hourly, all at :00", lambda _: Cron("0 * * * *"), 2),
    ("hourly, spread", lambda n: Cron(f"{n % 60} * * * *", "Europe/Berlin"), 6),
    ("twice a day, all different", lambda n: Cron(f"{n % 60} {n % 12},{n % 12 + 12} * * *"), 30),
    ("each quarter of an hour", lambda n: Cron(f"{n % 15}-59/15 * * * *"), 1.7),
    ("hourly, from completion", lambda _: Interval(3600), 6),
    ("each minute, more than fits", lambda _: Cron("* * * * *"), 60),
    ("each minute, just fits", lambda _: Cron("* * * * *"), 0.1),
)


def plan(cadence: Callable[[int], Cadence], seconds: float) -> list[Schedule]:
    """Five hundred schedules of that cadence."""
    return [
        arm(
            WholeSchedule(
                tenant_id="acme",
                schedule_id=f"S{number:03d}",
                name=f"S{number:03d}",
                cadence=cadence(number),
                target={"type": "function", "name": "drill"},
                average_duration_seconds=seconds,
                created_at=START,
                updated_at=START,
                version=1,
            ),
            START,
        )
        for number in range(SCHEDULES)
    ]


def advised(schedules: list[Schedule]) -> Forecast:
    """What `GET /v1/forecast` works out."""
    forecast = Forecast(schedules, START, HOURS, Pool())
    for number in range(len(forecast.schedules)):
        forecast.outlook(number)
        quieter_minutes(forecast, number)
    return forecast


def main() -> None:
    walk = min(repeat(lambda: preview(Cron("* * * * *"), START, 1440), number=1, repeat=5))
    print(f"{'':30}{'fire times':>12}{'steps':>10}{'until':>8}{'ms':>9}{'walks':>8}")
    for name, cadence, seconds in PLANS:
        schedules = plan(cadence, seconds)
        best = min(repeat(partial(advised, schedules), number=1, repeat=3))
        forecast = advised(schedules)
        fire_times = sum(tally.fire_times for tally in forecast.simulation.tallies)
        reached = (forecast.until - START) / timedelta(hours=1)
        steps = forecast.simulation.steps
        figures = f"{fire_times:12}{steps:10}{reached:7.1f}h{best * 1000:9.0f}{best / walk:8.1f}"
        print(f"{name:30}{figures}")


if __name__ == "__main__":
    main()
