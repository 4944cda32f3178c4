"""Baton's store in memory, and a system without what audits do not need."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from chalicelib.engine.system import System
from chalicelib.platform.config import Config
from chalicelib.platform.queues import RunMessage, Sweep
from infra import template
from tests.builders import NOON
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, SetClock


@dataclass
class Asked:
    """Queues that only count what daily passes were asked for."""

    dailies: int = 0
    wakes: list[datetime] = field(default_factory=list)

    def send_run(self, message: RunMessage) -> None:
        raise AssertionError(f"audits start no runs: {message}")

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        self.wakes += [instant for instant in instants if instant >= now]

    def send_sweeps(self, sweeps: Sequence[Sweep]) -> None:
        raise AssertionError(f"audits fire nothing: {sweeps}")

    def send_daily(self) -> None:
        self.dailies += 1


@pytest.fixture
def database() -> Iterator[InMemoryDynamoDB]:
    """DynamoDB in memory, with Baton's tables."""
    with connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        yield engine


@pytest.fixture
def queues() -> Asked:
    """What was asked of the queues."""
    return Asked()


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at noon."""
    return SetClock(NOON)


@pytest.fixture
def system(database: InMemoryDynamoDB, queues: Asked, clock: SetClock) -> System:
    """A system on that database, which does one thing after the other."""
    return System(config=Config(stack=STACK), clock=clock, queues=queues, writers=1)
