"""A tenant that asks too often is held back by itself; others, and runs that call back, are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.api.http.routes import ROUTES
from chalicelib.engine import system
from chalicelib.platform.throttle import EXPENSIVE_READS, WRITES, Rate, Throttle
from tests.builders import NOON
from tests.harness import Answer, Stack

FEW = Rate(per_second=0.5, burst=3)


@pytest.fixture
def busy(stack: Stack) -> Iterator[Stack]:
    """A deployment that lets each tenant make few requests."""
    system.use(replace(stack.system, throttle=Throttle(writes=FEW, expensive_reads=FEW)))
    yield stack
    system.use(stack.system)


def write(stack: Stack, token: str = "") -> Answer:
    body = {"name": "Probe", "cadence": {"type": "manual"}, "target": {"type": "function"}}
    return stack.http("POST", "/v1/schedules", body, token=token or stack.operator)


def look(stack: Stack, path: str, token: str = "") -> int:
    return stack.http("GET", path, token=token or stack.viewer).status


def test_more_writes_than_its_share_are_refused_with_when_to_come_again(busy: Stack) -> None:
    assert [write(busy).status for _ in range(4)] == [422, 422, 422, 429]
    refused = write(busy)
    assert (refused.json["code"], refused.headers["retry-after"]) == ("throttled", "2")
    busy.advance(2)
    assert [write(busy).status for _ in range(2)] == [422, 429]


def test_others_are_not_refused_for_it(busy: Stack) -> None:
    while write(busy).status != 429:
        pass
    assert write(busy, busy.token("other", ["operator"])).status == 422
    assert look(busy, "/v1/schedules") == 200, "a plain list is no write"


@pytest.mark.parametrize(
    "path", ["/v1/forecast", "/v1/stats", "/v1/schedules?q=a", "/v1/runs?status=failed"]
)
def test_reads_that_look_at_much_have_a_share_of_their_own(busy: Stack, path: str) -> None:
    assert [look(busy, path) for _ in range(4)] == [200, 200, 200, 429]
    assert look(busy, "/v1/schedules?limit=5") == 200
    assert write(busy).status == 422


def test_a_refused_request_does_nothing(busy: Stack) -> None:
    while write(busy).status != 429:
        pass
    assert busy.http("GET", "/v1/activity", token=busy.viewer).json["items"] == []


def test_runs_that_call_back_are_never_held_back() -> None:
    callbacks = [route for route in ROUTES if route.scope == "run"]
    assert callbacks and {route.throttled_as for route in callbacks} == {None}


def test_every_other_write_is_a_write_or_looks_at_much() -> None:
    writes = [route for route in ROUTES if route.method != "GET" and route.scope != "run"]
    assert {route.throttled_as for route in writes} == {"write", "expensive_read"}


def test_a_deployment_holds_back_by_default(stack: Stack) -> None:
    assert stack.system.throttle is None, "tests ask as often as they like"
    throttle = Throttle()
    waits = [throttle.seconds_to_wait("write", "acme", NOON) for _ in range(WRITES.burst + 1)]
    assert waits == [0] * WRITES.burst + [1 / WRITES.per_second]
    assert (Rate(20, 100), Rate(2, 20)) == (WRITES, EXPENSIVE_READS)


def test_a_bucket_fills_up_to_its_burst_and_no_clock_that_goes_back_fills_it() -> None:
    throttle = Throttle(writes=FEW)
    for _ in range(3):
        throttle.seconds_to_wait("write", "acme", NOON)
    assert throttle.seconds_to_wait("write", "acme", NOON - timedelta(hours=1)) == 2
    later = NOON + timedelta(hours=1)
    assert [throttle.seconds_to_wait("write", "acme", later) for _ in range(4)] == [0, 0, 0, 2]


def test_tenants_that_ask_no_more_are_forgotten() -> None:
    throttle = Throttle()
    for number in range(10_000):
        throttle.seconds_to_wait("write", f"t{number}", NOON)
    throttle.seconds_to_wait("write", "late", NOON + timedelta(minutes=1))
    assert len(throttle._buckets) == 1
