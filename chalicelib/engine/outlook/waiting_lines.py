"""Who waits for the slots of a pool, in the order in which they are served, for looking at."""

from dataclasses import dataclass
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import latest_turn
from chalicelib.domain.runs.run import Place
from chalicelib.engine.moves.pool_queues import Queue
from chalicelib.store import surveys
from chalicelib.store.surveys import Standing, Survey

#: How many are looked at, in queues and in lines each.
MOST_LOOKED_AT: Final = 100


@dataclass(frozen=True, slots=True)
class Crowd:
    """The first who wait for slots, in queues and in lines, as one look found them.

    They are of all pools or of one, and maybe they are all that wait.
    """

    in_queues: Survey[list[Standing]]
    in_lines: Survey[list[Standing]]

    @property
    def is_complete(self) -> bool:
        """Whether these are all that wait."""
        return self.in_queues.is_complete and self.in_lines.is_complete

    def of_pool(self, pool: str) -> "Crowd":
        """Those of one pool."""
        return Crowd(_of_pool(self.in_queues, pool), _of_pool(self.in_lines, pool))

    def count(self, tenant_id: str | None = None) -> int:
        """How many there are, or how many of that tenant."""
        tenants = [each.place.tenant_id for each in (*self.in_queues.found, *self.in_lines.found)]
        return len(tenants) if tenant_id is None else tenants.count(tenant_id)


def _of_pool(found: Survey[list[Standing]], pool: str) -> Survey[list[Standing]]:
    return Survey([each for each in found.found if each.pool == pool], found.is_complete)


@dataclass(frozen=True, slots=True)
class Count:
    """How many wait for slots of a pool, and of one tenant. They are not exact beyond a bound."""

    in_all: int
    own: int
    is_exact: bool


def look(pool: str | None = None) -> Crowd:
    """Who waits, for slots of all pools or of one: two short queries."""
    in_queues, in_lines = (
        surveys.standing(place, MOST_LOOKED_AT, pool) for place in (Place.QUEUE, Place.LINE)
    )
    return Crowd(in_queues, in_lines)


def in_serving_order(floor: Floor, crowd: Crowd, most: int) -> list[Standing]:
    """The first who wait for slots of the floor's pool, in the order in which they are served.

    Those in the queue come tenants in turn. Behind them are those in the lines of schedules, each
    of which has to wait for another run of its own. `crowd` is the pool's.
    """
    known = crowd.in_queues
    whole = [each.place for each in known.found] if known.is_complete else None
    queue, turn = (
        Queue(floor.pool, floor.terms, at_once=most, whole=whole),
        latest_turn(floor.slots),
    )
    served: list[Standing] = []
    while len(served) < most and (place := queue.next(turn)) is not None:
        served.append(Standing(floor.pool, is_in_line=False, place=place))
        turn = turn.next_of(place.tenant_id)
    return [*served, *crowd.in_lines.found[: most - len(served)]]


def counted(pool: str, crowd: Crowd, tenant_id: str) -> Count:
    """How many wait for slots of that pool, up to `MOST_LOOKED_AT`; `crowd` is the pool's."""
    most, in_all, own = MOST_LOOKED_AT, crowd.count(), crowd.count(tenant_id)
    if not crowd.is_complete and in_all <= most:
        in_all = surveys.count_standing(pool, most + 1)
    if not crowd.is_complete and own < min(in_all, most):
        own = surveys.count_standing(pool, most + 1, tenant_id)
    return Count(min(in_all, most), min(own, most), is_exact=in_all <= most)
