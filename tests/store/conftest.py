"""The contract suite of the store: the same tests on every engine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.builders import NOON
from tests.store.engines import ENGINES, Engine, Line
from tests.store.engines.memory import memory
from tests.store.engines.ministack import ministack

_ENGINES = {**ENGINES, "memory": memory, "ministack": ministack}
#: One MiniStack serves all tests that run on it, so one worker of pytest-xdist runs them.
_TOGETHER = pytest.mark.xdist_group("store-on-ministack")
_PARAMS = ["memory", "moto", pytest.param("ministack", marks=_TOGETHER)]


class PatientClock:
    """A clock that stands still, and records for how long it was asked to sleep."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return NOON

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture(scope="package", params=_PARAMS)
def running_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine that runs as long as its tests do."""
    name: Any = request.param
    with _ENGINES[name]() as engine:
        yield engine


@pytest.fixture(autouse=True)
def engine(running_engine: Engine) -> Iterator[Engine]:
    """The engine with empty tables."""
    yield running_engine
    running_engine.empty()


@pytest.fixture
def line(engine: Engine) -> Iterator[Line]:
    """The line to the engine: tap it to see requests, or to answer them."""
    tap = Line()
    with engine.tapped(tap):
        yield tap


@pytest.fixture
def clock() -> PatientClock:
    """A clock that does not sleep."""
    return PatientClock()
