"""Forecasts and warnings: a look at the plan, given to the rules that judge it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook import advice
from chalicelib.domain.outlook import trial as trials
from chalicelib.domain.outlook.advice import Advice
from chalicelib.domain.outlook.budget import Suggestion, suggest
from chalicelib.domain.outlook.forecast import Forecast, Outlook, floored
from chalicelib.domain.outlook.serving import Waiting
from chalicelib.domain.outlook.trial import AtMinute
from chalicelib.domain.outlook.under_way import UnderWay, under_way
from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.queue_order import MAIN, USUAL
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.targets.target_label import TargetLabel
from chalicelib.engine.outlook import waiting_lines
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import surveys

#: How many runs that wait are counted in.
MOST_WAITING: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What shares a pool: a tenant's schedules, and other tenants' as nothing but load."""

    own: list[Schedule]
    others: list[Schedule]
    pool: Pool
    #: Whether there are more schedules than were read.
    was_cut: bool
    #: How many schedules could not be read.
    unreadable: int

    def own_but(self, schedule: Schedule) -> list[Schedule]:
        """The tenant's own schedules without that one."""
        return [each for each in self.own if each.schedule_id != schedule.schedule_id]

    @property
    def is_complete(self) -> bool:
        """Whether all schedules were read, and could be."""
        return not self.was_cut and not self.unreadable


def read_plan(system: System, tenant_id: str, until: datetime, pool: str = MAIN) -> Plan:
    """The plan of a pool as it is stored.

    It costs one read for a thousand schedules or so of one's own and one for each hundred of
    others', within bounds.
    """
    own = surveys.schedules_of(tenant_id)
    others = surveys.schedules_of_others(tenant_id, until)
    return Plan(
        [each for each in own.found if each.pool == pool],
        [each for each in others.found if each.pool == pool],
        system.settings().pool(pool),
        was_cut=not (own.is_complete and others.is_complete),
        unreadable=own.unreadable + others.unreadable,
    )


def forecast(
    system: System, tenant_id: str, now: datetime, hours: int, *, pool: str = MAIN
) -> tuple[Forecast, Plan]:
    """What the coming hours of a pool look like for a tenant, and the plan it was taken from."""
    plan = read_plan(system, tenant_id, now + timedelta(hours=hours), pool)
    # Together: the slots are the whole deployment's.
    return Forecast([*plan.own, *plan.others], floored(now), hours, plan.pool), plan


def forecast_from_now(
    system: System, tenant_id: str, now: datetime, hours: int, *, pool: str = MAIN
) -> tuple[Forecast, Plan, UnderWay]:
    """The same, from this instant on: what works, and the first hundred that wait, come first."""
    plan = read_plan(system, tenant_id, now + timedelta(hours=hours), pool)
    schedules = [*plan.own, *plan.others]
    takes = {(each.tenant_id, each.schedule_id): expected_duration(each) for each in schedules}
    floor = system.floor(pool)
    places = waiting_lines.in_serving_order(floor, waiting_lines.look(pool), MOST_WAITING)
    runs = surveys.runs_at(place.key for place in places) if places else {}
    waiting = [
        Waiting(run, takes.get((run.tenant_id, run.schedule_id), USUAL)) for run in runs.values()
    ]
    going_on = under_way(floor, waiting, now)
    return Forecast(schedules, now, hours, plan.pool, current=going_on), plan, going_on


def warnings(system: System, schedule: Schedule, now: datetime) -> list[Advice]:
    """What to know about a schedule that has just been saved.

    It is saved already, so nothing that goes wrong here may make it look as if it were not.
    """
    try:
        return _warnings(system, schedule, now)
    except Exception:
        events.error("warnings_failed", schedule_id=schedule.schedule_id)
        return []


def _warnings(system: System, schedule: Schedule, now: datetime) -> list[Advice]:
    if not advice.needs_forecast(schedule) and not advice.has_budget(schedule):
        return []
    plan = read_plan(system, schedule.tenant_id, now + timedelta(hours=advice.HOURS), schedule.pool)
    return _advice(plan, schedule, _with(plan, schedule, now))


def _advice(plan: Plan, schedule: Schedule, forecast: Forecast) -> list[Advice]:
    suggestion = _suggestion(plan.own_but(schedule), schedule.label)
    return advice.warnings(schedule, forecast, suggestion)


def _with(plan: Plan, schedule: Schedule, now: datetime) -> Forecast:
    """The coming day with the schedule as it is given; of nothing if it does not fire by itself."""
    fires = advice.needs_forecast(schedule)
    taken = [schedule, *plan.own_but(schedule), *plan.others] if fires else []
    return _day(plan, taken, now)


def _day(plan: Plan, schedules: Sequence[Schedule], now: datetime) -> Forecast:
    return Forecast(schedules, floored(now), advice.HOURS, plan.pool, advice.MOST_STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A schedule as it would be, looked at: what to warn of, and what the coming day holds for it.

    `outlook` is None for one that does not fire by itself.
    """

    warnings: list[Advice]
    outlook: Outlook | None
    load_before: float
    load_after: float


def draft(system: System, schedule: Schedule, now: datetime) -> Draft:
    """What would come of saving that schedule, which may be there in another form."""
    plan = read_plan(system, schedule.tenant_id, now + timedelta(hours=advice.HOURS), schedule.pool)
    forecast = _with(plan, schedule, now)
    number = forecast.number_of(schedule.schedule_id)
    return Draft(
        warnings=_advice(plan, schedule, forecast),
        outlook=None if number is None else forecast.outlook(number),
        load_before=_day(plan, [*plan.own, *plan.others], now).load,
        load_after=forecast.load,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A schedule tried out at each minute of the hour, in that forecast."""

    forecast: Forecast
    number: int
    minutes: list[AtMinute]


def trial(system: System, schedule: Schedule, now: datetime, hours: int) -> Trial | None:
    """A cron with one fixed minute tried out at each, as if it were on; None if it cannot be."""
    if schedule.status is not ScheduleStatus.ACTIVE or schedule.fire_at is None:
        schedule = arm(replace(schedule, status=ScheduleStatus.ACTIVE), now)
    start = trials.beginning(schedule, now)
    plan = read_plan(system, schedule.tenant_id, start + timedelta(hours=hours), schedule.pool)
    taken = [schedule, *plan.own_but(schedule), *plan.others]
    forecast = Forecast(taken, start, hours, plan.pool, trials.MOST_STEPS)
    number = forecast.number_of(schedule.schedule_id)
    if number is None:
        return None
    others = [
        other
        for other, each in enumerate(forecast.schedules)
        if each.tenant_id == schedule.tenant_id and other != number
    ]
    minutes = trials.at_each_minute(forecast, number, others)
    return Trial(forecast=forecast, number=number, minutes=minutes)


def budget(tenant_id: str, wanted: TargetLabel) -> Suggestion:
    """Budgets for targets like that one, from the tenant's schedules."""
    return _suggestion(surveys.schedules_of(tenant_id).found, wanted)


def _suggestion(schedules: list[Schedule], wanted: TargetLabel) -> Suggestion:
    return suggest(each for each in schedules if each.label.is_like(wanted))
