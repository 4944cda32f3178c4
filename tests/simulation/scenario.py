"""What a history begins with: a few schedules, how much room there is."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, Final

from chalicelib.domain.deployment.limits import Limits
from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.schedule import (
    Backoff,
    Breaker,
    Misfire,
    MisfirePolicy,
    Retry,
    WhenBusy,
    WholeSchedule,
)
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, pool_items, schedule_table
from chalicelib.store.dynamodb.transaction import Transaction
from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.world import MINUTE, SECOND, START, instant

TENANTS: Final = ("ada", "bob", "cyd")
#: A pool beside `main`. Its capacity may be 0 at first.
OTHER_POOL: Final = "gpu"
#: No schedule has more jitter than this, at its beginning or after an edit.
LONGEST_JITTER = 7 * SECOND
#: A fire time may be put off by this much in all.
LONGEST_PRESSURE = 2 * MINUTE
#: Cron schedules of this priority begin as time-zone rules of some other year have set them.
MOVED_BY_ZONE_RULES = 8
OTHER_ZONE_RULES = "2020a"
_ZONE_THAT_IS_GONE = '{"type":"cron","expression":"* * * * *","timezone":"US/Pacific-New"}'


@dataclass(frozen=True, slots=True)
class Scenario:
    """The deployment at its start."""

    settings: Settings
    schedules: tuple[WholeSchedule, ...]
    poison: bool
    #: Whether passes share out what is due of a shard already if it is more than one schedule.
    shares_out: bool
    minutes: int
    pause_between_calls: int


def drawn(random: Random) -> Scenario:
    """A scenario of this chance."""
    schedules = tuple(_a_schedule(random, number) for number in range(random.randint(2, 5)))
    settings = Settings(
        capacity=random.choice((1, 1, 2, 3)),
        pools={
            OTHER_POOL: Pool(capacity=random.choice((0, 1, 1, 2, 5)), weights={"ada": 2}),
            MAIN: Pool(weights={"bob": random.choice((1, 3))}),
        },
        pressure_max_seconds=LONGEST_PRESSURE // SECOND,
        batch_per_tenant=5,
        limits=Limits(waiting_runs=4, waiting_runs_of_schedule=3, forced_runs=2),
    )
    return Scenario(
        settings=settings,
        schedules=schedules,
        poison=random.random() < 0.15,
        shares_out=random.random() < 0.2,
        minutes=random.randint(3, 6),
        pause_between_calls=random.choice((8, 20, 40)) * SECOND,
    )


def set_up(scenario: Scenario, database: SimulatedDynamoDB) -> None:
    """Store it."""
    pool_items.declare(OTHER_POOL)
    transaction = Transaction(SystemClock())
    floor_items.change_settings(transaction, None, scenario.settings)
    transaction.commit()
    for schedule in scenario.schedules:
        schedule_table.create(schedule, SystemClock())
    if scenario.poison:
        _poison(scenario.schedules[0], database)


def a_cadence(random: Random, now: int) -> dict[str, Any]:
    """A cadence as a client writes it; its fire times are plain grids."""
    kind = random.choice(("cron", "cron", "cron", "grid", "completion", "once"))
    if kind == "cron":
        return {"type": "cron", "expression": f"*/{random.choice((1, 1, 2, 3))} * * * *"}
    if kind == "once":
        at = instant(now + random.randint(10 * SECOND, 4 * MINUTE))
        return {"type": "once", "at": to_text(at)}
    seconds = random.choice((60, 60, 90, 120))
    return {"type": "interval", "seconds": seconds, "from": kind}


def _a_schedule(random: Random, number: int) -> WholeSchedule:
    schedule = WholeSchedule(
        tenant_id=random.choice(TENANTS),
        schedule_id=f"s{number}",
        name=f"Schedule {number}",
        cadence=cadences.from_json(a_cadence(random, 0)),
        target={"type": "function", "name": "work", "params": {}},
        created_at=START,
        updated_at=START,
        when_busy=random.choice(tuple(WhenBusy)),
        misfire=Misfire(random.choice(tuple(MisfirePolicy)), random.choice((30, 70, 300))),
        retry=Retry(
            random.randint(1, 3), random.choice((0, 10, 30)), random.choice(tuple(Backoff))
        ),
        timeout_seconds=random.choice((20, 45, 120)),
        lease_seconds=random.choice((20, 30, 60)),
        max_steps=random.choice((None, None, 4)),
        breaker=Breaker(*(random.choice((2, 9, 9)) for _ in range(3))),
        pool=random.choice((MAIN, MAIN, OTHER_POOL)),
        priority=random.choice((5, 5, 2, 8)),
        jitter_seconds=random.choice((0, 0, LONGEST_JITTER // SECOND)),
        queue_limit_seconds=random.choice((None, None, None, 90)),
        ends_at=START + timedelta(minutes=7) if random.random() < 0.1 else None,
        version=1,
    )
    return _as_other_rules_set_it(arm(schedule, START))


def _as_other_rules_set_it(schedule: WholeSchedule) -> WholeSchedule:
    """The schedule; in a zone, and late or early by other rules, if it is one of those.

    Its fire times are what they were: the zone is whole hours off.
    """
    if not isinstance(schedule.cadence, Cron) or schedule.priority != MOVED_BY_ZONE_RULES:
        return schedule
    assert schedule.fire_at is not None and schedule.next_fire_at is not None
    off_by = timedelta(hours=1) if schedule.schedule_id < "s2" else timedelta(seconds=-30)
    return replace(
        schedule,
        cadence=replace(schedule.cadence, timezone="Europe/Berlin"),
        fire_at=schedule.fire_at + off_by,
        next_fire_at=schedule.next_fire_at + off_by,
        zone_rules=OTHER_ZONE_RULES,
    )


def _poison(like: WholeSchedule, database: SimulatedDynamoDB) -> None:
    """Schedules no pass can do anything with: unreadable, without its zone, failing the engine."""
    (model,) = [
        item
        for item in database.items("baton-schedules")
        if item["schedule_id"]["S"] == like.schedule_id
    ]
    due = {"due_shard": {"S": "0"}, "next_fire_at": {"S": to_text(instant(30 * SECOND))}}
    due["fire_at"] = due["next_fire_at"]
    for name, wrong in (
        ("poison-0", {"cadence": {"S": "{"}}),
        ("poison-1", {"jitter_seconds": {"N": "-1"}}),
        ("poison-2", {"cadence": {"S": _ZONE_THAT_IS_GONE}}),
    ):
        item = {**model, **due, "schedule_id": {"S": name}, **wrong}
        database._make_api_call("PutItem", {"TableName": "baton-schedules", "Item": item})
