"""Whose runs get in whose way, and when, as the simulated plan has it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.simulation import Simulation
from chalicelib.domain.runs.schedule import Schedule

#: A stretch of the simulation: from one instant until before another, in milliseconds.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Two schedules of which one waits, or loses fire times, while the other is on a slot.

    `other_at_work` counts the fire times of this schedule that find the other one at work, then or
    as they wait; `at_work` those of the other one that find this one at work. `first` is when that
    happens first.
    """

    other: Schedule
    other_at_work: int
    at_work: int
    first: datetime

    @property
    def times(self) -> int:
        """How often one of the two finds the other at work."""
        return self.other_at_work + self.at_work


def collisions_of(forecast: Forecast, number: int) -> list[Collision]:
    """The schedule's collisions with others, the most frequent first."""
    simulation = forecast.simulation
    blocked = _blocked(simulation, number)
    found = []
    for other in range(len(simulation.works)):
        if other == number:
            continue
        here = _met(simulation, blocked, other)
        there = _met(simulation, _blocked(simulation, other), number)
        if here or there:
            collision = Collision(
                other=forecast.schedules[other],
                other_at_work=len(here),
                at_work=len(there),
                first=forecast.expansion.instant(min([*here, *there])),
            )
            found.append(collision)
    return sorted(found, key=lambda each: (-each.times, each.other.schedule_id))


def _blocked(simulation: Simulation, number: int) -> list[list[Span]]:
    """For each fire time that did not run at once: the stretches in which all slots were taken."""
    tally = simulation.tallies[number]
    blocked = []
    for since, wait in sorted([*tally.waits, *tally.lost]):
        begin = max(since, _end_of_own(simulation, number, since))
        blocked.append(list(_while_full(simulation.full, (begin, since + max(wait, 1)))))
    return blocked


def _end_of_own(simulation: Simulation, number: int, at: int) -> int:
    """When the last run of the schedule that had started by then ends; 0 if there was none."""
    starts = simulation.tallies[number].starts
    before = bisect_right(starts, at)
    return starts[before - 1] + simulation.works[number].duration if before else 0


def _while_full(full: Sequence[Span], span: Span) -> Iterator[Span]:
    begin, end = span
    at = max(bisect_right(full, (begin, begin)) - 1, 0)
    while at < len(full) and full[at][0] < end:
        since, until = max(full[at][0], begin), min(full[at][1], end)
        if since < until:
            yield since, until
        at += 1


def _met(simulation: Simulation, blocked: list[list[Span]], worker: int) -> list[int]:
    """When each of these stretches first had the worker on a slot; without those that never had."""
    met = (_first_met(simulation, spans, worker) for spans in blocked)
    return [at for at in met if at is not None]


def _first_met(simulation: Simulation, spans: list[Span], worker: int) -> int | None:
    starts = simulation.tallies[worker].starts
    duration = simulation.works[worker].duration
    for begin, end in spans:
        at = bisect_right(starts, begin - duration)
        if at < len(starts) and starts[at] < end:
            return max(begin, starts[at])
    return None
