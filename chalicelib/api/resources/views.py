"""How schedules, runs and slots look to clients."""

from dataclasses import fields
from typing import Any, Final, cast

from chalicelib.api.http.answer import etag_of
from chalicelib.api.schemas.run_schemas import RunOut
from chalicelib.api.schemas.schedule_schemas import ScheduleOut
from chalicelib.api.schemas.slot_schemas import HolderOut
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.schedule_edits import definition_as_json
from chalicelib.store import run_table

_RUN_FIELDS_LEFT_OUT: Final = frozenset(
    {
        "tenant_id",
        "run_id",
        "token",
        "started_by",
        "payload",
        "expires_at",
        "unstarted_claims",
        "lease_seconds",
        "callback_hashes",
        "verdict",
        "log_lines",
    }
)


def schedule_etag(schedule: Schedule) -> str:
    """The tag of what clients write of a schedule, and of whether it is on."""
    return etag_of({**definition_as_json(schedule), "status": schedule.status})


def schedule_json(schedule: Schedule) -> ScheduleOut:
    """A schedule as clients see it."""
    view = {
        "id": schedule.schedule_id,
        **definition_as_json(schedule),
        "status": schedule.status.value,
        "broken_reason": schedule.broken_reason,
        "broken_at": as_json(schedule.broken_at),
        "next_fire_at": as_json(schedule.next_fire_at),
        "last_run": schedule.last_run,
        "failure_streak": schedule.failure_streak,
        "budget_breach_streak": schedule.budget_breach_streak,
        "interruption_streak": schedule.interruption_streak,
        "average_steps": schedule.average_steps,
        "average_duration_seconds": schedule.average_duration_seconds,
        "created_at": as_json(schedule.created_at),
        "updated_at": as_json(schedule.updated_at),
    }
    return cast(ScheduleOut, view)


def run_json(run: Run) -> RunOut:
    """A run as clients see it. Its claim's token stays with Baton."""
    names = (field.name for field in fields(run) if field.name not in _RUN_FIELDS_LEFT_OUT)
    view = {"id": run.run_id, **{name: as_json(getattr(run, name)) for name in names}}
    return cast(RunOut, view)


def holders_json(floor: Floor, tenant_id: str) -> list[HolderOut]:
    """The holders as one tenant may see them."""
    keys = [(slot.tenant_id or "", slot.run_id or "") for slot in floor.holders]
    leases = {
        run.run_id: run.lease_expires_at for run in (run_table.get_many(keys) if keys else [])
    }
    return [_holder_json(slot, leases, tenant_id) for slot in floor.holders]


def _holder_json(slot: Slot, leases: dict[str, Any], tenant_id: str) -> HolderOut:
    own = slot.tenant_id == tenant_id
    lease = leases.get(slot.run_id or "")
    return {
        "slot": slot.key,
        "run_id": slot.run_id if own else None,
        "schedule_id": slot.schedule_id if own else None,
        "schedule_name": slot.schedule_name if own else None,
        "since": as_json(slot.since),
        "lease_expires_at": as_json(lease),
        "forced": slot.forced,
    }


def advice_json(thing: Any) -> Any:
    """A reason, a happening or a piece of advice as JSON has it."""
    view = {field.name: as_json(getattr(thing, field.name)) for field in fields(thing)}
    view["data"] = {name: as_json(value) for name, value in thing.data.items()}
    return view
