"""How much a tenant has of what is limited: counted when first needed, and moved from then on."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from chalicelib.domain.deployment.limits import Limit, LimitExceeded, tokens_in_use
from chalicelib.domain.deployment.pressure import in_force
from chalicelib.domain.errors import LostRace
from chalicelib.store import audit_table, pressure_items, schedule_table, token_table, use_items
from chalicelib.store.dynamodb.transaction import TransactionLost, retry_if_lost

T = TypeVar("T")

#: How what a tenant has is counted in a deployment that is older than its limits.
_COUNTED: Final[dict[Limit, Callable[[str], int]]] = {
    Limit.SCHEDULES: schedule_table.count,
    Limit.AUDITS: audit_table.count,
}


def counted(tenant_id: str, limit: Limit, most: int | None, write: Callable[[], T]) -> T:
    """Do a write with a step that moves the tenant's counter, which is begun if there is none.

    `most` is the limit; None for a write that makes nothing. Raises `LimitExceeded`, and what
    `write` raises.
    """

    def look(lost: LostRace) -> None:
        if not isinstance(lost, TransactionLost) or use_items.step(limit) not in lost.steps:
            raise lost
        used = use_items.used(tenant_id, limit)
        if used is None and limit in _COUNTED:
            use_items.begin(tenant_id, limit, _COUNTED[limit](tenant_id))
        elif used is not None and most is not None and used >= most:
            raise LimitExceeded(limit, most, used + 1) from lost

    return retry_if_lost(write, look)


def use_of(tenant_id: str, now: datetime) -> dict[Limit, int]:
    """How much the tenant has of each thing that is counted."""
    found = {
        limit: use_items.used(tenant_id, limit) or 0
        for limit in (Limit.WAITING_RUNS, Limit.FORCED_RUNS)
    }
    for limit, count in _COUNTED.items():
        used = use_items.used(tenant_id, limit)
        found[limit] = count(tenant_id) if used is None else used
    found[Limit.PRESSURE_SOURCES] = len(in_force(pressure_items.of_tenant(tenant_id), now))
    return {**found, Limit.TOKENS: tokens_in_use(tokens(tenant_id), now)}


def tokens(tenant_id: str) -> dict[str, int]:
    """The tenant's tokens by the day of their end, counted now if nobody has yet."""
    known = use_items.tokens_by_last_day(tenant_id)
    return token_table.by_last_day(tenant_id) if known is None else known
