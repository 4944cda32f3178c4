"""Forecasts and budget suggestions as clients see them. Durations and waits are in seconds."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Query, WholeNumber
from chalicelib.domain.deployment import pools
from chalicelib.domain.outlook.forecast import LONGEST_HOURS
from chalicelib.domain.outlook.planned import Expected
from chalicelib.domain.runs.queue_order import MAIN

#: Whether a duration is the average of runs that were, or is assumed, for there were none.
DurationIs = Literal["average", "assumed"]


class ForecastQuery(Query):
    """How far ahead to look."""

    hours: WholeNumber = Field(24, ge=1, le=LONGEST_HOURS, description="How many hours ahead.")
    pool: str = Field(MAIN, pattern=pools.NAME, description="Of which pool.")
    planned: Literal["true", "false"] = Field(
        "false", description="Also each single run: when it is due, starts and ends."
    )
    current: Literal["true", "false"] = Field(
        "false", description="Count in what works and waits now."
    )


class WorstHourOut(TypedDict):
    """The hour with the longest waits: when it starts, and how long its fire times wait in all."""

    starts_at: datetime
    wait_seconds: float


class OverfullHourOut(TypedDict):
    """An hour in which more work becomes due than the slots have time for."""

    starts_at: datetime
    work_seconds: float


class CollisionOut(TypedDict):
    """A schedule whose runs hold a slot as fire times come, and keep them from running at once.

    Without id and name it stands for all other tenants' schedules.
    """

    schedule_id: str | None
    schedule_name: str | None
    times: int
    first_at: datetime


class ScheduleForecastOut(TypedDict):
    """What one schedule has to expect. Each fire time is a run, or in one of the other counts.

    `collisions` has the ten most frequent ones, and `more_collisions` is how many more there are.
    """

    schedule_id: str
    name: str
    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    worst_hour: WorstHourOut | None
    duration_seconds: float
    duration_is: DurationIs
    collisions: list[CollisionOut]
    more_collisions: int
    quieter_minutes: list[int]
    advice: str | None


class ForecastTotalsOut(TypedDict):
    """All of the tenant's schedules together."""

    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int


class PlannedOut(TypedDict):
    """A fire time and what should become of it: `start_at` and `end_at` are those of a run.

    One that is given up has the instant of that as its `end_at`. `run_id` is that of a run that
    works or waits already.
    """

    schedule_id: str
    run_id: str | None
    due_at: datetime
    start_at: datetime | None
    end_at: datetime | None
    outcome: Expected


class BusySpanOut(TypedDict):
    """When runs of other tenants are at work."""

    start_at: datetime
    end_at: datetime


ForecastOut = TypedDict(
    "ForecastOut",
    {
        "from": datetime,
        "until": datetime,
        "hours": int,
        "capacity": int,
        "is_complete": bool,
        "includes_other_tenants": bool,
        "load": float,
        "impossible": bool,
        "overfull_hours": list[OverfullHourOut],
        "notes": list[str],
        "totals": ForecastTotalsOut,
        "schedules": list[ScheduleForecastOut],
        "planned": list[PlannedOut] | None,
        "others": list[BusySpanOut] | None,
        "planned_until": datetime | None,
    },
)


class BudgetQuery(Query):
    """Which target: `name` is a function's name, an HTTP target's host, or an ARN."""

    type: Literal["function", "http", "lambda", "step_function"] = "function"
    name: str = Field(min_length=1, max_length=2000)


class SimilarScheduleOut(TypedDict):
    """A schedule with a similar target."""

    schedule_id: str
    name: str
    average_steps: float
    average_tokens: float | None
    average_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    max_cost: float | None


class BudgetOut(TypedDict):
    """Suggested budgets, and the schedules they were taken from."""

    suggested_max_steps: int | None
    suggested_max_tokens: int | None
    suggested_max_cost: float | None
    explanation: str
    similar: list[SimilarScheduleOut]
