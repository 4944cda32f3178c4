"""From a request to a schedule's definition."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.api.http.merge_patch import merge
from chalicelib.api.schemas.base import ValidationContext
from chalicelib.api.schemas.cadence_schemas import cadence_of
from chalicelib.api.schemas.schedule_schemas import WRITABLE, ScheduleIn
from chalicelib.domain.runs.schedule import (
    Backoff,
    Breaker,
    Misfire,
    MisfirePolicy,
    Retry,
    Schedule,
    WhenBusy,
)
from chalicelib.domain.runs.schedule_edits import definition_as_json
from chalicelib.engine.system import System
from chalicelib.platform.validation import parse


def definition(given: ScheduleIn, lease: int) -> dict[str, Any]:
    """The schedule's fields that this request defines; `lease` is the deployment's, in seconds."""
    wanted = given.model_dump(by_alias=True, include=set(WRITABLE))
    return {
        **wanted,
        "cadence": cadence_of(given.cadence),
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
) -> dict[str, Any]:
    """The schedule's definition after a merge patch (RFC 7396). Raises `InvalidFields`."""
    judging = ValidationContext(system, now, schedule.cadence)
    given = parse(ScheduleIn, _merged(definition_as_json(schedule), patch), judging)
    return definition(given, schedule.lease_seconds)


def _merged(before: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The definition after the patch. Another type of cadence or target replaces the whole of it.

    What cannot be written is kept, also where it is null, for the model to refuse.
    """
    kept = {
        name: None if _is_another(before.get(name), patch[name]) else before[name]
        for name in before
        if name in patch
    }
    merged = merge({**before, **kept}, patch)
    return {**merged, **{name: patch[name] for name in patch if name not in WRITABLE}}


def _is_another(before: Any, patch: Any) -> bool:
    kinds = [given.get("type") for given in (before, patch) if isinstance(given, Mapping)]
    return len(kinds) == len((before, patch)) and kinds[1] not in (None, kinds[0])
