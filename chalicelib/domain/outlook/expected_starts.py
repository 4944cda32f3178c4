"""When runs that wait should start: as slots come free, in the order in which they are served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from chalicelib.domain.deployment.floor import estimated_end
from chalicelib.domain.deployment.slots import Slot, slot_key


@dataclass(frozen=True, slots=True)
class InLine:
    """A run that waits, as far as its turn goes: its schedule, and how long it should take."""

    schedule_id: str
    takes: timedelta


@dataclass(frozen=True, slots=True)
class Service:
    """How a line is served: when each run starts, and when each slot is free after all of them.

    A start is None where it is not known. Slots of which that holds are left out.
    """

    starts: list[datetime | None]
    free_at: list[datetime]


def served(line: Sequence[InLine], held: Sequence[Slot], capacity: int, now: datetime) -> Service:
    """How the runs of the line should be served, if nothing else comes.

    Runs at work end when they should, and nobody overlaps a run of their own schedule. A slot whose
    run nothing is known of counts as held for ever.

    Args:
        line: The runs that wait, in serving order.
        held: The slots that are held, forced ones included.
        capacity: How many slots there are.
        now: The present instant.
    """
    ends = {slot.key: estimated_end(slot, now) for slot in held if not slot.forced}
    numbered = [slot_key(number) for number in range(capacity)]
    free = [at for key in numbered if (at := ends.get(key, now)) is not None]
    heapify(free)
    #: Until when a run of the schedule is at work; None: nobody knows.
    busy = {slot.schedule_id: ends[slot.key] for slot in held if not slot.forced}
    starts: list[datetime | None] = [None] * len(line)
    left = list(range(len(line)))
    idle = []
    while free and left:
        at = heappop(free)
        number = next((each for each in left if _may_start(line[each], busy, at)), None)
        if number is not None:
            starts[number] = at
            left.remove(number)
            busy[line[number].schedule_id] = at + line[number].takes
            heappush(free, at + line[number].takes)
        elif later := _next_end(busy, at):
            heappush(free, later)
        else:
            idle.append(at)
    return Service(starts, sorted([*free, *idle]))


def _may_start(each: InLine, busy: dict[str | None, datetime | None], at: datetime) -> bool:
    if each.schedule_id not in busy:
        return True
    until = busy[each.schedule_id]
    return until is not None and until <= at


def _next_end(busy: dict[str | None, datetime | None], at: datetime) -> datetime | None:
    """When the next run at work ends after that instant."""
    return min((until for until in busy.values() if until is not None and until > at), default=None)
