"""What breaks a schedule, class by class."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Crash, Stack

PROBE = {"type": "function", "name": "probe"}
MINUTELY = {"type": "cron", "expression": "* * * * *"}


def overspend(context: JobContext, _params: dict[str, Any]) -> None:
    for _ in range(100):
        context.step()


def test_a_limit_of_one_breaks_at_once(api: Api, stack: Stack) -> None:
    def half_good(context: JobContext, _params: dict[str, Any]) -> None:
        context.totals.errors = 1

    stack.register("probe", half_good)
    schedule = api.create(target=PROBE, cadence=MINUTELY, breaker={"failures": 1})
    stack.run_for(60)
    broken = api.schedule(schedule)
    assert (broken["status"], broken["next_fire_at"]) == ("broken", None)
    assert "item_errors" in broken["broken_reason"]


def test_budget_breaches_have_a_streak_of_their_own(api: Api, stack: Stack) -> None:
    stack.register("probe", overspend)
    limits = {"failures": 2, "budget_breaches": 4}
    schedule = api.create(target=PROBE, cadence=MINUTELY, max_steps=3, breaker=limits)
    stack.run_for(180)
    assert api.schedule(schedule)["status"] == "active"
    assert api.schedule(schedule)["budget_breach_streak"] == 3

    stack.run_for(60)
    assert api.schedule(schedule)["broken_reason"].startswith("4 budget breaches in a row")


def test_breaches_right_after_the_budget_was_edited_are_not_counted(api: Api, stack: Stack) -> None:
    stack.register("probe", overspend)
    limits = {"budget_breaches": 2}
    schedule = api.create(target=PROBE, cadence=MINUTELY, max_steps=3, breaker=limits)
    path = f"/v1/schedules/{schedule['id']}"
    stack.run_for(60)
    stack.http("PATCH", path, {"max_steps": 4}, token=stack.operator)
    stack.run_for(120)
    assert len(api.runs(schedule)) == 3
    assert api.schedule(schedule)["budget_breach_streak"] == 1

    stack.run_for(60)
    assert api.schedule(schedule)["status"] == "broken"


def test_a_process_that_dies_is_not_a_failure_of_the_job(api: Api, stack: Stack) -> None:
    def crash(_context: JobContext, _params: dict[str, Any]) -> None:
        raise Crash

    stack.register("probe", crash)
    limits = {"failures": 1, "interruptions": 3}
    hourly = {"type": "cron", "expression": "0 * * * *"}
    schedule = api.create(target=PROBE, cadence=hourly, lease_seconds=60, breaker=limits)
    stack.run_for(2.5 * 3600)
    assert (api.schedule(schedule)["status"], api.schedule(schedule)["interruption_streak"]) == (
        "active",
        2,
    )

    stack.run_for(3600)
    assert api.schedule(schedule)["broken_reason"].startswith("3 interruptions in a row")
