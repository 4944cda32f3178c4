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
from chalicelib.domain.outlook import serving
from chalicelib.domain.outlook.digest import Digest
from chalicelib.domain.outlook.hours import DayOfRuns
from chalicelib.domain.outlook.serving import serve
from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.run import Place, Run
from chalicelib.engine.outlook import digests, waiting_lines
from chalicelib.engine.outlook.waiting_lines import Count, Crowd
from chalicelib.engine.system import System
from chalicelib.store import notification_items, pressure_items, surveys
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.surveys import Standing

#: How many pools are shown, and how many waiting runs of each.
MOST_POOLS: Final = 20
MOST_SHOWN: Final = 20
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

    def may_see(self, floor: Floor) -> bool:
        """Whether they may see the pool: one that is there, and that their tenant may use."""
        admitted = floor.terms.admits(self.tenant_id) or self.sees_all
        return admitted and not floor.terms.is_removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A slot that is held, and the run that holds it, if that was looked at and can be read."""

    slot: Slot
    run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run that waits: how long it should take once it starts, and when that should be.

    It stands in the queue of its pool, or in the line behind other runs of its schedule.
    """

    run: Run
    is_in_line: bool
    takes: timedelta
    expected_start_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A pool as it is: who holds its slots and who waits for them."""

    name: str
    capacity: int
    holders: Sequence[Holding]
    queue: Sequence[Waiting]
    waiting: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a tenant sees of the deployment and of its own at one instant."""

    #: That of the pool `main`.
    floor: Floor
    running: int
    own_pressure: Signals
    pools: Sequence[PoolView]
    schedules: Digest
    runs: DayOfRuns
    unread: int


def overview(system: System, viewer: Viewer, now: datetime) -> Overview:
    """The overview for who looks."""
    tenant_id = viewer.tenant_id
    main, *others = system.floors()
    crowd = waiting_lines.look()
    shown = [main, *filter(viewer.may_see, others)][:MOST_POOLS]
    return Overview(
        floor=main,
        running=sum(slot.tenant_id == tenant_id for each in shown for slot in each.holders),
        own_pressure=pressure_items.of_tenant(tenant_id),
        pools=[_seen(system, each, crowd.of_pool(each.pool), viewer, now) for each in shown],
        schedules=digests.of_schedules(tenant_id, now),
        runs=digests.of_runs(tenant_id, now),
        unread=notification_items.count_unread(tenant_id, MOST_UNREAD + 1),
    )


def _seen(system: System, floor: Floor, crowd: Crowd, viewer: Viewer, now: datetime) -> PoolView:
    """The pool as it is. Runs at work are looked at if they may be seen."""
    held, capacity = floor.holders, floor.terms.room
    line = _runs_of(system, waiting_lines.in_serving_order(floor, crowd, MOST_SHOWN), now)
    takes = _durations(system, [run for _, run in line], now)
    took = {run.run_id: takes for (_, run), takes in zip(line, takes, strict=True)}
    served = serve(floor, (serving.Waiting(run, took[run.run_id]) for _, run in line), now)
    at_work = _at_work([slot for slot in held if viewer.sees(slot.tenant_id)])
    return PoolView(
        name=floor.pool,
        capacity=capacity,
        holders=[Holding(slot=slot, run=at_work.get(slot.run_id or "")) for slot in held],
        queue=[
            Waiting(
                run=each.run,
                is_in_line=each.run.place is Place.LINE,
                takes=took[each.run.run_id],
                expected_start_at=each.start_at,
            )
            for each in served
        ],
        waiting=waiting_lines.counted(floor.pool, crowd, viewer.tenant_id),
    )


def _runs_of(
    system: System, places: Sequence[Standing], now: datetime
) -> list[tuple[Standing, Run]]:
    """The runs that stand there; what a run is while it waits in one place does not change."""

    def read(missing: list[Standing]) -> dict[Standing, Run]:
        runs = surveys.runs_at(each.key for each in missing)
        return {each: runs[each.key] for each in missing if each.key in runs}

    known = system.memory.recall("waiting", places, now, read)
    return [(each, known[each]) for each in places if each in known]


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
