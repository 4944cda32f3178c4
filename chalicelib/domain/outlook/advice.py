"""What to know about a schedule as it is saved: whom it meets, how long it waits, what cannot work.

All of it follows from nominal times and averages, so saving the same twice says the same twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from chalicelib.domain.outlook.budget import Suggestion
from chalicelib.domain.outlook.collisions import Collision, collisions_of
from chalicelib.domain.outlook.forecast import Forecast, Outlook
from chalicelib.domain.outlook.phrases import counted, in_utc, listed, percent, quoted, spoken
from chalicelib.domain.outlook.quieter import quieter_minutes
from chalicelib.domain.outlook.workload import Workload
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.texts import Text, joined, say
from chalicelib.domain.time.cadences import Manual

#: How far ahead the forecast for a schedule that is saved looks.
HOURS: Final = 24
#: Whoever saves a schedule waits for the answer, so fewer events are looked at than elsewhere.
MOST_STEPS: Final = 60_000
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to know: a stable code, a sentence, and what it is about."""

    code: str
    message: str
    schedule_id: str | None = None
    at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def warnings(schedule: Schedule, forecast: Forecast, suggestion: Suggestion) -> list[Advice]:
    """The warnings about a schedule that was saved.

    Args:
        schedule: The schedule as it was saved.
        forecast: The forecast of the plan with the schedule in it.
        suggestion: The step budget that the tenant's schedules with a similar target suggest.
    """
    number = forecast.number_of(schedule.schedule_id)
    found = [*_never_fires(schedule), *_budgets(schedule, suggestion)]
    if number is None:
        return found
    outlook = forecast.outlook(number)
    collisions = collisions_of(forecast, number)
    expected = [
        *_collisions(collisions, schedule.tenant_id),
        *_wait(forecast, outlook),
        *_quieter(forecast, number),
    ]
    involved = [forecast.schedules[number], *(each.other for each in collisions)]
    return [
        *found,
        *_longer_than_gap(schedule, forecast.simulation.works[number]),
        *_with_assumption(expected, involved),
        *_with_assumption(_impossible(forecast), forecast.schedules),
        *_incomplete(forecast),
    ]


def needs_forecast(schedule: Schedule) -> bool:
    """Whether its warnings need a forecast: only what fires by itself may meet others."""
    active = schedule.status is ScheduleStatus.ACTIVE
    return active and not isinstance(schedule.cadence, Manual)


def has_budget(schedule: Schedule) -> bool:
    """Whether what its runs may use up is limited, so that it may be limited too much."""
    return (schedule.max_steps, schedule.max_tokens, schedule.max_cost) != (None, None, None)


def _never_fires(schedule: Schedule) -> list[Advice]:
    if not needs_forecast(schedule) or schedule.next_fire_at or schedule.pending_run_id:
        return []
    message = say(
        "It never fires: no fire time is left before it ends.",
        "Er löst nie aus: vor seinem Ende ist keine Auslösezeit mehr.",
    )
    return [Advice(code="never_fires", message=message, at=schedule.ends_at)]


def _budgets(schedule: Schedule, suggestion: Suggestion) -> list[Advice]:
    return [
        *_step_budget(schedule, suggestion),
        *_usage_budget(
            suggestion,
            "average_tokens",
            schedule.max_tokens,
            say("tokens", "Token"),
            {"suggested_max_tokens": suggestion.max_tokens},
        ),
        *_usage_budget(
            suggestion,
            "average_cost",
            schedule.max_cost,
            say("cost", "Kosten"),
            {"suggested_max_cost": suggestion.max_cost},
        ),
    ]


def _usage_budget(
    suggestion: Suggestion, average: str, most: float | None, what: str, data: dict[str, Any]
) -> list[Advice]:
    """The warning that a budget of tokens or of cost is below what like schedules use."""
    by_use = sorted(suggestion.similar, key=lambda each: -(getattr(each, average) or 0))
    usual = getattr(by_use[0], average) or 0 if by_use else 0
    if most is None or most >= usual:
        return []
    message = say(
        "Its budget of {most:g} ({what}) is below what {name}, with a like target, uses on"
        " average: {usual:g}.",
        "Sein Budget von {most:g} ({what}) ist kleiner als das, was {name} mit einem ähnlichen Ziel"
        " im Mittel braucht: {usual:g}.",
        most=most,
        what=what,
        name=quoted(by_use[0].name),
        usual=usual,
    )
    return [Advice(code="budget_low", message=message, data=data)]


def _step_budget(schedule: Schedule, suggestion: Suggestion) -> list[Advice]:
    if suggestion.max_steps is None or schedule.max_steps is None:
        return []
    usual = suggestion.similar[0].average_steps or 0
    if schedule.max_steps >= usual:
        return []
    message = say(
        "Its budget of {steps} is below what {name}, with a like target, takes on average:"
        " {usual}.",
        "Sein Budget ({steps}) ist kleiner als das, was {name} mit einem ähnlichen Ziel im Mittel"
        " braucht: {usual}.",
        steps=counted(schedule.max_steps, "step"),
        name=quoted(suggestion.similar[0].name),
        usual=f"{usual:g}",
    )
    data = {"suggested_max_steps": suggestion.max_steps}
    return [Advice(code="budget_low", message=message, data=data)]


def _longer_than_gap(schedule: Schedule, work: Workload) -> list[Advice]:
    times = work.times
    gaps = [later - sooner for sooner, later in pairwise(times)]
    if not gaps or work.duration <= min(gaps) or schedule.average_duration_seconds is None:
        return []
    message = say(
        "A run takes {average} s on average, and the next may come due after {gap} s.",
        "Ein Lauf dauert im Mittel {average} s, und der nächste kann nach {gap} s fällig sein.",
        average=f"{schedule.average_duration_seconds:g}",
        gap=f"{min(gaps) / 1000:g}",
    )
    return [Advice(code="longer_than_interval", message=message)]


def _with_assumption(found: list[Advice], involved: Sequence[Schedule]) -> list[Advice]:
    """The advice, saying so if it rests on durations that nobody has measured yet."""
    if all(each.average_duration_seconds is not None for each in involved):
        return found
    assumption = say(
        "This assumes {usual} for a run of a schedule without an average yet.",
        "Dabei ist {usual} angenommen, wo ein Zeitplan noch keinen Mittelwert hat.",
        usual=spoken(USUAL),
    )
    return [
        replace(
            each,
            message=joined([each.message, assumption]),
            data={**each.data, "duration_is": "assumed"},
        )
        for each in found
    ]


def _collisions(collisions: Sequence[Collision], tenant_id: str) -> list[Advice]:
    """Which schedules it collides with: its own tenant's by name, those of all others as one."""
    own = [each for each in collisions if each.other.tenant_id == tenant_id]
    foreign = [each for each in collisions if each.other.tenant_id != tenant_id]
    found = [_overlap(each) for each in own[:MOST_NAMED]]
    if len(own) > MOST_NAMED:
        more = counted(len(own) - MOST_NAMED, "more schedule")
        message = say(
            "{more} and this one get in each other's way.",
            "{more} und dieser kommen einander in die Quere.",
            more=more,
        )
        found.append(Advice(code="more_overlaps", message=message))
    if foreign:
        first = min(each.first for each in foreign)
        message = say(
            "Other tenants' runs and its own get in each other's way, {first}.",
            "Läufe anderer Mandanten und seine kommen einander in die Quere, {first}.",
            first=_first_at(first),
        )
        found.append(Advice(code="overlaps_others", message=message, at=first))
    return found


def _overlap(collision: Collision) -> Advice:
    other = collision.other
    name, first = quoted(other.name), _first_at(collision.first)
    if not collision.at_work:
        english = "{name} is at work at {theirs} of it within {hours} h, {first}."
        in_german = "{name} arbeitet {often} in {hours} h, wenn er auslöst, {first}."
    elif not collision.other_at_work:
        english = "It is at work at {own} of {name} within {hours} h, {first}."
        in_german = "Er arbeitet {seldom} in {hours} h, wenn {name} auslöst, {first}."
    else:
        english = (
            "{name} is at work at {theirs} of it, and it at {own} of {name}, within {hours} h,"
            " {first}."
        )
        in_german = (
            "{name} arbeitet {often}, wenn er auslöst, und er {seldom}, wenn {name} auslöst, in"
            " {hours} h, {first}."
        )
    message = say(
        english,
        in_german,
        name=name,
        theirs=counted(collision.other_at_work, "fire time"),
        own=counted(collision.at_work, "fire time"),
        often=counted(collision.other_at_work, "time"),
        seldom=counted(collision.at_work, "time"),
        hours=HOURS,
        first=first,
    )
    return Advice(
        code="overlap",
        message=message,
        schedule_id=other.schedule_id,
        at=collision.first,
        data={"schedule_name": other.name, "times": collision.times},
    )


def _first_at(first: datetime) -> str:
    return say("first at {at}", "zuerst um {at}", at=in_utc(first))


def _wait(forecast: Forecast, outlook: Outlook) -> list[Advice]:
    tally = outlook.tally
    lost = tally.skipped + tally.expired
    if not tally.waits and not lost:
        return []
    parts = []
    if tally.waits:
        waits = say(
            "wait {mean} s on average and {worst} s at worst",
            "er wartet im Mittel {mean} s und höchstens {worst} s",
            mean=f"{outlook.mean_wait_seconds:.0f}",
            worst=f"{outlook.worst_wait_seconds:.0f}",
        )
        parts.append(waits)
    if lost:
        loses = say(
            "lose {lost} of {all}",
            "er verliert {lost} (von {all})",
            lost=counted(lost, "fire time"),
            all=tally.fire_times,
        )
        parts.append(loses)
    return [
        Advice(
            code="expected_wait" if tally.waits else "expected_skips",
            message=say(
                "Within {hours} h it is expected to {parts}; the slots' load is {load}.",
                "In {hours} h ist zu erwarten: {parts}; die Slots sind zu {load} ausgelastet.",
                hours=HOURS,
                parts=listed(parts),
                load=percent(forecast.load),
            ),
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
    message = without_waiting(minutes)
    return [Advice(code="quieter_minutes", message=message, data={"minutes": minutes})]


def without_waiting(minutes: Sequence[int]) -> Text:
    """At which minutes of the hour it would not wait."""
    return say(
        "At {minutes} it would not wait.",
        "Bei {minutes} würde er nicht warten.",
        minutes=listed([f":{minute:02d}" for minute in minutes]),
    )


def _impossible(forecast: Forecast) -> list[Advice]:
    if forecast.load <= 1:
        return []
    message = say(
        "The plan has more work than time: the slots' load is {load}.",
        "Der Plan hat mehr Arbeit als Zeit: die Slots sind zu {load} ausgelastet.",
        load=percent(forecast.load),
    )
    return [Advice(code="impossible", message=message, data={"load": round(forecast.load, 3)})]


def _incomplete(forecast: Forecast) -> list[Advice]:
    if not forecast.ends_early:
        return []
    looked = spoken(forecast.until - forecast.start)
    message = say(
        "There are so many fire times that only {looked} were looked at.",
        "Es gibt so viele Auslösezeiten, dass nur {looked} betrachtet wurden.",
        looked=looked,
    )
    return [Advice(code="incomplete", message=message, at=forecast.until)]
