"""What is known about a schedule at one instant, and the reasons that are found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.texts import say
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.cron import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: a stable code for programs, a sentence for people."""

    code: str
    message: str
    at: datetime | None = None
    run_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known about a schedule at one instant."""

    schedule: Schedule
    now: datetime
    floor: Floor
    #: Its own run that has not ended, if any.
    pending: Run | None = None
    #: The failed runs that switched it off, newest first.
    failed: Sequence[Run] = ()
    #: How many runs are served before it, or would be if it came due now, and what they take. There
    #: may be more of them than were counted.
    ahead: int = 0
    ahead_takes: timedelta = timedelta(0)
    more_are_ahead: bool = False
    #: What is wrong with its target.
    faults: Sequence[str] = ()

    @property
    def is_active(self) -> bool:
        """Whether the schedule fires: it is neither paused nor broken."""
        return self.schedule.status is ScheduleStatus.ACTIVE


def why_unusable(schedule: Schedule) -> str | None:
    """Why it cannot fire as it is stored, as a sentence; None if it can."""
    cadence = schedule.cadence
    try:
        cadences.next_fire(cadence, schedule.updated_at)
    except InvalidFields as refused:
        if isinstance(cadence, Cron) and not _is_known(cadence.timezone):
            name = cadence.timezone
            return say(
                "Its time zone {name} is not known any more; it fires again once it is.",
                "Seine Zeitzone {name} ist nicht mehr bekannt; er löst wieder aus, sobald sie es"
                " ist.",
                name=name,
            )
        return say(
            "Its cadence cannot be used any more ({refused}); it fires again once it can.",
            "Sein Takt ist nicht mehr brauchbar ({refused}); er löst wieder aus, sobald er es ist.",
            refused=refused,
        )
    return None


def _is_known(timezone: str) -> bool:
    try:
        zone(timezone)
    except InvalidFields:
        return False
    return True
