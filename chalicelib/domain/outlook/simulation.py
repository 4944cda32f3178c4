"""Runs through the slots by the engine's own rules of order, each taking its usual time.

All times are whole milliseconds after the start. At one instant runs end first, then waits that
last too long are given up, then fire times are taken, the more urgent ones before the others.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.turns import Turn, tenants_in_turn
from chalicelib.domain.outlook.workload import Workload
from chalicelib.domain.runs.queue_order import first_key_of

#: More events than this are not looked at: it bounds the time a forecast takes, to about a second
#: of a whole core, for a Lambda with 512 MB has a third of one and API Gateway waits 29 s.
MOST_STEPS: Final = 120_000
_MINUTE: Final = 60_000
#: What happens at one instant, in this order.
_END, _GIVE_UP, _FIRE = range(3)


@dataclass(slots=True)
class Tally:
    """What became of a schedule's fire times: each is in exactly one of the counts."""

    runs: int = 0
    skipped: int = 0
    coalesced: int = 0
    expired: int = 0
    #: Waits still when the simulation ends.
    unserved: int = 0
    #: The waits of runs, and of what is unserved until then.
    total_wait: int = 0
    worst_wait: int = 0
    #: When each run started.
    starts: list[int] = field(default_factory=list)
    #: When fire times came that had to wait, and how long.
    waits: list[tuple[int, int]] = field(default_factory=list)
    #: When fire times came that were skipped or given up, and how long they had waited.
    lost: list[tuple[int, int]] = field(default_factory=list)
    #: Who held the slots when it had to wait or was skipped → how often, and when first.
    behind: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def fire_times(self) -> int:
        return self.runs + self.skipped + self.coalesced + self.expired + self.unserved


@dataclass(slots=True)
class _State:
    """Where a schedule is: its next fire time by number, and since when a run of it waits."""

    cursor: int = 0
    waits_since: int | None = None
    works: bool = False


@dataclass(frozen=True, slots=True)
class _Due:
    """A work that is due, by its number."""

    tenant_id: str
    number: int


class Simulation:
    """A pool's slots and the works that share them, from 0 until before `length`."""

    def __init__(self, works: Sequence[Workload], pool: Pool, length: int) -> None:
        self.works, self.until = works, length
        self.tallies = [Tally() for _ in works]
        self.steps = 0
        #: When no slot was free: (from, until) pairs, ascending.
        self.full: list[tuple[int, int]] = []
        self._states = [_State() for _ in works]
        self._pool, self._free = pool, pool.room
        self._turn = Turn()
        self._full_since: int | None = None
        self._holders: dict[int, None] = {}
        self._events: list[tuple[int, int, int, int, int]] = []
        #: Tenant → its works that wait, as (order, age of the schedule, number, since).
        self._queues: dict[str, list[tuple[int, int, int, int]]] = {}
        #: The keys before those of tenants that have any, ascending.
        self._tenants: list[str] = []
        self._numbers = count()
        self._elder = _places(works, lambda work: work.key)
        self._urgency = _places(works, lambda work: (work.handicap, work.key))

    def run(self, most_steps: int = MOST_STEPS, until_blocked: int | None = None) -> "Simulation":
        """Go through to the end, or until so many events have been looked at, or until that work
        cannot start at once; then `until` is where that was."""
        for number in range(len(self.works)):
            self._await_fire(number)
        while self._events and self._events[0][0] < self.until:
            is_blocked = until_blocked is not None and self.tallies[until_blocked].behind
            if self.steps == most_steps or is_blocked:
                self.until = self._events[0][0]
                break
            at, kind, _, number, mark = heappop(self._events)
            if kind == _FIRE:
                self._fire_each([number, *self._others_due(at)], at)
                continue
            self.steps += 1
            if kind == _END:
                self._end(number, at)
            elif self._states[number].waits_since == mark:
                self._give_up(number, at)
        self._close()
        return self

    def _await_fire(self, number: int) -> None:
        """The next of the fire times that are known."""
        self._await(number, self.works[number].due(self._states[number].cursor))

    def _await_fire_after(self, number: int, at: int) -> None:
        """The next fire time of what is measured from the end of its run, or from now."""
        self._await(number, self.works[number].due_after_end(at))

    def _await(self, number: int, due: int | None) -> None:
        if due is not None:
            heappush(self._events, (max(due, 0), _FIRE, self._urgency[number], number, 0))

    def _others_due(self, at: int) -> Iterator[int]:
        """The works that are due at the same instant, the more urgent before the others."""
        while self._events and self._events[0][:2] == (at, _FIRE):
            yield heappop(self._events)[3]

    def _fire_each(self, numbers: list[int], at: int) -> None:
        """Take works that are due at one instant, tenants in turn."""
        self.steps += len(numbers)
        if len(numbers) > 1:
            due = [_Due(self.works[number].tenant_id, number) for number in numbers]
            numbers = [each.number for each in tenants_in_turn(due, self._turn, self._pool)]
        for number in numbers:
            self._fire(number, at)

    def _fire(self, number: int, at: int) -> None:
        work, state = self.works[number], self._states[number]
        if self._free and self._tenants:
            self._claim(at)  # A pass does so first, and gives up what has waited too long.
        state.cursor += 1
        if self._free and not state.works:
            self._start(number, at)
            self._await_fire(number)
            return
        self._note_holders(number, at)
        if work.skips:
            self.tallies[number].skipped += 1
            self.tallies[number].lost.append((at, 0))
            self._await_fire_after(number, at)
            self._await_fire(number)
        else:
            self._enqueue(number, at)

    def _enqueue(self, number: int, at: int) -> None:
        """It waits; what becomes due meanwhile is counted on it when the wait is over."""
        work, state = self.works[number], self._states[number]
        state.waits_since = at
        self._stand((at + work.handicap, self._elder[number], number, at))
        if work.wait_limit is not None:
            noticed = self._noticed_at(number, at + work.wait_limit)
            heappush(self._events, (noticed, _GIVE_UP, self._urgency[number], number, at))

    def _stand(self, entry: tuple[int, int, int, int]) -> None:
        """Put a work in the queue of its tenant."""
        key = first_key_of(self.works[entry[2]].tenant_id)
        if not self._queues.setdefault(key, []):
            insort(self._tenants, key)
        heappush(self._queues[key], entry)

    def _next_to_serve(self) -> tuple[int, int, int, int]:
        """Take the next one from the queues, tenants in turn."""
        at = bisect_left(self._tenants, self._turn.begins_behind(self._pool)) % len(self._tenants)
        queue = self._queues[self._tenants[at]]
        entry = heappop(queue)
        if not queue:
            del self._tenants[at]
        return entry

    def _noticed_at(self, number: int, over: int) -> int:
        """When a pass notices that a wait is over: a tick, or the schedule's own next fire time."""
        work, tick = self.works[number], -(-over // _MINUTE) * _MINUTE
        due = work.due(work.due_before(over))
        return tick if due is None else min(tick, due)

    def _end(self, number: int, at: int) -> None:
        self._states[number].works = False
        del self._holders[number]
        self._free += 1
        self._await_fire_after(number, at)
        self._claim(at)
        if self._free and self._full_since is not None:
            self.full.append((self._full_since, at))
            self._full_since = None

    def _claim(self, at: int) -> None:
        """Free slots go to who waits, in order; nobody overlaps a run of their own."""
        aside = []
        while self._free and self._tenants:
            entry = self._next_to_serve()
            number, since = entry[2:]
            state, limit = self._states[number], self.works[number].wait_limit
            if state.waits_since != since:
                continue
            if limit is not None and at >= since + limit:
                self._give_up(number, at)
            elif state.works:
                aside.append(entry)
            else:
                self._stop_waiting(number, at)
                self._start(number, at, waited=at - since)
                self._await_fire(number)
        for entry in aside:
            self._stand(entry)

    def _give_up(self, number: int, at: int) -> None:
        tally, since = self.tallies[number], self._states[number].waits_since
        assert since is not None
        tally.expired += 1
        tally.lost.append((since, at - since))
        self._stop_waiting(number, at)
        self._await_fire_after(number, at)
        self._await_fire(number)

    def _stop_waiting(self, number: int, at: int) -> None:
        work, state = self.works[number], self._states[number]
        following = work.due_before(at)
        if following > state.cursor:
            self.tallies[number].coalesced += following - state.cursor
            state.cursor = following
        state.waits_since = None

    def _start(self, number: int, at: int, waited: int = 0) -> None:
        tally, work = self.tallies[number], self.works[number]
        tally.runs += 1
        tally.starts.append(at)
        self._note_wait(tally, at - waited, waited)
        self._states[number].works = True
        self._holders[number] = None
        self._free -= 1
        self._turn = self._turn.next_of(work.tenant_id)
        if not self._free and self._full_since is None:
            self._full_since = at
        heappush(self._events, (at + work.duration, _END, next(self._numbers), number, 0))

    def _note_wait(self, tally: Tally, since: int, waited: int) -> None:
        if waited:
            tally.total_wait += waited
            tally.worst_wait = max(tally.worst_wait, waited)
            tally.waits.append((since, waited))

    def _note_holders(self, number: int, at: int) -> None:
        """Who keeps it from starting: its own run, or else all who hold a slot."""
        behind = self.tallies[number].behind
        for holder in (number,) if self._states[number].works else self._holders:
            times, first = behind.get(holder, (0, at))
            behind[holder] = times + 1, first

    def _close(self) -> None:
        """Account for what still waits."""
        if self._full_since is not None:
            self.full.append((self._full_since, self.until))
        for number, state in enumerate(self._states):
            if state.waits_since is not None:
                tally, since = self.tallies[number], state.waits_since
                self._note_wait(tally, since, self.until - since)
                self._stop_waiting(number, self.until)
                tally.unserved += 1


def _places(works: Sequence[Workload], key: Callable[[Workload], Any]) -> dict[int, int]:
    """Work number → its place in that order."""
    ordered = sorted(range(len(works)), key=lambda number: key(works[number]))
    return {number: place for place, number in enumerate(ordered)}
