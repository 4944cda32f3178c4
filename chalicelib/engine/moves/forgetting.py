"""Removing the history of deleted schedules, bit by bit: what waits is skipped, what works is told
to stop, what has ended goes with its log.

It may be cut short anywhere and goes on where it was: what is done is gone. The item of a deletion
stays until two looks at the schedule's runs find none, minutes apart: the index that finds them
lags behind.
"""

from collections import deque
from datetime import timedelta
from functools import partial
from typing import Final

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.engine.moves import settling
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.threads import side_by_side
from chalicelib.store import deletion_items, log_table, run_table
from chalicelib.store.deletion_items import Deletion

#: For how long a tick removes history; the next one goes on.
LONGEST: Final = timedelta(seconds=15)
#: How many deletions a tick looks at.
MOST_DELETIONS: Final = 100
#: How many runs are looked at at once.
AT_ONCE: Final = 100
#: How long after a look that has found no run another one is taken.
LAST_LOOK_AFTER: Final = timedelta(minutes=10)


def forget_each(system: System) -> None:
    """Remove what deleted schedules have left behind, some of each in turn, in a bounded time."""
    began_at = system.clock.now()
    sweeps = deque(_Sweep(system, each) for each in deletion_items.due(began_at, MOST_DELETIONS))
    while sweeps and system.clock.now() - began_at <= LONGEST:
        sweep = sweeps.popleft()
        try:
            sweep.remove_some(AT_ONCE)
        except Exception:
            events.error("forgetting_failed", schedule_id=sweep.deletion.schedule_id)
            continue
        if not sweep.is_over:
            sweeps.append(sweep)
        elif sweep.found_nothing and sweep.deletion.is_last_look:
            deletion_items.drop(sweep.deletion)
        elif sweep.found_nothing:
            deletion_items.put_off(sweep.deletion, began_at + LAST_LOOK_AFTER)


def forget_newest(system: System, deletion: Deletion, most: int) -> None:
    """Remove the newest runs of a schedule that was just deleted, so many at most.

    It never raises: ticks remove the rest, and whatever failed here.
    """
    try:
        _Sweep(system, deletion).remove_some(most)
    except Exception:
        events.error("forgetting_failed", schedule_id=deletion.schedule_id)


class _Sweep:
    """One look at all runs of a deleted schedule, page by page, the newest first."""

    def __init__(self, system: System, deletion: Deletion) -> None:
        self._system, self.deletion = system, deletion
        self._cursor: str | None = None
        self.is_over = False
        self.found_nothing = True

    def remove_some(self, most: int) -> None:
        """Remove the runs of the next page. An error with one keeps no other."""
        tenant_id, schedule_id = self.deletion.tenant_id, self.deletion.schedule_id
        page = run_table.list_of_schedule(tenant_id, schedule_id, most, self._cursor)
        if page.items or page.unreadable:
            self.found_nothing = False
        if not self.found_nothing:
            settings = self._system.settings()
            removals = [
                *(partial(self._remove, run, settings) for run in page.items),
                *(partial(self._remove_unreadable, key) for key in page.unreadable),
            ]
            steps = [partial(self._remove_safely, removal) for removal in removals]
            side_by_side(steps, self._system.writers)
        self._cursor, self.is_over = page.next_cursor, page.next_cursor is None

    def _remove_safely(self, remove: partial[None]) -> None:
        try:
            remove()
        except Exception:
            events.error("forgetting_failed", schedule_id=self.deletion.schedule_id)

    def _remove(self, run: Run, settings: Settings) -> None:
        if run.status is RunStatus.QUEUED:
            now = self._system.clock.now()
            after = transitions.skip(run, SkipReason.SCHEDULE_DELETED, now)
            settling.end_waiting(self._system, run, after, settings, now)
        elif not run.holds_slot:
            settling.forget(run)
        elif run.cancel_requested_at is None:
            settling.tell_to_stop(self._system, run, self.deletion.by)

    def _remove_unreadable(self, key: tuple[str, str]) -> None:
        """One that holds a slot is left to its end."""
        held = (slot for floor in self._system.floors() for slot in floor.holders)
        if any((slot.tenant_id, slot.run_id) == key for slot in held):
            return
        log_table.delete_all(key[1])
        run_table.delete_unreadable(key)
