"""What a forecast expects of each single fire time: when it is due, starts and ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.outlook.under_way import Stint
from chalicelib.domain.outlook.workload import Workload

#: From an instant until another.
Span = tuple[datetime, datetime]


class Expected(StrEnum):
    """What should become of a fire time."""

    #: It runs.
    RUN = "run"
    #: No slot is free, and its schedule skips then.
    SKIPPED = "skipped"
    #: It waits longer than its schedule allows.
    QUEUE_EXPIRED = "queue_expired"
    #: It still waits when the forecast ends.
    UNSERVED = "unserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A fire time and what should become of it. `start_at` and `end_at` are those of a run.

    One that is given up has the instant of that as its end. `run_id` is that of a run that works or
    waits already.
    """

    schedule_id: str
    due_at: datetime
    start_at: datetime | None
    end_at: datetime | None
    outcome: Expected
    run_id: str | None = None


def planned(forecast: Forecast, numbers: Iterable[int]) -> list[Planned]:
    """What is planned of the schedules of these numbers, in the order in which it is due.

    Fire times that are counted on one that waits have no entry of their own.
    """
    found = [each for number in numbers for each in _of(forecast, number)]
    return sorted(found, key=lambda each: (each.due_at, each.schedule_id))


def of_stint(stint: Stint) -> Planned:
    """A run that works or waits already, as planned."""
    return Planned(
        schedule_id=stint.schedule_id or "",
        due_at=stint.due_at,
        start_at=stint.start_at,
        end_at=stint.end_at,
        outcome=Expected.RUN,
        run_id=stint.run_id,
    )


def busy_spans(forecast: Forecast, numbers: Iterable[int]) -> list[Span]:
    """When runs of these are at work, from and until."""
    simulation, instant = forecast.simulation, forecast.expansion.instant
    return [
        (instant(start), instant(min(start + simulation.works[number].duration, simulation.until)))
        for number in numbers
        for start in simulation.tallies[number].starts
    ]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, joined where they touch."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _of(forecast: Forecast, number: int) -> Iterator[Planned]:
    tally, work = forecast.simulation.tallies[number], forecast.simulation.works[number]
    schedule_id, instant = forecast.schedules[number].schedule_id, forecast.expansion.instant
    for due, start in _starts(tally):
        yield Planned(
            schedule_id=schedule_id,
            due_at=instant(due),
            start_at=instant(start),
            end_at=instant(start + work.duration),
            outcome=Expected.RUN,
        )
    for due, waited in tally.lost:
        yield Planned(
            schedule_id=schedule_id,
            due_at=instant(due),
            start_at=None,
            end_at=instant(due + waited),
            outcome=_why_lost(work, waited),
        )
    for due in _unserved(tally):
        yield Planned(
            schedule_id=schedule_id,
            due_at=instant(due),
            start_at=None,
            end_at=None,
            outcome=Expected.UNSERVED,
        )


def _starts(tally: Tally) -> Iterator[tuple[int, int]]:
    """When each run was due, and when it started."""
    waited = {since + wait: since for since, wait in tally.waits}
    for start in tally.starts:
        yield waited.get(start, start), start


def _unserved(tally: Tally) -> list[int]:
    """When that was due which still waits at the end."""
    starts = set(tally.starts)
    return [since for since, wait in tally.waits if since + wait not in starts]


def _why_lost(work: Workload, waited: int) -> Expected:
    return Expected.SKIPPED if work.skips and not waited else Expected.QUEUE_EXPIRED
