"""Forecasts and warnings: a look at the plan, given to the rules that judge it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook import advice
from chalicelib.domain.outlook.advice import Advice
from chalicelib.domain.outlook.budget import Suggestion, suggest
from chalicelib.domain.outlook.forecast import Forecast, floored
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.targets.target_label import TargetLabel
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import surveys


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


def forecast(system: System, tenant_id: str, now: datetime, hours: int) -> tuple[Forecast, Plan]:
    """What the coming hours look like for a tenant, and the plan that this was taken from."""
    plan = read_plan(system, tenant_id, now + timedelta(hours=hours))
    # Together: the slots are the whole deployment's.
    return Forecast([*plan.own, *plan.others], floored(now), hours, plan.pool), plan


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
    fires = advice.needs_forecast(schedule)
    if not fires and schedule.max_steps is None:
        return []
    tenant_id, hours = schedule.tenant_id, advice.HOURS
    plan = read_plan(system, tenant_id, now + timedelta(hours=hours), schedule.pool)
    own = [each for each in plan.own if each.schedule_id != schedule.schedule_id]
    taken = [schedule, *own, *plan.others] if fires else []
    forecast = Forecast(taken, floored(now), hours, plan.pool, advice.MOST_STEPS)
    return advice.warnings(schedule, forecast, _suggestion(own, schedule.label))


def budget(tenant_id: str, wanted: TargetLabel) -> Suggestion:
    """A step budget for targets like that one, from the tenant's schedules."""
    return _suggestion(surveys.schedules_of(tenant_id).found, wanted)


def _suggestion(schedules: list[Schedule], wanted: TargetLabel) -> Suggestion:
    return suggest(each for each in schedules if each.label.is_like(wanted))
