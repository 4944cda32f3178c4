"""The caller, and the overview, as clients see them."""

from datetime import datetime

from typing_extensions import TypedDict

from chalicelib.api.schemas.forecast_schemas import DurationIs
from chalicelib.api.schemas.health_schemas import (
    HealthWarningOut,
    RunCountsOut,
    ScheduleCountsOut,
    SpreadOut,
)
from chalicelib.api.schemas.run_schemas import ProgressOut
from chalicelib.api.schemas.settings_schemas import PressureOut
from chalicelib.domain.access.scopes import Scope
from chalicelib.domain.runs.run import RunStatus, Trigger


class MeOut(TypedDict):
    """Who is calling: whose data they reach, as whom, and what they may do.

    `scopes` are all that `scope`, the highest one, includes. `limits` are what the tenant may have
    at most.
    """

    tenant_id: str
    name: str
    actor_id: str
    scope: Scope
    scopes: list[Scope]
    expires_at: datetime | None
    limits: dict[str, int]


class HoldingOut(TypedDict):
    """A slot that is held, and the run that holds it.

    Of another tenant's run only the slot, since when, until when, and whether it was forced are
    told, but to owners everything. `expected_end_at` is null where nothing is known.
    """

    slot: str
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    status: RunStatus | None
    trigger: Trigger | None
    forced: bool
    since: datetime | None
    started_at: datetime | None
    attempt: int | None
    max_attempts: int | None
    progress: ProgressOut | None
    steps: int | None
    max_steps: int | None
    lease_expires_at: datetime | None
    cancel_requested_at: datetime | None
    expected_end_at: datetime | None


class WaitingOut(TypedDict):
    """A run that waits for a slot: its place, and when it should start.

    `is_behind_its_own`: it waits for another run of its own schedule first, and then for its turn.
    Of another tenant's run only these, and how long it should take, are told, but to owners
    everything.
    """

    position: int
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    trigger: Trigger | None
    priority: int | None
    attempt: int | None
    fire_at: datetime | None
    queued_at: datetime | None
    is_behind_its_own: bool
    expected_start_at: datetime | None
    expected_duration_seconds: float


class PoolViewOut(TypedDict):
    """Who holds the slots of a pool, and the first who wait for them, in serving order.

    `waiting` counts the runs of all tenants that wait, and `waiting_own` the caller's among them.
    If there are more than were counted, `waiting_is_at_least` is true. Retries that rest are not
    in the queue yet.
    """

    name: str
    capacity: int
    holders: list[HoldingOut]
    waiting: int
    waiting_own: int
    waiting_is_at_least: bool
    queue: list[WaitingOut]


class NextFireOut(TypedDict):
    """A schedule that is set to fire, and how long its run should take."""

    schedule_id: str
    schedule_name: str
    due_at: datetime
    expected_duration_seconds: float
    duration_is: DurationIs


class BrokenScheduleOut(TypedDict):
    """A schedule that its breaker has switched off."""

    schedule_id: str
    schedule_name: str
    broken_at: datetime | None
    broken_reason: str | None


class OverviewOut(TypedDict):
    """What goes on now, what comes next, and what needs somebody.

    The counts of schedules and of the last 24 hours' runs are as of `counted_at`, which is a minute
    ago at most, or a little more for a tenant with very many schedules. Waits and durations in them
    have two significant digits. `build` is another text once another version was deployed.
    """

    now: datetime
    build: str
    pools: list[PoolViewOut]
    next: list[NextFireOut]
    pressure: list[PressureOut]
    last_tick_at: datetime | None
    last_tick_age_seconds: float | None
    warnings: list[HealthWarningOut]
    unread: int
    unread_is_at_least: bool
    schedules: ScheduleCountsOut
    broken: list[BrokenScheduleOut]
    runs_24h: RunCountsOut
    slot_wait_ms: SpreadOut
    duration_ms: SpreadOut
    counted_at: datetime
    counts_are_complete: bool
