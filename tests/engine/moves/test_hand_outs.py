"""Handing out slots: what it costs, whoever waits; and no slot stays free for who may take it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, occupy, slot_key
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs.run import Place, Run, RunStatus, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.moves.ending_writes import Written
from chalicelib.engine.system import System
from chalicelib.store import floor_items, line_items, run_table, schedule_table
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction
from chalicelib.store.run_table import InQueue
from infra import template
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack
from tests.simulation.swapping import swapped
from tests.store.writing import store

_numbers = count()


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack(now=NOON.isoformat()) as running:
        yield running


def in_memory() -> AbstractContextManager[InMemoryDynamoDB]:
    return connected(InMemoryDynamoDB(template.tables(STACK)))


@pytest.fixture
def engine(stack: Stack) -> Iterator[InMemoryDynamoDB]:
    assert stack
    with in_memory() as running:
        yield running


def set_capacity(capacity: int) -> None:
    ControlItem("floor", "settings", value={"capacity": capacity}).save()


def wait(tenant_id: str = "acme", since: float = -60, **changes: Any) -> Run:
    """A run at the head of a schedule of its own, in the queue of `main`."""
    name = f"{next(_numbers):06d}"
    plain = {"tenant_id": tenant_id, "schedule_id": f"S{name}", "run_id": f"R{name}"}
    run = a_run(**plain, place=Place.QUEUE, queued_at=after(since), **changes)
    schedule = a_schedule(tenant_id=tenant_id, schedule_id=f"S{name}", head_run_id=run.run_id)
    store(run, schedule)
    return run


def work(number: int, tenant_id: str = "acme") -> Run:
    """A run at work on that slot, of a schedule of its own."""
    name = f"{next(_numbers):06d}"
    slot = slot_key(number)
    plain = {"tenant_id": tenant_id, "schedule_id": f"S{name}", "run_id": f"R{name}"}
    run = replace(a_run_that_is(RunStatus.RUNNING, **plain), slot=slot)
    schedule = a_schedule(tenant_id=tenant_id, schedule_id=f"S{name}", working_run_id=run.run_id)
    store(run, schedule)
    held = occupy(Slot(key=slot), run, Turn(number + 1, tenant_id, 1), NOON, after(60) - NOON)
    item = to_item(ControlItem, held, kind="floor")
    item.key = f"slot#{slot}"
    item.save()
    return run


def a_busy_schedule(lines: int) -> None:
    """A schedule with its head in the queue and so many behind it in its line."""
    head = wait(trigger=Trigger.MANUAL)
    schedule = a_schedule(schedule_id=head.schedule_id, head_run_id=head.run_id, in_line=lines)
    store(schedule)
    for number in range(lines):
        behind = replace(head, run_id=f"L{number:06d}", place=Place.LINE, queued_at=after(number))
        transaction = Transaction(_Patient())
        line_items.put(transaction, behind)
        transaction.commit()
        store(behind)


class _Patient:
    def now(self) -> Any:
        return NOON

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing is busy, and somebody waits {seconds} s")


def end(system: System, run: Run) -> Written:
    written = settling.finish(system, run, Outcome(), Settings(), system.clock.now())
    assert written is not None
    return written


def claimed(runs: Iterable[Run]) -> list[Run]:
    """Those of the runs that have a slot by now."""
    found = (run_table.get(run.tenant_id, run.run_id) for run in runs)
    return [run for run in found if run.status is RunStatus.CLAIMED]


# The cost of one


def one_waits() -> None:
    wait()


def ten_thousand_of_one_tenant_wait() -> None:
    for number in range(10_000):
        wait(since=number)


def a_thousand_tenants_wait() -> None:
    for number in range(1000):
        wait(f"tenant-{number:04d}")


def a_busy_schedule_waits() -> None:
    a_busy_schedule(2000)


def cost_of_an_end_while(who: Callable[[], None]) -> tuple[Counter[str], float, float]:
    """The requests, read units and write units of an end and its hand-over."""
    with Stack(now=NOON.isoformat()) as stack, in_memory() as engine:
        who()
        holder = work(0, "zoo")
        engine.meter.reset()
        claiming.hand_over(stack.system, holder, end(stack.system, holder))
        meter = engine.meter
        reads, writes = sum(meter.read_units.values()), sum(meter.write_units.values())
        return Counter(meter.requests), reads, writes


@pytest.mark.parametrize(
    "who",
    [ten_thousand_of_one_tenant_wait, a_thousand_tenants_wait, a_busy_schedule_waits],
)
def test_an_end_and_its_hand_over_cost_the_same_whoever_waits(who: Callable[[], None]) -> None:
    requests, reads, writes = cost_of_an_end_while(one_waits)
    theirs, their_reads, their_writes = cost_of_an_end_while(who)
    assert (theirs, their_writes) == (requests, writes)
    # Of places in the queue, a few are read at once.
    assert their_reads == pytest.approx(reads, abs=1)


# Many at once


@contextmanager
def all_look_at_once(system: System) -> Iterator[None]:
    """Whoever hands out slots meanwhile sees them, and the queue, as they are now."""
    floor = floor_items.read(1)
    places = {pool: run_table.in_queue(pool, "", 10_000) for pool in floor.settings.every_pool}

    def in_queue(pool: str, behind: str, most: int) -> list[InQueue]:
        return [place for place in places[pool] if place.queue_key > behind][:most]

    with (
        swapped(System, "floor", lambda _self, *_args, **_kwargs: floor),
        swapped(run_table, "in_queue", in_queue),
    ):
        assert system.floor() is floor
        yield


def test_a_hundred_that_end_together_do_not_fight_over_the_same_waiting_run(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    """They write less than 1.3 times what a hundred would that each end alone."""
    set_capacity(100)
    holders = [work(number, f"t{number % 7}") for number in range(100)]
    waiting = [wait(f"t{number % 9}") for number in range(150)]
    alone = holders[0]
    engine.meter.reset()
    claiming.hand_over(stack.system, alone, end(stack.system, alone))
    of_one = sum(engine.meter.write_units.values())

    engine.meter.reset()
    written = [end(stack.system, holder) for holder in holders[1:]]
    with all_look_at_once(stack.system):
        for holder, each in zip(holders[1:], written, strict=True):
            claiming.hand_over(stack.system, holder, each)
    assert sum(engine.meter.write_units.values()) < 1.3 * 99 * of_one
    assert len(claimed(waiting)) == 100
    assert len(floor_items.read(1).holders) == 100


def test_who_are_served_then_are_those_who_would_be_one_after_the_other(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    set_capacity(10)
    holders = [work(number, "t0") for number in range(10)]
    waiting = [wait(f"t{number % 3}", since=number) for number in range(30)]
    written = [end(stack.system, holder) for holder in holders]
    with all_look_at_once(stack.system):
        for holder, each in zip(holders, written, strict=True):
            claiming.hand_over(stack.system, holder, each)
    served = Counter(run.tenant_id for run in claimed(waiting))
    assert sorted(served.values()) == [3, 3, 4]
    for tenant_id, number in served.items():
        own = [run for run in waiting if run.tenant_id == tenant_id]
        assert [run.run_id for run in claimed(own)] == [run.run_id for run in own[:number]]


@pytest.mark.parametrize("waiting", [1, 40, 99])
def test_fewer_wait_than_slots_became_free_and_each_gets_one(
    stack: Stack, engine: InMemoryDynamoDB, waiting: int
) -> None:
    set_capacity(100)
    holders = [work(number) for number in range(100)]
    runs = [wait(f"t{number % 4}") for number in range(waiting)]
    written = [end(stack.system, holder) for holder in holders]
    with all_look_at_once(stack.system):
        for holder, each in zip(holders, written, strict=True):
            claiming.hand_over(stack.system, holder, each)
    assert len(claimed(runs)) == waiting


def test_who_ends_just_after_others_found_nobody_leaves_no_slot_free(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    """The others' slots became free a moment ago, but they do not hand them out any more."""
    set_capacity(3)
    holders = [work(number) for number in range(3)]
    for holder in holders[:2]:
        claiming.hand_over(stack.system, holder, end(stack.system, holder))
    stack.advance(1)
    run = wait()
    claiming.hand_over(stack.system, holders[2], end(stack.system, holders[2]))
    assert [each.run_id for each in claimed([run])] == [run.run_id]


def test_who_comes_forward_as_a_surplus_slot_ends_gets_one_that_is_free(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    """The slot that ended is above the capacity, and whoever freed the other found nobody."""
    set_capacity(1)
    holder = work(1)
    behind = a_run(run_id="L1", schedule_id=holder.schedule_id, place=Place.LINE, queued_at=NOON)
    at_work = a_schedule(schedule_id=holder.schedule_id, working_run_id=holder.run_id, in_line=1)
    transaction = Transaction(_Patient())
    line_items.put(transaction, behind)
    transaction.commit()
    store(behind, at_work)
    claiming.hand_over(stack.system, holder, end(stack.system, holder))
    assert [each.run_id for each in claimed([behind])] == ["L1"]


def test_a_run_that_moves_to_another_pool_meanwhile_gets_no_slot_of_the_one_it_leaves(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    run = wait()

    def moves_first(_tenant_id: str, schedule_id: str) -> Schedule:
        moved = a_schedule(schedule_id=schedule_id, head_run_id=run.run_id, pool="gpu")
        store(replace(run, pool="gpu"), moved)
        return moved

    with swapped(schedule_table, "find", moves_first):
        claiming.claim_waiting(stack.system, stack.system.floor(), stack.now)
    assert claimed([run]) == []
    assert stack.system.floor().holders == []


# Crowds


def test_six_hundred_that_wait_behind_99_free_slots_get_them_all(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    set_capacity(100)
    work(0, "other")
    waiting = [wait(since=number) for number in range(600)]
    engine.meter.reset()
    found = claiming.claim_waiting(stack.system, stack.system.floor(), stack.now)
    assert [run.run_id for run in found.runs] == [run.run_id for run in waiting[:99]]
    # Beside the floor and the queue, two reads for each that gets a slot.
    assert engine.meter.requests["Query"] <= 4
    assert engine.meter.requests["GetItem"] <= 2 * 99 + 2


def test_a_look_at_a_queue_reads_no_more_than_there_are_slots_for(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    set_capacity(2)
    for number in range(1000):
        wait(f"t{number:04d}")
    engine.meter.reset()
    found = claiming.claim_waiting(stack.system, stack.system.floor(), stack.now)
    assert [run.tenant_id for run in found.runs] == ["t0000", "t0001"]
    assert engine.meter.requests["Query"] <= 3


def test_a_busy_schedule_takes_no_slot_from_the_others(
    stack: Stack, engine: InMemoryDynamoDB
) -> None:
    set_capacity(3)
    a_busy_schedule(50)
    others = [wait() for _ in range(2)]
    found = claiming.claim_waiting(stack.system, stack.system.floor(), stack.now)
    assert len(found.runs) == 3
    assert len(claimed(others)) == 2
