"""Parts of the engine with a guard taken out, to be swapped in for the real ones."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any, Final

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain import ids
from chalicelib.domain.deployment import floor, slots
from chalicelib.domain.deployment.pressure import Signals, together
from chalicelib.domain.runs import run, transitions, waiting
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.moves import ending_writes
from chalicelib.engine.moves.ending_writes import EndingWrite
from chalicelib.engine.scheduling import passes
from chalicelib.engine.system import System
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.queues import RunMessage
from chalicelib.store import floor_items, pressure_items, run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests import permissions
from tests.permissions import Right
from tests.simulation.swapping import swapped
from tests.simulation.world import START

Swap = tuple[Any, str, Any]
Without = Callable[[], AbstractContextManager[None]]


def swaps(*each: Swap) -> Without:
    """These values in those places, all at once."""

    @contextmanager
    def swapped_in() -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, value in each:
                stack.enter_context(swapped(owner, name, value))
            yield

    return swapped_in


# Conditions that demand nothing, or only half of it


def _anything(attribute: Attribute[str]) -> Condition:
    either: Condition = attribute.exists() | attribute.does_not_exist()
    return either


def any_run(*_: object) -> Condition:
    return _anything(RunItem.run_id)


def any_slot(*_: object) -> Condition:
    return _anything(ControlItem.key)


def any_use(*_: object) -> Condition:
    return _anything(ControlItem.key)


def any_schedule(*_: object) -> Condition:
    return _anything(ScheduleItem.schedule_id)


_OF_A_SCHEDULE: Final = (
    "version",
    "fire_at",
    "next_fire_at",
    "pending_run_id",
    "working_run_id",
    "forced_at_work",
    "waiting_by_hand",
    "head_run_id",
    "in_line",
)


def _schedule_but_for(*names: str) -> Callable[[Schedule], Condition]:
    """`schedule_is_unchanged` without these of its attributes."""

    def unchanged(seen: Schedule) -> Condition:
        attributes: Any = ScheduleItem.get_attributes()
        demands: list[Condition] = [
            attributes[name] == value
            if (value := getattr(seen, name))
            else attributes[name].does_not_exist()
            for name in _OF_A_SCHEDULE
            if name not in names
        ]
        return reduce(and_, demands)

    return unchanged


#: `schedule_is_unchanged` without the runs that are at work, or wait where they are counted, or
#: stand in its line or as its head.
schedule_whoever_works: Final = _schedule_but_for("working_run_id", "forced_at_work")
schedule_but_not_who_waits: Final = _schedule_but_for("waiting_by_hand", "head_run_id", "in_line")
schedule_whoever_stands: Final = _schedule_but_for("head_run_id", "in_line")


def queued_anywhere(seen: Run) -> Condition:
    """`run_is_queued` without the place."""
    token = RunItem.token == seen.token if seen.token else RunItem.token.does_not_exist()
    either: Condition = (RunItem.status == run.RunStatus.QUEUED) & token
    return either


def claimed_or_not(token: int) -> Condition:
    """`run_is_claimed` without the status."""
    return RunItem.token == token


def held_by_any(seen: Run) -> Condition:
    """`run_is_held` without the token."""
    return RunItem.status == seen.status


# Roles that lack a right

_allows: Final = permissions.allows


def runner_deletes_no_history(function: str, needed: Right) -> bool:
    """`permissions.allows` with a runner whose role has no right to delete in batches."""
    lacks = function == "runner" and needed.action == "dynamodb:BatchWriteItem"
    return not lacks and _allows(function, needed)


# Steps left out

_enter: Final = waiting.enter


def nothing(*_: object) -> None:
    return None


def order_by_id(waiting: Run) -> str:
    """`run.order_of`, by the ids of the runs."""
    return waiting.run_id


def set_fire_times_lost(_seen: Schedule, after: Schedule, _now: datetime) -> tuple[Schedule, Any]:
    """`keep_what_is_set`, which does neither that nor record it."""
    return after, ()


def first_slot(forced: Run) -> slots.Slot:
    """The first numbered slot instead of a forced run's own."""
    return slots.Slot(key="000", pool=forced.pool)


def random_id(*_: object) -> str:
    """A run's id that is not derived from its fire time."""
    return ids.new_id(START)


_of_tenants: Final = pressure_items.of_tenants


def anybodys_pressure(tenant_ids: Iterable[str]) -> dict[str, Signals]:
    """The signals of all tenants, for each of these."""
    found: Signals = {}
    for signals in _of_tenants(("ada", "bob", "cyd")).values():
        found = together(found, signals)
    return dict.fromkeys(tenant_ids, found)


def unguarded(_pass: Any, _tenant: str, _item: str, work: Callable[[], None]) -> None:
    """An item's error is everybody's."""
    work()


def not_again() -> Callable[[Any], int]:
    """`Pass._claim` that does its work once in each pass."""
    claim = passes.Pass._claim

    def claim_once(self: Any) -> int:
        if hasattr(self, "has_claimed"):
            return 0
        self.has_claimed = True
        return claim(self)

    return claim_once


def nobody_forward(_transaction: object, schedule: Schedule, *_: object) -> tuple[Schedule, None]:
    """`lines.let_forward`, which lets nobody come forward."""
    return schedule, None


def no_heads(*_: object) -> list[Run]:
    """`resting.end_rests`, which ends none."""
    return []


def as_if_alone(*arguments: Any, **options: Any) -> waiting.Entered:
    """`waiting.enter` that takes the schedule to have no head and nothing at work."""
    schedule, entering, _head, now = arguments
    idle = replace(schedule, working_run_id=None, forced_at_work=0)
    entered = _enter(idle, entering, None, now, **options)
    kept = {"working_run_id": schedule.working_run_id, "forced_at_work": schedule.forced_at_work}
    return replace(entered, schedule=replace(entered.schedule, **kept))


def always_from_the_first(_turn: Any, _pool: Any) -> str:
    """`Turn.begins_behind`, whoever was served last."""
    return ""


def start_blindly(system: Any, message: Any) -> Run | None:
    """`runner._start` without its look at the run's status and token."""
    seen = run_table.find(message.tenant_id, message.run_id)
    if seen is None:
        return None
    started = transitions.start(seen, "somebody", system.clock.now())
    condition = conditions.run_is_claimed(message.token)
    return run_table.replace(seen, started, condition, system.clock)


def anybodys(started: Run) -> Run | None:
    """`runner._if_mine` without the question who started it."""
    stored = run_table.find(started.tenant_id, started.run_id)
    return stored if stored is not None and stored.status is run.RunStatus.RUNNING else None


def one_slot_more(self: floor.Floor) -> list[slots.Slot]:
    """`Floor.free` with a capacity that is one too high."""
    known = {slot.key: slot for slot in self.slots}
    keys = [slots.slot_key(number) for number in range(self.terms.room + 1)]
    found = (known.get(key, slots.Slot(key=key, pool=self.pool)) for key in keys)
    return [slot for slot in found if not slot.is_held]


# What belongs together, in writes of their own


@contextmanager
def release_apart() -> Iterator[None]:
    """The slot is given back after the write that ends the run."""
    commit, release = EndingWrite.commit, floor_items.release

    def commit_and_release(self: EndingWrite) -> Any:
        written, before = commit(self), self._ending.run
        if before.holds_slot:
            transaction = Transaction(SystemClock())
            release(transaction, before, START)
            transaction.commit()
        return written

    with swaps((EndingWrite, "commit", commit_and_release), (floor_items, "release", nothing))():
        yield


@contextmanager
def record_apart() -> Iterator[None]:
    """The record of a fire time is put after the write that moves the schedule on."""
    put = run_table.put

    def put_apart(transaction: Any, record: Run, step: str = "run") -> None:
        if record.trigger not in run.OWN_TRIGGERS:
            put(transaction, record, step)
            return
        commit = transaction.commit

        def commit_both() -> None:
            commit()
            apart = Transaction(transaction._clock)
            put(apart, record, step)
            apart.commit()

        transaction.commit = commit_both

    with swapped(run_table, "put", put_apart):
        yield


@contextmanager
def skips_unrecorded() -> Iterator[None]:
    """A fire time that makes no run leaves no record."""
    put = run_table.put

    def put_if_it_runs(transaction: Any, record: Run, step: str = "run") -> None:
        if not record.is_final:
            put(transaction, record, step)

    with swapped(run_table, "put", put_if_it_runs):
        yield


@contextmanager
def breaker_apart() -> Iterator[None]:
    """Runs end without a word to their schedule."""

    class Silent:
        find: Final = staticmethod(schedule_table.find)
        update: Final = staticmethod(nothing)

    with swapped(ending_writes, "schedule_table", Silent):
        yield


# Callers


def any_pool(_pool: str) -> Condition:
    return _anything(RunItem.run_id)


def any_run_to_runner(system: System, claimed: Run) -> None:
    """`slot_claims.send_to_runner`, also of runs that their callers start."""
    system.queues.send_run(RunMessage.of(claimed))


def callers_come_back(waiting: Run, _now: datetime) -> Run:
    """`settling._never_started`, as if somebody were there for it the next time."""
    return transitions.unclaim(waiting)
