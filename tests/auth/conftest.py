"""A provider for tests of JWTs."""

from collections.abc import Iterator

import pytest

from tests.auth.provider import Provider, provider


@pytest.fixture
def issuer() -> Iterator[Provider]:
    """A provider on the loopback."""
    with provider() as running:
        yield running
