"""Under load, with Lambda processes killed all the time: nothing lost, nothing doubled, no overlap.

For two minutes schedules come due on two slots, in volleys of three a second apart, each with a
wake of its own; others come due with the minute, runs are asked for by hand, ticks come again and
again. Every few seconds SIGKILL hits a worker process of some function, half of the times when
something is fired. Then what was left lying is given time to settle.
"""

import json
import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.runs.lease import SKEW_MARGIN
from chalicelib.domain.time.instants import to_text
from tests.e2e.aws import client_of, of_a_rule, physical_name
from tests.e2e.client import CLOCK, FINAL, Client, at, drill, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import Listener, listening

CAPACITY = 2
LOAD = timedelta(seconds=120)
#: A claim whose message is lost goes back after 65 s, and its run has to be made after that.
SETTLED_WITHIN_SECONDS = 180
#: Volleys of schedules that fire once.
VOLLEYS = 12
IN_A_VOLLEY = 3
APART = timedelta(seconds=1)
FIRST_VOLLEY = timedelta(seconds=20)
BETWEEN_VOLLEYS = timedelta(seconds=8)
LEASE = timedelta(seconds=10)  # the shortest there is
#: How often each function is chosen to lose a process, in proportion.
TARGETS = {"Runner": 5, "Wake": 4, "Tick": 2, "APIHandler": 2, "Authorizer": 1}
#: One in six seconds on a machine that has much else to do; on a calm one it is twice as many.
LEAST_KILLS = 20

Json = dict[str, Any]


@dataclass
class Battle:
    """The load, the kills, and what was to come of them."""

    deployment: Deployment
    client: Client
    listener: Listener
    chance: random.Random
    functions: Any = field(init=False)
    tick: str = field(init=False)
    began_at: datetime = field(default_factory=CLOCK.now)
    killed: Counter[str] = field(default_factory=Counter)
    #: Schedule → the fire times that must be on record.
    expected: dict[str, list[datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.functions = client_of(self.deployment, "lambda")
        self.tick = physical_name(self.deployment, "Tick")

    @property
    def ends_at(self) -> datetime:
        return self.began_at + LOAD + timedelta(seconds=8)

    def prepare(self) -> None:
        """Create every schedule, before the first shot."""
        for number in range(VOLLEYS * IN_A_VOLLEY):
            self._once(number)
        for when_busy in ("queue", "skip"):
            self._minutely({"type": "cron", "expression": "* * * * *"}, when_busy)
        self._minutely({"type": "interval", "seconds": 60, "from": "grid"}, "queue")
        # So long that it comes due once: its second time depends on when its run ends.
        after_end = self._create("Interval", {"type": "interval", "seconds": 90}, drill(seconds=1))
        self.expected[after_end["id"]] = [at(after_end["next_fire_at"])]

    def rage(self) -> None:
        """Run things by hand, repeat ticks and kill processes until the load is over."""
        by_hand = self._create("By hand", {"type": "manual"}, drill(steps=2, seconds=2))
        self.expected[by_hand["id"]] = []
        next_shot = next_run = next_tick = CLOCK.now()
        while (now := CLOCK.now()) < self.began_at + LOAD:
            if now >= next_shot:
                self._kill_one()
                next_shot = self._next_shot(now)
            if now >= next_run:
                self.client.start(by_hand, "?when_busy=queue")
                next_run = now + timedelta(seconds=self.chance.uniform(5, 9))
            if now >= next_tick:
                self._invoke_tick()
                next_tick = now + timedelta(seconds=self.chance.uniform(4, 9))
            CLOCK.sleep(0.02)

    def settle(self) -> list[Json]:
        """Make passes until everything has come to its end; all runs."""

        def look() -> list[Json] | None:
            self.client.tick()
            runs = self.client.runs()
            recorded = {at(run["fire_at"]) for run in runs}
            complete = recorded.issuperset(each for all_ in self.expected.values() for each in all_)
            return runs if complete and all(run["status"] in FINAL for run in runs) else None

        CLOCK.sleep((self.ends_at - CLOCK.now()).total_seconds())
        return wait_for("every run is final", look, SETTLED_WITHIN_SECONDS, every=1.5)

    def _volleys(self) -> list[datetime]:
        """When the schedules that fire once are due, in order."""
        first = self.began_at + FIRST_VOLLEY
        return [
            first + BETWEEN_VOLLEYS * volley + APART * place
            for volley in range(VOLLEYS)
            for place in range(IN_A_VOLLEY)
        ]

    def _once(self, number: int) -> None:
        fire_at = self._volleys()[number]
        http = {"type": "http", "url": f"{self.listener.url}/{number}"}
        schedule = self._create(
            f"Once {number}",
            {"type": "once", "at": to_text(fire_at)},
            http if number % 3 == 0 else drill(steps=3, seconds=self.chance.uniform(1, 4)),
            when_busy="skip" if number % 4 == 3 else "queue",
        )
        self.expected[schedule["id"]] = [fire_at]

    def _minutely(self, cadence: Json, when_busy: str) -> None:
        schedule = self._create("Minutely", cadence, drill(seconds=2), when_busy=when_busy)
        first = at(schedule["next_fire_at"])
        assert first.second == 0
        count = int((self.ends_at - first) / timedelta(minutes=1)) + 1
        minutes = [first + timedelta(minutes=number) for number in range(count)]
        self.expected[schedule["id"]] = minutes

    def _create(self, name: str, cadence: Json, target: Json, **changes: Any) -> Json:
        if cadence["type"] in ("cron", "interval"):
            changes["ends_at"] = to_text(self.ends_at)
        return self.client.create(
            name=name,
            cadence=cadence,
            target=target,
            lease_seconds=int(LEASE.total_seconds()),
            timeout_seconds=30,
            **changes,
        )

    def _next_shot(self, now: datetime) -> datetime:
        """In a while; every other time when something is fired, if that is soon."""
        shot_at = now + timedelta(seconds=self.chance.uniform(1, 3))
        soon = [each for each in self._volleys() if shot_at <= each <= shot_at + 3 * APART]
        if not soon or self.chance.random() < 0.5:
            return shot_at
        return soon[0] + timedelta(seconds=self.chance.uniform(-0.1, 0.2))

    def _kill_one(self) -> None:
        names, weights = list(TARGETS), list(TARGETS.values())
        while names:
            [name] = self.chance.choices(names, weights)
            pids = self.deployment.worker_pids(name)
            if pids:
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.killed[name] += 1
                return
            del weights[names.index(name)]
            names.remove(name)

    def _invoke_tick(self) -> None:
        """As EventBridge does, without waiting for it; also twice, also at a bad time."""
        self.functions.invoke(
            FunctionName=self.tick, InvocationType="Event", Payload=json.dumps(of_a_rule())
        )


@pytest.fixture
def client(local_stack: Deployment) -> Iterator[Client]:
    """The owner of a tenant of their own, on as many slots as the load is for."""
    client = Client(local_stack, local_stack.new_token(tenant="front", scopes="owner"))
    before = client.call("GET", "/v1/settings")["capacity"]
    client.call("PATCH", "/v1/settings", {"capacity": CAPACITY})
    yield client
    client.call("PATCH", "/v1/settings", {"capacity": before})


def most_at_once(runs: list[Json]) -> int:
    """How many unforced attempts were at work at the same instant, at most.

    An attempt reaches from its start to its record's end, and on to its last sign of life, should
    that be later. One whose process was killed had its slot until it was reaped, at least five
    seconds after its lease: taken for at work until then, it shows any overlap with a lease.
    """
    worked = [run for run in runs if run["started_at"] and not run["forced"]]
    changes = [(at(run["started_at"]), 1) for run in worked]
    changes += [(max(at(run["finished_at"]), *run["signs_of_life"]), -1) for run in worked]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def with_signs_of_life(client: Client, listener: Listener, run: Json) -> Json:
    """The run and when it said something: to its log, or to the server it calls."""
    signs = [at(line["at"]) for line in client.log(run)] if run["started_at"] else []
    signs += [
        request.at for request in listener.requests if request.headers["baton-run-id"] == run["id"]
    ]
    return {**run, "signs_of_life": [*signs, at(run["queued_at"])]}


def errors_since(deployment: Deployment, began_at: datetime) -> list[str]:
    """What any function has written as an error since then."""
    lines = deployment.stack.logs(since_ms=int(began_at.timestamp() * 1000))
    return [f"{line.function}: {line.text}" for line in lines if is_error(line.text)]


def is_error(text: str) -> bool:
    """Whether a log line says that something went wrong: ours by its level, others by a word."""
    try:
        return bool(json.loads(text).get("level") == "error")
    except (ValueError, AttributeError):
        return "Traceback" in text or "AccessDenied" in text or "Task timed out" in text


@pytest.mark.timeout(600)  # two minutes of load, and what it takes to settle
def test_nothing_is_lost_doubled_or_overlapping_while_processes_are_killed(
    local_stack: Deployment, client: Client
) -> None:
    seed = int(os.environ.get("BATON_FIRE_SEED") or random.randrange(10**6))
    print(f"again with BATON_FIRE_SEED={seed}")
    with listening() as listener:
        battle = Battle(local_stack, client, listener, random.Random(seed))
        battle.prepare()
        battle.rage()
        runs = [with_signs_of_life(client, listener, run) for run in battle.settle()]
    print(f"killed: {dict(battle.killed)}")
    outcomes = Counter(f"{r['status']} {r['failure_reason'] or r['skip_reason']}" for r in runs)
    print(f"runs: {dict(outcomes)}")
    recorded = defaultdict(list)
    for run in runs:
        if run["trigger"] != "manual":
            recorded[run["schedule_id"]].append(at(run["fire_at"]))
    for schedule_id, fire_times in battle.expected.items():
        assert sorted(recorded.pop(schedule_id, [])) == fire_times
    assert not recorded

    assert {run["failure_reason"] for run in runs} <= {None, "lease_expired"}
    reaped = [run for run in runs if run["failure_reason"] == "lease_expired"]
    assert len(reaped) <= battle.killed["Runner"]
    for run in reaped:
        kept = at(run["finished_at"]) - at(run["started_at"])
        assert kept >= LEASE + SKEW_MARGIN
    assert {run["skip_reason"] for run in runs} <= {None, "slot_busy", "coalesced"}
    assert most_at_once(runs) <= CAPACITY
    slot = client.call("GET", "/v1/slot")
    assert (slot["holders"], slot["waiting"]) == ([], 0)

    calls = Counter(request.headers["idempotency-key"] for request in listener.requests)
    assert max(calls.values()) == 1
    assert calls.keys() >= {f"{run['id']}-1" for run in runs if run["summary"] == "HTTP 200"}

    assert errors_since(local_stack, battle.began_at) == []
    assert battle.killed.total() >= LEAST_KILLS


def test_overlap_is_seen_where_there_is_some() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def run(started: int, finished: int, last_sign: int = 0) -> Json:
        instants = [noon + timedelta(seconds=each) for each in (started, finished, last_sign)]
        names = {"started_at": to_text(instants[0]), "finished_at": to_text(instants[1])}
        return {**names, "signs_of_life": [noon, instants[2]], "forced": False}

    back_to_back = [run(*span) for span in pairwise([0, 3, 7, 9])]
    assert most_at_once(back_to_back) == 1
    assert most_at_once([*back_to_back, run(2, 4)]) == 2
    assert most_at_once([*back_to_back, run(2, 4), run(3, 8)]) == 3
    assert most_at_once([run(0, 3, last_sign=4), run(3, 7)]) == 2
