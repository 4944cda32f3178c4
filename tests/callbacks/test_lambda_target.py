"""Lambda targets whose answer ends the run, and what may be saved."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.targets import arns
from tests.api_client import Api
from tests.callbacks.conftest import ARN, Function
from tests.harness import ALLOWED_FUNCTIONS, Answer, Crash, Stack

TARGET = {"type": "lambda", "function_arn": ARN, "payload": {"site": "docs", "depth": 2}}


def answered(body: Any, log: str = "", **more: Any) -> dict[str, Any]:
    tail = base64.b64encode(log.encode()).decode()
    return {"Payload": BytesIO(json.dumps(body).encode()), "LogResult": tail, **more}


def test_the_function_gets_the_payload_and_the_run_and_its_answer_ends_it(
    api: Api, stack: Stack, function: Function
) -> None:
    function.answer = answered({"pages": 7}, log="START\nfetched 7 pages\nEND\n")
    run = api.start(api.create(target=TARGET), payload={"depth": 3})
    stack.deliver()
    (event,) = function.events
    assert function.kinds == ["RequestResponse"]
    assert {name: event[name] for name in ("site", "depth")} == {"site": "docs", "depth": 3}
    assert event["baton"]["run_id"] == run["id"]
    assert "run_token" not in event["baton"]
    ended = api.run(run)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 1)
    assert api.log(run) == ["START", "fetched 7 pages", "END", "The function answered"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"errorType": "KeyError", "errorMessage": "'x'"}, "KeyError: 'x'"),
        (
            {"errorMessage": "Task timed out after 3.00 seconds"},
            "Task timed out after 3.00 seconds",
        ),
        ("nothing it should say", '"nothing it should say"'),
        ({}, "the function failed"),
    ],
)
def test_a_function_that_fails_fails_the_run_in_its_own_words(
    api: Api, stack: Stack, function: Function, body: Any, message: str
) -> None:
    function.answer = answered(body, FunctionError="Unhandled")
    run = api.start(api.create(target=TARGET))
    stack.deliver()
    ended = api.run(run)
    assert (ended["failure_reason"], ended["error_message"]) == ("error", message)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ResourceNotFoundException", "target_not_found"),
        ("AccessDeniedException", "auth_failed"),
        ("TooManyRequestsException", "rate_limited"),
        ("InvalidRequestContentException", "error"),
    ],
)
def test_a_refusal_has_its_reason(
    api: Api, stack: Stack, function: Function, code: str, reason: str
) -> None:
    def refuse(_event: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")

    function.meanwhile = refuse
    run = api.start(api.create(target=TARGET))
    stack.deliver()
    assert api.run(run)["failure_reason"] == reason


def test_a_function_that_does_not_answer_in_time_is_a_timeout(
    api: Api, stack: Stack, function: Function
) -> None:
    def hang(_event: Any) -> None:
        raise ReadTimeoutError(endpoint_url="lambda")

    function.meanwhile = hang
    run = api.start(api.create(target=TARGET, timeout_seconds=30))
    stack.deliver()
    ended = api.run(run)
    assert (ended["failure_reason"], ended["error_message"]) == (
        "timeout",
        "It took longer than 30 s.",
    )


def test_a_runner_that_dies_invokes_it_no_second_time(
    api: Api, stack: Stack, function: Function
) -> None:
    def die(_event: Any) -> None:
        raise Crash

    function.meanwhile = die
    run = api.start(api.create(target=TARGET, lease_seconds=60))
    (message,) = stack.messages()
    stack.deliver()
    stack.redeliver(message)
    stack.run_for(120)
    assert len(function.events) == 1
    assert api.run(run)["failure_reason"] == "lease_expired"


# What may be saved


def saved(stack: Stack, **target: Any) -> Answer:
    body = {"name": "Probe", "cadence": {"type": "manual"}, "target": target}
    return stack.http("POST", "/v1/schedules", body, token=stack.operator)


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("work-crawl", "is no ARN of that kind"),
        (ARN.replace("lambda", "states"), "is no ARN of that kind"),
        (ARN + "\n", "is no ARN of that kind"),
        (ARN.replace("work", "*"), "is no ARN of that kind"),
        (ARN.replace("work-", "rest-"), "is not among those this deployment allows"),
        (ARN.replace("us-east-1", "eu-west-1"), "is not among those this deployment allows"),
    ],
)
def test_an_arn_that_is_none_or_not_allowed_is_refused(
    stack: Stack, arn: str, message: str
) -> None:
    answer = saved(stack, type="lambda", function_arn=arn)
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "target.function_arn", "message": message}]


@pytest.mark.usefixtures("function")
@pytest.mark.parametrize("arn", [ARN, ARN + ":$LATEST", ARN + ":live"])
def test_an_allowed_arn_is_saved_as_it_is(stack: Stack, arn: str) -> None:
    answer = saved(stack, type="lambda", function_arn=arn)
    assert answer.status == 201, answer.json
    assert answer.json["schedule"]["target"] == {
        "type": "lambda",
        "function_arn": arn,
        "payload": {},
        "completion": "response",
    }


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        (ARN, True),
        (ARN[:-1], False),
        (ARN[:-1] + "?", True),
        (ARN + "?", False),
        ("arn:aws:lambda:*:*:function:work-*", True),
        ("*", True),
        (ARN.replace("crawl", "[a-z]*"), False),
        (ARN.replace("-", "."), False),
    ],
)
def test_patterns_are_those_of_iam(pattern: str, covered: bool) -> None:
    assert arns.is_allowed(ARN, [pattern]) is covered


def test_nothing_is_allowed_that_no_pattern_names() -> None:
    assert not arns.is_allowed(ARN, ())
    assert arns.is_allowed(ARN, ALLOWED_FUNCTIONS)
