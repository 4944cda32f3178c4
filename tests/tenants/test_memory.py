"""Nobody's large bodies or payloads take up the memory of a pass, or of somebody else's request.

Peaks are measured while the work is done, beside what is stored. What is measured reads thousands
of schedules or runs; the last test shows that two hundred of them, whole, would be too many.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from chalicelib.domain.runs.run import Place
from chalicelib.domain.runs.schedule import DUE_SHARDS
from chalicelib.engine.moves import claiming
from chalicelib.engine.scheduling import sweeps
from chalicelib.engine.scheduling.passes import MOST_BY_ITSELF, Pass
from chalicelib.platform.queues import Sweep
from chalicelib.store import run_table, schedule_table
from infra import template
from tests.api_client import Api
from tests.builders import a_schedule
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, SetClock, Stack
from tests.tenants import crowds
from tests.tenants.crowds import MOST, peak_of

#: How many are there, of those whose bodies lie apart, and of those that earlier releases stored.
BOTH_FORMS = pytest.mark.parametrize(
    ("count", "apart"), [(4000, True), (400, False)], ids=["apart", "in one item"]
)
SOON = timedelta(minutes=30)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        yield stack


@pytest.fixture
def engine(stack: Stack) -> Iterator[InMemoryDynamoDB]:
    assert stack
    with connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        yield engine


class BusyClock(SetClock):
    """A clock on which all takes so long that a pass fires only some hundred schedules."""

    def now(self) -> datetime:
        self.sleep(9)
        return super().now()


@BOTH_FORMS
def test_a_pass_with_four_thousand_due(
    stack: Stack, engine: InMemoryDynamoDB, count: int, apart: bool
) -> None:
    crowds.schedules(engine, count, stack.now, due_in=timedelta(0), apart=apart)
    system = replace(stack.system, clock=BusyClock(stack.now))
    made: list[int] = []

    def tick() -> None:
        summary = Pass(system).make()
        made.extend(map(summary.total, ("fired", "left", "failed")))

    assert peak_of(tick) < MOST
    fired, left, failed = made
    if apart:  # A full shard is shared out: what is left is what the pass has seen of each.
        assert (fired, left, failed) == (0, DUE_SHARDS * MOST_BY_ITSELF, 0)
    else:
        assert fired and fired + left > 0.9 * count and not failed


def test_a_sweep_of_a_full_shard(stack: Stack, engine: InMemoryDynamoDB) -> None:
    crowds.schedules(engine, 4000, stack.now, due_in=timedelta(0), apart=True)
    system = replace(stack.system, clock=BusyClock(stack.now))
    made: list[int] = []

    def sweep() -> None:
        summary = sweeps.sweep(system, Sweep(shard=0, part=0, parts=1))
        assert summary is not None
        made.extend(map(summary.total, ("fired", "failed")))

    assert peak_of(sweep) < MOST
    assert made[0] > 0 and made[1] == 0


@BOTH_FORMS
def test_a_schedule_created_beside_them(
    stack: Stack, engine: InMemoryDynamoDB, count: int, apart: bool
) -> None:
    crowds.schedules(engine, count // 2, stack.now, due_in=SOON, apart=apart)
    api = Api(stack)
    cadence = {"type": "cron", "expression": "0 * * * *"}
    assert peak_of(lambda: api.create(cadence=cadence, max_steps=10)) < MOST
    assert peak_of(lambda: api.get("/v1/forecast")) < MOST


@BOTH_FORMS
def test_a_claim_among_ten_thousand_that_wait(
    stack: Stack, engine: InMemoryDynamoDB, count: int, apart: bool
) -> None:
    schedule_table.create(a_schedule(), stack.clock)
    crowds.waiting_runs(engine, count * 5 // 2, apart=apart, place=Place.QUEUE)
    floor = stack.system.floor()
    claimed: list[str] = []

    def claim() -> None:
        found = claiming.claim_waiting(stack.system, floor, stack.now)
        claimed.extend(run.run_id for run in found.runs)

    assert peak_of(claim) < MOST
    assert claimed == ["01FAT00000"]


@BOTH_FORMS
def test_lists_of_large_schedules_and_runs(
    stack: Stack, engine: InMemoryDynamoDB, count: int, apart: bool
) -> None:
    crowds.schedules(engine, count // 10, stack.now, due_in=SOON, apart=apart, tenant_id="default")
    crowds.waiting_runs(engine, count // 10, apart=apart, tenant_id="default")
    api = Api(stack)
    for path in ("/v1/schedules?limit=200", "/v1/schedules?q=nothing", "/v1/runs?limit=200"):
        assert peak_of(partial(api.get, path)) < MOST, path


@pytest.mark.parametrize("apart", [True, False])
def test_the_run_itself_has_all_of_it(stack: Stack, engine: InMemoryDynamoDB, apart: bool) -> None:
    crowds.schedules(engine, 1, stack.now, due_in=SOON, apart=apart)
    crowds.waiting_runs(engine, 1, apart=apart)
    whole = schedule_table.get_whole("tenant-00000", "fat-00000")
    assert whole.target["body"] == crowds.FAT
    run = run_table.with_payload(run_table.get("acme", "01FAT00000"))
    assert run.payload_at_hand == crowds.FAT


def test_two_hundred_read_whole_would_be_too_many(stack: Stack, engine: InMemoryDynamoDB) -> None:
    crowds.schedules(engine, 200, stack.now, due_in=SOON, apart=True)
    keys = [(f"tenant-{n:05d}", f"fat-{n:05d}") for n in range(200)]
    assert peak_of(lambda: [schedule_table.get_whole(*key) for key in keys]) > MOST
