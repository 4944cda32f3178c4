"""What the tests of the clients share; of a run that calls back, what `tests.callbacks` has."""

import pytest

from baton import AsyncClient, Client
from tests.callbacks.conftest import caller, function, target
from tests.clients.wire import Naps, Wire
from tests.harness import PUBLIC_URL, Stack

__all__ = ["caller", "function", "target"]


@pytest.fixture
def wire(stack: Stack) -> Wire:
    return Wire(stack)


@pytest.fixture
def naps(stack: Stack) -> Naps:
    return Naps(stack)


@pytest.fixture
def client(stack: Stack, wire: Wire, naps: Naps) -> Client:
    """The client of an operator."""
    return Client(PUBLIC_URL, stack.operator, transport=wire, sleep=naps.sleep)


@pytest.fixture
def asynchronous(stack: Stack, wire: Wire, naps: Naps) -> AsyncClient:
    """The same for asynchronous programs."""
    return AsyncClient(PUBLIC_URL, stack.operator, transport=wire, sleep=naps.sleep_async)
