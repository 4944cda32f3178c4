"""Forecasts and budget suggestions as clients see them. Durations and waits are seconds."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Query, WholeNumber
from chalicelib.domain.outlook.forecast import LONGEST_HOURS


class ForecastQuery(Query):
    """How far to look."""

    hours: WholeNumber = Field(24, ge=1, le=LONGEST_HOURS, description="How many hours ahead.")


class WorstHourOut(TypedDict):
    """An hour, from its start, and how long its fire times wait in all."""

    starts_at: datetime
    wait_seconds: float


class OverfullHourOut(TypedDict):
    """An hour in which more work becomes due than the slots have time for."""

    starts_at: datetime
    work_seconds: float


class CollisionOut(TypedDict):
    """Who holds the slots as fire times come; without id and name: other tenants' runs."""

    schedule_id: str | None
    schedule_name: str | None
    times: int
    first_at: datetime


class ScheduleForecastOut(TypedDict):
    """What one schedule has to expect. Each fire time is a run, or in one of the other counts."""

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
    duration_is: Literal["average", "assumed"]
    collisions: list[CollisionOut]
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
    },
)


class BudgetQuery(Query):
    """What the target is like: `type=function&name=…`, `type=http&name=` its host, or its ARN."""

    type: Literal["function", "http", "lambda", "step_function"] = "function"
    name: str = Field(min_length=1, max_length=2000)


class SimilarOut(TypedDict):
    """A schedule with such a target."""

    schedule_id: str
    name: str
    average_steps: float
    max_steps: int | None


class BudgetOut(TypedDict):
    """A suggested step budget, and what it was taken from."""

    suggested_max_steps: int | None
    explanation: str
    similar: list[SimilarOut]
