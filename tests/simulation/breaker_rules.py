"""Rule 6: only the scheduler's own runs move a breaker, each once, in the order they end."""

import json
from typing import Final

from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import (
    Change,
    Item,
    has_ended,
    is_own,
    number,
    run_name,
    status,
    text,
    time,
)
from tests.simulation.processes import Process
from tests.simulation.world import World

STREAKS: Final = "6 only own runs move the breaker, each once"

_COUNTERS: Final = ("failure_streak", "budget_breach_streak", "interruption_streak")
_LIMITS: Final = {
    "failure_streak": ("failures", 3),
    "budget_breach_streak": ("budget_breaches", 5),
    "interruption_streak": ("interruptions", 10),
}
_INTERRUPTED: Final = ("lease_expired", "never_started")


class BreakerRules:
    """Replays every final run on a breaker of its own and compares."""

    def __init__(self, world: World, database: SimulatedDynamoDB) -> None:
        self._world, self._database = world, database
        self._streaks: dict[str, dict[str, int]] = {}

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        ended = [change for change in changes if _has_ended(change)]
        for change in changes:
            if change.table == "schedules" and change.after is not None:
                own = [one.item for one in ended if _same_schedule(one.item, change.after)]
                self._schedule(process, change.before, change.after, own)
        moved = {text(one.item, "schedule_id") for one in changes if one.table == "schedules"}
        for one in ended:
            if text(one.item, "schedule_id") not in moved and self._exists(one.item):
                self._world.breaks(STREAKS, f"{run_name(one.item)} ended without its schedule")

    def _schedule(
        self, process: Process, before: Item | None, after: Item, own: list[Item]
    ) -> None:
        name = text(after, "schedule_id") or ""
        streaks = self._streaks.setdefault(name, dict.fromkeys(_COUNTERS, 0))
        breaks = False
        for run in own:
            breaks = self._replay(streaks, before or after, run)
        switched = text(before, "status") != text(after, "status")
        stored = {counter: number(after, counter) for counter in _COUNTERS}
        resumed = process.kind == "user" and not any(stored.values())
        if not own and (resumed or (process.kind == "user" and switched)):
            streaks.update(dict.fromkeys(_COUNTERS, 0))
        if stored != streaks:
            self._world.breaks(STREAKS, f"schedule {name} counts {stored}, its runs say {streaks}")
        is_broken = text(after, "status") == "broken"
        was_broken = text(before, "status") == "broken"
        if is_broken and not was_broken and not breaks:
            self._world.breaks(STREAKS, f"schedule {name} broke at {streaks}")
        if breaks and not is_broken:
            self._world.breaks(STREAKS, f"schedule {name} did not break at {streaks}")

    def _replay(self, streaks: dict[str, int], schedule: Item, run: Item) -> bool:
        """Count one end; whether the schedule breaks by it."""
        if status(run) == "succeeded":
            streaks.update(dict.fromkeys(_COUNTERS, 0))
            return False
        if status(run) != "failed":
            return False
        reason = text(run, "failure_reason") or ""
        counter = "failure_streak"
        if reason == "budget_exceeded":
            counts_from = time(schedule, "breaches_count_from")
            if counts_from is not None and (time(run, "fire_at") or 0) < counts_from:
                return False
            counter = "budget_breach_streak"
        elif reason in _INTERRUPTED:
            counter = "interruption_streak"
        streaks[counter] += 1
        limit, default = _LIMITS[counter]
        limits = json.loads(text(schedule, "breaker") or "{}")
        active = text(schedule, "status") in (None, "active")
        return active and streaks[counter] >= int(limits.get(limit, default))

    def _exists(self, run: Item) -> bool:
        key = text(run, "tenant_id") or "", text(run, "schedule_id") or ""
        return self._database.look("schedules", *key) is not None


def _has_ended(change: Change) -> bool:
    """Whether a run of the scheduler's own has come to its end by it."""
    return has_ended(change) and is_own(change.after)


def _same_schedule(run: Item, schedule: Item) -> bool:
    return text(run, "schedule_id") == text(schedule, "schedule_id")
