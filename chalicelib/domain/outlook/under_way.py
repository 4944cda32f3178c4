"""What works and waits now, laid in front of a forecast: the slots are taken until it is done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import estimated_end
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.expansion import MILLISECOND, Expansion
from chalicelib.domain.outlook.expected_starts import InLine, served
from chalicelib.domain.outlook.workload import Workload
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule

#: Before every schedule's: whatever is due at the first instant comes after what is under way.
_FIRST: Final = -(10**15)
#: What sorts before the name of any tenant: who comes first at an instant goes by that, too.
_BEFORE_ALL: Final = "!"
Key = tuple[str, str]


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


def under_way(
    held: Iterable[Slot],
    line: Sequence[Run],
    takes: Mapping[Key, timedelta],
    capacity: int,
    now: datetime,
) -> UnderWay:
    """What works and waits.

    Args:
        held: The slots that are held.
        line: The runs that wait, in serving order.
        takes: How long a run of a schedule takes, by tenant and schedule; `USUAL` for others.
        capacity: How many slots there are.
        now: The present instant.
    """
    known = [
        slot if slot.expected_end_at is not None else replace(slot, expected_end_at=now + USUAL)
        for slot in held
    ]
    lengths = [takes.get((run.tenant_id, run.schedule_id), USUAL) for run in line]
    in_line = [InLine(run.schedule_id, took) for run, took in zip(line, lengths, strict=True)]
    service = served(in_line, known, capacity, now)
    at_work = [
        Stint(
            tenant_id=slot.tenant_id,
            schedule_id=slot.schedule_id,
            run_id=slot.run_id,
            due_at=slot.since or now,
            start_at=slot.since or now,
            end_at=estimated_end(slot, now) or now,
            is_at_work=True,
            is_own=False,
        )
        for slot in known
    ]
    waiting = [
        Stint(
            tenant_id=run.tenant_id,
            schedule_id=run.schedule_id,
            run_id=run.run_id,
            due_at=run.fire_at,
            start_at=start,
            end_at=start + took,
            is_at_work=False,
            is_own=run.moves_breaker,
        )
        for run, start, took in zip(line, service.starts, lengths, strict=True)
        if start is not None
    ]
    taken = [until for until in service.free_at if until > now + MILLISECOND]
    return UnderWay([*at_work, *waiting], taken, min(service.free_at, default=now))
