"""The built-in jobs do what their descriptions promise."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack


def drill(**params: Any) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": params}


def test_a_drill_takes_its_steps_and_its_time(api: Api, stack: Stack) -> None:
    run = api.start(api.create(target=drill(steps=3, seconds=6)))
    stack.deliver()

    ended = api.run(run)
    assert (ended["steps"], ended["duration_ms"]) == (3, 6000)
    assert api.log(run) == [f"Step {number} of 3 done" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("fail", "error"), ("item_errors", "item_errors"), ("hang", "timeout")],
)
def test_a_drill_ends_as_asked(api: Api, stack: Stack, ending: str, reason: str) -> None:
    run = api.start(api.create(target=drill(steps=1, seconds=1, ending=ending)))
    stack.deliver()
    assert api.run(run)["failure_reason"] == reason


def test_cleanup_removes_the_lines_of_old_successes_only(api: Api, stack: Stack) -> None:
    good, bad = api.create(target=drill(steps=2)), api.create(target=drill(ending="fail"))
    cleanup = api.create(target={"type": "function", "name": "cleanup-logs"})
    old = [_run(api, stack, schedule) for schedule in (good, bad)]
    stack.advance(31 * 24 * 3600)
    young = _run(api, stack, good)

    cleaning = _run(api, stack, cleanup)

    assert api.log(old[0]) == []
    assert len(api.log(old[1])) == 6
    assert len(api.log(young)) == 2
    assert api.run(cleaning)["summary"] == "2 lines of 2 runs removed"
    assert api.run(cleaning)["progress"] == {"done": 2, "total": 2}


def test_cleanup_removes_what_is_past_its_end_and_ttl_has_left(api: Api, stack: Stack) -> None:
    bad = api.create(target=drill(ending="fail"))
    cleanup = api.create(target={"type": "function", "name": "cleanup-logs"})
    old = _run(api, stack, bad)
    stack.advance(91 * 24 * 3600)
    _run(api, stack, cleanup)
    assert api.log(old) == []


def test_tokens_and_cost_of_the_steps_add_up_on_the_run(api: Api, stack: Stack) -> None:
    def think(context: JobContext, _params: Any) -> None:
        context.step(tokens=1200, cost=0.1)
        context.step(2, tokens=300, cost=0.2)

    stack.register("think", think)
    run = api.start(api.create(target={"type": "function", "name": "think"}))
    stack.deliver()
    ended = api.run(run)
    assert (ended["steps"], ended["usage"]) == (3, {"tokens": 1500, "cost": 0.3})


def test_a_run_whose_job_tells_no_usage_has_none(api: Api, stack: Stack) -> None:
    run = api.start(api.create(target=drill(steps=1, seconds=0)))
    stack.deliver()
    assert api.run(run)["usage"] is None


def _run(api: Api, stack: Stack, schedule: dict[str, Any]) -> dict[str, Any]:
    run = api.start(schedule)
    stack.deliver()
    return run
