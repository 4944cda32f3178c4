"""Step Functions targets: an execution named after the attempt, followed to its end."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.engine import system
from tests.api_client import Api
from tests.harness import Crash, Stack

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:work-index"
TARGET = {"type": "step_function", "state_machine_arn": ARN, "input": {"site": "docs"}}


def execution_arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:execution:work-index:{name}"


@dataclass
class StateMachine:
    """The part of the Step Functions client that targets use."""

    started: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    #: What the next calls raise before they do anything, or (after a start) once they have.
    fail_starts: list[Exception] = field(default_factory=list)
    lose_answers: list[BaseException] = field(default_factory=list)
    failing_looks: list[Exception] = field(default_factory=list)
    on_look: Callable[[], object] = lambda: None
    #: What is found when it is looked at, in order; the last stays.
    course: list[dict[str, Any]] = field(default_factory=lambda: [{"status": "SUCCEEDED"}])

    def describe_state_machine(self, **_: Any) -> dict[str, Any]:
        return {"type": "STANDARD"}

    def start_execution(self, **arguments: Any) -> dict[str, Any]:
        if self.fail_starts:
            raise self.fail_starts.pop(0)
        if all(each["name"] != arguments["name"] for each in self.started):
            self.started.append(arguments)
        if self.lose_answers:
            raise self.lose_answers.pop(0)
        return {"executionArn": execution_arn(arguments["name"])}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803  # boto3's
        self.on_look()
        assert executionArn == execution_arn(self.started[-1]["name"])
        if self.failing_looks:
            raise self.failing_looks.pop(0)
        return self.course.pop(0) if len(self.course) > 1 else self.course[0]

    def stop_execution(self, executionArn: str, **_why: str) -> None:  # noqa: N803  # boto3's
        self.stopped.append(executionArn)


@pytest.fixture
def machine(stack: Stack) -> StateMachine:
    made = StateMachine()
    stack.clients["stepfunctions"] = made
    return made


def run_of(api: Api, stack: Stack, **changes: Any) -> dict[str, Any]:
    run = api.start(api.create(**{"target": TARGET, **changes}))
    stack.deliver()
    return api.run(run)


def test_an_execution_is_started_under_the_attempts_name_and_followed(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.course = [*[{"status": "RUNNING"}] * 5, {"status": "SUCCEEDED", "output": '{"n": 1}'}]
    run = run_of(api, stack)
    (started,) = machine.started
    assert started["name"] == f"baton-{run['id']}-1"
    given = json.loads(started["input"])
    assert (given["site"], given["baton"]["run_id"]) == ("docs", run["id"])
    assert run["status"] == "succeeded"
    assert run["duration_ms"] > 5000
    assert api.log(run) == ["The execution was started", "The execution succeeded"]


@pytest.mark.parametrize(
    ("found", "failure"),
    [
        ({"status": "FAILED", "error": "Boom", "cause": "it broke"}, ("error", "Boom: it broke")),
        ({"status": "FAILED"}, ("error", "the execution ended as FAILED")),
        ({"status": "TIMED_OUT"}, ("error", "the execution ended as TIMED_OUT")),
        ({"status": "ABORTED", "cause": "by hand"}, ("aborted", "by hand")),
    ],
)
def test_its_failure_is_the_runs(
    api: Api, stack: Stack, machine: StateMachine, found: dict[str, Any], failure: tuple[str, str]
) -> None:
    machine.course = [found]
    run = run_of(api, stack)
    assert (run["failure_reason"], run["error_message"]) == failure


def test_a_timeout_stops_the_execution(api: Api, stack: Stack, machine: StateMachine) -> None:
    machine.course = [{"status": "RUNNING"}]
    run = run_of(api, stack, timeout_seconds=30)
    assert run["failure_reason"] == "timeout"
    assert machine.stopped == [execution_arn(f"baton-{run['id']}-1")]


def test_cancelling_stops_the_execution(api: Api, stack: Stack, machine: StateMachine) -> None:
    schedule = api.create(target=TARGET)
    run = api.start(schedule)
    cancel = f"/v1/runs/{run['id']}/cancel"
    machine.on_look = lambda: stack.http("POST", cancel, token=stack.operator)
    machine.course = [{"status": "RUNNING"}]
    stack.deliver()
    assert api.run(run)["status"] == "cancelled"
    assert machine.stopped == [execution_arn(f"baton-{run['id']}-1")]


def test_a_lost_answer_to_the_start_starts_nothing_twice(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.lose_answers = [ReadTimeoutError(endpoint_url="states")] * 5
    run = run_of(api, stack)
    assert len(machine.started) == 1
    assert run["status"] == "succeeded"


def test_an_execution_that_ended_before_the_start_was_repeated_is_found(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.lose_answers = [
        ReadTimeoutError(endpoint_url="states"),
        ClientError(
            {"Error": {"Code": "ExecutionAlreadyExists", "Message": "it does"}}, "StartExecution"
        ),
    ]
    assert run_of(api, stack)["status"] == "succeeded"


def test_a_service_that_cannot_be_reached_fails_the_run(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.fail_starts = [EndpointConnectionError(endpoint_url="https://states")] * 3
    run = run_of(api, stack)
    assert run["failure_reason"] == "aborted"
    assert machine.started == []


@pytest.mark.parametrize(
    "failure",
    [
        ReadTimeoutError(endpoint_url="states"),
        EndpointConnectionError(endpoint_url="states"),
        ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "DescribeExecution"),
    ],
)
def test_what_cannot_be_seen_now_is_looked_at_later(
    api: Api, stack: Stack, machine: StateMachine, failure: Exception
) -> None:
    machine.failing_looks = [failure] * 3
    assert run_of(api, stack)["status"] == "succeeded"


def test_one_that_calls_back_learns_how_and_ends_the_run(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    run = run_of(api, stack, target={**TARGET, "completion": "callback"}, timeout_seconds=7200)
    assert run["status"] == "running"
    baton = json.loads(machine.started[0]["input"])["baton"]
    answer = stack.http("POST", f"/v1/runs/{run['id']}/complete", {}, token=baton["run_token"])
    assert answer.json["status"] == "succeeded"


def test_a_runner_that_dies_starts_no_second_execution(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.lose_answers = [Crash()]
    run = api.start(api.create(target=TARGET, lease_seconds=60))
    (message,) = stack.messages()
    stack.deliver()
    stack.redeliver(message)
    stack.run_for(120)
    assert len(machine.started) == 1
    assert api.run(run)["failure_reason"] == "lease_expired"


def test_a_later_attempt_stops_what_an_earlier_one_left_going(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    machine.lose_answers = [Crash()]
    retry = {"max_attempts": 2, "delay_seconds": 1}
    run = run_of(api, stack, lease_seconds=60, retry=retry)
    stack.run_for(180)
    assert [each["name"] for each in machine.started] == [
        f"baton-{run['id']}-1",
        f"baton-{run['id']}-2",
    ]
    assert machine.stopped == [execution_arn(f"baton-{run['id']}-1")]
    assert api.run(run)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("work-index", "is no ARN of that kind"),
        (ARN.replace("stateMachine", "execution"), "is no ARN of that kind"),
        (ARN.replace("work", "rest"), "is not among those this deployment allows"),
    ],
)
def test_an_arn_that_is_none_or_not_allowed_is_refused(
    stack: Stack, arn: str, message: str
) -> None:
    body = {
        "name": "Probe",
        "cadence": {"type": "manual"},
        "target": {"type": "step_function", "state_machine_arn": arn},
    }
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "target.state_machine_arn", "message": message}]


def test_a_name_is_short_enough_and_each_attempt_has_its_own(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    run = run_of(api, stack)
    (started,) = machine.started
    assert len(started["name"]) + len("000") <= 80
    assert re.fullmatch(r"baton-[0-9A-Z]{26}-1", started["name"])
    assert run["id"] in started["name"]


def test_what_could_not_be_followed_is_not_ready_and_not_started(
    api: Api, stack: Stack, machine: StateMachine
) -> None:
    """A pattern that ends with a version or alias: executions of those do not name it."""
    config = replace(stack.system.config, allow_state_machines=(f"{ARN}:live",))
    system.use(replace(stack.system, config=config))
    target = {**TARGET, "state_machine_arn": f"{ARN}:live"}
    schedule = api.create(target=target, enabled=False)
    found = stack.http("POST", f"/v1/schedules/{schedule['id']}/check", token=stack.operator)
    assert "cannot be followed" in found.json["checks"][0]["detail"]
    run = api.start(schedule)
    stack.deliver()
    assert (api.run(run)["status"], machine.started) == ("failed", [])

    calls_back = api.create(target={**target, "completion": "callback"}, enabled=False)
    api.start(calls_back)
    stack.deliver()
    assert len(machine.started) == 1
