"""Rule 2: a fire time makes exactly one record; and the fire times are the ones of the cadence.

Each write that moves a schedule's `fire_at` is held against the cadence: where it was must be
recorded by the very same transaction, where it goes must be the next fire time after it. So no
fire time can be lost in between, and a set of all recorded ones shows that none is doubled.
"""

import json
from collections import defaultdict
from datetime import datetime
from typing import Final

from tests.simulation.cadence_oracle import Rhythm, rhythm_of
from tests.simulation.items import (
    Change,
    Item,
    has_ended,
    has_got_a_slot,
    is_own,
    number,
    run_name,
    text,
    time,
)
from tests.simulation.processes import Process
from tests.simulation.reconciliation import Reconciliation
from tests.simulation.scenario import LONGEST_JITTER, OTHER_ZONE_RULES
from tests.simulation.world import LONG_AGO, World, instant, milliseconds

ONE_RECORD: Final = "2 a fire time makes one record"
TOGETHER: Final = "2 a schedule moves on only together with the record"
NEXT: Final = "2 the next fire time is the one the cadence names"
ARMED: Final = "2 a schedule is armed if, and only if, it is active"
FIRST_ANEW: Final = "2 what other time-zone rules set is set anew before it fires"
APART: Final = "10 pressure puts off its own tenant alone"
PUT_OFF: Final = "2 a fire time is not put off for ever"


class FireRules:
    """Looks at what a write did to schedules and to records of fire times."""

    def __init__(self, world: World, longest_pressure: int) -> None:
        self._world, self._longest_pressure = world, longest_pressure
        self.reconciliation = Reconciliation(world)
        #: Schedule → its recorded fire times.
        self.recorded: dict[str, set[int]] = defaultdict(set)
        #: Schedule → since when it has its present rhythm.
        self._since: dict[str, int] = {}
        #: Tenant (None: the deployment) → until when its signals of interactive work held at most.
        self._pressed_until: dict[str | None, int] = {}

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        records = [
            change.after
            for change in changes
            if change.table == "runs" and change.before is None and is_own(change.after)
        ]
        schedules = [change for change in changes if change.table == "schedules"]
        for change in changes:
            if change.table == "control" and change.after is not None:
                self._note_pressure(change.after)
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
        own = [one for one in records if one is not None and _is_of(one, change.item)]
        ended = [one.after or {} for one in changes if has_ended(one)]
        claimed = [] if own else [one.after or {} for one in changes if has_got_a_slot(one)]
        edited_at = self._edited_at(process, change, ended, claimed)
        self.reconciliation.follow(change, edited_at)
        if after is None:
            return
        self._armed(after)
        self._apart(process, before, after)
        if before is None:
            self._expect(after, rhythm_of(after).next_after(time(after, "created_at") or 0))
            return
        earlier = self._since.get(_id(after), LONG_AGO)
        if _timing(before) != _timing(after):
            # What had come is settled by this edit: no clock that is behind goes back there.
            was, edited_at = time(before, "fire_at"), time(after, "updated_at") or 0
            if was is not None and was <= edited_at:
                self._since[_id(after)] = max(earlier, edited_at)
        if own and process.kind != "user" and text(before, "zone_rules") == OTHER_ZONE_RULES:
            self._world.breaks(FIRST_ANEW, f"{_name(before)} fires as {OTHER_ZONE_RULES} set it")
        if own:
            self._recorded(before, after, own, earlier)
        if (process.kind == "user" and not ended) or _is_set_anew(before, after):
            self._edited(before, after, earlier)
        elif own and not ended:
            self._fired(process, before, after, own)
        elif time(before, "fire_at") != time(after, "fire_at"):
            self._moved(process, before, after, changes)

    @staticmethod
    def _edited_at(
        process: Process, change: Change, ended: list[Item], claimed: list[Item]
    ) -> int | None:
        """When somebody changed the schedule, or a run of it ended or took a slot.

        The last change, if other time-zone rules set it anew; None if only its firing has moved it.
        """
        if ended:
            return max(time(run, "finished_at") or 0 for run in ended)
        if claimed:
            return max(time(run, "claimed_at") or 0 for run in claimed)
        if _is_set_anew(change.before, change.after):
            return time(change.after, "updated_at")
        if process.kind != "user":
            return None
        return time(change.after, "updated_at") if change.after is not None else process.own_now

    def _note_pressure(self, item: Item) -> None:
        """Remember for how long a tenant, or the deployment, works interactively."""
        if text(item, "kind") == "pressure" or text(item, "key") == "pressure":
            whose = text(item, "key") if text(item, "kind") == "pressure" else None
            ends = [
                milliseconds(datetime.fromisoformat(at))
                for at in json.loads(item["value"]["S"]).values()
            ]
            self._pressed_until[whose] = max(self._pressed_until.get(whose, 0), *ends)

    def _apart(self, process: Process, before: Item | None, after: Item) -> None:
        """What is put off is put off by its own tenant's signals, or the deployment's."""
        held_up = time(after, "held_up_until")
        if held_up is None or held_up == time(before, "held_up_until"):
            return
        tenant = text(after, "tenant_id")
        until = max(self._pressed_until.get(whose, 0) for whose in (tenant, None))
        if until <= process.began_at + process.skew:
            self._world.breaks(
                APART, f"{_name(after)} is put off, and {tenant} does not ask for it"
            )

    def _armed(self, schedule: Item) -> None:
        """Inactive ones have no fire time; `next_fire_at` goes along and lies within bounds."""
        active = text(schedule, "status") in (None, "active")
        fire_at, due_at = time(schedule, "fire_at"), time(schedule, "next_fire_at")
        if (not active and fire_at is not None) or (fire_at is None) != (due_at is None):
            self._world.breaks(ARMED, f"{_name(schedule)}: {_shown(fire_at)}, {_shown(due_at)}")
        if fire_at is None or due_at is None:
            return
        # A fire time that has come keeps the jitter it was set with, whatever an edit says.
        latest = fire_at + LONGEST_JITTER + self._longest_pressure
        if not fire_at <= due_at <= latest:
            self._world.breaks(PUT_OFF, f"{_name(schedule)}: {_shown(fire_at)} to {_shown(due_at)}")

    def _recorded(self, before: Item, after: Item, records: list[Item], earlier: int) -> None:
        """Records were made of one fire time or several: the next ones of the schedule, in turn.

        One that is kept as it was has none yet.
        """
        rhythm, known = rhythm_of(before), self.recorded[_id(before)]
        following, kept = time(before, "fire_at"), time(after, "fire_at")
        if following is not None and following == kept:
            following = rhythm.next_after(max(following, earlier))
        for record in sorted(records, key=lambda one: time(one, "fire_at") or 0):
            last = time(record, "fire_at") or 0
            covers_from = time(record, "covers_from")
            first = last if covers_from is None else covers_from
            if first != following:
                self._world.breaks(
                    TOGETHER,
                    f"{_name(before)} was set to {_shown(following)}, "
                    f"{run_name(record)} records {_shown(first)}",
                )
            behind = rhythm.between(first, last) if first != last else []
            times = [first, *(at for at in behind if at > max(first, earlier))]
            if len(times) != number(record, "covers", 1):
                self._world.breaks(
                    ONE_RECORD, f"{run_name(record)} stands for {len(times)} fire times"
                )
            for at in times:
                if at in known:
                    self._world.breaks(ONE_RECORD, f"{_name(before)} records {_shown(at)} again")
                known.add(at)
            following = None if rhythm.rest else rhythm.next_after(max(last, earlier))
            if following == kept:
                following = rhythm.next_after(max(kept or 0, earlier))

    def _fired(self, process: Process, before: Item, after: Item, records: list[Item]) -> None:
        """The schedule goes on after what was recorded."""
        rhythm = rhythm_of(before)
        if rhythm.rest:
            self._rests(process, after)
        else:
            last = max(time(record, "fire_at") or 0 for record in records)
            since = self._since.get(_id(before), last)
            self._expect(after, rhythm.next_after(max(last, since)))

    def _moved(self, process: Process, before: Item, after: Item, changes: list[Change]) -> None:
        """`fire_at` changed and nothing was recorded: only few may do that."""
        rhythm = rhythm_of(after)
        ended = any(has_ended(change) for change in changes)
        claimed = any(has_got_a_slot(change) for change in changes)
        if ended and text(after, "status") == "broken":
            pass  # it was disarmed, as `_armed` has seen
        elif ended and rhythm.rest:
            self._rests(process, after)
        elif claimed and rhythm.rest and time(after, "fire_at") is None:
            pass  # a run of it is at work, whose end sets the next fire time
        elif time(before, "fire_at") in self.recorded[_id(after)]:
            if rhythm.rest:
                self._rests(process, after)
            else:
                last = time(before, "fire_at") or 0
                self._expect(after, rhythm.next_after(max(last, self._since.get(_id(after), last))))
        else:
            self._world.breaks(
                TOGETHER,
                f"{process.name} moved {_name(after)} from {_shown(time(before, 'fire_at'))} to "
                f"{_shown(time(after, 'fire_at'))}, and nothing was recorded",
            )

    def _edited(self, before: Item, after: Item, earlier: int) -> None:
        """An edit starts from its own now, keeps what has come, and replays nothing recorded.

        It does not go back behind an `earlier` edit either, by a clock that was ahead.
        """
        rhythm, fire_at = rhythm_of(after), time(after, "fire_at")
        if fire_at == time(before, "fire_at"):
            return
        if rhythm.rest and fire_at is None and _is_on_its_way(after):
            return
        edited_at, known = time(after, "updated_at") or 0, self.recorded[_id(after)]
        if fire_at is not None and fire_at <= edited_at:
            self._expect(after, rhythm_of(before).next_after(max(known)))
            return
        self._expect(after, rhythm.next_after(max([edited_at, earlier, *known])))

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
        latest = max([process.own_now, self._since.get(_id(after), LONG_AGO), *known])
        if not earliest <= fire_at - rhythm.rest <= latest:
            self._world.breaks(NEXT, f"{_name(after)} rests until {_shown(fire_at)}")


def _is_set_anew(before: Item | None, after: Item | None) -> bool:
    """Whether the schedule goes by other time-zone rules than before, and nothing was recorded."""
    was, now = (text(item, "zone_rules") for item in (before, after))
    recorded = [time(item, "recorded_until") for item in (before, after)]
    return bool(was and now) and was != now and recorded[0] == recorded[1]


def _is_on_its_way(schedule: Item) -> bool:
    """Whether a run of it waits or works, as far as the schedule knows."""
    names = ("working_run_id", "pending_run_id")
    return any(text(schedule, name) for name in names) or number(schedule, "forced_at_work") > 0


def _timing(schedule: Item) -> tuple[Rhythm, int, str | None]:
    """What people may change of when a schedule fires: rhythm, jitter, and whether it is on."""
    return rhythm_of(schedule), number(schedule, "jitter_seconds"), text(schedule, "status")


def _id(schedule: Item) -> str:
    return text(schedule, "schedule_id") or ""


def _is_of(record: Item | None, schedule: Item) -> bool:
    return text(record, "schedule_id") == text(schedule, "schedule_id")


def _name(schedule: Item) -> str:
    return f"schedule {text(schedule, 'schedule_id')}"


def _shown(at: int | None) -> str:
    return "never" if at is None else f"{instant(at):%H:%M:%S.%f}"[:-3]
