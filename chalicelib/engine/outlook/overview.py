"""The overview: who holds the slots, who waits and how long, what comes next, in one bounded look.

It costs what is shown of it, and nothing for what exists: see `tests/api/test_overview.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.pressure import Signals
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.digest import Digest
from chalicelib.domain.outlook.expected_starts import InLine, served
from chalicelib.domain.outlook.hours import DayOfRuns
from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.run import Run
from chalicelib.engine.outlook import digests
from chalicelib.engine.system import System
from chalicelib.store import notification_items, pressure_items, surveys
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.surveys import Place

#: How many runs are shown of a queue, and how many are counted.
MOST_SHOWN: Final = 20
MOST_COUNTED: Final = 100
#: How many unread notifications are counted.
MOST_UNREAD: Final = 100
#: Of how many holders of a pool the run itself is looked at.
_MOST_HOLDERS: Final = 20
MOST_NEXT: Final = 10


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a tenant, and whether they may see what other tenants' runs are."""

    tenant_id: str
    sees_all: bool

    def sees(self, tenant_id: str | None) -> bool:
        """Whether they may see what a run of that tenant is."""
        return self.sees_all or tenant_id == self.tenant_id


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of slots: its name, how many there are, and those that are held."""

    name: str
    capacity: int
    held: Sequence[Slot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A slot that is held, and the run that holds it, if that was looked at and can be read."""

    slot: Slot
    run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run that waits: how long it should take once it starts, and when that should be."""

    run: Run
    takes: timedelta
    expected_start_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A pool as it is: who holds its slots and who waits for them.

    `waiting` and `waiting_own` count up to `MOST_COUNTED` runs; if there are more, they are not
    exact.
    """

    name: str
    capacity: int
    holders: Sequence[Holding]
    queue: Sequence[Waiting]
    waiting: int
    waiting_own: int
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a tenant sees of the deployment and of its own at one instant."""

    floor: Floor
    own_pressure: Signals
    pools: Sequence[PoolView]
    schedules: Digest
    runs: DayOfRuns
    unread: int


def overview(system: System, viewer: Viewer, now: datetime) -> Overview:
    """The overview for who looks."""
    floor, tenant_id = system.floor(), viewer.tenant_id
    return Overview(
        floor=floor,
        own_pressure=pressure_items.of_tenant(tenant_id),
        pools=[_seen(system, pool, viewer, now) for pool in _pools(floor)],
        schedules=digests.of_schedules(tenant_id, now),
        runs=digests.of_runs(tenant_id, now),
        unread=notification_items.count_unread(tenant_id, MOST_UNREAD + 1),
    )


def _pools(floor: Floor) -> list[Pool]:
    """The pools of the deployment: one, of all its slots."""
    return [Pool("main", floor.settings.capacity, floor.holders)]


def _seen(system: System, pool: Pool, viewer: Viewer, now: datetime) -> PoolView:
    """The pool as it is. Runs at work are looked at if they may be seen."""

    def waiting_at(places: list[Place]) -> Mapping[Place, Run]:
        return system.memory.recall("waiting", places, now, surveys.runs_at_places)

    line = surveys.in_serving_order(now, MOST_SHOWN, MOST_COUNTED, waiting_at)
    takes = _durations(system, line.first, now)
    in_line = [InLine(run.schedule_id, took) for run, took in zip(line.first, takes, strict=True)]
    starts = served(in_line, pool.held, pool.capacity, now).starts
    at_work = _at_work([slot for slot in pool.held if viewer.sees(slot.tenant_id)])
    return PoolView(
        name=pool.name,
        capacity=pool.capacity,
        holders=[Holding(slot=slot, run=at_work.get(slot.run_id or "")) for slot in pool.held],
        queue=[
            Waiting(run=run, takes=took, expected_start_at=start)
            for run, took, start in zip(line.first, takes, starts, strict=True)
        ],
        waiting=line.tenants.total(),
        waiting_own=line.tenants[viewer.tenant_id],
        is_exact=line.is_complete,
    )


def _durations(system: System, runs: Sequence[Run], now: datetime) -> list[timedelta]:
    """How long each run should take: what its schedule's runs do."""
    keys = [(run.tenant_id, run.schedule_id) for run in runs]
    known = system.memory.recall("durations", dict.fromkeys(keys), now, _usual_durations)
    return [known.get(key, USUAL) for key in keys]


def _usual_durations(keys: list[Key]) -> dict[Key, timedelta]:
    return {key: expected_duration(each) for key, each in surveys.schedules_at(keys).items()}


def _at_work(held: Sequence[Slot]) -> Mapping[str, Run]:
    """The runs on these slots, by id."""
    keys = [(slot.tenant_id or "", slot.run_id or "") for slot in held[:_MOST_HOLDERS]]
    runs = surveys.runs_at(keys) if keys else {}
    return {run_id: run for (_, run_id), run in runs.items()}
