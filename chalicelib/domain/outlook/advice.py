"""What to know about a schedule as it is saved: whom it meets, how long it waits, what cannot work.

All of it follows from nominal times and averages, so saving the same twice says the same twice.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from chalicelib.domain.outlook.budget import Suggestion
from chalicelib.domain.outlook.forecast import Forecast, Outlook
from chalicelib.domain.outlook.phrases import counted, listed, quoted, spoken
from chalicelib.domain.outlook.phrases import in_utc as told
from chalicelib.domain.outlook.quieter import quieter_minutes
from chalicelib.domain.outlook.simulation import Workload
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.time.cadences import Manual

#: How far ahead is looked as a schedule is saved.
HOURS: Final = 24
#: Who saves waits for the answer, so fewer events are looked at than for a forecast.
MOST_STEPS: Final = 100_000
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to know: a stable code, a sentence, and what it is about."""

    code: str
    message: str
    schedule_id: str | None = None
    at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """How often another schedule is at work at this one's fire times, and when first."""

    other: Schedule
    times: int
    first: datetime


def warnings(schedule: Schedule, forecast: Forecast, suggestion: Suggestion) -> list[Advice]:
    """What to warn of.

    Args:
        schedule: The schedule as it was saved.
        forecast: The forecast of the plan with the schedule in it.
        suggestion: The step budget that the tenant's schedules with a similar target suggest.
    """
    number = forecast.number_of(schedule.schedule_id)
    found = [*_never_fires(schedule), *_budget(schedule, suggestion)]
    if number is None:
        return found
    outlook = forecast.outlook(number)
    return [
        *found,
        *_longer_than_gap(schedule, forecast.simulation.works[number]),
        *_collisions(forecast, number),
        *_wait(forecast, outlook),
        *_quieter(forecast, number),
        *_impossible(forecast),
        *_incomplete(forecast),
    ]


def needs_forecast(schedule: Schedule) -> bool:
    """Whether others may get in its way: whether it fires by itself."""
    active = schedule.status is ScheduleStatus.ACTIVE
    return active and not isinstance(schedule.cadence, Manual)


def _never_fires(schedule: Schedule) -> list[Advice]:
    if not needs_forecast(schedule) or schedule.next_fire_at or schedule.pending_run_id:
        return []
    message = "It never fires: no fire time is left before it ends."
    return [Advice(code="never_fires", message=message, at=schedule.ends_at)]


def _budget(schedule: Schedule, suggestion: Suggestion) -> list[Advice]:
    if suggestion.max_steps is None or schedule.max_steps is None:
        return []
    usual = suggestion.similar[0].average_steps or 0
    if schedule.max_steps >= usual:
        return []
    message = (
        f"Its budget of {counted(schedule.max_steps, 'step')} is below what "
        f"{quoted(suggestion.similar[0].name)}, with a like target, takes on average: {usual:g}."
    )
    data = {"suggested_max_steps": suggestion.max_steps}
    return [Advice(code="budget_low", message=message, data=data)]


def _longer_than_gap(schedule: Schedule, work: Workload) -> list[Advice]:
    times = work.times
    gaps = [later - sooner for sooner, later in pairwise(times)]
    if not gaps or work.duration <= min(gaps) or schedule.average_duration_seconds is None:
        return []
    average = f"{schedule.average_duration_seconds:g} s"
    message = (
        f"A run takes {average} on average, and the next may come due after {min(gaps) / 1000:g} s."
    )
    return [Advice(code="longer_than_interval", message=message)]


def _collisions(forecast: Forecast, number: int) -> list[Advice]:
    """Whom it meets, where that makes anybody wait or skip."""
    tallies = forecast.simulation.tallies
    involved = bool(tallies[number].behind) or any(number in tally.behind for tally in tallies)
    if not involved:
        return []
    tenant_id = forecast.schedules[number].tenant_id
    met = [_meeting(forecast, number, other) for other in range(len(forecast.schedules))]
    meetings = sorted(filter(None, met), key=lambda each: (-each.times, each.other.schedule_id))
    own = [each for each in meetings if each.other.tenant_id == tenant_id]
    foreign = [each for each in meetings if each.other.tenant_id != tenant_id]
    found = [_collision(each) for each in own[:MOST_NAMED]]
    if len(own) > MOST_NAMED:
        more = f"{len(own) - MOST_NAMED} more schedules are at work at its fire times."
        found.append(Advice(code="more_overlaps", message=more))
    if foreign:
        first = min(each.first for each in foreign)
        message = f"Other tenants' runs are at work at its fire times too, first at {told(first)}."
        found.append(Advice(code="overlaps_others", message=message, at=first))
    return found


def _collision(meeting: _Meeting) -> Advice:
    other = meeting.other
    return Advice(
        code="overlap",
        message=(
            f"{quoted(other.name)} is at work at {counted(meeting.times, 'fire time')} of it within"
            f" {HOURS} h, first at {told(meeting.first)}."
        ),
        schedule_id=other.schedule_id,
        at=meeting.first,
        data={"schedule_name": other.name, "times": meeting.times},
    )


def _meeting(forecast: Forecast, number: int, other: int) -> _Meeting | None:
    if number == other:
        return None
    mine, theirs = forecast.simulation.works[number], forecast.simulation.works[other]
    times, others = _dues(mine, forecast), _dues(theirs, forecast)
    hits = [at for at in times if _meets(at, mine.duration, others, theirs.duration)]
    if not hits:
        return None
    first = forecast.expansion.instant(hits[0])
    return _Meeting(forecast.schedules[other], len(hits), first)


def _meets(at: int, lasts: int, others: Sequence[int], other_lasts: int) -> bool:
    """Whether [at, at + lasts) meets one of the others' [due, due + other_lasts)."""
    following = bisect_right(others, at - other_lasts)
    return following < len(others) and others[following] < at + lasts


def _dues(work: Workload, forecast: Forecast) -> Sequence[int]:
    """When it is due, nominally: an interval measured from completion as if it never waited."""
    if work.gap is None:
        return [time + work.jitter for time in work.times] if work.jitter else work.times
    first = work.times[0] + work.jitter
    return range(first, forecast.simulation.until, work.gap + work.duration + work.jitter)


def _wait(forecast: Forecast, outlook: Outlook) -> list[Advice]:
    tally = outlook.tally
    lost = tally.skipped + tally.expired
    if not tally.waits and not lost:
        return []
    parts = []
    if tally.waits:
        mean, worst = outlook.mean_wait_seconds, outlook.worst_wait_seconds
        parts.append(f"wait {mean:.0f} s on average and {worst:.0f} s at worst")
    if lost:
        parts.append(f"lose {counted(lost, 'fire time')} of {tally.fire_times}")
    return [
        Advice(
            code="expected_wait" if tally.waits else "expected_skips",
            message=f"Within {HOURS} h it is expected to {listed(parts)}; the slots' load is"
            f" {forecast.load:.0%}.",
            at=outlook.worst_hour.starts_at if outlook.worst_hour else None,
            data={
                "mean_wait_seconds": outlook.mean_wait_seconds,
                "worst_wait_seconds": outlook.worst_wait_seconds,
                "fire_times": tally.fire_times,
                "skipped": lost,
                "coalesced": tally.coalesced,
                "load": round(forecast.load, 3),
            },
        )
    ]


def _quieter(forecast: Forecast, number: int) -> list[Advice]:
    minutes = quieter_minutes(forecast, number)
    if not minutes:
        return []
    message = f"At {listed([f':{minute:02d}' for minute in minutes])} it would not wait."
    return [Advice(code="quieter_minutes", message=message, data={"minutes": minutes})]


def _impossible(forecast: Forecast) -> list[Advice]:
    if forecast.load <= 1:
        return []
    message = f"The plan has more work than time: the slots' load is {forecast.load:.0%}."
    return [Advice(code="impossible", message=message, data={"load": round(forecast.load, 3)})]


def _incomplete(forecast: Forecast) -> list[Advice]:
    if forecast.is_complete:
        return []
    looked = spoken(forecast.until - forecast.start)
    message = f"There are so many fire times that only {looked} were looked at."
    return [Advice(code="incomplete", message=message, at=forecast.until)]
