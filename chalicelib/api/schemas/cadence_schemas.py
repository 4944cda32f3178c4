"""Cadences as clients write them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from chalicelib.api.schemas.base import Instant, Strict, ValidationContext, WrongFields
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once


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


AnyCadenceIn = CronIn | IntervalIn | OnceIn | ManualIn
CadenceIn = Annotated[AnyCadenceIn, Field(discriminator="type")]


def check_cadence(given: AnyCadenceIn, context: ValidationContext | None) -> None:
    """Raise `WrongFields` for a cadence that could not be saved now, unless it was saved before."""
    if context is None:
        return
    cadence = cadence_of(given)
    errors = [] if cadence == context.cadence_before else cadences.check(cadence, context.now)
    if errors:
        raise WrongFields(errors)


class PreviewIn(Strict):
    """A cadence to try out."""

    cadence: CadenceIn
    count: int = Field(default=10, ge=1, le=50)
    after: Instant | None = None

    @field_validator("cadence")
    @classmethod
    def _fires(cls, cadence: AnyCadenceIn, info: ValidationInfo) -> AnyCadenceIn:
        """What could not be saved is refused; an instant that has passed may be looked at."""
        if not isinstance(cadence, OnceIn):
            check_cadence(cadence, info.context)
        return cadence


def cadence_of(given: AnyCadenceIn) -> Cadence:
    """The domain's cadence for what a client gave."""
    match given:
        case CronIn(expression=expression, timezone=timezone):
            return Cron(expression, timezone)
        case IntervalIn(seconds=seconds, origin=origin, anchor=anchor):
            return Interval(seconds, origin, anchor)
        case OnceIn(at=at):
            return Once(at)
    return Manual()
