"""Statistics, health and dead letters as clients see them."""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from chalicelib.domain.outlook.health import Level


class ScheduleCountsOut(TypedDict):
    """Schedules; those that are neither enabled nor broken are paused."""

    total: int
    enabled: int
    paused: int
    broken: int


class RunCountsOut(TypedDict):
    """Runs whose fire time was in the last 24 hours, by status."""

    total: int
    by_status: dict[str, int]


class SpreadOut(TypedDict):
    """The middle and the slow end, in milliseconds; null without any."""

    p50: int | None
    p95: int | None


class StatsOut(TypedDict):
    """A tenant in numbers. `is_complete` is false where a bound has cut them."""

    schedules: ScheduleCountsOut
    runs_24h: RunCountsOut
    active: int
    waiting: int
    slot_wait_ms: SpreadOut
    duration_ms: SpreadOut
    is_complete: bool
    since: datetime


class HealthWarningOut(TypedDict):
    """Something that is not as it should be."""

    code: str
    message: str


class TenantHealthOut(TypedDict):
    """A tenant's runs: waiting, and on a slot."""

    tenant_id: str
    status: Level
    pending: int
    running: int


class HealthOut(TypedDict):
    """How a deployment is doing; to an owner of all tenants, to others of their own."""

    overall: Level
    warnings: list[HealthWarningOut]
    last_tick_at: datetime | None
    last_tick_age_seconds: float | None
    dead_letters: int
    tenants: list[TenantHealthOut]


class DeadLetterOut(TypedDict):
    """A message that three deliveries could not work off."""

    id: str
    kind: str
    sent_at: datetime | None
    receives: int
    content: dict[str, Any]


class DeadLettersOut(TypedDict):
    """The oldest of them, and how many there are of each kind."""

    items: list[DeadLetterOut]
    counts: dict[str, int]


class RedrivenOut(TypedDict):
    """How many were sent back to where they came from."""

    moved: int
