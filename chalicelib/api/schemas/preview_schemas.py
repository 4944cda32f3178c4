"""Trying a schedule out before it is saved: what clients send and get."""

from datetime import datetime
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Strict
from chalicelib.api.schemas.cadence_schemas import FireTimeOut
from chalicelib.api.schemas.forecast_schemas import DurationIs
from chalicelib.api.schemas.schedule_schemas import (
    ReadinessOut,
    ScheduleOut,
    ScheduleWarningOut,
)


class DraftIn(Strict):
    """The definition of a new schedule, or with `schedule_id` a merge patch of that one."""

    schedule_id: str | None = Field(default=None, min_length=1, max_length=100)
    definition: dict[str, Any] = Field(default_factory=dict)


class PreviewDraftIn(DraftIn):
    """A draft, and whether its target is to be checked, too, which takes a little longer."""

    check: bool = False
    count: int = Field(default=5, ge=1, le=50, description="How many fire times to name.")


class TrialIn(DraftIn):
    """A schedule or a draft, and over how many hours it is to be tried out."""

    hours: int = Field(default=24, ge=1, le=48)


class DraftErrorOut(TypedDict):
    """A wrong field: its path, and what is wrong with it."""

    field: str
    message: str


class EffectOut(TypedDict):
    """What the coming 24 hours hold for the schedule, and the slots' load without and with it.

    A load above 1 is more work than time.
    """

    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    duration_seconds: float
    duration_is: DurationIs
    load_before: float
    load_after: float


class DraftOut(TypedDict):
    """What saving the draft would say. Nothing was saved.

    While there are errors, `schedule`, `effect` and `readiness` are null, and there are no
    warnings; the cadence is described and its fire times named if it is right by itself.
    """

    errors: list[DraftErrorOut]
    schedule: ScheduleOut | None
    description: str | None
    fire_times: list[FireTimeOut]
    warnings: list[ScheduleWarningOut]
    effect: EffectOut | None
    readiness: ReadinessOut | None


class AtMinuteOut(TypedDict):
    """What would become of the schedule at that minute of the hour.

    `others_wait_seconds` is how long the tenant's other schedules would wait in all.
    """

    minute: int
    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int
    waits: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    others_wait_seconds: float


TrialOut = TypedDict(
    "TrialOut",
    {
        "from": datetime,
        "until": datetime,
        "is_complete": bool,
        "minute": int,
        "duration_seconds": float,
        "duration_is": DurationIs,
        "minutes": list[AtMinuteOut],
    },
)
TrialOut.__doc__ = """\
The outcome at each of the sixty minutes, from then until then, nothing else being moved.

It begins shortly before the schedule fires first. `minute` is its present one. If it is not
complete, there are so many fire times that it ends before the hours that were asked for.
"""
