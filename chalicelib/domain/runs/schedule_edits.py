"""What people change of a schedule: its definition, and whether it is on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs import breaker
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.time import cadences

#: The fields that clients write; every other field of a schedule is Baton's own.
DEFINITION: Final = (
    "name",
    "description",
    "tags",
    "cadence",
    "target",
    "when_busy",
    "misfire",
    "retry",
    "timeout_seconds",
    "lease_seconds",
    "max_steps",
    "breaker",
    "priority",
    "jitter_seconds",
    "starts_at",
    "ends_at",
    "queue_limit_seconds",
)
#: A change of one of these starts a new rhythm.
_RHYTHM: Final = ("cadence", "starts_at", "ends_at", "jitter_seconds")


def definition_as_json(schedule: Schedule) -> dict[str, Any]:
    """What clients wrote of the schedule, as the API shows it."""
    view = {name: as_json(getattr(schedule, name)) for name in DEFINITION}
    return {**view, "cadence": cadences.to_json(schedule.cadence)}


def edited(schedule: Schedule, definition: Mapping[str, Any], now: datetime) -> Schedule:
    """The schedule with another definition, as of now.

    A new rhythm starts from now; what was missed under the old one is not made up for. After a
    new step budget, breaches do not count for two cadence intervals.
    """
    after = replace(schedule, **definition, updated_at=now, version=schedule.version + 1)
    if after.max_steps != schedule.max_steps:
        after = replace(after, breaches_count_from=breaker.grace_after_budget_edit(after, now))
    has_new_rhythm = any(getattr(schedule, name) != getattr(after, name) for name in _RHYTHM)
    return arm(after, now) if has_new_rhythm and not _waits_for_its_run(after) else after


def switched(schedule: Schedule, status: ScheduleStatus, now: datetime) -> Schedule:
    """The schedule switched on or off by a person; it itself if that is what it was.

    Its streaks start anew, and switched on it fires from now on.
    """
    if schedule.status is status:
        return schedule
    after = replace(schedule, status=status, broken_reason=None, broken_at=None, updated_at=now)
    return arm(breaker.with_clean_streaks(replace(after, version=schedule.version + 1)), now)


def _waits_for_its_run(schedule: Schedule) -> bool:
    """Whether the end of a run that is under way will set its next fire time."""
    return schedule.measures_from_completion and schedule.pending_run_id is not None
