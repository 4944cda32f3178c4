"""Statistics, health and dead letters as clients see them."""

from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from chalicelib.domain.outlook.health import Level


class ScheduleCountsOut(TypedDict):
    """How many schedules there are, and in which states."""

    total: int
    enabled: int
    paused: int
    broken: int


class RunCountsOut(TypedDict):
    """How many runs had their fire time in the last 24 hours, by status."""

    total: int
    by_status: dict[str, int]


class SpreadOut(TypedDict):
    """The median and the 95th percentile in milliseconds; null if nothing was measured."""

    p50: int | None
    p95: int | None


class StatsOut(TypedDict):
    """A tenant in numbers. `is_complete` is false if there was more than is counted."""

    schedules: ScheduleCountsOut
    runs_24h: RunCountsOut
    active: int
    waiting: int
    slot_wait_ms: SpreadOut
    duration_ms: SpreadOut
    is_complete: bool
    since: datetime


class HealthWarningOut(TypedDict):
    """Something that is not as it should be: a stable code, and a sentence for people."""

    code: str
    message: str


class TenantHealthOut(TypedDict):
    """How many of a tenant's runs wait, and how many hold a slot."""

    tenant_id: str
    status: Level
    pending: int
    running: int
    #: True where the count of waiting runs was cut; left out otherwise.
    pending_is_at_least: NotRequired[bool]


class HealthOut(TypedDict):
    """How the deployment is doing. Owners see all tenants, others their own.

    `put_aside` counts the schedules that do not fire because they cannot be used, and the runs that
    lost their slots because they cannot be read. They come back by themselves once they can be.
    """

    overall: Level
    warnings: list[HealthWarningOut]
    last_tick_at: datetime | None
    last_tick_age_seconds: float | None
    dead_letters: int
    put_aside: int
    tenants: list[TenantHealthOut]


class DeadLetterOut(TypedDict):
    """A message that was delivered three times without success."""

    id: str
    kind: str
    sent_at: datetime | None
    receives: int
    content: dict[str, Any]


class DeadLettersOut(TypedDict):
    """The oldest dead letters, and how many there are of each kind."""

    items: list[DeadLetterOut]
    counts: dict[str, int]


class RedrivenOut(TypedDict):
    """How many dead letters were sent back to their queues."""

    moved: int
