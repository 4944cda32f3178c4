"""A killed runner's run is settled within three minutes, where Baton itself looks after it."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Crash, Stack

CRASH = {"type": "function", "name": "crash"}


def crash(_context: Any, _params: Any) -> None:
    raise Crash


@pytest.fixture(autouse=True)
def registered(stack: Stack) -> None:
    """A job whose process is killed as soon as it has started."""
    stack.register("crash", crash)


@pytest.mark.parametrize("second", [0, 1, 29, 58])
def test_it_is_settled_within_three_minutes_whenever_in_the_minute_it_dies(
    api: Api, stack: Stack, second: int
) -> None:
    stack.run_for(second)
    run = api.start(api.create(target=CRASH))
    stack.run_for(180)
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert api.get("/v1/slot")["holders"] == []


def test_a_lease_of_its_own_is_kept_to(api: Api, stack: Stack) -> None:
    run = api.start(api.create(target=CRASH, lease_seconds=600))
    stack.run_for(600)
    assert api.run(run)["status"] == "running"
    stack.run_for(66)
    assert api.run(run)["status"] == "failed"


def test_the_settings_bound_it_if_they_are_stricter(api: Api, stack: Stack) -> None:
    stack.http("PATCH", "/v1/settings", {"lease_seconds": 30}, token=stack.owner)
    run = api.start(api.create(target=CRASH))
    stack.run_for(66)
    assert api.run(run)["status"] == "failed"
