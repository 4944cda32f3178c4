"""Where waiting runs stand, in the transaction that moves them.

At most one run of a schedule stands in its pool's queue (see `domain.runs.waiting`). Whoever moves
a run or a schedule writes with it who enters, leaves or comes forward.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs import waiting
from chalicelib.domain.runs.run import Place, Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store import aside_items, line_items, run_table
from chalicelib.store.aside_items import Aside
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction

#: How many items of a line that stand for no waiting run any more are passed over at once.
_MOST_STALE: Final = 10


def enter(
    transaction: Transaction, schedule: Schedule, run: Run, now: datetime
) -> tuple[Schedule, Run]:
    """Put a queued run where it waits; answers with its schedule and with it.

    What else moves is added to the transaction; the two themselves are the caller's to write.
    """
    head = head_of(schedule)
    entered = waiting.enter(schedule, run, head, now)
    if entered.displaced is not None:
        after = replace(entered.displaced, place=Place.LINE)
        move(transaction, entered.displaced, after, step="displaced")
        line_items.put(transaction, after)
    if entered.run.place is Place.LINE:
        line_items.put(transaction, entered.run)
    return entered.schedule, entered.run


def leave(transaction: Transaction, schedule: Schedule, run: Run) -> Schedule:
    """The schedule as a run of it waits no more where it did; `run` is as it was before."""
    leave_line(transaction, run)
    return waiting.leave(schedule, run)


def leave_line(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: a run that stood in its schedule's line does so no more."""
    if run.status is RunStatus.QUEUED and run.place is Place.LINE:
        line_items.delete(transaction, run)


def let_forward(
    transaction: Transaction, schedule: Schedule, now: datetime, but_not: Collection[str] = ()
) -> tuple[Schedule, Run | None]:
    """Let the first of the line come forward, if the schedule has no head and is not at work.

    Answers with the schedule, and with the run that is its head now. `but_not` are the ids of runs
    that the transaction moves already.
    """
    if not waiting.has_room_ahead(schedule):
        return schedule, None
    first = _first_of_line(schedule, now, but_not)
    if first is None:
        may_be_held_up = schedule.forced_at_work > 0
        return (schedule if may_be_held_up else replace(schedule, in_line=0)), None
    line_items.delete(transaction, first)
    after, head = waiting.come_forward(schedule, first)
    move(transaction, first, head, step="head")
    return after, head


def step_back(transaction: Transaction, schedule: Schedule, head: Run) -> tuple[Schedule, Run]:
    """A head that may not start stands in the line again; answers with its schedule and with it."""
    after, run = waiting.step_back(schedule, head)
    line_items.put(transaction, run)
    return after, run


def alone(run: Run) -> Run:
    """A queued run where it waits if its schedule is gone, or cannot be read."""
    if run.forced:
        return replace(run, place=Place.FORCED)
    return replace(run, place=Place.QUEUE)


def move(transaction: Transaction, before: Run, after: Run, step: str) -> None:
    """Add to a transaction: a waiting run stands elsewhere, if it waits as it was read."""
    run_table.update(transaction, before, after, conditions.run_is_queued(before), step=step)


def head_of(schedule: Schedule) -> Run | None:
    """The schedule's head, if it is readable and waits; what is not holds nothing up."""
    if schedule.head_run_id is None:
        return None
    run = run_table.find_readable(schedule.tenant_id, schedule.head_run_id)
    waits = run is not None and run.status is RunStatus.QUEUED and run.place is Place.QUEUE
    return run if waits else None


def _first_of_line(schedule: Schedule, now: datetime, but_not: Collection[str]) -> Run | None:
    """The first that may come forward. What stands for no waiting run any more is removed."""
    for _ in range(_MOST_STALE):
        standing = line_items.first(schedule, own_too=not schedule.forced_at_work, but_not=but_not)
        if standing is None:
            return None
        try:
            run = run_table.find(schedule.tenant_id, standing.run_id)
        except Unreadable as error:
            _put_aside(schedule.tenant_id, standing.run_id, error, now)
            run = None
        if run is not None and run.status is RunStatus.QUEUED and run.place is Place.LINE:
            return run
        line_items.drop(standing)
    return None


def _put_aside(tenant_id: str, run_id: str, why: Unreadable, now: datetime) -> None:
    """Note a waiting run that cannot be read: it gets its place once it can be."""
    aside = Aside(kind="run", tenant_id=tenant_id, item_id=run_id, why=str(why), since=now)
    aside_items.put(aside)
