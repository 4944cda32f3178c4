"""Firing many schedules side by side, but for those that may take the last slots of a pool.

Those are fired one after the other, so that the tenants whose turn it is get them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import latest_turn
from chalicelib.domain.deployment.turns import tenants_in_turn
from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.runs.queue_order import order_key
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.scheduling import asides
from chalicelib.engine.scheduling.fire import Fire
from chalicelib.engine.scheduling.summary import Summary
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.threads import side_by_side
from chalicelib.store import schedule_table
from chalicelib.store.dynamodb.batches import Key

#: A pass stops firing after this long and leaves the rest to the next, which it calls at once.
LONGEST_FIRING: Final = timedelta(seconds=40)
BETWEEN_LOOKS_AT_THE_CLOCK: Final = 64


class Round:
    """Due schedules fired on one look at the floors of the pools, from the instant of the pass."""

    def __init__(
        self, system: System, floors: Sequence[Floor], now: datetime, summary: Summary
    ) -> None:
        self._system, self._floors, self._now, self._summary = system, floors, now, summary
        self._fire = Fire(system, floors, now)

    @property
    def heads(self) -> list[Run]:
        """The runs that it has put in the queues of their pools."""
        return self._fire.heads

    @property
    def queued(self) -> int:
        """How many runs it has put in a queue or a line."""
        return self._fire.counts["queued"].total()

    @property
    def next_fire_times(self) -> set[datetime]:
        """When what it has moved on is due again."""
        return self._fire.next_fire_times

    def fire(self, keys: list[Key]) -> None:
        """Fire what is due of these schedules, and count it."""
        if not keys:
            return
        schedules = self._readable(keys)
        self._fire.look_at_pressure(each.tenant_id for each in schedules)
        room = {floor.pool: len(floor.free) for floor in self._floors}
        some_left, last, none = by_room(schedules, room, at_once=self._system.writers)
        self._fire_each(some_left, self._system.writers)
        self._fire_each(last, 1)
        self._fire_each(none, self._system.writers)
        self._add_up()

    def _fire_each(self, schedules: list[Schedule], workers: int) -> None:
        """Fire these, so many at once, as long as there is time."""
        for started in range(0, len(schedules), BETWEEN_LOOKS_AT_THE_CLOCK):
            if self._system.clock.now() - self._now > LONGEST_FIRING:
                left = schedules[started:]
                self._summary.counts["left"] += Counter(each.tenant_id for each in left)
                self._summary.is_cut_short = True
                break
            batch = schedules[started : started + BETWEEN_LOOKS_AT_THE_CLOCK]
            side_by_side([partial(self._fire_one, each) for each in batch], workers)

    def _fire_one(self, schedule: Schedule) -> None:
        key = (schedule.tenant_id, schedule.schedule_id)
        with events.bound(tenant_id=schedule.tenant_id, schedule_id=schedule.schedule_id):
            self._summary.guarded(*key, partial(self._all_of, schedule))

    def _all_of(self, schedule: Schedule) -> None:
        """Fire what is due of one schedule; put it aside if its cadence has no meaning any more."""
        try:
            self._fire.all_of(schedule)
        except InvalidFields as error:
            self._summary.count("failed", schedule.tenant_id)
            asides.put_aside((schedule.tenant_id, schedule.schedule_id), error, self._now)

    def _readable(self, ripe: list[Key]) -> list[Schedule]:
        """The schedules of these keys as they take their turns; unreadable ones are put aside."""
        batch = schedule_table.get_many(ripe)
        for key, error in batch.unreadable:
            self._summary.count("failed", key[0])
            asides.put_aside(key, error, self._now)
        return self._in_turn(sorted(batch.found, key=_order_key))

    def _in_turn(self, due: list[Schedule]) -> list[Schedule]:
        """Due schedules, tenants in turn within each pool."""
        in_turn: list[Schedule] = []
        for floor in self._floors:
            own = [each for each in due if each.pool == floor.pool]
            in_turn += tenants_in_turn(own, latest_turn(floor.slots), floor.terms)
        known = {floor.pool for floor in self._floors}
        return [*in_turn, *(each for each in due if each.pool not in known)]

    def _add_up(self) -> None:
        for name in ("fired", "deferred", "skipped"):
            self._summary.counts[name] += self._fire.counts[name]
        for tenant_id, number in self._fire.claimed.items():
            self._summary.count_claimed(tenant_id, number)


def by_room(
    schedules: Iterable[Schedule], room: Mapping[str, int], at_once: int
) -> tuple[list[Schedule], list[Schedule], list[Schedule]]:
    """Those that find a slot whoever is quicker, those that may take the last ones, and the rest.

    `room` is how many slots each pool has free, and `at_once` how many may be claimed at a time.
    Each list keeps the order of the schedules.
    """
    some_left: list[Schedule] = []
    last: list[Schedule] = []
    none: list[Schedule] = []
    met: Counter[str] = Counter()
    for schedule in schedules:
        met[schedule.pool] += 1
        left = room.get(schedule.pool, 0) - met[schedule.pool]
        (none if left < 0 else last if left < at_once else some_left).append(schedule)
    return some_left, last, none


def _order_key(schedule: Schedule) -> str:
    """Due at one instant, schedules of a tenant are served as their runs would be in the queue."""
    due_at = schedule.next_fire_at or schedule.updated_at
    return order_key(due_at, schedule.priority, schedule.schedule_id)
