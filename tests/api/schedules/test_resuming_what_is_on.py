"""Resuming a schedule that is on starts its streaks anew, and does nothing else."""

from typing import Any

import pytest

from chalicelib.jobs.context import Fail, FailureReason, JobContext
from chalicelib.store import schedule_table
from tests.api_client import Api
from tests.harness import Answer, Crash, Stack

MINUTELY = {"type": "cron", "expression": "* * * * *"}


def fails(_context: JobContext, _params: Any) -> None:
    raise Fail("out of order", FailureReason.ERROR)


def overspends(context: JobContext, _params: Any) -> None:
    context.step(100)


def dies(_context: JobContext, _params: Any) -> None:
    raise Crash


def resume(stack: Stack, schedule: dict[str, Any], match: str | None = None) -> Answer:
    headers = {} if match is None else {"If-Match": match}
    path = f"/v1/schedules/{schedule['id']}/resume"
    return stack.http("POST", path, token=stack.operator, headers=headers)


def failing(api: Api, stack: Stack, job: Any = fails) -> dict[str, Any]:
    """An active schedule that has failed twice."""
    stack.register("job", job)
    schedule = api.create(
        cadence=MINUTELY, target={"type": "function", "name": "job"}, max_steps=3, lease_seconds=30
    )
    stack.run_for(170)
    return api.schedule(schedule)


@pytest.mark.parametrize(
    ("job", "streak"),
    [
        (fails, "failure_streak"),
        (overspends, "budget_breach_streak"),
        (dies, "interruption_streak"),
    ],
)
def test_it_clears_each_streak_and_leaves_the_rest(
    api: Api, stack: Stack, job: Any, streak: str
) -> None:
    before = failing(api, stack, job)
    assert (before["status"], before[streak] > 0) == ("active", True)
    answer = resume(stack, before)
    assert answer.status == 200
    assert answer.json == {**before, streak: 0, "updated_at": answer.json["updated_at"]}
    assert api.schedule(before) == answer.json
    assert schedule_table.get("default", before["id"]).failure_notification_id is None


def test_the_breaker_then_counts_from_there(api: Api, stack: Stack) -> None:
    schedule = failing(api, stack)
    resume(stack, schedule)
    stack.run_for(120)
    assert api.schedule(schedule)["status"] == "active"
    stack.run_for(60)
    assert api.schedule(schedule)["status"] == "broken"


def test_it_is_on_record_with_the_streak_it_cleared(api: Api, stack: Stack) -> None:
    schedule = failing(api, stack)
    resume(stack, schedule)
    activity = api.get("/v1/activity")["items"][0]
    assert (activity["action"], activity["subject"]) == ("schedule_resumed", schedule["id"])
    assert activity["details"] == {
        "name": "Probe",
        "before": {"failure_streak": 2},
        "after": {"failure_streak": 0},
    }


def test_with_nothing_to_clear_it_changes_nothing(api: Api, stack: Stack) -> None:
    schedule = api.create()
    stack.advance(1)
    assert resume(stack, schedule).json == schedule
    (created,) = api.get("/v1/activity")["items"]
    assert created["action"] == "schedule_created"


def test_a_stale_tag_is_refused(api: Api, stack: Stack) -> None:
    schedule = failing(api, stack)
    assert resume(stack, schedule, '"stale"').status == 412
    assert api.schedule(schedule) == schedule


def test_pausing_what_is_off_changes_nothing(api: Api, stack: Stack) -> None:
    schedule = api.create(enabled=False)
    stack.advance(1)
    answer = stack.http("POST", f"/v1/schedules/{schedule['id']}/pause", token=stack.operator)
    assert answer.json == schedule
