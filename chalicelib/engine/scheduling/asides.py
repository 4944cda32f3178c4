"""What cannot be used is put aside, and comes back by itself once it can be.

A schedule cannot be used if its item cannot be read, or if its cadence has no meaning any more: the
time-zone database drops a zone now and then. A run is put aside if its item cannot be read when its
slot is taken away.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import InvalidFields, LostRace, Unreadable
from chalicelib.domain.runs import reports, settle
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import CountedAs, Place, Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.schedule_edits import keep_what_is_set
from chalicelib.engine.moves import lines, resting
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import aside_items, run_table, schedule_table
from chalicelib.store.aside_items import Aside
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.transaction import Transaction

#: How many schedules a tick tries to take back at most.
MOST_TRIED: Final = 200

#: How many of a schedule's newest runs are looked at for those that wait.
_MOST_WAITING: Final = 200

Unusable = InvalidFields | Unreadable


def put_aside(key: Key, why: Unusable, now: datetime) -> None:
    """Keep passes from meeting the schedule again, until it can be used."""
    tenant_id, schedule_id = key
    # In this order: what has left the index without being noted would never come back.
    _note("schedule", key, why, now)
    schedule_table.put_aside(key)
    if isinstance(why, Unreadable):
        events.warn("schedule_unreadable", tenant_id=tenant_id, item=schedule_id, why=str(why))
    else:
        events.warn("schedule_unusable", tenant_id=tenant_id, item=schedule_id, why=str(why))


def put_run_aside(key: Key, now: datetime) -> None:
    """Note a run that lost its slot, if it cannot be read: it is ended once it can be."""
    try:
        run_table.find(*key)
    except Unreadable as error:
        _note("run", key, error, now)


def _note(kind: str, key: Key, why: Unusable, now: datetime) -> None:
    tenant_id, item_id = key
    aside = Aside(kind=kind, tenant_id=tenant_id, item_id=item_id, why=str(why), since=now)
    aside_items.put(aside)


def take_back(system: System, settings: Settings, now: datetime) -> int:
    """Set schedules that can be used again to their next fire time from now on, and end such runs.

    It tries `MOST_TRIED` at most. Returns how many were aside, `aside_items.MOST_READ` at most.
    """
    found = aside_items.every()
    for aside in _tried_now(found, now):
        with events.bound(tenant_id=aside.tenant_id, item=aside.item_id):
            try:
                _TakingBack(system, settings, now, aside).do()
            except Exception:
                events.error("taking_back_failed", tenant_id=aside.tenant_id, item=aside.item_id)
    return len(found)


def _tried_now(asides: list[Aside], now: datetime) -> list[Aside]:
    """Those whose turn it is this minute: each comes round, however many there are."""
    if len(asides) <= MOST_TRIED:
        return asides
    first = int(now.timestamp() // 60) * MOST_TRIED % len(asides)
    return [*asides[first:], *asides[:first]][:MOST_TRIED]


class _TakingBack:
    """The attempt to take one schedule or run back."""

    def __init__(self, system: System, settings: Settings, now: datetime, aside: Aside) -> None:
        self._system, self._settings, self._now, self._aside = system, settings, now, aside

    def do(self) -> None:
        """Take it back if it can be used; note why not if that has changed."""
        aside = self._aside
        try:
            if aside.kind == "run":
                self._end_run(run_table.find(aside.tenant_id, aside.item_id))
            else:
                self._set_again(schedule_table.find(aside.tenant_id, aside.item_id))
        except (InvalidFields, Unreadable) as error:
            if str(error) != aside.why:
                aside_items.put(replace(aside, why=str(error)))
        except LostRace:
            return  # Somebody changed it at the same moment; the next tick tries again.

    def _end_run(self, seen: Run | None) -> None:
        """End a run that says that it is at work: its slot was taken away from it.

        One that waited in a line gets its place again.
        """
        if seen is not None and seen.place is Place.LINE:
            resting.place_again(self._system, seen, self._now)
        if seen is not None and seen.holds_slot:
            ended = settle.end_attempt(seen, None, reports.outcome_of_silence(seen), self._now)
            kept = retention.keep(ended, self._settings, self._now)
            transaction = Transaction(self._system.clock)
            run_table.update(transaction, seen, kept, conditions.run_is_held(seen))
            transaction.commit()
        aside_items.drop(self._aside)

    def _set_again(self, seen: Schedule | None) -> None:
        """Store the schedule set anew; what it missed while it was aside is recorded as missed."""
        if seen is None:
            aside_items.drop(self._aside)
            return
        cleared = self._without_ended_runs(seen)
        after, records = keep_what_is_set(cleared, arm(cleared, self._now), self._now)
        transaction = Transaction(self._system.clock)
        after, _ = lines.let_forward(transaction, after, self._now)
        schedule_table.take_back(transaction, seen, after)
        kept = [retention.keep(record, self._settings, self._now) for record in records]
        run_table.put_each(transaction, kept)
        aside_items.delete(transaction, self._aside)
        transaction.commit()
        events.info(
            "schedule_taken_back",
            tenant_id=seen.tenant_id,
            item=seen.schedule_id,
            fire_at=after.fire_at,
        )

    def _without_ended_runs(self, seen: Schedule) -> Schedule:
        """The schedule without the runs that ended while it could not be written.

        The slots are read after the schedule, and whoever takes one changes the schedule: a run
        that takes one meanwhile makes the write lose.
        """
        after, key = seen, (seen.tenant_id, seen.schedule_id)
        if seen.is_at_work:
            held = [slot for floor in self._system.floors() for slot in floor.holders]
            own = [slot for slot in held if (slot.tenant_id, slot.schedule_id) == key]
            working = next((slot.run_id for slot in own if not slot.forced), None)
            forced = sum(slot.forced for slot in own)
            after = replace(after, working_run_id=working, forced_at_work=forced)
        if seen.waiting_by_hand:
            page = run_table.list_of_schedule(*key, _MOST_WAITING)
            waits = [run for run in page.items if run.counted_as is CountedAs.WAITING]
            after = replace(after, waiting_by_hand=min(seen.waiting_by_hand, len(waits)))
        if seen.head_run_id is not None and lines.head_of(seen) is None:
            after = replace(after, head_run_id=None)
        if seen.pending_run_id is not None:
            pending = run_table.find(seen.tenant_id, seen.pending_run_id)
            if pending is None or pending.is_final:
                after = replace(after, pending_run_id=None)
        return after
