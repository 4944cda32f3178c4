"""The shapes of requests. Strict: no silent conversion, no unknown field, every error at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from chalicelib.domain.cadence import Cadence, Cron, Interval, Manual, Once
from chalicelib.domain.instants import to_milliseconds
from chalicelib.errors import FieldError, InvalidFields

M = TypeVar("M", bound=BaseModel)


#: Ids sort by time since then.
EARLIEST_YEAR: Final = 1970


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be an RFC 3339 instant as 2026-12-24T18:00:00Z")
    try:
        instant = datetime.fromisoformat(value)
        instant = to_milliseconds(instant.astimezone(UTC)) if instant.tzinfo else instant
        if instant.year >= EARLIEST_YEAR:
            return instant
    except (ValueError, OverflowError):
        pass  # Refused like anything else that is no instant of ours.
    raise ValueError("must be an RFC 3339 instant as 2026-12-24T18:00:00Z")


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


class Strict(BaseModel):
    """Base of all request models."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CronIn(Strict):
    """Fires when the expression matches the zone's local time."""

    type: Literal["cron"]
    expression: str
    timezone: str = "UTC"


class IntervalIn(Strict):
    """Fires every so many seconds, from the end of the last run or on a grid."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    type: Literal["interval"]
    seconds: int
    origin: Literal["completion", "grid"] = Field(default="completion", alias="from")
    anchor: Instant | None = None


class OnceIn(Strict):
    """Fires at an instant."""

    type: Literal["once"]
    at: Instant


class ManualIn(Strict):
    """Never fires by itself."""

    type: Literal["manual"]


CadenceIn = Annotated[CronIn | IntervalIn | OnceIn | ManualIn, Field(discriminator="type")]


class PreviewIn(Strict):
    """A cadence to try out."""

    cadence: CadenceIn
    count: int = Field(default=10, ge=1, le=50)
    after: Instant | None = None


def cadence_of(given: CronIn | IntervalIn | OnceIn | ManualIn) -> Cadence:
    """The domain's cadence for what a client gave."""
    match given:
        case CronIn(expression=expression, timezone=timezone):
            return Cron(expression, timezone)
        case IntervalIn(seconds=seconds, origin=origin, anchor=anchor):
            return Interval(seconds, origin, anchor)
        case OnceIn(at=at):
            return Once(at)
    return Manual()


class FunctionIn(Strict):
    """A registered function."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=200)
    params: dict[str, Any] = Field(default_factory=dict)


class HttpIn(Strict):
    """An HTTP request."""

    type: Literal["http"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "POST"
    url: str = Field(min_length=1, max_length=2000)
    headers: dict[str, str] = Field(default_factory=dict, max_length=50)
    body: dict[str, Any] | list[Any] | str | None = None
    success_codes: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(
        default=None, min_length=1, max_length=50
    )


TargetIn = Annotated[FunctionIn | HttpIn, Field(discriminator="type")]


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


class RunNowIn(Strict):
    """A run asked for by hand."""

    payload: dict[str, Any] | None = None
    max_steps: int | None = Field(default=None, ge=1, le=1_000_000)


class RetentionIn(Strict):
    """How many days records are kept."""

    run_days: int | None = Field(default=None, ge=1, le=3650)
    log_days: int | None = Field(default=None, ge=1, le=3650)


class SettingsIn(Strict):
    """The settings to change."""

    capacity: int | None = Field(default=None, ge=1, le=100)
    lease_seconds: int | None = Field(default=None, ge=10, le=86_400)
    pressure_delay_seconds: int | None = Field(default=None, ge=1, le=3600)
    pressure_max_seconds: int | None = Field(default=None, ge=0, le=86_400)
    batch_per_tenant: int | None = Field(default=None, ge=1, le=1000)
    retention: RetentionIn = Field(default_factory=RetentionIn)

    def changes(self) -> dict[str, int]:
        """What was given, by the names of the domain's settings."""
        flat = {**self.model_dump(exclude={"retention"}), **self.retention.model_dump()}
        return {name: value for name, value in flat.items() if value is not None}


class PressureIn(Strict):
    """How long the signal holds."""

    ttl_seconds: int = Field(ge=1, le=86_400)


def parse(model: type[M], data: Mapping[str, Any]) -> M:
    """The data as that model. Raises `InvalidFields` with every wrong field's path."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidFields(
            FieldError(_path(data, problem["loc"]), _message(problem))
            for problem in error.errors(include_url=False, include_input=False)
        ) from error


def _path(data: Any, location: tuple[int | str, ...]) -> str:
    """The dotted path of a wrong field, without the names of union members pydantic puts in."""
    parts: list[str] = []
    for position, part in enumerate(location):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, Mapping) and position < len(location) - 1:
            continue
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        parts.append(str(part))
    return ".".join(parts)


def _message(problem: Any) -> str:
    known = {
        "missing": "is required",
        "extra_forbidden": "is not a field that can be written here",
        "union_tag_not_found": "needs a type",
    }
    return known.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")
