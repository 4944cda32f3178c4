"""What all tests share."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest

from tests.api_client import Api
from tests.harness import Stack
from tests.simulation.swapping import swapped

#: Tiers whose subject is not storage. They run on the simulation's DynamoDB, which passes the same
#: contract suite as moto and is several times as fast.
_IN_MEMORY = frozenset(
    {
        "api",
        "audits",
        "auth",
        "callbacks",
        "clients",
        "cli",
        "engine",
        "jobs",
        "outbound",
        "releases",
        "targets",
        "tenants",
    }
)


def pytest_collection_finish() -> None:
    """What is there by now stays: to look through it for garbage again and again takes time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _models_of_aws() -> Iterator[None]:
    """A process reads what botocore knows of AWS once, and not for every session anew."""
    with swapped(botocore.session, "create_loader", cache(botocore.session.create_loader)):
        yield


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which DynamoDB the test's stacks have; `BATON_TESTS_ENGINE=moto` or `memory` is for all."""
    tier, *_ = request.path.relative_to(Path(__file__).parent).parts
    if tier in _IN_MEMORY and "BATON_TESTS_ENGINE" not in os.environ:
        monkeypatch.setenv("BATON_TESTS_ENGINE", "memory")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A fresh deployment with one slot, at midnight of 1 March 2026."""
    with Stack() as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    """Shorthands on the fresh deployment."""
    return Api(stack)
