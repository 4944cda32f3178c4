"""A run that its target ends: it holds its slot by its lease, and no process holds it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function, Target
from tests.harness import PUBLIC_URL, Crash, Stack

Json = dict[str, Any]


def holders(api: Api) -> list[str]:
    return [holder["run_id"] for holder in api.get("/v1/slot")["holders"]]


# Asked


def test_the_target_learns_where_to_call_back_and_the_run_goes_on(
    caller: Caller, function: Function, api: Api
) -> None:
    run = caller.started()
    baton = function.events[0]["baton"]
    assert function.kinds == ["Event"]
    assert baton["callback_url"] == f"{PUBLIC_URL}/v1/runs/{run['id']}"
    assert baton["run_id"] == run["id"]
    now = api.run(run)
    assert (now["status"], now["deadline_at"]) == ("running", "2026-03-01T01:00:00.000Z")
    assert holders(api) == [run["id"]]


def test_the_token_is_shown_to_nobody_else(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    secret = target.token.partition(".")[2]
    shown = [api.run(run), api.get(f"/v1/runs/{run['id']}/log"), api.get("/v1/slot")]
    assert secret not in str(shown)
    assert "hash" not in str(shown)


def test_a_heartbeat_renews_the_lease_and_shows_how_far_the_work_is(
    caller: Caller, target: Target, stack: Stack, api: Api
) -> None:
    run = caller.started()
    stack.advance(100)
    line = {"message": "half", "level": "warning", "data": {"n": 7}}
    answer = target.say(
        run, "heartbeat", steps=3, progress={"done": 1, "total": 2}, log=["plain", line]
    )
    assert answer == {"continue": True, "lease_expires_at": "2026-03-01T00:03:40.000Z"}
    now = api.run(run)
    assert (now["steps"], now["progress"]) == (3, {"done": 1, "total": 2})
    assert now["heard_at"] == "2026-03-01T00:01:40.000Z"
    lines = api.get(f"/v1/runs/{run['id']}/log")["items"][-2:]
    assert [each["message"] for each in lines] == ["plain", "half"]
    assert (lines[1]["level"], lines[1]["data"]) == ("warning", {"n": 7})


def test_steps_that_arrive_late_do_not_go_back(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    for steps in (5, 3):
        target.say(run, "heartbeat", steps=steps)
    assert api.run(run)["steps"] == 5


def test_what_steps_used_up_is_kept_to_the_end_and_does_not_go_back(
    caller: Caller, target: Target, api: Api
) -> None:
    run = caller.started()
    for tokens in (500, 300):
        target.say(run, "heartbeat", usage={"tokens": tokens, "cost": tokens / 1000})
    assert api.run(run)["usage"] == {"tokens": 500, "cost": 0.5}
    target.say(run, "complete", usage={"tokens": 700, "cost": 0.5})
    assert api.run(run)["usage"] == {"tokens": 700, "cost": 0.5}


@pytest.mark.parametrize("usage", [{"tokens": -1}, {"tokens": 1.5}, {"cost": -0.1}, {"steps": 1}])
def test_a_use_that_is_none_is_refused(
    caller: Caller, target: Target, api: Api, usage: Json
) -> None:
    run = caller.started()
    answer = target.call(run, "heartbeat", usage=usage)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"].startswith("usage.")
    assert api.run(run)["usage"] is None


# Ended


def test_complete_ends_the_run_and_the_next_one_gets_the_slot_at_once(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started()
    waiting = api.start(api.create(name="Next"), "?when_busy=queue")
    stack.advance(50)
    totals = {"processed": 4, "skipped": 1, "errors": 0}
    ended = target.say(run, "complete", totals=totals, steps=9, summary="all of it")
    assert ended["status"] == "succeeded"
    assert (ended["totals"], ended["steps"], ended["summary"]) == (totals, 9, "all of it")
    assert ended["duration_ms"] == 50_000
    assert api.run(waiting)["status"] == "claimed"
    stack.deliver()
    assert api.run(waiting)["status"] == "succeeded"


def test_errors_in_items_fail_the_run(caller: Caller, target: Target) -> None:
    ended = target.say(caller.started(), "complete", totals={"errors": 2})
    assert (ended["status"], ended["failure_reason"]) == ("failed", "item_errors")


def test_fail_ends_it_with_its_reason_and_moves_the_breaker(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    schedule = caller.schedule(cadence={"type": "cron", "expression": "* * * * *"})
    stack.run_for(60)
    (run,) = api.runs(schedule)
    ended = target.say(run, "fail", reason="auth_failed", message="the key was refused")
    assert (ended["status"], ended["failure_reason"]) == ("failed", "auth_failed")
    assert ended["error_message"] == "the key was refused"
    assert api.schedule(schedule)["failure_streak"] == 1
    assert holders(api) == []


def test_a_failure_is_retried_with_a_token_of_its_own(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started(retry={"max_attempts": 2, "delay_seconds": 10})
    first = target.token
    target.say(run, "heartbeat", steps=4)
    again = target.say(run, "fail", reason="rate_limited", message="later", retry_after_seconds=100)
    assert (again["status"], again["not_before"]) == ("queued", "2026-03-01T00:01:40.000Z")
    assert target.call(run, "heartbeat").status == 409

    stack.run_for(101)
    now = api.run(run)
    assert (now["attempt"], now["status"], now["heard_at"]) == (2, "running", None)
    before = api.run(run)
    for what in ("heartbeat", "complete"):
        late = target.call(run, what, token=first)
        assert (late.status, late.json["code"]) == (409, "lease_lost")
    assert api.run(run) == before
    assert target.say(run, "complete")["status"] == "succeeded"


def test_what_ended_cannot_be_ended_again(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    target.say(run, "complete", summary="once")
    ended = api.run(run)
    calls: list[tuple[str, Json]] = [
        ("complete", {"summary": "twice"}),
        ("fail", {"reason": "error", "message": "no"}),
        ("heartbeat", {"log": ["still here"]}),
    ]
    for what, body in calls:
        again = target.call(run, what, **body)
        assert (again.status, again.json["code"]) == (409, "lease_lost")
    assert api.run(run) == ended
    assert "still here" not in api.log(run)


# Told to stop


def test_a_cancelled_target_is_told_to_stop_and_keeps_what_is_left_of_its_lease(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started()
    stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    stack.advance(100)
    assert target.say(run, "heartbeat", steps=2) == {
        "continue": False,
        "reason": "cancelled",
        "lease_expires_at": "2026-03-01T00:02:00.000Z",
    }
    assert api.run(run)["status"] == "running"
    assert target.say(run, "complete", summary="as far as it came")["status"] == "cancelled"
    assert api.run(run)["summary"] == "as far as it came"


def test_a_cancelled_target_that_falls_silent_is_cancelled(
    caller: Caller, api: Api, stack: Stack
) -> None:
    run = caller.started()
    stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    stack.run_for(180)
    assert api.run(run)["status"] == "cancelled"


def test_a_run_cancelled_before_its_start_does_not_start(
    caller: Caller, function: Function, api: Api, stack: Stack
) -> None:
    run = api.start(caller.schedule())
    stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    stack.deliver()
    assert api.run(run)["status"] == "cancelled"
    assert function.events == []


@pytest.mark.parametrize(("steps", "stops"), [(7, False), (8, True)])
def test_a_target_over_its_budget_is_told_to_stop(
    caller: Caller, target: Target, steps: int, stops: bool
) -> None:
    run = caller.started(max_steps=7)
    answer = target.say(run, "heartbeat", steps=steps)
    assert answer["continue"] is not stops
    assert answer.get("reason") == ("budget_exceeded" if stops else None)
    ended = target.say(run, "complete")
    assert ended["failure_reason"] == ("budget_exceeded" if stops else None)


def test_a_target_over_its_budget_that_falls_silent_is_that(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started(max_steps=7)
    target.say(run, "heartbeat", steps=8)
    stack.run_for(180)
    assert api.run(run)["failure_reason"] == "budget_exceeded"


# Time


def test_silence_is_a_lost_lease(caller: Caller, target: Target, api: Api, stack: Stack) -> None:
    run = caller.started()
    stack.advance(124)
    stack.tick()
    assert api.run(run)["status"] == "running", "the margin for clock skew is not over"
    stack.advance(1)
    stack.tick()
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert ended["error_message"] == "Its target fell silent: no heartbeat within 120 s."
    assert target.call(run, "heartbeat").json["code"] == "lease_lost"


def test_a_heartbeat_after_the_lease_that_nobody_has_reaped_keeps_it(
    caller: Caller, target: Target, stack: Stack
) -> None:
    run = caller.started()
    stack.advance(130)
    assert target.say(run, "heartbeat")["continue"] is True


def test_a_run_may_take_a_day_and_no_longer(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    api.set_limits(max_lease_seconds=86_400)
    run = caller.started(timeout_seconds=86_400, lease_seconds=7200)
    for _ in range(23):
        stack.advance(3600)
        assert target.say(run, "heartbeat")["continue"] is True
    assert api.run(run)["lease_expires_at"] == "2026-03-02T00:00:00.000Z"
    stack.advance(3600)
    assert target.say(run, "heartbeat")["reason"] == "timeout"
    stack.run_for(60)
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "timeout")
    assert ended["error_message"] == "It took longer than 86400 s."


def test_work_that_is_done_too_late_is_a_timeout(
    caller: Caller, target: Target, stack: Stack
) -> None:
    run = caller.started(timeout_seconds=60)
    stack.advance(60)
    assert target.say(run, "complete")["failure_reason"] == "timeout"


# Before the runner has its answer


def test_a_target_may_end_the_run_before_its_request_is_answered(
    caller: Caller, function: Function, target: Target, api: Api, stack: Stack
) -> None:
    run = api.start(caller.schedule())
    function.meanwhile = lambda _event: target.say(run, "complete", summary="quick")
    stack.deliver()
    ended = api.run(run)
    assert (ended["status"], ended["summary"]) == ("succeeded", "quick")
    assert holders(api) == []


def test_what_becomes_of_the_request_does_not_matter_once_the_target_has_called_back(
    caller: Caller, function: Function, target: Target, api: Api, stack: Stack
) -> None:
    run = api.start(caller.schedule())

    def called_back_and_failed(_event: Json) -> None:
        target.say(run, "heartbeat", steps=1)
        raise ClientError({"Error": {"Code": "ServiceException"}}, "Invoke")

    function.meanwhile = called_back_and_failed
    stack.deliver()
    assert (api.run(run)["status"], api.run(run)["steps"]) == ("running", 1)
    assert target.say(run, "complete")["status"] == "succeeded"


@pytest.mark.parametrize(
    "refusal",
    [
        ("ServiceException", "error"),
        ("TooManyRequestsException", "rate_limited"),
        ("AccessDeniedException", "auth_failed"),
        ("ResourceNotFoundException", "target_not_found"),
    ],
)
def test_a_request_that_is_refused_fails_the_run_at_once(
    caller: Caller, function: Function, target: Target, api: Api, refusal: tuple[str, str]
) -> None:
    code, reason = refusal

    def refuse(_event: Json) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")

    function.meanwhile = refuse
    run = caller.started()
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", reason)
    assert ended["error_message"] == f"{code}: no"
    assert holders(api) == []
    assert target.call(run, "heartbeat").json["code"] == "lease_lost"


def test_a_request_without_an_answer_leaves_the_run_to_its_lease(
    caller: Caller, function: Function, target: Target, api: Api
) -> None:
    def lose_the_answer(_event: Json) -> None:
        raise ReadTimeoutError(endpoint_url="lambda")

    function.meanwhile = lose_the_answer
    run = caller.started()
    assert api.run(run)["status"] == "running"
    assert "Nobody knows whether the target was started" in api.log(run)[-1]
    assert target.say(run, "complete")["status"] == "succeeded"


def test_a_runner_that_dies_after_its_request_loses_and_doubles_nothing(
    caller: Caller, function: Function, target: Target, api: Api, stack: Stack
) -> None:
    def die(_event: Json) -> None:
        raise Crash

    function.meanwhile = die
    run = api.start(caller.schedule())
    (message,) = stack.messages()
    stack.deliver()
    stack.redeliver(message)
    assert len(function.events) == 1
    assert target.say(run, "heartbeat")["continue"] is True
    assert target.say(run, "complete")["status"] == "succeeded"


def test_a_runner_that_dies_before_its_request_costs_a_lease(
    caller: Caller, function: Function, api: Api, stack: Stack
) -> None:
    def die(_event: Json) -> None:
        raise Crash

    function.meanwhile = die
    run = caller.started()
    stack.run_for(180)
    assert api.run(run)["failure_reason"] == "lease_expired"


# Saved


@pytest.mark.parametrize(("completion", "status"), [("callback", 201), ("response", 422)])
def test_only_a_target_that_calls_back_may_outlast_a_lambda(
    stack: Stack, completion: str, status: int
) -> None:
    body = {
        "name": "Long",
        "cadence": {"type": "manual"},
        "target": {"type": "http", "url": "https://example.com", "completion": completion},
        "timeout_seconds": 841,
    }
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert answer.status == status
    if status == 422:
        assert answer.json["errors"] == [
            {
                "field": "timeout_seconds",
                "message": "may be 840 at most, unless the target's completion is callback",
            }
        ]
