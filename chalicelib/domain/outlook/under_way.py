"""What works and waits now, laid in front of a forecast: the slots are taken until it is done."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import Floor, estimated_end
from chalicelib.domain.deployment.slots import Slot, slot_key
from chalicelib.domain.outlook.expansion import MILLISECOND, Expansion
from chalicelib.domain.outlook.serving import Served, Waiting, serve
from chalicelib.domain.outlook.workload import Workload
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.schedule import Schedule

#: Before every schedule's: whatever is due at the first instant comes after what is under way.
_FIRST: Final = -(10**15)
#: What sorts before the name of any tenant: who comes first at an instant goes by that, too.
_BEFORE_ALL: Final = "!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """A run's time on a slot, from its start to when it should end."""

    tenant_id: str | None
    schedule_id: str | None
    run_id: str | None
    due_at: datetime
    start_at: datetime
    end_at: datetime
    #: Whether it holds the slot already, and whether it is the scheduler's own.
    is_at_work: bool
    is_own: bool

    @property
    def key(self) -> tuple[str | None, str | None]:
        return self.tenant_id, self.schedule_id


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The runs that work and wait, and until when they keep each slot that they do.

    No other slot is free before `free_at`.
    """

    stints: Sequence[Stint]
    taken_until: Sequence[datetime]
    free_at: datetime

    def workloads(self, expansion: Expansion) -> list[Workload]:
        """What keeps the slots, as work that comes before all other."""
        return [
            Workload(
                key=f"under way {number}",
                tenant_id=f"{_BEFORE_ALL}{number:04d}",
                times=[0],
                duration=max(expansion.offset(until), 1),
                handicap=_FIRST,
            )
            for number, until in enumerate(self.taken_until)
        ]

    def behind(self, schedule: Schedule, work: Workload, expansion: Expansion) -> Workload:
        """The schedule's work with what is under way of it already taken into account.

        What it has fired at is over. Fire times that come while its own run waits are counted on
        that one. Of those that come while it works, the first waits for its end, and the others are
        counted on it.
        """
        if schedule.recorded_until is not None:
            recorded = expansion.offset(schedule.recorded_until)
            work = replace(work, times=[at for at in work.times if at > recorded])
        key = (schedule.tenant_id, schedule.schedule_id)
        own = [each for each in self.stints if each.key == key]
        if not own:
            return work
        until = expansion.offset(max(each.end_at for each in own))
        if work.gap is not None:
            due = work.due_after_end(until)
            return replace(work, times=[] if due is None else [due - work.jitter])
        waits_until = max(
            (
                expansion.offset(each.start_at)
                for each in own
                if each.is_own and not each.is_at_work
            ),
            default=0,
        )
        times = [at for at in work.times if not 0 < at + work.jitter < waits_until]
        if until <= expansion.offset(self.free_at):
            return replace(work, times=times)  # The slots keep it waiting.
        meanwhile = [at for at in times if at + work.jitter < until]
        after = times[len(meanwhile) :]
        return replace(
            work, times=after if work.skips or not meanwhile else [until - work.jitter, *after]
        )


def under_way(floor: Floor, waiting: Iterable[Waiting], now: datetime) -> UnderWay:
    """What works on the floor's slots and waits for them.

    A run of which nobody knows when it ends is taken to need the usual time from now.
    """
    known = replace(floor, slots=[_with_end(slot, now) for slot in floor.slots])
    at_work = [_at_work(slot, now) for slot in known.holders]
    line = list(waiting)
    takes = {each.run.run_id: each.takes for each in line}
    served = [each for each in serve(known, line, now) if each.start_at is not None]
    stints = [_waiting(each, takes[each.run.run_id]) for each in served]
    free_at = _free_at(known, stints, now)
    taken = [until for until in free_at if until > now + MILLISECOND]
    return UnderWay([*at_work, *stints], taken, min(free_at, default=now))


def _with_end(slot: Slot, now: datetime) -> Slot:
    if not slot.is_held or slot.expected_end_at is not None:
        return slot
    return replace(slot, expected_end_at=now + USUAL)


def _at_work(slot: Slot, now: datetime) -> Stint:
    return Stint(
        tenant_id=slot.tenant_id,
        schedule_id=slot.schedule_id,
        run_id=slot.run_id,
        due_at=slot.since or now,
        start_at=slot.since or now,
        end_at=estimated_end(slot, now) or now,
        is_at_work=True,
        is_own=False,
    )


def _waiting(each: Served, takes: timedelta) -> Stint:
    run, start = each.run, each.start_at
    assert start is not None
    return Stint(
        tenant_id=run.tenant_id,
        schedule_id=run.schedule_id,
        run_id=run.run_id,
        due_at=run.fire_at,
        start_at=start,
        end_at=start + takes,
        is_at_work=False,
        is_own=run.moves_breaker,
    )


def _free_at(floor: Floor, stints: Iterable[Stint], now: datetime) -> list[datetime]:
    """When each slot that runs may claim is free after all of them."""
    ends = {slot.key: estimated_end(slot, now) or now for slot in floor.holders}
    free_at = sorted(ends.get(slot_key(number), now) for number in range(floor.terms.room))
    for stint in sorted(stints, key=lambda each: each.start_at):
        at = max(bisect_right(free_at, stint.start_at) - 1, 0)
        del free_at[at]
        insort(free_at, stint.end_at)
    return free_at
