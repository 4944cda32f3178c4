"""What the tests of hostile requests share."""

from collections.abc import Iterator

import pytest

from tests.api.hostile.requests import World
from tests.harness import Stack


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A deployment with something in it, for a whole module: what is refused changes nothing."""
    with Stack() as stack:
        yield World(stack)
