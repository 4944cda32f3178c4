"""Schedules, runs, holders of slots, and advice as the API shows them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from chalicelib.api.http.answer import etag_of
from chalicelib.api.http.auth import Caller
from chalicelib.api.schemas.cadence_schemas import FireTimeOut
from chalicelib.api.schemas.health_schemas import ScheduleCountsOut, SpreadOut
from chalicelib.api.schemas.run_schemas import AttemptOut, RunOut
from chalicelib.api.schemas.schedule_schemas import CheckOut, ScheduleOut
from chalicelib.api.schemas.settings_schemas import PressureOut
from chalicelib.api.schemas.slot_schemas import HolderOut
from chalicelib.domain.deployment.pressure import Signals, in_force
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.outlook.statistics import Percentiles
from chalicelib.domain.runs.run import AttemptRecord, Run, attempts_of
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from chalicelib.domain.runs.schedule_edits import definition_as_json
from chalicelib.domain.targets.target_credentials import hidden
from chalicelib.domain.time.cadences import FireTime
from chalicelib.store import run_table
from chalicelib.targets import Check


def schedule_etag(schedule: WholeSchedule) -> str:
    """The tag of what people decide about a schedule: its definition, and whether it is on.

    A schedule that was resumed and broke again has another tag: there is another break to look
    at. A run leaves the tag as it is, so that no edit is stale because of one.
    """
    broken_at = as_json(schedule.broken_at)
    state = {"status": schedule.status, **({"broken_at": broken_at} if broken_at else {})}
    return etag_of({**_definition(schedule), **state})


def schedule_json(schedule: WholeSchedule) -> ScheduleOut:
    """The schedule as the API shows it."""
    view = {
        "id": schedule.schedule_id,
        **_definition(schedule),
        "status": schedule.status.value,
        "broken_reason": schedule.broken_reason,
        "broken_at": as_json(schedule.broken_at),
        "next_fire_at": as_json(schedule.next_start_at),
        "last_run": schedule.last_run,
        "recent": [[end.status.value, end.duration_ms] for end in schedule.recent],
        "failure_streak": schedule.failure_streak,
        "budget_breach_streak": schedule.budget_breach_streak,
        "interruption_streak": schedule.interruption_streak,
        "average_steps": schedule.average_steps,
        "average_tokens": schedule.average_tokens,
        "average_cost": schedule.average_cost,
        "average_duration_seconds": schedule.average_duration_seconds,
        "created_at": as_json(schedule.created_at),
        "updated_at": as_json(schedule.updated_at),
    }
    return cast(ScheduleOut, view)


def _definition(schedule: WholeSchedule) -> dict[str, Any]:
    """What clients wrote of the schedule, but no credentials that they wrote as plain text."""
    return {**definition_as_json(schedule), "target": hidden(schedule.target)}


def run_json(run: Run) -> RunOut:
    """The run as the API shows it: the fields that `RunOut` names, and no others."""
    names = [name for name in RunOut.__annotations__ if name not in ("id", "attempts")]
    view = {"id": run.run_id, **{name: as_json(getattr(run, name)) for name in names}}
    attempts = [_attempt_json(attempt) for attempt in attempts_of(run)]
    return cast(RunOut, {**view, "attempts": attempts})


def _attempt_json(attempt: AttemptRecord) -> AttemptOut:
    view = {name: as_json(getattr(attempt, name)) for name in AttemptOut.__annotations__}
    return cast(AttemptOut, view)


def holders_json(holders: Sequence[Slot], caller: Caller) -> list[HolderOut]:
    """Who holds the slots, as the caller may see it.

    Other tenants' runs have no name or id, unless an owner looks, who may cancel them.
    """
    keys = [(slot.tenant_id or "", slot.run_id or "") for slot in holders]
    runs = run_table.get_many(keys) if keys else []
    leases = {run.run_id: run.lease_expires_at for run in runs}
    return [_holder_json(slot, leases, caller) for slot in holders]


def _holder_json(slot: Slot, leases: dict[str, datetime | None], caller: Caller) -> HolderOut:
    seen = slot.tenant_id == caller.tenant_id or caller.may("owner")
    return {
        "slot": slot.key,
        "tenant_id": slot.tenant_id if seen else None,
        "run_id": slot.run_id if seen else None,
        "schedule_id": slot.schedule_id if seen else None,
        "schedule_name": slot.schedule_name if seen else None,
        "since": as_json(slot.since),
        "lease_expires_at": as_json(leases.get(slot.run_id or "")),
        "forced": slot.forced,
    }


def tally_json(tally: Tally) -> dict[str, int]:
    """What becomes of fire times, in numbers."""
    return {
        "fire_times": tally.fire_times,
        "runs": tally.runs,
        "skipped": tally.skipped,
        "coalesced": tally.coalesced,
        "queue_expired": tally.expired,
        "unserved": tally.unserved,
    }


def fire_time_json(fire_time: FireTime) -> FireTimeOut:
    """A fire time as the API shows it."""
    return {"at": as_json(fire_time.at), "local": fire_time.local, "note": fire_time.note}


def check_json(check: Check) -> CheckOut:
    """A readiness check as the API shows it."""
    return {"name": check.name, "ok": check.ok, "detail": check.detail}


def advice_json(advice: Any) -> Any:
    """A reason, a piece of history or a warning as the API shows it: all of its fields."""
    view = {field.name: as_json(getattr(advice, field.name)) for field in fields(advice)}
    view["data"] = {name: as_json(value) for name, value in advice.data.items()}
    return view


def pressure_json(signals: Signals, now: datetime, *, deployment: bool) -> list[PressureOut]:
    """The signals that still hold, by source."""
    return [
        {"source": source, "until": as_json(until), "deployment": deployment}
        for source, until in sorted(in_force(signals, now).items())
    ]


def schedule_counts_json(by_status: Counter[str]) -> ScheduleCountsOut:
    """How many schedules there are in all, and in which states."""
    return {
        "total": by_status.total(),
        "enabled": by_status[ScheduleStatus.ACTIVE],
        "paused": by_status[ScheduleStatus.PAUSED],
        "broken": by_status[ScheduleStatus.BROKEN],
    }


def spread_json(spread: Percentiles) -> SpreadOut:
    """The middle and the slow end of some durations."""
    return {"p50": spread.p50, "p95": spread.p95}
