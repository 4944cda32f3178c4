"""The forecast beside the engine itself: the same plans, each run taking just its average time.

The real firing, claiming and settling work on the database in memory; only the time a job takes is
played by the test, so that any number of runs may be under way at once.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import WhenBusy, WholeSchedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Once
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.scheduling import passes
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from infra import template
from tests.builders import MILLISECOND, a_schedule
from tests.due import due_keys
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
TENANTS = ("acme", "globex")
SECOND = timedelta(seconds=1)
HOURS = 2
SEEDS = range(7)
SEEDS_OF_SET_PLANS = (0, 1, 2, 8, 27)
Story = dict[str, Any]


def a_plan(random: Random) -> list[WholeSchedule]:
    """Some schedules that get in each other's way."""
    return [_one(random, number) for number in range(random.randint(2, 9))]


def _one(random: Random, number: int) -> WholeSchedule:
    schedule = a_schedule(
        tenant_id=random.choice(TENANTS),
        schedule_id=f"S{number}",
        cadence=_cadence(random),
        when_busy=random.choice((WhenBusy.QUEUE, WhenBusy.QUEUE, WhenBusy.SKIP)),
        priority=random.choice((5, 5, 5, 4, 9)),
        jitter_seconds=random.choice((0, 0, 100)),
        queue_limit_seconds=random.choice((None, None, 45, 400)),
        average_duration_seconds=random.choice((7, 60, 90, 240, 700)),
        timeout_seconds=900,
        updated_at=MIDNIGHT,
    )
    return arm(schedule, MIDNIGHT - SECOND)


def _cadence(random: Random) -> Cadence:
    cadences: list[Cadence] = [
        Cron("*/5 * * * *"),
        Cron("*/7 * * * *"),
        Cron("3,4,33 * * * *", "Europe/Berlin"),
        Cron("0 * * * *"),
        Interval(random.choice((60, 300, 901))),
        Interval(200, "grid"),
        Once(MIDNIGHT + timedelta(minutes=30, seconds=3)),
    ]
    return random.choice(cadences)


def a_set_plan(random: Random) -> list[WholeSchedule]:
    """Such schedules with starts and ends close to fire times, some of them set since earlier."""
    return [_set(random, each) for each in a_plan(random)]


def _set(random: Random, schedule: WholeSchedule) -> WholeSchedule:
    minutes = random.choice((0, 5, 15, 28))
    at = MIDNIGHT + timedelta(minutes=minutes) + random.choice((-1, 0, 1)) * MILLISECOND
    bounds: dict[str, Any] = random.choice(
        ({}, {"starts_at": at}, {"ends_at": at}, {"ends_at": at + timedelta(hours=1)})
    )
    schedule = replace(schedule, jitter_seconds=random.choice((0, 0, 3600)), **bounds)
    # Set to the first fire time that is due from midnight on; that itself may be long over.
    schedule = arm(schedule, MIDNIGHT - schedule.jitter - MILLISECOND)
    if schedule.next_fire_at is None or random.random() < 0.6:
        return schedule
    put_off = timedelta(seconds=random.randint(1, 290))
    return replace(schedule, next_fire_at=schedule.next_fire_at + put_off)


class Engine:
    """Time goes on from event to event: runs end, then a pass is made if it is time for one."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._ends: list[tuple[datetime, int, Run]] = []
        self._started = 0

    def go_on(self, until: datetime) -> None:
        at = self.stack.now
        while at < until:
            self.stack.clock.set(at)
            self._end_what_is_over()
            if at == self._pass_at(at):
                self._make_a_pass(at)
                self._start_what_is_claimed()
            ends = (over for over, _, _ in self._ends)
            at = min(self._pass_at(at + MILLISECOND), *ends, until)

    def _make_a_pass(self, at: datetime) -> None:
        """A tick at the whole minute, else a wake, as it would come."""
        if at == at.replace(second=0, microsecond=0):
            passes.tick(self.stack.system)
        else:
            passes.wake(self.stack.system, at)

    def _pass_at(self, earliest: datetime) -> datetime:
        """The next whole minute, or fire time before it."""
        minute = earliest.replace(second=0, microsecond=0)
        minute = minute if minute == earliest else minute + timedelta(minutes=1)
        return min([minute, *(at for at, _ in due_keys(minute))])

    def _start_what_is_claimed(self) -> None:
        for message in self.stack.messages():
            self.stack.drop(message)
            body = message.json
            claimed = run_table.get(body["tenant_id"], body["run_id"])
            started = run_table.replace(
                claimed,
                transitions.start(claimed, "the test", self.stack.now),
                conditions.run_is_claimed(body["token"]),
                self.stack.clock,
            )
            lasts = schedule_table.get(claimed.tenant_id, claimed.schedule_id)
            over = self.stack.now + timedelta(seconds=lasts.average_duration_seconds or 0)
            self._started += 1
            self._ends.append((over, self._started, started))

    def _end_what_is_over(self) -> None:
        system, now = self.stack.system, self.stack.now
        for over, number, run in sorted(self._ends, key=lambda end: end[:2]):
            if over <= now:
                self._ends.remove((over, number, run))
                settings = floor_items.read(self.stack.capacity).settings
                written = settling.finish(system, run, Outcome(), settings, now)
                assert written is not None
                claiming.hand_over(system, run, written)
                self._start_what_is_claimed()


def what_comes(plan: list[WholeSchedule], capacity: int, hours: int) -> dict[str, Story]:
    """Each schedule's starts and counts, as the engine makes them."""
    with Stack(capacity=capacity) as stack, connected(InMemoryDynamoDB(template.tables(STACK))):
        for schedule in plan:
            schedule_table.create(replace(schedule, lease_seconds=1200), SystemClock())
        Engine(stack).go_on(MIDNIGHT + timedelta(hours=hours))
        return {each.schedule_id: _story(each) for each in plan}


def _story(schedule: WholeSchedule) -> Story:
    found = run_table.list_of_schedule(schedule.tenant_id, schedule.schedule_id, 200).items
    starts = sorted(run.claimed_at for run in found if run.claimed_at is not None)
    ended = Counter(run.skip_reason for run in found if run.skip_reason)
    return {
        "starts": starts,
        "skipped": ended[SkipReason.SLOT_BUSY],
        "coalesced": ended[SkipReason.COALESCED],
        "expired": ended[SkipReason.QUEUE_EXPIRED],
        "unserved": sum(run.status is RunStatus.QUEUED for run in found),
        "waited": sum(run.slot_wait_ms or 0 for run in found),
    }


def what_is_forecast(plan: list[WholeSchedule], capacity: int, hours: int) -> dict[str, Story]:
    """Each schedule's starts and counts, as the forecast has them."""
    forecast = Forecast(plan, MIDNIGHT, hours, Pool(capacity=capacity))
    stories: dict[str, Story] = {}
    for schedule, tally in zip(forecast.schedules, forecast.simulation.tallies, strict=True):
        length = forecast.simulation.until
        cut_off = sum(wait for since, wait in tally.waits if since + wait == length)
        stories[schedule.schedule_id] = {
            "starts": [forecast.expansion.instant(at) for at in tally.starts],
            "skipped": tally.skipped,
            "coalesced": tally.coalesced,
            "expired": tally.expired,
            "unserved": tally.unserved,
            "waited": tally.total_wait - cut_off,
        }
    return stories


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_forecast_comes_true_to_the_millisecond(seed: int) -> None:
    random = Random(seed)
    plan, capacity = a_plan(random), random.choice((1, 1, 2, 3))
    assert what_comes(plan, capacity, HOURS) == what_is_forecast(plan, capacity, HOURS)


@pytest.mark.parametrize("seed", SEEDS_OF_SET_PLANS)
def test_so_it_does_between_starts_and_ends_and_of_what_is_set_already(seed: int) -> None:
    random = Random(seed)
    plan, capacity = a_set_plan(random), random.choice((1, 1, 2, 3))
    assert what_comes(plan, capacity, HOURS) == what_is_forecast(plan, capacity, HOURS)


@pytest.mark.parametrize(("a_kind", "seeds"), [(a_plan, SEEDS), (a_set_plan, SEEDS_OF_SET_PLANS)])
def test_the_plans_that_come_true_have_all_there_is_to_forecast(
    a_kind: Callable[[Random], list[WholeSchedule]], seeds: Iterable[int]
) -> None:
    seen: Counter[str] = Counter()
    for seed in seeds:
        random = Random(seed)
        plan, capacity = a_kind(random), random.choice((1, 1, 2, 3))
        for story in what_is_forecast(plan, capacity, HOURS).values():
            seen.update({**story, "starts": len(story["starts"])})
    assert min(seen.values()) > 0, seen
