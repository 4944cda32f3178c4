"""Cadences as clients write them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.base import Instant, Strict
from chalicelib.domain.cadence import Cadence, Cron, Interval, Manual, Once


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
