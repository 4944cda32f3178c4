"""Rule 2: a fire time makes exactly one record; and the fire times are the ones of the cadence.

Each write that moves a schedule's `fire_at` is held against the cadence: where it was must be
recorded by the very same transaction, where it goes must be the next fire time after it. So no
fire time can be lost in between, and a set of all recorded ones shows that none is doubled.
"""

from collections import defaultdict
from typing import Final

from tests.simulation.cadence_oracle import Rhythm, rhythm_of
from tests.simulation.items import FINAL, Change, Item, is_own, number, run_name, status, text, time
from tests.simulation.processes import Process
from tests.simulation.reconciliation import Reconciliation
from tests.simulation.world import World, instant

ONE_RECORD: Final = "2 a fire time makes one record"
TOGETHER: Final = "2 a schedule moves on only together with the record"
NEXT: Final = "2 the next fire time is the one the cadence names"
ARMED: Final = "2 a schedule is armed if, and only if, it is active"
PUT_OFF: Final = "2 a fire time is not put off for ever"


class FireRules:
    """Looks at what a write did to schedules and to records of fire times."""

    def __init__(self, world: World, longest_pressure: int) -> None:
        self._world, self._longest_pressure = world, longest_pressure
        self.reconciliation = Reconciliation(world)
        #: Schedule → its recorded fire times.
        self.recorded: dict[str, set[int]] = defaultdict(set)

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        records = [
            change.after
            for change in changes
            if change.table == "runs" and change.before is None and is_own(change.after)
        ]
        schedules = [change for change in changes if change.table == "schedules"]
        for schedule in schedules:
            if not (text(schedule.item, "schedule_id") or "").startswith("poison"):
                self._schedule(process, schedule, records, changes)
        for record in records:
            moved = {text(change.item, "schedule_id") for change in schedules}
            if text(record, "schedule_id") not in moved:
                self._world.breaks(TOGETHER, f"{run_name(record or {})} came without its schedule")

    def _schedule(
        self, process: Process, change: Change, records: list[Item | None], changes: list[Change]
    ) -> None:
        before, after = change.before, change.after
        record = next((one for one in records if _is_of(one, change.item)), None)
        was, now = time(before, "fire_at"), time(after, "fire_at")
        ended = any(one.table == "runs" and status(one.after) in FINAL for one in changes)
        by_hand = process.kind == "user" or (ended and record is None)
        self.reconciliation.follow(change, edited=by_hand)
        if after is None:
            return
        self._armed(after)
        if before is None:
            self._expect(after, rhythm_of(after).next_after(time(after, "created_at") or 0))
            return
        if record is not None:
            self._fired(process, before, after, record)
        elif now != was:
            self._moved(process, before, after, changes)

    def _armed(self, schedule: Item) -> None:
        """Inactive ones have no fire time; `next_fire_at` goes along and lies within bounds."""
        active = text(schedule, "status") in (None, "active")
        fire_at, due_at = time(schedule, "fire_at"), time(schedule, "next_fire_at")
        if (not active and fire_at is not None) or (fire_at is None) != (due_at is None):
            self._world.breaks(ARMED, f"{_name(schedule)}: {_shown(fire_at)}, {_shown(due_at)}")
        if fire_at is None or due_at is None:
            return
        latest = fire_at + number(schedule, "jitter_seconds") * 1000 + self._longest_pressure
        if not fire_at <= due_at <= latest:
            self._world.breaks(PUT_OFF, f"{_name(schedule)}: {_shown(fire_at)} to {_shown(due_at)}")

    def _fired(self, process: Process, before: Item, after: Item, record: Item) -> None:
        """A record was made of one fire time, or of several."""
        rhythm = rhythm_of(before)
        last = time(record, "fire_at") or 0
        covers_from = time(record, "covers_from")
        first = last if covers_from is None else covers_from
        if first != time(before, "fire_at"):
            self._world.breaks(
                TOGETHER,
                f"{_name(before)} was set to {_shown(time(before, 'fire_at'))}, "
                f"{run_name(record)} records {_shown(first)}",
            )
        times = [last] if first == last else rhythm.between(first, last)
        if len(times) != number(record, "covers", 1):
            self._world.breaks(ONE_RECORD, f"{run_name(record)} stands for {len(times)} fire times")
        known = self.recorded[text(before, "schedule_id") or ""]
        for at in times:
            if at in known:
                self._world.breaks(ONE_RECORD, f"{_name(before)} records {_shown(at)} again")
            known.add(at)
        if rhythm.rest:
            self._rests(process, after)
        else:
            self._expect(after, rhythm.next_after(last))

    def _moved(self, process: Process, before: Item, after: Item, changes: list[Change]) -> None:
        """`fire_at` changed and nothing was recorded: only few may do that."""
        rhythm, now = rhythm_of(after), time(after, "fire_at")
        ended = [
            change.after
            for change in changes
            if change.table == "runs" and status(change.after) in FINAL
        ]
        if process.kind == "user" and not ended:
            self._edited(after, rhythm)
        elif ended and text(after, "status") == "broken":
            pass  # it was disarmed, as `_armed` has seen
        elif ended and rhythm.rest:
            self._rests(process, after)
        elif time(before, "fire_at") in self.recorded[text(after, "schedule_id") or ""]:
            if rhythm.rest:
                self._rests(process, after)
            else:
                self._expect(after, rhythm.next_after(time(before, "fire_at") or 0))
        else:
            self._world.breaks(
                TOGETHER,
                f"{process.name} moved {_name(after)} from {_shown(time(before, 'fire_at'))} to "
                f"{_shown(now)}, and nothing was recorded",
            )

    def _edited(self, after: Item, rhythm: Rhythm) -> None:
        """An edit starts from its own now, but never replays what is recorded."""
        known = self.recorded[text(after, "schedule_id") or ""]
        self._expect(after, rhythm.next_after(max([time(after, "updated_at") or 0, *known])))

    def _expect(self, schedule: Item, expected: int | None) -> None:
        active = text(schedule, "status") in (None, "active")
        fire_at = time(schedule, "fire_at")
        if active and fire_at != expected:
            self._world.breaks(
                NEXT, f"{_name(schedule)}: {_shown(fire_at)} instead of {_shown(expected)}"
            )

    def _rests(self, process: Process, after: Item) -> None:
        """A rest counts from some moment of the process that sets it, or is not set yet."""
        fire_at, rhythm = time(after, "fire_at"), rhythm_of(after)
        if fire_at is None:
            return
        known = self.recorded[text(after, "schedule_id") or ""]
        earliest = process.began_at + process.skew
        if not earliest <= fire_at - rhythm.rest <= max([process.own_now, *known]):
            self._world.breaks(NEXT, f"{_name(after)} rests until {_shown(fire_at)}")


def _is_of(record: Item | None, schedule: Item) -> bool:
    return text(record, "schedule_id") == text(schedule, "schedule_id")


def _name(schedule: Item) -> str:
    return f"schedule {text(schedule, 'schedule_id')}"


def _shown(at: int | None) -> str:
    return "never" if at is None else f"{instant(at):%H:%M:%S.%f}"[:-3]
