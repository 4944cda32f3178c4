"""Schedules as clients write them."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib import targets
from chalicelib.api.schemas.base import (
    Instant,
    Paging,
    Query,
    Strict,
    ValidationContext,
    WrongFields,
)
from chalicelib.api.schemas.budget_schemas import MaxCost, MaxSteps, MaxTokens
from chalicelib.api.schemas.cadence_schemas import (
    AnyCadenceIn,
    CadenceIn,
    cadence_of,
    check_cadence,
)
from chalicelib.api.schemas.target_schemas import AnyTargetIn, TargetIn
from chalicelib.api.schemas.text_rules import OneLine, Prose, Words
from chalicelib.domain.deployment import pools
from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import RunStatus
from chalicelib.domain.runs.schedule import (
    Backoff,
    Breaker,
    Misfire,
    MisfirePolicy,
    Retry,
    ScheduleStatus,
    WhenBusy,
)
from chalicelib.domain.time import cadences
from chalicelib.targets import callback


class MisfireIn(Strict):
    """What happens to fire times that are noticed too late."""

    policy: Literal["skip", "run_once", "run_all"] = "run_once"
    grace_seconds: int = Field(default=300, ge=0, le=86_400)


class RetryIn(Strict):
    """How often a run is tried before it fails, and how long it rests in between."""

    max_attempts: int = Field(default=1, ge=1, le=20)
    delay_seconds: int = Field(default=60, ge=0, le=86_400)
    backoff: Literal["fixed", "exponential"] = "fixed"
    max_delay_seconds: int = Field(default=3600, ge=0, le=86_400)


class BreakerIn(Strict):
    """How many failures, budget breaches or interruptions in a row switch the schedule off."""

    failures: int = Field(default=3, ge=1, le=1000)
    budget_breaches: int = Field(default=5, ge=1, le=1000)
    interruptions: int = Field(default=10, ge=1, le=1000)


class ScheduleIn(Strict):
    """A schedule's definition: the fields that clients write."""

    name: OneLine = Field(min_length=1, max_length=200)
    description: Prose = Field(default="", max_length=2000)
    tags: list[Annotated[OneLine, Field(min_length=1, max_length=50)]] = Field(
        default_factory=list, max_length=20
    )
    cadence: CadenceIn
    target: TargetIn
    when_busy: Literal["queue", "skip"] = "queue"
    misfire: MisfireIn = Field(default_factory=MisfireIn)
    retry: RetryIn = Field(default_factory=RetryIn)
    timeout_seconds: int = Field(
        default=300,
        ge=1,
        le=callback.LONGEST_CALLBACK_SECONDS,
        description=f"Over {callback.LONGEST_RESPONSE_SECONDS} only where the target calls back.",
    )
    lease_seconds: int | None = Field(default=None, ge=10, le=86_400)
    max_steps: MaxSteps = None
    max_tokens: MaxTokens = None
    max_cost: MaxCost = None
    breaker: BreakerIn = Field(default_factory=BreakerIn)
    pool: str = Field(
        default=MAIN,
        pattern=pools.NAME,
        description="The pool whose slots its runs take: what shares a pool takes turns.",
    )
    priority: int = Field(default=5, ge=0, le=9)
    jitter_seconds: int = Field(default=0, ge=0, le=3600)
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    queue_limit_seconds: int | None = Field(default=None, ge=1, le=604_800)

    @field_validator("tags")
    @classmethod
    def _each_once(cls, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    @field_validator("cadence")
    @classmethod
    def _fires(cls, cadence: AnyCadenceIn, info: ValidationInfo) -> AnyCadenceIn:
        check_cadence(cadence, info.context)
        return cadence

    @field_validator("target")
    @classmethod
    def _can_be_run(cls, target: AnyTargetIn, info: ValidationInfo) -> AnyTargetIn:
        context: ValidationContext | None = info.context
        if context is None:
            return target
        faults = targets.faults(context.system, context.tenant_id, target.model_dump())
        if faults:
            raise WrongFields(faults)
        return target

    @field_validator("retry")
    @classmethod
    def _somebody_comes(cls, retry: RetryIn, info: ValidationInfo) -> RetryIn:
        target: AnyTargetIn | None = info.data.get("target")
        if target is not None and target.type == "external" and retry.max_attempts > 1:
            fault = "must be 1: of work that is done elsewhere, each attempt is a run of its own"
            raise WrongFields([FieldError("retry.max_attempts", fault)])
        return retry

    @field_validator("pool")
    @classmethod
    def _may_use_it(cls, pool: str, info: ValidationInfo) -> str:
        context: ValidationContext | None = info.context
        if context is not None and pool != context.pool_before and not context.admits_to(pool):
            raise ValueError("there is no pool of that name that you may use")
        return pool

    @field_validator("timeout_seconds")
    @classmethod
    def _fits_its_target(cls, seconds: int, info: ValidationInfo) -> int:
        target: AnyTargetIn | None = info.data.get("target")
        fault = callback.timeout_fault(target.model_dump(), seconds) if target else None
        if fault is not None:
            raise ValueError(fault)
        return seconds

    @field_validator("starts_at")
    @classmethod
    def _starts_within_five_years(
        cls, starts_at: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        context: ValidationContext | None = info.context
        if context is None or starts_at in (None, context.starts_at_before):
            return starts_at
        if cadences.is_too_far_off(starts_at, context.now):
            raise ValueError(cadences.TOO_FAR_OFF)
        return starts_at

    @field_validator("ends_at")
    @classmethod
    def _ends_after_its_start(
        cls, ends_at: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        starts_at = info.data.get("starts_at")
        if starts_at and ends_at and starts_at >= ends_at:
            raise ValueError("must be later than starts_at")
        return ends_at


#: The fields that clients write; every other field of a schedule's JSON is Baton's own.
WRITABLE: Final = tuple(ScheduleIn.model_fields)


def definition_of(given: ScheduleIn) -> dict[str, Any]:
    """The fields of a `Schedule` that a client defines, in the domain's types."""
    values = given.model_dump(by_alias=True, include=set(WRITABLE))
    target = {name: value for name, value in values["target"].items() if value is not None}
    return {
        **values,
        "cadence": cadence_of(given.cadence),
        "target": target,
        "tags": tuple(given.tags),
        "when_busy": WhenBusy(given.when_busy),
        "misfire": Misfire(MisfirePolicy(given.misfire.policy), given.misfire.grace_seconds),
        "retry": Retry(**{**values["retry"], "backoff": Backoff(given.retry.backoff)}),
        "breaker": Breaker(**values["breaker"]),
    }


class NewScheduleIn(ScheduleIn):
    """A schedule to create. With `enabled: false` it is paused at first."""

    enabled: bool = True


class LastRun(TypedDict):
    """The schedule's run that ended last."""

    id: str
    status: RunStatus
    finished_at: datetime | None


class ScheduleOut(TypedDict):
    """A schedule: its definition, its state, and what its runs have been like.

    `recent` has how its last twenty runs ended, the newest last: the status, and how many
    milliseconds it took if it ran.
    """

    id: str
    name: str
    description: str
    tags: list[str]
    cadence: CadenceIn
    target: TargetIn
    when_busy: WhenBusy
    misfire: MisfireIn
    retry: RetryIn
    timeout_seconds: int
    lease_seconds: int
    max_steps: int | None
    max_tokens: int | None
    max_cost: float | None
    breaker: BreakerIn
    pool: str
    priority: int
    jitter_seconds: int
    starts_at: datetime | None
    ends_at: datetime | None
    queue_limit_seconds: int | None
    status: ScheduleStatus
    broken_reason: str | None
    broken_at: datetime | None
    next_fire_at: datetime | None
    last_run: LastRun | None
    recent: list[tuple[RunStatus, int | None]]
    failure_streak: int
    budget_breach_streak: int
    interruption_streak: int
    average_steps: float | None
    average_tokens: float | None
    average_cost: float | None
    average_duration_seconds: float | None
    created_at: datetime
    updated_at: datetime


class ScheduleWarningOut(TypedDict):
    """A warning: something about a definition that is allowed, but may surprise."""

    code: str
    message: str
    schedule_id: str | None
    at: datetime | None
    data: dict[str, Any]


class SavedSchedule(TypedDict):
    """A schedule as it was saved, and warnings about its definition."""

    schedule: ScheduleOut
    warnings: list[ScheduleWarningOut]


class CheckOut(TypedDict):
    """One readiness check: whether it passed, and what it found."""

    name: str
    ok: bool
    detail: str


class ReadinessOut(TypedDict):
    """Whether a schedule's target could run now."""

    ready: bool
    checks: list[CheckOut]


class SchedulePatchQuery(Query):
    """How a merge patch of a schedule is meant."""

    replace: Literal["target"] | None = Field(
        default=None,
        description="`target`: it replaces the target before, and null in it is a value.",
    )


class SchedulesQuery(Paging):
    """Which schedules to list."""

    status: ScheduleStatus | None = None
    target: str | None = Field(
        None, min_length=1, max_length=200, description="A kind of target, or a function's name."
    )
    q: Words | None = Field(
        None, min_length=1, max_length=200, description="Part of the name, description or a tag."
    )

    @property
    def has_filters(self) -> bool:
        """Whether the query asks for some of the schedules only."""
        return (self.status, self.target, self.q) != (None, None, None)
