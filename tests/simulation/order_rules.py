"""Rule 5: tenants are served in turn, each by priority, then age, and as soon as there is room.

Only histories without faults are held to this: where processes die, a slot may well stay free
until the next tick.
"""

import json
from collections import Counter, defaultdict
from typing import Any, Final

from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import (
    Change,
    Item,
    holds,
    is_own,
    number,
    pool_of,
    run_name,
    slot_partition,
    status,
    text,
    time,
    truth,
)
from tests.simulation.processes import Process
from tests.simulation.run_rules import capacities_of
from tests.simulation.world import MINUTE, SECOND, World

ORDER: Final = "5 of a tenant by priority, then age"
TURNS: Final = "5 tenants are served in turn"
IDLE: Final = "5 no slot stays free while a run waits"

_HEAD_START: Final = 60 * MINUTE
_HIGHEST: Final = 9
#: Clocks differ; what is nearer than this is the same time.
_CLOSE: Final = 5 * SECOND


class OrderRules:
    """Follows who waits and who works."""

    def __init__(self, world: World, database: SimulatedDynamoDB) -> None:
        self._world, self._database = world, database
        self._waiting: dict[str, Item] = {}
        self._since: dict[str, int] = {}
        self._working: Counter[str] = Counter()
        self._forced: Counter[str] = Counter()
        self._released: dict[str, int] = {}
        self._room_since = 0
        #: (pool, tenant that waits) → tenant → how often that one was served meanwhile.
        self._served_before: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.watches_order = True

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        for change in changes:
            if change.table == "runs":
                if holds(change.after) and not holds(change.before):
                    self._served(process, change)
                self._follow(change)
            elif text(change.item, "key") == "settings" or _names_another_pool(change):
                self._room_since = self._world.now

    def idle(self, _last: Process) -> None:
        """Nobody is at work: whoever could have been served has been."""
        if self._world.now - self._room_since < 20 * SECOND:
            return
        with_room = {
            pool for pool, slots in self._capacities().items() if self._is_free(pool, slots)
        }
        for run_id, run in self._waiting.items():
            if (
                self._waits_for(run) in with_room
                and self._is_ready(run)
                and not self._is_blocked(run)
            ):
                self._world.breaks(IDLE, f"{run_name(run)} waits since {self._since[run_id]} ms")

    def _waits_for(self, run: Item) -> str:
        """The pool it waits for: of what stands in a line, whichever its schedule names by now."""
        key = (text(run, "tenant_id") or "", text(run, "schedule_id") or "")
        schedule = self._database.look("schedules", *key)
        is_in_line = text(run, "place") == "line" and schedule is not None
        return text(schedule, "pool") or "main" if is_in_line else pool_of(run)

    def _is_free(self, pool: str, slots: int) -> bool:
        keys = [f"{at:03d}" for at in range(slots)]
        taken = [
            self._database.look("control", slot_partition(pool, key), f"slot#{key}") for key in keys
        ]
        return any(text(slot, "run_id") is None for slot in taken)

    def _follow(self, change: Change) -> None:
        run_id, schedule = text(change.item, "run_id") or "", text(change.item, "schedule_id") or ""
        if status(change.after) == "queued":
            self._waiting[run_id] = change.item
            moved = pool_of(change.before) != pool_of(change.after)
            if status(change.before) != "queued" or _stands(change.before) or moved:
                self._since[run_id] = self._world.now
        else:
            self._waiting.pop(run_id, None)
        forced = truth(change.item, "forced")
        at_work = self._forced if forced else self._working
        at_work[schedule] += holds(change.after) - holds(change.before)
        if holds(change.before) and not holds(change.after):
            self._released[schedule] = self._world.now

    def _served(self, process: Process, change: Change) -> None:
        """Nobody who could have had the slot instead was before it.

        The slot of a forced run is its own.
        """
        run = change.item
        if not self.watches_order or truth(run, "forced"):
            return
        pool, tenant = pool_of(run), text(run, "tenant_id") or ""
        could_have = [
            other
            for other_id, other in self._waiting.items()
            if other_id != text(run, "run_id")
            and pool_of(other) == pool
            and self._since[other_id] < process.began_at
            and self._could_have_had_it(other, process)
        ]
        for other in could_have:
            if text(other, "tenant_id") == tenant and _order(other) < _order(run):
                self._world.breaks(ORDER, f"{run_name(run)} was served before {run_name(other)}")
        self._turn(pool, tenant, {text(other, "tenant_id") or "" for other in could_have})

    def _turn(self, pool: str, tenant: str, waiting: set[str]) -> None:
        """Of those that waited all the time none is passed over by another more than its turns.

        Where several slots are handed out at once, each of these may be one turn too early.
        """
        for other in {key[1] for key in self._served_before if key[0] == pool} | waiting:
            if other not in waiting or other == tenant:
                self._served_before[pool, other].clear()
        for other in waiting - {tenant}:
            before = self._served_before[pool, other]
            before[tenant] += 1
            if before[tenant] > self._weight(pool, tenant) + self._capacities().get(pool, 0):
                self._world.breaks(
                    TURNS, f"{tenant} was served {before[tenant]} times before {other}"
                )

    def _could_have_had_it(self, other: Item, process: Process) -> bool:
        schedule = text(other, "schedule_id") or ""
        return (
            text(other, "place") == "queue"
            and not self._is_blocked(other)
            and self._released.get(schedule, 0) < process.began_at
            and not self._gives_up(other)
        )

    def _is_blocked(self, run: Item) -> bool:
        """Whether a run of its schedule is in its way."""
        schedule = text(run, "schedule_id") or ""
        return bool(self._working[schedule]) or (is_own(run) and bool(self._forced[schedule]))

    def _is_ready(self, run: Item) -> bool:
        not_before = time(run, "not_before")
        # A wake for a retry may be a while on its way; after the next tick there is no excuse.
        rested = not_before is None or not_before + MINUTE + 2 * _CLOSE < self._world.now
        return rested and not self._gives_up(run)

    def _gives_up(self, run: Item) -> bool:
        until = time(run, "queue_expires_at")
        return until is not None and until - _CLOSE < self._world.now

    def _settings(self) -> dict[str, Any]:
        settings = self._database.look("control", "floor", "settings")
        found: dict[str, Any] = json.loads(text(settings, "value") or "{}")
        return found

    def _capacities(self) -> dict[str, int]:
        return capacities_of(self._settings())

    def _weight(self, pool: str, tenant: str) -> int:
        of_pool = self._settings().get("pools", {}).get(pool, {})
        return int(of_pool.get("weights", {}).get(tenant, 1))


def _order(run: Item) -> int:
    since = time(run, "queued_at") or 0
    return since + _HEAD_START * (_HIGHEST - number(run, "priority", 5))


def _stands(before: Item | None) -> bool:
    """Whether it waited elsewhere than in a queue before."""
    return text(before, "place") != "queue"


def _names_another_pool(change: Change) -> bool:
    return change.table == "schedules" and pool_of(change.before) != pool_of(change.after)
