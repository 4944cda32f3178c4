"""Rules 1, 4 and 7: slots, claims, tokens, and who may change a run."""

import json
from collections import defaultdict
from typing import Any, Final

from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import (
    FINAL,
    Change,
    Item,
    holds,
    is_own,
    is_slot,
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
from tests.simulation.targets import Targets, Work
from tests.simulation.world import SECOND, World, instant

SLOTS: Final = "1 one run a slot, and a slot for each run that holds one"
CAPACITY: Final = "1 no more slots than there are"
BELIEF: Final = "1 who believes in a lease has it"
TRANSITION: Final = "3 runs change as the states say"
UNSTARTED: Final = "3 a run that nobody starts is given up"
TOKEN: Final = "4 a claim raises the token, nothing else does"
HOLDER: Final = "4 only the holder acts on a claim"
FORCED: Final = "7 a forced run is on record"
DELETED: Final = "7 a deletion is on record, and so is what is left to remove"
OVERLAP: Final = "1 no two unforced runs of one schedule hold slots"
FORCED_SLOT: Final = "1 a forced run has a slot of its own"
OFF: Final = "9 what is off starts nothing of its own"

#: docs/reference/states.md, with None for what is not there.
_LEGAL: Final[dict[str | None, frozenset[str]]] = {
    None: frozenset({"queued", "claimed", "skipped"}),
    "queued": frozenset({"queued", "claimed", "cancelled", "skipped"}),
    "claimed": frozenset({"claimed", "running", "queued", "failed", "cancelled"}),
    "running": frozenset({"running", "queued", "succeeded", "failed", "cancelled"}),
}
#: For so long settings that a process has read may be used by it.
SETTINGS_MAY_BE_OLD: Final = 6 * SECOND
#: What a run is made with and keeps.
_FIXED: Final = ("schedule_id", "trigger", "fire_at", "queued_at")
_MOST_UNSTARTED: Final = 5


class RunRules:
    """Looks at what a write did to runs and slots."""

    def __init__(self, world: World, database: SimulatedDynamoDB, targets: Targets) -> None:
        self._world, self._database, self._targets = world, database, targets
        #: (run, token) → the process that started it.
        self._holders: dict[tuple[str, int], Process] = {}
        #: (since when, pool → how many): the capacities there were.
        self.capacities: list[tuple[int, dict[str, int]]] = []
        #: Schedule → its unforced runs that hold slots.
        self._at_work: dict[str, set[str]] = defaultdict(set)

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        for change in changes:
            if change.table == "runs":
                self._transition(change)
                self._token(change)
                self._claim(process, change)
                self._overlap(change)
                self._switched_off(change)
                self._holder(process, change)
                self._on_its_slot(change)
                self._forced(change, changes)
            elif change.table == "schedules" and change.after is None:
                self._deleted(change, changes)
            elif is_slot(change):
                self._slot(change)

    def note_capacity(self, changes: list[Change]) -> None:
        """Remember a new capacity, before anything is held against it."""
        for change in changes:
            if change.table == "control" and text(change.item, "key") == "settings":
                value = json.loads(text(change.after, "value") or "{}")
                self.capacities.append((self._world.now, capacities_of(value)))

    def touched(self, work: Work, what: str) -> None:
        """A target starts or goes on: if its holder believes in its lease, storage must agree."""
        run = self._run(work.context.tenant_id, work.context.run_id)
        in_force = status(run) == "running" and number(run, "token") == work.token
        if work.believes and not in_force:
            self._world.breaks(
                BELIEF,
                f"{work.process.name} {what} with {work.context.run_id} as token {work.token}, "
                f"but it is {status(run)} with token {number(run, 'token')}",
            )

    # Runs

    def _transition(self, change: Change) -> None:
        before, after = status(change.before), status(change.after)
        if after is None:
            if before not in FINAL:
                self._world.breaks(
                    TRANSITION, f"{run_name(change.item)} was removed while {before}"
                )
        elif (before, after) == ("claimed", "skipped") and truth(change.after, "for_caller"):
            pass  # Its caller did not come back for its slot.
        elif before in FINAL or after not in _LEGAL[before]:
            self._world.breaks(TRANSITION, f"{run_name(change.item)} went from {before} to {after}")
        elif change.before is not None and any(
            text(change.before, name) != text(change.after, name) for name in _FIXED
        ):
            self._world.breaks(TRANSITION, f"{run_name(change.item)} was made anew")
        elif number(change.after, "unstarted_claims") > _MOST_UNSTARTED:
            self._world.breaks(UNSTARTED, f"{run_name(change.item)} goes round and round")

    def _token(self, change: Change) -> None:
        if change.after is None:
            return
        before, after = number(change.before, "token"), number(change.after, "token")
        claimed = holds(change.after) and not holds(change.before)
        if (after <= before) if claimed else (after != before):
            self._world.breaks(TOKEN, f"{run_name(change.after)}: token {before} became {after}")

    def _claim(self, process: Process, change: Change) -> None:
        if not holds(change.after) or holds(change.before) or truth(change.after, "forced"):
            return
        slot, pool = text(change.after, "slot") or "", pool_of(change.after)
        # Settings that were read a few seconds ago are good enough for who hands on a slot.
        since = process.began_at - SETTINGS_MAY_BE_OLD
        if not slot.isdigit() or int(slot) >= self._largest_capacity_since(since, pool):
            self._world.breaks(CAPACITY, f"{run_name(change.item)} was given slot {pool}/{slot}")

    def _overlap(self, change: Change) -> None:
        """Also while one of them is about to give its slot back."""
        if truth(change.item, "forced"):
            slot = text(change.after, "slot")
            if slot is not None and slot != f"forced-{text(change.item, 'run_id')}":
                self._world.breaks(FORCED_SLOT, f"{run_name(change.item)} was given slot {slot}")
            return
        at_work = self._at_work[text(change.item, "schedule_id") or ""]
        run_id = text(change.item, "run_id") or ""
        if not holds(change.after):
            at_work.discard(run_id)
            return
        at_work.add(run_id)
        if len(at_work) > 1:
            self._world.breaks(OVERLAP, f"{run_name(change.item)} is at work beside {at_work}")

    def _switched_off(self, change: Change) -> None:
        """A claim, and the schedule as the same write leaves it."""
        if not holds(change.after) or holds(change.before) or not is_own(change.after):
            return
        tenant, name = (text(change.item, key) or "" for key in ("tenant_id", "schedule_id"))
        schedule = self._database.look("schedules", tenant, name)
        if schedule is None or text(schedule, "status") not in (None, "active"):
            self._world.breaks(
                OFF, f"{run_name(change.item)} starts, and it is {text(schedule, 'status')}"
            )

    def _largest_capacity_since(self, began_at: int, pool: str) -> int:
        """Among those in force since then: whoever claims has read one of them."""
        in_force = [known.get(pool, 0) for since, known in self.capacities if since > began_at]
        before = [known.get(pool, 0) for since, known in self.capacities if since <= began_at]
        return max(in_force + before[-1:])

    def _holder(self, process: Process, change: Change) -> None:
        before, after = change.before, change.after
        if status(before) == "claimed" and status(after) == "running":
            self._holders[self._claim_of(after)] = process
        if status(before) != "running":
            return
        mine = self._holders.get(self._claim_of(before)) is process
        renewed = status(after) == "running" and self._lease(after) != self._lease(before)
        if renewed and not mine:
            self._world.breaks(
                HOLDER, f"{process.name} renewed the lease of {run_name(change.item)}"
            )
        if status(after) == "running" or mine:
            return
        work = self._targets.at_work.get(text(before, "run_id") or "")
        if (
            work is not None
            and not work.process.dead
            and work.process.own_now < self._lease(before)
        ):
            self._world.breaks(
                BELIEF,
                f"{process.name} took {run_name(change.item)} from {work.process.name}, whose "
                f"clock says {instant(work.process.own_now):%H:%M:%S.%f} and lease "
                f"{instant(self._lease(before)):%H:%M:%S.%f}",
            )

    @staticmethod
    def _claim_of(run: Item | None) -> tuple[str, int]:
        return text(run, "run_id") or "", number(run, "token")

    @staticmethod
    def _lease(run: Item | None) -> int:
        return time(run, "lease_expires_at") or 0

    def _forced(self, change: Change, changes: list[Change]) -> None:
        if change.before is not None or not truth(change.after, "forced"):
            return
        if not _is_on_record("run_forced", text(change.after, "run_id"), changes):
            self._world.breaks(FORCED, f"nothing says who forced {run_name(change.item)}")

    def _deleted(self, change: Change, changes: list[Change]) -> None:
        name = text(change.item, "schedule_id")
        to_remove = [
            text(one.after, "schedule_id")
            for one in changes
            if one.table == "control" and text(one.item, "kind") == "deletions"
        ]
        if not (_is_on_record("schedule_deleted", name, changes) and to_remove == [name]):
            self._world.breaks(DELETED, f"{name} is gone, and not in one write with its records")

    # Slots

    def _on_its_slot(self, change: Change) -> None:
        run = change.after
        if holds(run):
            slot = self._slot_of(run)
            if not _is_held_by(slot, run):
                self._world.breaks(
                    SLOTS, f"{run_name(change.item)} is not on slot {text(run, 'slot')}"
                )
        if holds(change.before) and text(run, "slot") != text(change.before, "slot"):
            key, slot = text(change.before, "slot"), self._slot_of(change.before)
            if text(slot, "run_id") == text(change.before, "run_id"):
                self._world.breaks(SLOTS, f"{run_name(change.item)} left slot {key} taken")

    def _slot(self, change: Change) -> None:
        key = text(change.item, "key") or ""
        if change.after is not None and number(change.after, "token") < number(
            change.before, "token"
        ):
            self._world.breaks(TOKEN, f"the token of {key} went back")
        holder = text(change.after, "run_id")
        if holder is not None:
            run = self._run(text(change.after, "tenant_id") or "", holder)
            if not holds(run) or not _is_held_by(change.after, run):
                self._world.breaks(SLOTS, f"{key} is held for {holder}, which is {status(run)}")
        loser = text(change.before, "run_id")
        if loser is not None and loser != holder:
            run = self._run(text(change.before, "tenant_id") or "", loser)
            if holds(run) and _place_of(run) == (text(change.item, "kind"), key):
                self._world.breaks(SLOTS, f"{key} was taken from {loser}, which is {status(run)}")

    def _slot_of(self, run: Item | None) -> Item | None:
        return self._database.look("control", *_place_of(run))

    def _run(self, tenant_id: str, run_id: str) -> Item | None:
        return self._database.look("runs", tenant_id, run_id)


def capacities_of(settings: dict[str, Any]) -> dict[str, int]:
    """Pool → how many slots there are by the stored settings."""
    others = {
        name: 0 if pool.get("is_removed") else int(pool.get("capacity", 1))
        for name, pool in settings.get("pools", {}).items()
    }
    return {**others, "main": int(settings["capacity"])}


def _place_of(run: Item | None) -> tuple[str, str]:
    """The key of the slot that a run holds."""
    slot = text(run, "slot") or ""
    return slot_partition(pool_of(run), slot), f"slot#{slot}"


def _is_held_by(slot: Item | None, run: Item | None) -> bool:
    return (
        slot is not None
        and run is not None
        and text(slot, "run_id") == text(run, "run_id")
        and number(slot, "token") == number(run, "token")
        and (text(slot, "kind"), text(slot, "key")) == _place_of(run)
    )


def _is_on_record(action: str, subject: str | None, changes: list[Change]) -> bool:
    """Whether the same write has the activity that says who did it."""
    activities = [one.after for one in changes if one.table == "inbox"]
    return any(
        text(activity, "subject") == subject and text(activity, "action") == action
        for activity in activities
    )
