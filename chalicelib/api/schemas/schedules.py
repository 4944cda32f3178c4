"""Schedules as clients write them."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.api.schemas.base import Instant, Strict
from chalicelib.api.schemas.cadences import CadenceIn
from chalicelib.api.schemas.targets import TargetIn


class MisfireIn(Strict):
    """What happens to fire times noticed too late."""

    policy: Literal["skip", "run_once", "run_all"] = "run_once"
    grace_seconds: int = Field(default=300, ge=0, le=86_400)


class RetryIn(Strict):
    """How often a failed run is tried."""

    max_attempts: int = Field(default=1, ge=1, le=20)
    delay_seconds: int = Field(default=60, ge=0, le=86_400)
    backoff: Literal["fixed", "exponential"] = "fixed"
    max_delay_seconds: int = Field(default=3600, ge=0, le=86_400)


class BreakerIn(Strict):
    """How many failures in a row switch the schedule off."""

    failures: int = Field(default=3, ge=1, le=1000)
    budget_breaches: int = Field(default=5, ge=1, le=1000)
    interruptions: int = Field(default=10, ge=1, le=1000)


class ScheduleIn(Strict):
    """A schedule's definition: what a client may write."""

    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=2000)
    tags: list[Annotated[str, Field(min_length=1, max_length=50)]] = Field(
        default_factory=list, max_length=20
    )
    cadence: CadenceIn
    target: TargetIn
    when_busy: Literal["queue", "skip"] = "queue"
    misfire: MisfireIn = Field(default_factory=MisfireIn)
    retry: RetryIn = Field(default_factory=RetryIn)
    timeout_seconds: int = Field(default=300, ge=1, le=840)
    lease_seconds: int | None = Field(default=None, ge=10, le=86_400)
    max_steps: int | None = Field(default=None, ge=1, le=1_000_000)
    breaker: BreakerIn = Field(default_factory=BreakerIn)
    priority: int = Field(default=5, ge=0, le=9)
    jitter_seconds: int = Field(default=0, ge=0, le=3600)
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    queue_limit_seconds: int | None = Field(default=None, ge=1, le=604_800)


#: What a client writes; everything else of a schedule's JSON is Baton's own.
WRITABLE: Final = tuple(ScheduleIn.model_fields)


class NewScheduleIn(ScheduleIn):
    """A schedule to create; `enabled: false` creates it paused."""

    enabled: bool = True
