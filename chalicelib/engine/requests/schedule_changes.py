"""Schedules created, changed, switched on and off by people, each with its record."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.limits import Limit, LimitExceeded, demand_within
from chalicelib.domain.errors import BatonError, FieldError, InvalidFields
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import ScheduleStatus, WholeSchedule
from chalicelib.domain.runs.schedule_edits import keep_what_is_set, switched
from chalicelib.engine.moves import claiming, counting, lines, settling
from chalicelib.engine.moves.wakes import wake_for
from chalicelib.engine.requests import readiness
from chalicelib.engine.requests.schedule_activity import schedule_activity
from chalicelib.engine.system import System
from chalicelib.store import digest_items, pool_items, schedule_table
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost, retry_if_lost
from chalicelib.targets import Check

T = TypeVar("T")
#: (tenant, schedule).
Key = tuple[str, str]


class NotReady(BatonError):
    """A schedule was not switched on: its target could not run now. `checks` say why."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)
        failed = (f"{each.name}: {each.detail}" for each in checks if not each.ok)
        super().__init__(f"The target is not ready. {'; '.join(failed)}")


def create(
    system: System, schedule: WholeSchedule, by: Actor, now: datetime, *, may_be_there: bool
) -> WholeSchedule:
    """Store a new schedule, set to its first fire time; answers with it as stored.

    `may_be_there`: the same request may have come before, and then the schedule that it created is
    the answer. Raises `NotReady` if it is on and a readiness check of its target has not passed,
    `LimitExceeded`, and `TransactionLost` for an id that is taken otherwise.
    """
    limits = system.floor().settings.limits
    demand_within(limits, None, schedule)
    armed = arm(schedule, now)
    most = limits.schedules

    def store_it() -> None:
        activity = schedule_activity(None, armed, by, now)
        schedule_table.create(armed, system.clock, activity, most=most)

    try:
        if schedule.status is ScheduleStatus.ACTIVE:
            _demand_readiness(system, schedule, now)
        counting.counted(schedule.tenant_id, Limit.SCHEDULES, most, _naming_pools(store_it))
    except (NotReady, TransactionLost, LimitExceeded):
        there = schedule_table.find_whole(schedule.tenant_id, schedule.schedule_id)
        if there is None or not may_be_there:
            raise
        wake_for(system, there, now)
        return there
    digest_items.forget_schedules(schedule.tenant_id)
    wake_for(system, armed, now)
    return armed


def change(
    system: System,
    key: Key,
    by: Actor,
    now: datetime,
    decide: Callable[[WholeSchedule], WholeSchedule],
) -> WholeSchedule:
    """Change a schedule into what `decide` makes of it; answers with it as stored.

    Decided anew if it fired, or somebody else changed it, at the same moment. Raises `NotFound`,
    `LimitExceeded`, `LostRace` if that goes on and on, and what `decide` raises.
    """

    settings = system.floor().settings

    def once() -> tuple[WholeSchedule, WholeSchedule]:
        seen = schedule_table.get_whole(*key)
        after = decide(seen)
        if after is seen:
            return seen, seen
        demand_within(settings.limits, seen, after)
        after, records = keep_what_is_set(seen, after, now)
        activity = schedule_activity(seen, after, by, now)
        kept = [retention.keep(record, settings, now) for record in records]
        head = lines.head_of(seen) if after.pool != seen.pool else None
        moved = None if head is None else replace(head, pool=after.pool)

        def move_head(transaction: Transaction) -> None:
            if head is not None and moved is not None:
                lines.move(transaction, head, moved, step="head")

        schedule_table.replace(seen, after, system.clock, activity, kept, also=move_head)
        heads[:] = [moved] if moved is not None else []
        return seen, after

    heads: list[Run] = []
    seen, after = retry_if_lost(_naming_pools(once))
    if after is not seen:
        digest_items.forget_schedules(after.tenant_id)
        wake_for(system, after, now)
    if heads:  # There may be a free slot where it waits now.
        claiming.hand_out_free(system, after.pool, heads)
    if seen.status is ScheduleStatus.ACTIVE and after.status is not ScheduleStatus.ACTIVE:
        settling.skip_what_waits(system, after, settings, now)
    return after


def _naming_pools(write: Callable[[], T]) -> Callable[[], T]:
    """The write; if it is lost because a pool was removed a moment ago, it raises what says so."""

    def named() -> T:
        try:
            return write()
        except TransactionLost as lost:
            if any(step.startswith(pool_items.step("")) for step in lost.steps):
                message = "there is no pool of that name any more"
                raise InvalidFields([FieldError("pool", message)]) from lost
            raise

    return named


def pause(
    system: System, key: Key, by: Actor, now: datetime, check: Callable[[WholeSchedule], None]
) -> WholeSchedule:
    """Switch a schedule off, unless `check` raises. Raises as `change` does."""
    return change(system, key, by, now, _switching(ScheduleStatus.PAUSED, now, check))


def resume(
    system: System, key: Key, by: Actor, now: datetime, check: Callable[[WholeSchedule], None]
) -> WholeSchedule:
    """Switch a schedule on, from now and with clean streaks, unless `check` raises.

    Of one that is on already, only the streaks start anew.

    Raises `NotReady` if a readiness check of its target has not passed, and as `change` does.
    """
    seen = schedule_table.get_whole(*key)
    if seen.status is not ScheduleStatus.ACTIVE:
        _demand_readiness(system, seen, now)
    return change(system, key, by, now, _switching(ScheduleStatus.ACTIVE, now, check))


def _demand_readiness(system: System, schedule: WholeSchedule, now: datetime) -> None:
    """Raise `NotReady` if a readiness check of the schedule's target has not passed."""
    checks = readiness.check(system, schedule, now)
    if not all(each.ok for each in checks):
        raise NotReady(checks)


def _switching(
    status: ScheduleStatus, now: datetime, check: Callable[[WholeSchedule], None]
) -> Callable[[WholeSchedule], WholeSchedule]:
    def decide(seen: WholeSchedule) -> WholeSchedule:
        check(seen)
        return switched(seen, status, now)

    return decide
