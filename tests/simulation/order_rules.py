"""Rule 5: who waits is served by priority, then age, and as soon as there is room.

Only histories without faults are held to this: where processes die, a slot may well stay free
until the next tick.
"""

from collections import Counter
from typing import Final

from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import Change, Item, holds, number, run_name, status, text, time, truth
from tests.simulation.processes import Process
from tests.simulation.world import MINUTE, SECOND, World

ORDER: Final = "5 by priority, then age"
IDLE: Final = "5 no slot stays free while a run waits"
RANK: Final = "5 a rank is near the time of queueing"

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
        self._released: dict[str, int] = {}
        self._room_since = 0
        self.watches_order = True

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        for change in changes:
            if change.table == "runs":
                if status(change.before) == "queued" and status(change.after) == "claimed":
                    self._served(process, change.item)
                self._follow(change)
                if status(change.before) is None and status(change.after) == "queued":
                    self._ranked(change.item)
            elif text(change.item, "key") == "settings":
                self._room_since = self._world.now

    def idle(self, _last: Process) -> None:
        """Nobody is at work: whoever could have been served has been."""
        capacity = self._capacity()
        taken = [
            self._database.look("control", "floor", f"slot#{at:03d}") for at in range(capacity)
        ]
        free = any(text(slot, "run_id") is None for slot in taken)
        if not free or self._world.now - self._room_since < 2 * MINUTE:
            return
        for run_id, run in self._waiting.items():
            if self._is_ready(run) and not self._working[text(run, "schedule_id") or ""]:
                self._world.breaks(IDLE, f"{run_name(run)} waits since {self._since[run_id]} ms")

    def _follow(self, change: Change) -> None:
        run_id, schedule = text(change.item, "run_id") or "", text(change.item, "schedule_id") or ""
        if status(change.after) == "queued":
            self._waiting[run_id] = change.item
            if status(change.before) != "queued":
                self._since[run_id] = self._world.now
        else:
            self._waiting.pop(run_id, None)
        self._working[schedule] += holds(change.after) - holds(change.before)
        if holds(change.before) and not holds(change.after):
            self._released[schedule] = self._world.now

    def _served(self, process: Process, run: Item) -> None:
        """Nobody who could have had the slot instead was before it in the queue.

        The slot of a forced run is its own.
        """
        if not self.watches_order or truth(run, "forced"):
            return
        for other_id, other in self._waiting.items():
            schedule = text(other, "schedule_id") or ""
            could = (
                other_id != text(run, "run_id")
                and self._since[other_id] < process.began_at
                and time(other, "not_before") is None
                and not self._working[schedule]
                and self._released.get(schedule, 0) < process.began_at
                and not self._gives_up(other)
            )
            if could and self._turn(other) < self._turn(run):
                self._world.breaks(ORDER, f"{run_name(run)} was served before {run_name(other)}")

    def _ranked(self, run: Item) -> None:
        queued_at, ranked_at = time(run, "queued_at") or 0, time(run, "ranked_at")
        if ranked_at is None or not queued_at <= ranked_at < queued_at + _HEAD_START:
            self._world.breaks(RANK, f"{run_name(run)}: queued {queued_at}, ranked {ranked_at}")

    def _is_ready(self, run: Item) -> bool:
        not_before = time(run, "not_before")
        # A wake for a retry may be a while on its way; after the next tick there is no excuse.
        rested = not_before is None or not_before + MINUTE + 2 * _CLOSE < self._world.now
        return rested and not self._gives_up(run)

    def _gives_up(self, run: Item) -> bool:
        until = time(run, "queue_expires_at")
        return until is not None and until - _CLOSE < self._world.now

    def _capacity(self) -> int:
        import json

        settings = self._database.look("control", "floor", "settings")
        return int(json.loads(text(settings, "value") or "{}").get("capacity", 1))

    @staticmethod
    def _turn(run: Item) -> int:
        since = time(run, "ranked_at") or time(run, "queued_at") or 0
        return since + _HEAD_START * (_HIGHEST - number(run, "priority", 5))
