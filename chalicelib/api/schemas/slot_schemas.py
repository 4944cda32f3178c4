"""The slots and the tick as clients see them."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Query
from chalicelib.api.schemas.settings_schemas import PressureOut
from chalicelib.domain.deployment import pools


class HolderOut(TypedDict):
    """Who holds a slot. Of another tenant's run, ids and name are null, but for owners."""

    slot: str
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    since: datetime | None
    lease_expires_at: datetime | None
    forced: bool


class SlotQuery(Query):
    """Which pool is asked for."""

    pool: str | None = Field(None, pattern=pools.NAME, description="Only that pool.")


class PoolOut(TypedDict):
    """Who holds the slots of a pool, and how many runs wait for one."""

    name: str
    capacity: int
    holders: list[HolderOut]
    waiting: int


class SlotOut(TypedDict):
    """Who holds the slots of the pool `main`, or of the one asked for; and all pools."""

    capacity: int
    holders: list[HolderOut]
    waiting: int
    last_tick_at: datetime | None
    pressure: list[PressureOut]
    pools: list[PoolOut]


class TenantCounts(TypedDict):
    """How many runs of one tenant a pass gave a slot, and how many of its items it failed at."""

    taken: int
    failed: int


class PassOut(TypedDict):
    """What a pass did, in numbers: for all tenants if an owner asks, else for the caller's.

    How many wakes it asked for concerns all tenants, so it is 0 for others than owners.
    """

    reaped: int
    fired: int
    skipped: int
    deferred: int
    claimed: int
    wakes: int
    left: int
    tenants: dict[str, TenantCounts]
