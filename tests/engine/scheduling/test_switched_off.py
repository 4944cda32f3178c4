"""Off is off: what the scheduler has waiting or resting ends, what people ask for goes on."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Crash, Stack

Json = dict[str, Any]
MINUTELY = {"type": "cron", "expression": "* * * * *"}
FAILING = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}


def crash(_context: JobContext, _params: Json) -> None:
    raise Crash


def switch(stack: Stack, schedule: Json, verb: str) -> None:
    path = f"/v1/schedules/{schedule['id']}/{verb}"
    assert stack.http("POST", path, token=stack.operator).status == 200


def ends(api: Api, schedule: Json) -> list[str]:
    """What became of its runs, oldest first: the skip reason, or else the status."""
    return [run["skip_reason"] or run["status"] for run in api.runs(schedule)]


@pytest.fixture
def busy(api: Api, stack: Stack) -> Json:
    """A schedule that is due in a minute, while another one holds the only slot."""
    stack.register("crash", crash)
    api.set_limits(max_lease_seconds=86_400)
    holder = api.create(target={"type": "function", "name": "crash"}, lease_seconds=86_400)
    api.start(holder)
    stack.deliver()
    return api.create(cadence=MINUTELY)


def test_a_pause_ends_the_run_that_waits(api: Api, stack: Stack, busy: Json) -> None:
    stack.run_for(70)
    assert ends(api, busy) == ["queued"]
    switch(stack, busy, "pause")
    assert ends(api, busy) == ["schedule_paused"]


def test_what_a_person_put_in_the_queue_waits_on(api: Api, stack: Stack, busy: Json) -> None:
    mine = api.start(busy, "?when_busy=queue")
    switch(stack, busy, "pause")
    assert api.run(mine)["status"] == "queued"


def test_a_retry_at_rest_ends_with_the_pause(api: Api, stack: Stack) -> None:
    retry = {"max_attempts": 3, "delay_seconds": 600}
    schedule = api.create(cadence=MINUTELY, target=FAILING, retry=retry)
    stack.run_for(65)
    assert ends(api, schedule) == ["queued"]
    switch(stack, schedule, "pause")
    assert ends(api, schedule) == ["schedule_paused"]
    stack.run_for(1200)
    assert len(api.runs(schedule)) == 1


def test_a_run_that_fails_while_its_schedule_is_off_is_not_tried_again(
    api: Api, stack: Stack
) -> None:
    def probe(_context: JobContext, _params: Json) -> None:
        switch(stack, schedule, "pause")
        raise RuntimeError("no luck")

    stack.register("probe", probe)
    target = {"type": "function", "name": "probe"}
    schedule = api.create(cadence=MINUTELY, target=target, retry={"max_attempts": 3})
    stack.run_for(65)
    assert ends(api, schedule) == ["failed"]


def test_a_breaker_that_trips_ends_all_that_waits(api: Api, stack: Stack) -> None:
    run_all = {"policy": "run_all", "grace_seconds": 60}
    schedule = api.create(
        cadence=MINUTELY, target=FAILING, misfire=run_all, breaker={"failures": 2}
    )
    stack.lose_wakes()
    stack.advance(600)
    stack.run_for(300)
    found = ends(api, schedule)
    assert found[:2] == ["failed", "failed"]
    assert set(found[2:]) == {"schedule_broken", "coalesced"}


def test_a_waiting_run_that_a_pause_missed_does_not_get_the_slot(
    api: Api, stack: Stack, busy: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.run_for(70)
    monkeypatch.setattr("chalicelib.engine.moves.settling.skip_what_waits", lambda *_: None)
    switch(stack, busy, "pause")
    assert ends(api, busy) == ["queued"]
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    stack.tick()
    assert ends(api, busy) == ["schedule_paused"]


def test_resumed_it_fires_again(api: Api, stack: Stack, busy: Json) -> None:
    stack.run_for(70)
    for verb in ("pause", "resume"):
        switch(stack, busy, verb)
    stack.run_for(60)
    assert ends(api, busy) == ["schedule_paused", "queued"]
