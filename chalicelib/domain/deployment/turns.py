"""Tenants in turn: whose waiting run gets a slot next.

Who hands out a slot begins with the tenant after the one that was served last in the pool, in the
order of their names. Whom that was stands on the slots themselves, so nothing is counted or written
for it while runs wait. A tenant with a weight has so many turns in a row: weighted round robin.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.runs.queue_order import first_key_of, last_key_of


@dataclass(frozen=True, slots=True)
class Turn:
    """The latest turn of a pool: its number, whose it was, and the how manieth in a row."""

    number: int = 0
    tenant_id: str | None = None
    in_a_row: int = 0

    def next_of(self, tenant_id: str) -> "Turn":
        """The turn after this one, if it is that tenant's."""
        again = tenant_id == self.tenant_id
        return Turn(self.number + 1, tenant_id, self.in_a_row + 1 if again else 1)

    def begins_behind(self, pool: Pool) -> str:
        """Behind which queue key the next run to be served is looked for; from the start, if none.

        The tenant that was served last is first again while its weight gives it more turns.
        """
        if self.tenant_id is None:
            return ""
        if self.in_a_row < pool.weight_of(self.tenant_id):
            return first_key_of(self.tenant_id)
        return last_key_of(self.tenant_id)


class OfTenant(Protocol):
    """Something that is a tenant's."""

    @property
    def tenant_id(self) -> str: ...


T = TypeVar("T", bound=OfTenant)


def tenants_in_turn(items: Iterable[T], turn: Turn, pool: Pool) -> list[T]:
    """The items, those of each tenant in their order, and the tenants in turn after that turn."""
    left: dict[str, deque[T]] = {}
    for item in items:
        left.setdefault(item.tenant_id, deque()).append(item)
    keys = sorted(map(first_key_of, left))
    tenants = dict(zip(keys, sorted(left, key=first_key_of), strict=True))
    served: list[T] = []
    while keys:
        at = bisect_left(keys, turn.begins_behind(pool)) % len(keys)
        tenant_id = tenants[keys[at]]
        served.append(left[tenant_id].popleft())
        turn = turn.next_of(tenant_id)
        if not left[tenant_id]:
            del keys[at]
    return served
