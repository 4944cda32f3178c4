"""In which order the runs that wait for a pool's slots are served, and when each should start.

What is known now is played through by the engine's own rules: slots come free when their runs
should end, tenants are served in turn, and who waits in a line comes forward when the run before it
has ended. What is still to come is not counted in.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from chalicelib.domain.deployment.floor import Floor, estimated_end
from chalicelib.domain.deployment.slots import latest_turn, slot_key
from chalicelib.domain.runs.queue_order import queue_key
from chalicelib.domain.runs.run import Place, Run, order_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for a slot, and how long it should take once it has one."""

    run: Run
    takes: timedelta

    @property
    def key(self) -> str:
        """Where it stands in the queue once it is the head of its schedule."""
        return queue_key(self.run.tenant_id, order_of(self.run))


@dataclass(frozen=True, slots=True)
class Served:
    """A run that waits, and when it should start; None if nobody knows."""

    run: Run
    start_at: datetime | None


def serve(floor: Floor, waiting: Iterable[Waiting], now: datetime) -> list[Served]:
    """The runs in the order in which they are served. `waiting` are all that wait for the pool."""
    return _Service(floor, sorted(waiting, key=lambda each: each.key), now).play()


@dataclass(slots=True)
class _Service:
    """A pool's slots and who waits for them, from now on."""

    floor: Floor
    waiting: Sequence[Waiting]
    now: datetime
    served: list[Served] = field(default_factory=list)
    #: The keys of those in the queue, and who stands there.
    _keys: list[str] = field(default_factory=list)
    _heads: dict[str, Waiting] = field(default_factory=dict)
    _lines: dict[str, deque[Waiting]] = field(default_factory=dict)
    #: (when, a number, whose run ends, whether a slot comes free by it).
    _ends: list[tuple[datetime, int, str, bool]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def play(self) -> list[Served]:
        turn, free = latest_turn(self.floor.slots), len(self.floor.free)
        self._begin()
        at = self.now
        while True:
            while free and (head := self._next(turn.begins_behind(self.floor.terms))):
                turn, free = turn.next_of(head.run.tenant_id), free - 1
                self.served.append(Served(head.run, at))
                self._note_end(at + head.takes, head.run.schedule_id, frees=True)
            if not self._ends or not (self._keys or any(self._lines.values())):
                break
            at, _, schedule_id, frees = heappop(self._ends)
            free += frees
            self._let_forward(schedule_id)
        known = {each.run.run_id for each in self.served}
        left = [each for each in self.waiting if each.run.run_id not in known]
        return [*self.served, *(Served(each.run, None) for each in left)]

    def _begin(self) -> None:
        counted = {slot_key(number) for number in range(self.floor.terms.room)}
        for slot in self.floor.holders:
            end = estimated_end(slot, self.now)
            if end is not None:
                self._note_end(end, slot.schedule_id or "", frees=slot.key in counted)
        for each in self.waiting:
            if each.run.place is Place.QUEUE:
                self._stand(each)
            else:
                self._lines.setdefault(each.run.schedule_id, deque()).append(each)

    def _note_end(self, at: datetime, schedule_id: str, *, frees: bool) -> None:
        heappush(self._ends, (at, next(self._numbers), schedule_id, frees))

    def _stand(self, each: Waiting) -> None:
        insort(self._keys, each.key)
        self._heads[each.key] = each

    def _let_forward(self, schedule_id: str) -> None:
        """The first of a schedule's line comes forward as its run ends."""
        line = self._lines.get(schedule_id)
        if line:
            self._stand(line.popleft())

    def _next(self, behind: str) -> Waiting | None:
        """Who is served next behind that key, or else from the start."""
        if not self._keys:
            return None
        key = self._keys.pop(bisect_left(self._keys, behind) % len(self._keys))
        return self._heads.pop(key)
