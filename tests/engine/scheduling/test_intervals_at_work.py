"""An interval from completion has no next fire time while any run of it is at work."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

EVERY = {"type": "interval", "seconds": 60}
PROBE = {"type": "function", "name": "probe"}


@pytest.mark.parametrize("query", ["", "?when_busy=force"])
def test_a_run_by_hand_takes_it_away_and_its_end_sets_it(
    api: Api, stack: Stack, query: str
) -> None:
    schedule = api.create(cadence=EVERY)
    assert schedule["next_fire_at"] == "2026-03-01T00:01:00.000Z"
    api.start(schedule, query)
    assert api.schedule(schedule)["next_fire_at"] is None
    stack.advance(5)
    stack.deliver()
    assert api.schedule(schedule)["next_fire_at"] == "2026-03-01T00:01:05.000Z"


@pytest.mark.parametrize("verbs", [("pause", "resume"), ("resume",), ("pause", "resume", "pause")])
def test_switched_during_its_own_run_it_waits_for_that_runs_end(
    api: Api, stack: Stack, verbs: tuple[str, ...]
) -> None:
    seen: list[Any] = []

    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        for verb in verbs:
            path = f"/v1/schedules/{schedule['id']}/{verb}"
            seen.append(stack.http("POST", path, token=stack.operator).json["next_fire_at"])
        stack.advance(100)
        stack.tick()

    stack.register("probe", probe)
    schedule = api.create(cadence=EVERY, target=PROBE)
    stack.run_for(61)
    assert seen == [None] * len(verbs)
    is_on = verbs[-1] == "resume"
    expected = "2026-03-01T00:03:40.000Z" if is_on else None
    assert api.schedule(schedule)["next_fire_at"] == expected
    assert len(api.runs(schedule)) == 1


def test_another_type_of_cadence_during_the_run_goes_by_that(api: Api, stack: Stack) -> None:
    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        path = f"/v1/schedules/{schedule['id']}"
        change = {"cadence": {"type": "cron", "expression": "0 * * * *"}}
        stack.http("PATCH", path, change, token=stack.operator)

    stack.register("probe", probe)
    schedule = api.create(cadence=EVERY, target=PROBE)
    stack.run_for(65)
    assert api.schedule(schedule)["next_fire_at"] == "2026-03-01T01:00:00.000Z"


def test_cancelled_before_it_started_a_run_by_hand_moves_nothing(api: Api, stack: Stack) -> None:
    api.start(api.create())
    schedule = api.create(cadence=EVERY)
    waiting = api.start(schedule, "?when_busy=queue")
    stack.advance(30)
    path = f"/v1/runs/{waiting['id']}/cancel"
    assert stack.http("POST", path, token=stack.operator).json["cancelled_by"] == "default-operator"
    assert api.schedule(schedule)["next_fire_at"] == schedule["next_fire_at"]
