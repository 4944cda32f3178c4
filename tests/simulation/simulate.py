"""One history, from its seed to its end."""

import logging
import random as chance
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random

from chalicelib.domain import ids
from chalicelib.engine import system
from chalicelib.engine.outlook import forecasting
from chalicelib.engine.scheduling import passes
from tests.dynamodb import connected
from tests.permissions import Right
from tests.simulation import callers, faults, scenario
from tests.simulation.aws import SimulatedDynamoDB, SimulatedSqs
from tests.simulation.breaker_rules import BreakerRules
from tests.simulation.callers import Callers
from tests.simulation.ending import Ending
from tests.simulation.faults import FaultPlan
from tests.simulation.fire_rules import FireRules
from tests.simulation.items import Change
from tests.simulation.line_rules import LineRules
from tests.simulation.order_rules import OrderRules
from tests.simulation.processes import Host, Process
from tests.simulation.run_rules import RunRules
from tests.simulation.surroundings import Surroundings
from tests.simulation.swapping import swapped
from tests.simulation.targets import Targets
from tests.simulation.tenant_rules import TenantRules
from tests.simulation.users import Users
from tests.simulation.world import MINUTE, Broken, Line, World

LEAST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class History:
    """What happened, and which rule it broke, if any."""

    seed: int
    events: int
    #: How many fire times were expected, and recorded.
    fire_times: int
    lines: list[Line]
    broken: Broken | None
    #: What each function asked of AWS.
    asked: frozenset[tuple[str, Right]] = frozenset()


class Simulation:
    """A deployment, its surroundings, and the rules that watch it."""

    def __init__(
        self, seed: int, plan: FaultPlan | None = None, *, with_callers: bool = False
    ) -> None:
        random = Random(seed)
        self.world = world = World(random)
        self.plan = plan if plan is not None else faults.drawn(random)
        self.scenario = scenario.drawn(random)
        if with_callers:
            self.scenario = callers.with_external(self.scenario, random)
        self.database = SimulatedDynamoDB(world, self.plan)
        self.targets = Targets(world)
        self.surroundings = Surroundings(world)
        self.host = Host(
            world,
            faults=self.plan,
            jobs=self.targets.registry,
            capacity=self.scenario.settings.capacity,
            sqs=lambda process: SimulatedSqs(process, self.surroundings.send),
        )
        self.users = Users(world, self.host, self.database, self.plan.calm)
        self.callers = Callers(world, self.host, self.database, self.targets)
        self.with_callers = with_callers
        self.runs = RunRules(world, self.database, self.targets)
        self.fires = FireRules(world, scenario.LONGEST_PRESSURE)
        self.breakers = BreakerRules(world, self.database)
        self.order = OrderRules(world, self.database)
        self.lines = LineRules(world)
        self.tenants = TenantRules(world, self.scenario.settings.limits)
        self.meddling = True

    def run(self) -> None:
        """Begin, live, end. Raises `Broken`."""
        scenario.set_up(self.scenario, self.database)
        settings = self.scenario.settings
        rooms = {name: pool.room for name, pool in settings.every_pool.items()}
        self.runs.capacities.append((0, rooms))
        for item in self.database.items("baton-schedules"):
            if not (item["schedule_id"]["S"]).startswith("poison"):
                self.fires.reconciliation.follow(Change("schedules", None, item), edited_at=0)
        self._connect()
        self.surroundings.tick_each_minute()
        # A run that nobody starts is handed out again for more than seven minutes.
        end = (self.scenario.minutes + (9 if self.plan.runs_vanish else 0)) * MINUTE
        self.users.call_until(end, self.scenario.pause_between_calls)
        if self.with_callers:
            self.callers.come_until(end)
        try:
            self.world.run_until(end)
            while self.world.events < LEAST_EVENTS:
                self.world.run_until(self.world.now + MINUTE)
            Ending(self).run()
        finally:
            self.host.kill_all()

    def _connect(self) -> None:
        self.database.host = self.surroundings.host = self.targets.host = self.host
        self.database.on_write = self._check
        self.targets.on_touch = self.runs.touched
        self.host.on_refused = self.tenants.refused
        if self.plan.calm:
            self.host.on_idle = self.order.idle

    def _check(self, process: Process, changes: list[Change]) -> None:
        """Hold one write against the rules."""
        self.runs.note_capacity(changes)
        self.runs.check(process, changes)
        self.fires.check(process, changes)
        self.breakers.check(process, changes)
        self.lines.check(process, changes)
        self.tenants.check(process, changes)
        self.callers.check(process, changes)
        if self.plan.calm:
            self.order.check(process, changes)
        if self.meddling:
            self.users.meddle(changes)


def simulate(
    seed: int,
    plan: FaultPlan | None = None,
    unwatched: tuple[str, ...] = (),
    *,
    with_callers: bool = False,
) -> History:
    """The history of this seed; with other faults than it would draw, if given.

    `with_callers`, there are schedules whose work is done elsewhere, and people who do it.
    """
    with ExitStack() as stack:
        stack.enter_context(_deterministic(seed))
        simulation = Simulation(seed, plan, with_callers=with_callers)
        if simulation.scenario.shares_out:
            stack.enter_context(swapped(passes, "MOST_BY_ITSELF", 1))
        simulation.world.unwatched = unwatched
        broken = None
        with connected(simulation.database):
            try:
                simulation.run()
            except Broken as found:
                broken = found
        world = simulation.world
        fire_times = sum(map(len, simulation.fires.recorded.values()))
        asked = frozenset(simulation.host.asked)
        return History(seed, world.events, fire_times, world.history, broken, asked)


@contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Nothing is left to chance but the seed."""

    class Secrets:
        randbits = Random(seed).getrandbits

    level = logging.getLogger("baton").level
    logging.getLogger("baton").setLevel(logging.CRITICAL + 1)
    chance.seed(seed)
    try:
        with (
            swapped(ids, "secrets", Secrets),
            swapped(ids, "_newest", ("", 0)),
            # They only read, and take a fifth of the time.
            swapped(forecasting, "warnings", lambda *_: []),
        ):
            yield
    finally:
        logging.getLogger("baton").setLevel(level)
        system.use(None)
