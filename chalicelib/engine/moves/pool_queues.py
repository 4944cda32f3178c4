"""The queue of one pool as who hands out its slots goes through it: tenants in turn."""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.queue_order import last_key_of, queue_key
from chalicelib.domain.runs.run import Place, Run, order_of
from chalicelib.store import run_table
from chalicelib.store.run_table import InQueue

#: How many places are read at once, where more than a few are needed.
MOST_AT_ONCE: Final = 100


@dataclass(slots=True)
class Queue:
    """The places in a pool's queue, read as far as is asked; each is given out once.

    `heads` are runs that were put in the queue a moment ago: the index may not have them yet.
    `whole` are all places in their order, if they were read already.
    """

    name: str
    pool: Pool
    at_once: int = 10
    heads: Iterable[Run] = ()
    whole: list[InQueue] | None = None
    #: Stretches of the queue that were read: behind which key, what was found there, and whether
    #: there was no more.
    _read: list[tuple[str, list[InQueue], bool]] = field(default_factory=list)
    _known: list[InQueue] = field(default_factory=list)
    #: Tenant → behind which key it goes on: what is before was given out.
    _given: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.whole is not None:
            self._read.append(("", self.whole, True))
        for run in self.heads:
            self.add(run)

    def add(self, run: Run) -> None:
        """Somebody has come to stand in the queue."""
        if run.place is Place.QUEUE and run.pool == self.name:
            self.insert(place_of(run))

    def insert(self, place: InQueue) -> None:
        """There is such a place, be it in the index or not."""
        insort(self._known, place, key=lambda each: each.queue_key)

    def next(self, turn: Turn, but_not: Collection[str] = ()) -> InQueue | None:
        """Whose run is served next after that turn; None if nobody waits.

        Tenants of `but_not` are passed over.
        """
        start = turn.begins_behind(self.pool)
        return self._first(start, "", but_not) or (
            self._first("", start, but_not) if start else None
        )

    def _first(self, behind: str, up_to: str, but_not: Collection[str]) -> InQueue | None:
        """The first place behind a key that was not given out; no further than up to another."""
        while True:
            place = self._after(behind)
            if place is None or (up_to and place.queue_key > up_to):
                return None
            if place.tenant_id in but_not:
                behind = last_key_of(place.tenant_id)
                continue
            given = self._given.get(place.tenant_id, "")
            if place.queue_key > given:
                self._given[place.tenant_id] = place.queue_key
                return place
            behind = given

    def _after(self, key: str) -> InQueue | None:
        found, known = self._stored_after(key), self._known_after(key)
        if found is None or known is None:
            return found or known
        return min(found, known, key=lambda place: place.queue_key)

    def _known_after(self, key: str) -> InQueue | None:
        at = bisect_right(self._known, key, key=lambda place: place.queue_key)
        return self._known[at] if at < len(self._known) else None

    def _stored_after(self, key: str) -> InQueue | None:
        for start, places, is_end in self._read:
            if start <= key:
                at = bisect_right(places, key, key=lambda place: place.queue_key)
                if at < len(places):
                    return places[at]
                if is_end:
                    return None
        places = run_table.in_queue(self.name, key, self.at_once)
        self._read.append((key, places, len(places) < self.at_once))
        return places[0] if places else None


def place_of(run: Run) -> InQueue:
    """The place of a run that stands in the queue of its pool."""
    return InQueue(queue_key(run.tenant_id, order_of(run)), run.tenant_id, run.run_id)


def places_before(queue: Queue, place: InQueue, turn: Turn, most: int) -> list[InQueue]:
    """Those in the queue that are served before that place, in order; so many at most."""
    before: list[InQueue] = []
    while len(before) < most:
        served = queue.next(turn)
        if served is None or served.queue_key == place.queue_key:
            break
        before.append(served)
        turn = turn.next_of(served.tenant_id)
    return before
