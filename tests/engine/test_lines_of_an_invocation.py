"""Every line says which invocation it belongs to, and whom it is about."""

import json
from functools import partial
from typing import Any

import pytest

from chalicelib.api.http.authorizer import answered
from chalicelib.domain.runs.run import RunStatus
from chalicelib.jobs.context import JobContext
from chalicelib.platform import events
from chalicelib.platform.threads import in_time, side_by_side, with_context
from chalicelib.targets.callback import new_callback
from tests.api_client import Api
from tests.builders import a_run_that_is
from tests.engine.conftest import Lines
from tests.engine.seams import TRANSACTION, UPDATE, deny, just_before
from tests.harness import LambdaContext, Stack

PROBE = {"type": "function", "name": "probe"}
OF_LAMBDA = LambdaContext("tick", 1).aws_request_id


def once(seconds: int) -> dict[str, Any]:
    return {"type": "once", "at": f"2026-03-01T00:00:{seconds:02}Z"}


def test_every_line_of_every_flow_has_a_request_id(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", lambda _context, _params: stack.advance(7))
    for seconds in (10, 11):
        api.create(target=PROBE, cadence=once(seconds))
    stack.run_for(180)
    stack.daily()

    said = lines.written()
    wanted = {"run_fired", "run_claimed", "run_ended", "tick_done", "wake_done", "daily_done"}
    assert wanted <= {line["event"] for line in said}
    assert [line["event"] for line in said if not line.get("request_id")] == []


def test_the_lines_of_a_run_say_whose_and_which_it_is(api: Api, stack: Stack, lines: Lines) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(30)
        with just_before(UPDATE, deny):
            context.step()

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    (line,) = lines.written("heartbeat_failed")
    assert {name: line[name] for name in line if name != "exception"} == {
        "level": "error",
        "event": "heartbeat_failed",
        "request_id": OF_LAMBDA,
        "tenant_id": "default",
        "schedule_id": run["schedule_id"],
        "run_id": run["id"],
        "attempt": 1,
    }


def test_the_slot_that_is_handed_on_is_not_told_in_the_name_of_the_run_before(
    api: Api, stack: Stack, lines: Lines
) -> None:
    stack.register("probe", lambda _context, _params: stack.advance(1))
    api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 60}))
    waiting = api.start(api.create(), "?when_busy=queue")
    (message,) = stack.messages()
    stack.drop(message)
    lines.clear()
    stack.redeliver(message)

    (line,) = lines.written("run_claimed")
    assert (line["run_id"], line["schedule_id"]) == (waiting["id"], waiting["schedule_id"])


def test_what_fails_in_a_pass_is_told_with_its_schedule(
    api: Api, stack: Stack, lines: Lines
) -> None:
    schedule = api.create(cadence=once(10))
    stack.advance(10)
    with just_before(TRANSACTION, deny):
        stack.tick()

    (line,) = lines.written("pass_item_failed")
    assert (line["schedule_id"], line["tenant_id"]) == (schedule["id"], "default")
    (done,) = lines.written("tick_done")
    assert "schedule_id" not in done


def test_an_invocation_inside_another_one_has_its_own_name(
    api: Api, stack: Stack, lines: Lines
) -> None:
    """In tests a job may call a tick: nothing of the runner's lines is on the tick's."""
    stack.register("probe", lambda _context, _params: stack.tick())
    api.start(api.create(target=PROBE))
    stack.deliver()

    (done,) = lines.written("tick_done")
    assert "run_id" not in done


def test_the_lines_of_a_request_say_who_asks_and_about_what(stack: Stack, lines: Lines) -> None:
    api = Api(stack)
    schedule = api.create()
    answer = stack.http("POST", f"/v1/schedules/{schedule['id']}/runs", token=stack.operator)

    (line,) = lines.written("run_claimed")
    token_id = stack.operator.split("_")[1]
    assert (line["tenant_id"], line["token_id"]) == ("default", token_id)
    assert (line["schedule_id"], line["run_id"]) == (schedule["id"], answer.json["id"])
    assert line["request_id"]


def test_a_refused_request_is_told_with_its_caller(stack: Stack, lines: Lines) -> None:
    schedule = Api(stack).create()
    stack.http("DELETE", f"/v1/schedules/{schedule['id']}", token=stack.viewer)

    (line,) = lines.written("request_refused")
    assert (line["status"], line["code"]) == (403, "forbidden")
    assert line["token_id"] == stack.viewer.split("_")[1]
    assert line["schedule_id"] == schedule["id"]


def test_no_line_has_the_secret_of_a_token(stack: Stack, lines: Lines) -> None:
    api = Api(stack)
    api.start(api.create())
    made = stack.http("POST", "/v1/tokens", {"name": "CI", "scopes": ["viewer"]}, token=stack.owner)
    stack.http("GET", "/v1/runs", token="bt_" + "0" * 26 + "_some-secret")
    for token in (stack.operator, stack.owner, made.json["secret"], "_some-secret"):
        secret = token.partition("_")[2].partition("_")[2] or token
        assert secret not in "".join(lines.texts())


def ask(stack: Stack, token: str) -> dict[str, Any]:
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {token}",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef/api/GET/v1/runs",
    }
    return answered(event, OF_LAMBDA, stack.system.config, stack.system.clock)


def test_a_refused_token_is_told_by_its_id(stack: Stack, lines: Lines) -> None:
    token_id = stack.operator.split("_")[1]
    ask(stack, f"bt_{token_id}_wrong")

    (line,) = lines.written("token_refused")
    assert (line["token_id"], line["request_id"]) == (token_id, OF_LAMBDA)
    assert "wrong" not in "".join(lines.texts("token_refused"))


def test_a_token_of_another_form_is_told_without_an_id(stack: Stack, lines: Lines) -> None:
    ask(stack, "nonsense")
    (line,) = lines.written("token_refused")
    assert line["token_id"] is None
    assert "nonsense" not in "".join(lines.texts())


def test_a_good_token_is_not_worth_a_line_and_may_ask_for_any_route(
    stack: Stack, lines: Lines
) -> None:
    told = ask(stack, stack.operator)
    assert lines.texts() == []
    (allowed,) = told["policyDocument"]["Statement"]
    assert allowed["Resource"] == ["arn:aws:execute-api:us-east-1:123456789012:abcdef/api/*/*"]
    assert (allowed["Effect"], allowed["Action"]) == ("Allow", "execute-api:Invoke")


@pytest.mark.parametrize("workers", [1, 4])
def test_work_side_by_side_has_the_name_of_its_starter(lines: Lines, workers: int) -> None:
    with events.bound(request_id="abc"):
        side_by_side([partial(events.info, "run_queued", number=1)] * 3, workers)
    assert [line["request_id"] for line in lines.written("run_queued")] == ["abc"] * 3


def test_a_call_that_is_waited_for_has_the_name_of_its_starter(lines: Lines) -> None:
    with events.bound(request_id="abc"):
        in_time(lambda: events.info("run_queued"), 30)
        call = with_context(lambda: events.info("run_queued"))
    call()
    assert [line["request_id"] for line in lines.written("run_queued")] == ["abc", "abc"]


def test_what_a_line_says_itself_wins_and_nothing_stays_bound(lines: Lines) -> None:
    run = a_run_that_is(RunStatus.RUNNING)
    with events.bound(**events.of_run(run), slot=None):
        events.info("run_queued", run_id="another")
    events.info("run_queued")

    first, second = lines.written("run_queued")
    assert (first["run_id"], first["tenant_id"], "slot" in first) == ("another", "acme", False)
    assert second == {"level": "info", "event": "run_queued"}


def test_a_line_is_one_json_object(lines: Lines) -> None:
    with events.bound(request_id='odd "quotes"\n'):
        events.info("run_queued", why="two\nlines")
    (text,) = lines.texts()
    assert "\n" not in text
    assert json.loads(text)["why"] == "two\nlines"


def test_the_run_token_of_a_target_that_calls_back_is_not_told_as_refused(
    stack: Stack, lines: Lines
) -> None:
    """The authorizer has no caller for it, and the route that takes it judges it."""
    run = a_run_that_is(RunStatus.CLAIMED, run_id="01KJMRSSG00000000000000000")
    ask(stack, new_callback(run, "https://baton.test/api").token)
    assert lines.texts() == []
