"""Fire times that are made up for: their runs wait for each other, however long that takes."""

from datetime import datetime
from typing import Any

from tests.api_client import Api
from tests.harness import Stack

MINUTELY = {"type": "cron", "expression": "* * * * *"}
SLOW = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 40}}


def waited(run: dict[str, Any]) -> float:
    """How many seconds the run waited before it started."""
    started, queued = run["started_at"], run["queued_at"]
    return (datetime.fromisoformat(started) - datetime.fromisoformat(queued)).total_seconds()


def test_catch_up_runs_outlast_the_wait_limit_of_their_schedule(api: Api, stack: Stack) -> None:
    schedule = api.create(
        cadence=MINUTELY,
        target=SLOW,
        misfire={"policy": "run_all", "grace_seconds": 0},
        queue_limit_seconds=30,
        ends_at="2026-03-01T00:05:00Z",
    )
    stack.advance(600)
    stack.run_for(600)
    made_up = api.runs(schedule)
    assert [(run["trigger"], run["status"]) for run in made_up] == [("catch_up", "succeeded")] * 5
    assert max(map(waited, made_up)) > 30


def test_other_runs_of_the_same_schedule_have_it(api: Api, stack: Stack) -> None:
    api.start(api.create(target=SLOW))
    schedule = api.create(misfire={"policy": "run_all"}, queue_limit_seconds=30)
    run = api.start(schedule, "?when_busy=queue")
    stack.advance(30)
    stack.tick()
    assert api.run(run)["skip_reason"] == "queue_expired"
