"""A waiting run is told its place and its start, and where nothing interferes so it comes to be."""

from datetime import datetime
from random import Random
from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

OTHERS = ("acme", "beta", "zebra")


class World:
    """Schedules of several tenants whose runs take just as long as they always did."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.stack, self.random = stack, Random(seed)
        self.tokens = {name: stack.token(name, ["operator"]) for name in OTHERS}
        #: Run → when it started.
        self.started: dict[str, datetime] = {}
        stack.register("work", self._work)
        self.schedules = [self._schedule(number) for number in range(5)]

    def _work(self, context: Any, params: dict[str, Any]) -> None:
        self.started[context.run_id] = self.stack.now
        self.stack.advance(params["seconds"])

    def _schedule(self, number: int) -> tuple[str, str]:
        token = self.tokens[self.random.choice(OTHERS)]
        seconds = self.random.choice((5, 20, 60))
        target = {"type": "function", "name": "work", "params": {"seconds": seconds}}
        priority = self.random.choice((5, 5, 6))
        made = Api(self.stack).create(
            token=token, name=f"S{number}", target=target, priority=priority
        )
        self._post(f"/v1/schedules/{made['id']}/runs", token)
        self.stack.deliver()
        return made["id"], token

    def queue(self) -> tuple[str, str]:
        """A run of some schedule, in the queue; which, and whose."""
        schedule_id, token = self.random.choice(self.schedules)
        return self._post(f"/v1/schedules/{schedule_id}/runs?when_busy=queue", token), token

    def _post(self, path: str, token: str) -> str:
        answer = self.stack.http("POST", path, {}, token=token)
        assert answer.status == 202, answer.json
        return str(answer.json["id"])


@pytest.mark.parametrize("seed", range(20))
def test_what_waiting_runs_are_told_comes_true(seed: int) -> None:
    with Stack() as stack:
        world = World(stack, seed)
        world.started.clear()
        runs = [world.queue() for _ in range(9)]
        told = {
            run_id: stack.http("GET", f"/v1/runs/{run_id}", token=token).json
            for run_id, token in runs
        }
        now = stack.now
        stack.deliver()
        waited = [each for each in world.started if told[each]["position"] is not None]
        assert len(waited) == 8, "one of nine has the slot"
        assert waited == sorted(waited, key=lambda each: told[each]["position"])
        for number, run_id in enumerate(waited, start=1):
            assert told[run_id]["position"] == number
            expected = datetime.fromisoformat(told[run_id]["expected_start_at"])
            assert expected == world.started[run_id], (number, now)


def test_what_does_not_wait_for_a_slot_has_no_place(stack: Stack, api: Api) -> None:
    run = api.start(api.create())
    at_work = api.run(run)
    assert (at_work["position"], at_work["expected_start_at"]) == (None, None)
    stack.deliver()
    assert api.run(run)["position"] is None
