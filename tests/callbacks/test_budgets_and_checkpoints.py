"""Budgets of tokens and cost, and where an attempt goes on after a crash."""

from typing import Any

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail, JobContext
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Target
from tests.harness import Stack

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("budget", "most", "used"),
    [
        ("tokens", 1000, {"usage": {"tokens": 1001}}),
        ("cost", 0.5, {"usage": {"cost": 0.51}}),
        ("steps", 2, {"steps": 3}),
    ],
)
def test_a_heartbeat_says_which_budget_is_used_up(
    caller: Caller, target: Target, budget: str, most: float, used: Json
) -> None:
    run = caller.started(**{f"max_{budget}": most})
    assert target.say(run, "heartbeat", steps=2, usage={"tokens": 1000, "cost": 0.5})["continue"]
    over = target.say(run, "heartbeat", **used)
    assert (over["continue"], over["reason"]) == (False, "budget_exceeded")
    assert over["budget"] == budget
    target.say(run, "complete")
    ended = caller.api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "budget_exceeded")
    assert ended["exceeded_budget"] == budget
    assert "budget" in ended["error_message"]


@pytest.mark.parametrize(
    ("limit", "budget"), [({"max_tokens": 10}, "tokens"), ({"max_cost": 0.1}, "cost")]
)
def test_a_job_is_stopped_by_what_it_reports(
    stack: Stack, api: Api, limit: Json, budget: str
) -> None:
    went_on: list[int] = []

    def greedy(context: JobContext, _params: Any) -> None:
        for number in range(3):
            context.step(tokens=6, cost=0.06)
            went_on.append(number)

    stack.register("greedy", greedy)
    run = api.start(api.create(target={"type": "function", "name": "greedy"}, **limit))
    stack.deliver()
    ended = api.run(run)
    assert (ended["failure_reason"], ended["exceeded_budget"]) == ("budget_exceeded", budget)
    assert went_on == [0]


def test_one_run_may_have_budgets_of_its_own(stack: Stack, api: Api) -> None:
    run = api.start(api.create(max_tokens=10, max_cost=1), max_tokens=20, max_cost=0.25)
    assert (run["max_tokens"], run["max_cost"]) == (20, 0.25)


def test_averages_of_tokens_and_cost_move_like_those_of_steps(stack: Stack, api: Api) -> None:
    used = iter((10, 20))

    def frugal(context: JobContext, _params: Any) -> None:
        context.step(tokens=next(used), cost=0.5)

    stack.register("frugal", frugal)
    schedule = api.create(target={"type": "function", "name": "frugal"})
    for average in (10, 12):
        api.start(schedule)
        stack.deliver()
        assert api.schedule(schedule)["average_tokens"] == average
    assert api.schedule(schedule)["average_cost"] == 0.5
    found = api.get("/v1/budget-suggestion?type=function&name=frugal")
    assert (found["suggested_max_tokens"], found["suggested_max_cost"]) == (24, 1.0)


def test_a_budget_below_what_like_schedules_use_is_a_warning(stack: Stack, api: Api) -> None:
    def thrifty(context: JobContext, _params: Any) -> None:
        context.step(tokens=100, cost=2)

    stack.register("thrifty", thrifty)
    target = {"type": "function", "name": "thrifty"}
    api.start(api.create(target=target))
    stack.deliver()
    body = {"name": "x", "cadence": {"type": "manual"}, "target": target, "max_tokens": 50}
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    (warning,) = answer.json["warnings"]
    assert (warning["code"], warning["data"]) == ("budget_low", {"suggested_max_tokens": 200})


# Checkpoints


def test_the_next_attempt_of_a_job_goes_on_where_the_last_one_was(stack: Stack, api: Api) -> None:
    found: list[Any] = []

    def crawl(context: JobContext, _params: Any) -> None:
        found.append(context.checkpoint)
        context.save_checkpoint({"page": len(found)})
        if len(found) < 3:
            raise Fail("no", FailureReason.ERROR)

    stack.register("crawl", crawl)
    target = {"type": "function", "name": "crawl"}
    run = api.start(api.create(target=target, retry={"max_attempts": 3, "delay_seconds": 0}))
    stack.run_for(120)
    assert found == [None, {"page": 1}, {"page": 2}]
    assert api.run(run)["checkpoint"] == {"page": 3}


def test_it_survives_a_target_that_falls_silent(
    stack: Stack, api: Api, caller: Caller, target: Target
) -> None:
    run = caller.started(retry={"max_attempts": 2, "delay_seconds": 0})
    target.say(run, "heartbeat", checkpoint={"cursor": "abc"})
    target.say(run, "heartbeat", steps=1)
    stack.run_for(600)
    assert api.run(run)["attempt"] == 2
    assert api.run(run)["checkpoint"] == {"cursor": "abc"}


def test_a_target_asks_for_it_with_a_heartbeat(
    stack: Stack, api: Api, caller: Caller, target: Target
) -> None:
    run = caller.started()
    assert "checkpoint" not in target.say(run, "heartbeat")
    assert target.say(run, "heartbeat", with_checkpoint=True)["checkpoint"] is None
    target.say(run, "heartbeat", checkpoint={"n": 1})
    assert target.say(run, "heartbeat", with_checkpoint=True)["checkpoint"] == {"n": 1}


def test_a_retry_by_hand_takes_it_over(
    stack: Stack, api: Api, caller: Caller, target: Target
) -> None:
    run = caller.started()
    target.say(run, "fail", reason="error", message="no", checkpoint={"n": 7})
    again = stack.http("POST", f"/v1/runs/{run['id']}/retry", {}, token=stack.operator)
    assert api.run(again.json)["checkpoint"] == {"n": 7}


def test_a_checkpoint_has_a_limit(stack: Stack, api: Api, caller: Caller, target: Target) -> None:
    run = caller.started()
    path = f"/v1/runs/{run['id']}/heartbeat"
    body = {"checkpoint": {"text": "x" * 8192}}
    refused = stack.http("POST", path, body, token=target.token)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "checkpoint")
    assert api.run(run)["checkpoint"] is None


def test_what_has_succeeded_is_done_over_from_its_beginning(
    stack: Stack, api: Api, caller: Caller, target: Target
) -> None:
    run = caller.started()
    target.say(run, "complete", checkpoint={"page": 100})
    again = stack.http("POST", f"/v1/runs/{run['id']}/retry", {}, token=stack.operator)
    assert api.run(again.json)["checkpoint"] is None


def test_an_empty_checkpoint_is_one(caller: Caller, target: Target) -> None:
    run = caller.started()
    target.say(run, "heartbeat", checkpoint={"n": 1})
    target.say(run, "fail", reason="error", message="no", checkpoint={})
    assert caller.api.run(run)["checkpoint"] == {}


def test_a_cost_too_small_to_count_is_nothing_and_as_a_budget_refused(
    stack: Stack, api: Api, caller: Caller, target: Target
) -> None:
    run = caller.started()
    ended = target.say(run, "complete", usage={"cost": 1e-200})
    assert (ended["status"], ended["usage"]["cost"]) == ("succeeded", 0)
    body = {"name": "x", "cadence": {"type": "manual"}, "max_cost": 1e-300}
    body |= {"target": {"type": "function", "name": "drill"}}
    refused = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "max_cost")


def test_a_cost_budget_is_not_exceeded_by_adding_up(stack: Stack, api: Api) -> None:
    def exact(context: JobContext, _params: Any) -> None:
        for _ in range(3):
            context.step(cost=0.1)

    stack.register("exact", exact)
    run = api.start(api.create(target={"type": "function", "name": "exact"}, max_cost=0.3))
    stack.deliver()
    assert (api.run(run)["status"], api.run(run)["usage"]["cost"]) == ("succeeded", 0.3)
