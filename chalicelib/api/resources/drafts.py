"""Definitions that clients write: of a new schedule, or as a patch of one that is there."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.http.merge_patch import patched
from chalicelib.api.http.request import Request
from chalicelib.api.schemas.base import ValidationContext
from chalicelib.api.schemas.schedule_schemas import (
    WRITABLE,
    NewScheduleIn,
    ScheduleIn,
    definition_of,
)
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from chalicelib.domain.runs.schedule_edits import definition_as_json, edited
from chalicelib.domain.targets import target_credentials
from chalicelib.platform.validation import parse
from chalicelib.store import schedule_table


def new_schedule(request: Request[Any, Any], given: NewScheduleIn) -> WholeSchedule:
    """The schedule that is asked for, not stored and not set to a fire time yet."""
    return WholeSchedule(
        tenant_id=request.caller.tenant_id,
        schedule_id=request.new_id(),
        status=ScheduleStatus.ACTIVE if given.enabled else ScheduleStatus.PAUSED,
        created_at=request.now,
        updated_at=request.now,
        version=1,
        **definition_of(given),
    )


def patched_definition(
    request: Request[Any, Any],
    seen: WholeSchedule,
    changes: Mapping[str, Any],
    *,
    replaces_target: bool,
) -> dict[str, Any]:
    """The schedule's definition after the merge patch. Raises `InvalidFields`."""
    # Shown is what counts where it names no lease of its own; that must not become its own.
    before = {**definition_as_json(seen), "lease_seconds": seen.lease_seconds}
    merged = patched(before, changes, WRITABLE)
    if replaces_target and "target" in changes:
        merged["target"] = changes["target"]
    merged["target"] = target_credentials.restored(merged.get("target"), seen.target)
    context = ValidationContext(
        request.system,
        request.now,
        seen.cadence,
        seen.starts_at,
        tenant_id=seen.tenant_id,
        target_before=seen.target,
        pool_before=seen.pool,
    )
    return definition_of(parse(ScheduleIn, merged, context))


def drafted(
    request: Request[Any, Any], schedule_id: str | None, definition: Mapping[str, Any]
) -> tuple[WholeSchedule | None, WholeSchedule]:
    """The schedule before, if there is one, and as the draft would make it; nothing is stored.

    Without `schedule_id` the definition is that of a new one, else a merge patch. Raises `NotFound`
    and `InvalidFields`.
    """
    if schedule_id is None:
        tenant_id = request.caller.tenant_id
        context = ValidationContext(request.system, request.now, tenant_id=tenant_id)
        return None, new_schedule(request, parse(NewScheduleIn, definition, context))
    seen = schedule_table.get_whole(request.caller.tenant_id, schedule_id)
    after = patched_definition(request, seen, definition, replaces_target=False)
    return seen, edited(seen, after, request.now)
