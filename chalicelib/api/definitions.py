"""From a request to a schedule's definition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib import targets
from chalicelib.api.schemas.cadences import cadence_of
from chalicelib.api.schemas.schedules import WRITABLE, ScheduleIn
from chalicelib.api.views import schedule_json
from chalicelib.domain import breaker
from chalicelib.domain import cadence as cadences
from chalicelib.domain.cadence import Cadence
from chalicelib.domain.schedule import (
    Backoff,
    Breaker,
    Misfire,
    MisfirePolicy,
    Retry,
    Schedule,
    WhenBusy,
    arm,
)
from chalicelib.errors import FieldError, InvalidFields
from chalicelib.system import System
from chalicelib.validation import parse


def definition(
    system: System, given: ScheduleIn, now: datetime, lease: int, before: Cadence | None = None
) -> dict[str, Any]:
    """The schedule's fields that this request defines. Raises `InvalidFields`.

    A cadence that stays as it was before is not judged again: an instant that has passed since is
    no reason to refuse a new name.
    """
    wanted = given.model_dump(by_alias=True, include=set(WRITABLE))
    cadence = cadence_of(given.cadence)
    errors = targets.faults(system, wanted["target"])
    if cadence != before:
        errors = [*cadences.check(cadence, now), *errors]
    if given.starts_at and given.ends_at and given.starts_at >= given.ends_at:
        errors.append(FieldError("ends_at", "must be later than starts_at"))
    if errors:
        raise InvalidFields(errors)
    return {
        **wanted,
        "cadence": cadence,
        "target": {name: value for name, value in wanted["target"].items() if value is not None},
        "tags": tuple(wanted["tags"]),
        "when_busy": WhenBusy(wanted["when_busy"]),
        "misfire": Misfire(MisfirePolicy(given.misfire.policy), given.misfire.grace_seconds),
        "retry": Retry(**{**wanted["retry"], "backoff": Backoff(given.retry.backoff)}),
        "breaker": Breaker(**wanted["breaker"]),
        "lease_seconds": given.lease_seconds or lease,
    }


def patched(
    system: System, schedule: Schedule, patch: Mapping[str, Any], now: datetime
) -> Schedule:
    """The schedule after a merge patch (RFC 7396). Raises `InvalidFields`.

    A new rhythm starts from now; what was missed under the old one is not made up for.
    """
    read_only = [name for name in patch if name not in WRITABLE]
    if read_only:
        raise InvalidFields(FieldError(name, "cannot be written") for name in read_only)
    before = {name: value for name, value in schedule_json(schedule).items() if name in WRITABLE}
    given = parse(ScheduleIn, merge(before, patch))
    fields_after = definition(system, given, now, schedule.lease_seconds, schedule.cadence)
    after = replace(schedule, **fields_after, updated_at=now, version=schedule.version + 1)
    if after.max_steps != schedule.max_steps:
        after = replace(after, breaches_count_from=breaker.grace_after_budget_edit(after, now))
    rhythm = ("cadence", "starts_at", "ends_at", "jitter_seconds")
    if any(getattr(schedule, name) != getattr(after, name) for name in rhythm):
        after = after if _waits_for_its_run(after) else arm(after, now)
    return after


def _waits_for_its_run(schedule: Schedule) -> bool:
    """An interval measured from completion, with a run under way: its end sets the fire time."""
    return schedule.measures_from_completion and schedule.pending_run_id is not None


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge key by key, null removes, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged
