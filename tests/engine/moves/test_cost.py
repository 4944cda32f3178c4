"""What a pass costs follows what is due, not what exists or waits. Counted in requests."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import DUE_SHARDS, WholeSchedule
from chalicelib.domain.runs.zone_rules import SETTLED_AFTER, Progress
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.cron import tzdata_release
from chalicelib.engine.scheduling import passes
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, schedule_table
from infra import template
from tests.api_client import Api
from tests.builders import NOON
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.engine import ordinary_run
from tests.harness import STACK, Stack


def a_pass_with_ten_due_among(existing: int) -> Counter[str]:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        for number in range(existing):
            _store_one_that_fires_some_other_day(stack, number)
        api = Api(stack)
        api.set_limits(schedules=2010)
        for number in range(10):
            api.create(name=f"S{number}", cadence={"type": "once", "at": "2026-03-01T00:00:30Z"})
        stack.advance(30)
        _long_after_the_deployment()
        engine.meter.reset()
        stack.tick()
        return Counter(engine.meter.requests)


def _long_after_the_deployment() -> None:
    """All schedules were looked at for other time-zone rules, and runs for places, already."""
    rules, then = tzdata_release(), NOON
    seen = Progress(rules=rules, since=then - SETTLED_AFTER, began_at=then, shard=DUE_SHARDS)
    floor_items.keep_progress(seen)
    floor_items.mark("tick", then, {}, placing_since=then - timedelta(days=1))


def _store_one_that_fires_some_other_day(stack: Stack, number: int) -> None:
    schedule = WholeSchedule(
        tenant_id="default",
        schedule_id=f"filler-{number:05d}",
        name=f"Filler {number}",
        cadence=Cron("0 0 24 12 *"),
        target={"type": "function", "name": "drill"},
        created_at=stack.now,
        updated_at=stack.now,
        version=1,
    )
    schedule_table.create(arm(schedule, stack.now), SystemClock())


def test_ten_due_cost_the_same_among_two_thousand_as_among_a_hundred() -> None:
    assert a_pass_with_ten_due_among(100) == a_pass_with_ten_due_among(2000)


def a_tick_over_a_full_slot_with(waiting: int) -> Counter[str]:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        api = Api(stack)
        api.set_limits(waiting_runs_of_schedule=300)
        schedule = api.create()
        api.start(schedule)
        for _ in range(waiting):
            api.start(schedule, "?when_busy=queue")
        engine.meter.reset()
        stack.tick()
        return Counter(engine.meter.requests)


def test_a_full_slot_costs_the_same_with_three_hundred_waiting_as_with_ten() -> None:
    assert a_tick_over_a_full_slot_with(10) == a_tick_over_a_full_slot_with(300)


def what_the_end_of_a_run_costs_with(waiting: int) -> Counter[str]:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        api = Api(stack)
        api.set_limits(waiting_runs_of_schedule=300)
        schedule = api.create()
        api.start(schedule)
        for _ in range(waiting):
            api.start(schedule, "?when_busy=queue")
        (message,) = stack.messages()
        stack.drop(message)
        engine.meter.reset()
        stack.redeliver(message)
        assert len(stack.messages()) == 1
        return Counter(engine.meter.requests)


def test_the_run_that_ends_drains_the_queue_at_the_same_cost_however_many_wait() -> None:
    costs = what_the_end_of_a_run_costs_with(5)
    assert costs == what_the_end_of_a_run_costs_with(200)
    assert costs["TransactWriteItems"] == 2


def test_an_ordinary_run_takes_sixteen_write_units_from_firing_to_its_end() -> None:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        ordinary_run.meter(stack, engine)
        ticks = engine.meter.requests["PutItem"]
        units = sum(engine.meter.write_units.values()) - ticks
        assert (ticks, units) == (5, 16)


@pytest.mark.parametrize(("schedules", "pools"), [(0, 0), (50, 0), (50, 1), (0, 5)])
def test_an_idle_tick_costs_twelve_requests_whatever_exists_and_one_a_pool(
    schedules: int, pools: int
) -> None:
    """The floor, what is aside, deletions, waits that are over, who rests, is forced or in a queue,
    what is due, its own mark; and the slots of each pool but `main`.
    """
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        for number in range(schedules):
            _store_one_that_fires_some_other_day(stack, number)
        _long_after_the_deployment()
        declared: Any = {"pools": {f"pool-{number}": {} for number in range(pools)}}
        assert stack.http("PATCH", "/v1/settings", declared, token=stack.owner).status == 200
        engine.meter.reset()
        stack.tick()
        assert engine.meter.requests == {"Query": 11 + pools, "PutItem": 1}


def test_a_wake_with_nothing_due_costs_eight_requests_and_one_a_pool() -> None:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        two_pools = {"pools": {"gpu": {"capacity": 4}, "mail": {}}}
        assert stack.http("PATCH", "/v1/settings", two_pools, token=stack.owner).status == 200
        stack.deliver()
        engine.meter.reset()
        passes.wake(stack.system, stack.now)
        assert engine.meter.requests == {"Query": 8 + 2}
