"""Cadences as clients write them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Strict, ValidationContext, WrongFields
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once


def _check_by_itself(cadence: Cadence, info: ValidationInfo) -> None:
    """Raise `WrongFields` if a field's value is wrong whatever the fields beside it are.

    `cadence` has the value in that field. A value that was saved before is not checked again.
    """
    context: ValidationContext | None = info.context
    name = info.field_name or ""
    if context is None or getattr(context.cadence_before, name, None) == getattr(cadence, name):
        return
    errors = cadences.check(cadence, context.now)
    if errors:
        raise WrongFields(errors)


class CronIn(Strict):
    """Fires whenever the expression matches the local time of the zone."""

    type: Literal["cron"]
    expression: str
    timezone: str = "UTC"

    @field_validator("expression")
    @classmethod
    def _names_times(cls, expression: str, info: ValidationInfo) -> str:
        _check_by_itself(Cron(expression), info)
        return expression

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, timezone: str, info: ValidationInfo) -> str:
        _check_by_itself(Cron("@daily", timezone), info)
        return timezone


class IntervalIn(Strict):
    """Fires every so many seconds, counted from the end of the last run or on a fixed grid."""

    type: Literal["interval"]
    seconds: int
    origin: Literal["completion", "grid"] = Field(default="completion", alias="from")
    anchor: Instant | None = None

    @field_validator("seconds")
    @classmethod
    def _is_neither_short_nor_long(cls, seconds: int, info: ValidationInfo) -> int:
        _check_by_itself(Interval(seconds), info)
        return seconds


class OnceIn(Strict):
    """Fires once, at an instant."""

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
        """Refuse what could not be saved; but an instant that has passed may be looked at."""
        context: ValidationContext | None = info.context
        has_passed = context and isinstance(cadence, OnceIn) and cadence.at <= context.now
        if not has_passed:
            check_cadence(cadence, context)
        return cadence


def cadence_of(given: AnyCadenceIn) -> Cadence:
    """The domain's cadence for one that a client wrote."""
    match given:
        case CronIn(expression=expression, timezone=timezone):
            return Cron(expression, timezone)
        case IntervalIn(seconds=seconds, origin=origin, anchor=anchor):
            return Interval(seconds, origin, anchor)
        case OnceIn(at=at):
            return Once(at)
    return Manual()


class FireTimeOut(TypedDict):
    """A fire time, also in the local time of the zone, and what a clock change did to it."""

    at: datetime
    local: str
    note: str | None
