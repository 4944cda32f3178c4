"""Crashes, duplicates and late messages: nothing lost, nothing doubled."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.builders import UNDELIVERED
from tests.harness import Crash, Stack

PROBE = {"type": "function", "name": "probe"}


@pytest.fixture
def starts(stack: Stack) -> list[str]:
    """Run ids, one for each time the job `probe` was started."""
    started: list[str] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        started.append(context.run_id)

    stack.register("probe", probe)
    return started


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def test_a_message_delivered_twice_starts_one_attempt(
    api: Api, stack: Stack, starts: list[str]
) -> None:
    run = api.start(api.create(target=PROBE))
    (message,) = stack.messages()
    stack.deliver()
    stack.redeliver(message)

    assert starts == [run["id"]]


def test_a_message_delivered_again_in_mid_run_starts_nothing(api: Api, stack: Stack) -> None:
    starts: list[int] = []

    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        starts.append(1)
        if len(starts) == 1:
            stack.redeliver(message)

    stack.register("probe", probe)
    api.start(api.create(target=PROBE))
    (message,) = stack.messages()
    stack.deliver()

    assert starts == [1]


def test_a_crashed_runner_loses_its_lease_and_the_run_fails_with_that_reason(
    api: Api, stack: Stack
) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE, lease_seconds=600))
    stack.deliver()
    assert api.run(run)["status"] == "running"

    stack.advance(604)
    stack.tick()
    assert api.run(run)["status"] == "running", "the margin for clock skew is not over"

    stack.advance(1)
    stack.tick()
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert api.get("/v1/slot")["holders"] == []


def test_after_a_reap_the_next_waiting_run_starts(
    api: Api, stack: Stack, starts: list[str]
) -> None:
    stack.register("crash", crash)
    crashing = api.create(target={"type": "function", "name": "crash"}, lease_seconds=60)
    api.start(crashing)
    stack.deliver()
    waiting = api.start(api.create(target=PROBE), "?when_busy=queue")

    stack.advance(65)
    stack.tick()
    stack.deliver()
    assert starts == [waiting["id"]]


def test_the_message_of_a_crashed_run_comes_back_and_does_nothing(api: Api, stack: Stack) -> None:
    starts: list[int] = []

    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        starts.append(1)
        raise Crash

    stack.register("probe", probe)
    api.start(api.create(target=PROBE))
    stack.run_for(2 * 5400)

    assert starts == [1]


def test_a_runner_that_lost_its_token_changes_nothing(api: Api, stack: Stack) -> None:
    """It works on past its lease; meanwhile it is reaped and another run takes the slot."""
    second: list[dict[str, Any]] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        if second:
            return
        stack.advance(65)
        stack.tick()
        second.append(api.start(other))
        context.log("too late")

    stack.register("probe", probe)
    other = api.create(name="Other", target=PROBE)
    first = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()

    lost = api.run(first)
    assert (lost["status"], lost["failure_reason"]) == ("failed", "lease_expired")
    assert api.run(second[0])["status"] == "succeeded"


def test_a_runner_that_returns_after_its_lease_was_reaped_changes_nothing(
    api: Api, stack: Stack
) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.totals.processed = 99
        stack.advance(65)
        stack.tick()

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()

    lost = api.run(run)
    assert lost["failure_reason"] == "lease_expired"
    assert lost["totals"]["processed"] == 0


def test_signs_of_life_keep_the_lease(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        for _ in range(10):
            stack.advance(20)
            context.step()
            stack.tick()

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()

    assert api.run(run)["status"] == "succeeded"


def test_a_claim_whose_message_is_lost_is_handed_out_again(
    api: Api, stack: Stack, starts: list[str]
) -> None:
    run = api.start(api.create(target=PROBE))
    stack.drop(stack.messages()[0])
    stack.advance(UNDELIVERED - 1)
    stack.tick()
    assert stack.messages() == [], "the claim's short lease and its margin are not over"

    stack.advance(1)
    stack.tick()
    stack.deliver()
    assert starts == [run["id"]]
    assert api.run(run)["status"] == "succeeded"


def test_a_message_that_comes_after_its_claim_was_handed_out_again_starts_nothing(
    api: Api, stack: Stack, starts: list[str]
) -> None:
    api.start(api.create(target=PROBE))
    (late,) = stack.messages()
    stack.drop(late)
    stack.advance(UNDELIVERED)
    stack.tick()
    stack.redeliver(late)
    assert starts == []

    stack.deliver()
    assert len(starts) == 1


def test_a_run_that_nobody_ever_starts_is_given_up(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    for _ in range(10):
        for message in stack.messages():
            stack.drop(message)
        stack.advance(UNDELIVERED)
        stack.tick()

    given_up = api.run(run)
    assert (given_up["status"], given_up["failure_reason"]) == ("failed", "never_started")
    assert api.get("/v1/slot")["holders"] == []


def test_one_broken_schedule_does_not_stop_the_pass(
    api: Api, stack: Stack, starts: list[str]
) -> None:
    at = {"type": "once", "at": "2026-03-01T00:00:10Z"}
    poison, sound = api.create(cadence=at), api.create(cadence=at, target=PROBE)
    stack.corrupt_schedule(poison["id"])
    stack.advance(10)
    stack.tick()
    stack.deliver()

    assert starts == [run["id"] for run in api.runs(sound)]
