"""Pools: named sets of slots. What must not overlap shares a pool, what may does not.

A pool with one slot is a named lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.domain.errors import Conflict

#: What the name of a pool looks like.
NAME: Final = r"^[a-z0-9][a-z0-9-]{0,49}$"
MOST_POOLS: Final = 100
MOST_SLOTS: Final = 1000
#: So many slots share a partition of the table: one partition takes a thousand writes a second.
SLOTS_OF_A_BLOCK: Final = 100
HEAVIEST: Final = 10
ANYBODY: Final = "*"


class PoolInUse(Conflict):
    """A pool is not removed while schedules name it: which one, and how many."""

    def __init__(self, pool: str, schedules: int) -> None:
        self.pool, self.schedules = pool, schedules
        named = "1 schedule names" if schedules == 1 else f"{schedules} schedules name"
        super().__init__(f"{named} the pool {pool}; move them to another one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How many runs may work in it at a time, and whose."""

    capacity: int = 1
    #: The tenants that may use it; `*` stands for all.
    tenants: tuple[str, ...] = (ANYBODY,)
    #: Tenant → how many turns in a row it has while others wait; 1 for those not named.
    weights: Mapping[str, int] = field(default_factory=dict)
    #: How many blocks its slots have ever filled: above a lowered capacity runs may still work.
    blocks: int = 1
    #: An owner has removed it. It is looked at as long as runs may still work in it.
    is_removed: bool = False

    def admits(self, tenant_id: str) -> bool:
        """Whether schedules of that tenant may name the pool."""
        named = ANYBODY in self.tenants or tenant_id in self.tenants
        return named and not self.is_removed

    def weight_of(self, tenant_id: str | None) -> int:
        """How many turns in a row the tenant has while others wait."""
        return self.weights.get(tenant_id or "", 1)

    @property
    def room(self) -> int:
        """How many slots runs may claim."""
        return 0 if self.is_removed else self.capacity


def carried_over(before: Mapping[str, Pool], after: Mapping[str, Pool]) -> dict[str, Pool]:
    """The pools after a change of the settings, as they are stored.

    Removed ones are still looked at, for runs may be at work in them; and so are slots above a
    lowered capacity.
    """
    kept = {
        name: replace(pool, blocks=max(blocks_for(pool.capacity), _blocks(before.get(name))))
        for name, pool in after.items()
    }
    removed = {
        name: replace(pool, is_removed=True) for name, pool in before.items() if name not in after
    }
    return {**kept, **removed}


def _blocks(pool: Pool | None) -> int:
    return 1 if pool is None else pool.blocks


def blocks_for(capacity: int) -> int:
    """How many blocks so many slots fill."""
    return -(-capacity // SLOTS_OF_A_BLOCK)
