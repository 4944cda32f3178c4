"""A schedule of a Lambda or Step Functions target is switched on only if that could be started."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.engine import system
from tests.api_client import Api
from tests.harness import Answer, Stack

Target = dict[str, Any]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work-crawl"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:work-index"
LAMBDA: Target = {"type": "lambda", "function_arn": FUNCTION}
STEP_FUNCTION: Target = {"type": "step_function", "state_machine_arn": MACHINE}


@dataclass
class Broken:
    """A client of any service: whatever it is asked, it raises; it remembers what that was."""

    error: Exception
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, operation: str) -> Callable[..., NoReturn]:
        def refuse(**_: Any) -> NoReturn:
            self.asked.append(operation)
            raise self.error

        return refuse


class There:
    """A client of any service, in which everything is there that it is asked for."""

    def __getattr__(self, _operation: str) -> Callable[..., dict[str, Any]]:
        return lambda **_: {}


def _role() -> str:
    made = boto3.client("iam").create_role(RoleName="work", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


def _function_is_there() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", "def handler(event, context): pass")
    boto3.client("lambda").create_function(
        FunctionName="work-crawl",
        Runtime="python3.11",
        Role=_role(),
        Handler="work.handler",
        Code={"ZipFile": packed.getvalue()},
    )


def _machine_is_there(kind: Any = "STANDARD") -> None:
    only = {"Only": {"Type": "Pass", "End": True}}
    boto3.client("stepfunctions").create_state_machine(
        name="work-index",
        definition=json.dumps({"StartAt": "Only", "States": only}),
        roleArn=_role(),
        type=kind,
    )


@dataclass(frozen=True)
class Kind:
    """A kind of target: what its check is called, and whom it asks."""

    target: Target
    checked: str
    arn: str
    service: str
    is_there: Callable[[], None]
    absent: str


KINDS = {
    "lambda": Kind(
        LAMBDA,
        "function",
        FUNCTION,
        "lambda",
        _function_is_there,
        f"ResourceNotFoundException: Function not found: {FUNCTION}",
    ),
    "step_function": Kind(
        STEP_FUNCTION,
        "state_machine",
        MACHINE,
        "stepfunctions",
        _machine_is_there,
        f"StateMachineDoesNotExist: State Machine Does Not Exist: '{MACHINE}'",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def paused(api: Api, target: Target) -> dict[str, Any]:
    return api.create(enabled=False, target=target)


def check(stack: Stack, schedule: dict[str, Any]) -> Any:
    answer = stack.http("POST", f"/v1/schedules/{schedule['id']}/check", token=stack.operator)
    assert answer.status == 200, answer.json
    return answer.json


def resume(stack: Stack, schedule: dict[str, Any]) -> Answer:
    return stack.http("POST", f"/v1/schedules/{schedule['id']}/resume", token=stack.operator)


def assert_not_ready(
    api: Api, stack: Stack, schedule: dict[str, Any], checked: str, detail: str
) -> None:
    """The check says so, and the schedule cannot be switched on: it stays just as it is."""
    found = [{"name": checked, "ok": False, "detail": detail}]
    assert check(stack, schedule) == {"ready": False, "checks": found}
    activities = api.get("/v1/activity")["items"]
    answer = resume(stack, schedule)
    assert (answer.status, answer.json["code"], answer.json["checks"]) == (409, "not_ready", found)
    assert answer.json["detail"] == f"The target is not ready. {checked}: {detail}"
    assert api.schedule(schedule) == schedule
    assert api.get("/v1/activity")["items"] == activities
    assert api.runs() == []


def test_what_is_there_and_allowed_is_ready(api: Api, stack: Stack, kind: Kind) -> None:
    kind.is_there()
    schedule = paused(api, kind.target)
    assert check(stack, schedule) == {
        "ready": True,
        "checks": [{"name": kind.checked, "ok": True, "detail": f"{kind.arn} exists"}],
    }
    assert api.schedule(schedule) == schedule
    assert resume(stack, schedule).json["status"] == "active"


def test_what_is_not_there_is_not_ready(api: Api, stack: Stack, kind: Kind) -> None:
    assert_not_ready(api, stack, paused(api, kind.target), kind.checked, kind.absent)


def test_a_version_that_is_not_there_is_not_ready(api: Api, stack: Stack) -> None:
    _function_is_there()
    arn = f"{FUNCTION}:live"
    detail = f"ResourceNotFoundException: Function not found: {arn}"
    schedule = paused(api, {**LAMBDA, "function_arn": arn})
    assert_not_ready(api, stack, schedule, "function", detail)


def test_what_is_not_allowed_any_more_is_not_ready_and_nobody_is_asked(
    api: Api, stack: Stack, kind: Kind
) -> None:
    client = stack.clients[kind.service] = Broken(AssertionError("it was asked"))
    schedule = paused(api, kind.target)
    narrower = replace(stack.system.config, allow_functions=(), allow_state_machines=())
    system.use(replace(stack.system, config=narrower))
    detail = f"{kind.arn} is not among those this deployment allows"
    assert_not_ready(api, stack, schedule, kind.checked, detail)
    assert client.asked == []


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            EndpointConnectionError(endpoint_url="https://aws.test/"),
            'Could not connect to the endpoint URL: "https://aws.test/"',
        ),
        (
            ReadTimeoutError(endpoint_url="https://aws.test/"),
            'Read timeout on endpoint URL: "https://aws.test/"',
        ),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Describe"),
            "AccessDeniedException: no",
        ),
        (
            ClientError({"Error": {"Code": "ThrottlingException", "Message": "later"}}, "Describe"),
            "ThrottlingException: later",
        ),
    ],
    ids=["unreachable", "silent", "no right", "throttled"],
)
def test_what_cannot_be_asked_is_not_ready(
    api: Api, stack: Stack, kind: Kind, error: Exception, detail: str
) -> None:
    client = stack.clients[kind.service] = Broken(error)
    assert_not_ready(api, stack, paused(api, kind.target), kind.checked, detail)
    assert len(client.asked) == 2, "once by the check, once by resuming: no second try"


def test_an_express_state_machine_is_ready_only_if_it_calls_back(api: Api, stack: Stack) -> None:
    _machine_is_there("EXPRESS")
    detail = "express executions cannot be followed; use completion callback"
    assert_not_ready(api, stack, paused(api, STEP_FUNCTION), "state_machine", detail)
    calls_back = paused(api, {**STEP_FUNCTION, "completion": "callback"})
    assert resume(stack, calls_back).json["status"] == "active"


def test_a_broken_schedule_stays_broken_while_its_target_is_not_ready(
    api: Api, stack: Stack, kind: Kind
) -> None:
    minutely = {"type": "cron", "expression": "* * * * *"}
    stack.clients[kind.service] = There()
    schedule = api.create(target=kind.target, cadence=minutely, breaker={"failures": 1})
    del stack.clients[kind.service]
    stack.run_for(60)
    (run,) = api.runs()
    assert run["failure_reason"] == "target_not_found"
    broken = api.schedule(schedule)
    assert broken["status"] == "broken"
    assert resume(stack, schedule).status == 409
    assert api.schedule(schedule) == broken
    kind.is_there()
    resumed = resume(stack, schedule).json
    assert (resumed["status"], resumed["failure_streak"]) == ("active", 0)
