"""What tests of the runner share."""

import pytest

from tests.api_client import Api
from tests.engine.running.ends import Ends
from tests.harness import Stack


@pytest.fixture(params=[False, True], ids=["unsupervised", "supervised"])
def ends(request: pytest.FixtureRequest, api: Api, stack: Stack) -> Ends:
    """Runs jobs; a test that uses it is done with a supervisor and without."""
    return Ends(api, stack, request.param)
