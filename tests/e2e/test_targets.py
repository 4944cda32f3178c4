"""Targets outside of the runner, on their real counterparts: Lambda, Step Functions, callbacks."""

import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from tests.e2e.aws import client_of
from tests.e2e.client import Client, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import Listener, listening

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:e2e-worker"
MACHINES = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
CODE = """
import json
import urllib.request

def call_back(told, what, body):
    request = urllib.request.Request(
        told["callback_url"] + "/" + what,
        json.dumps(body).encode(),
        {"Authorization": "Bearer " + told["run_token"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

def handler(event, context):
    print("working on", event.get("site"))
    if event.get("fail"):
        raise ValueError("nothing there")
    if "wait_for" in event:
        urllib.request.urlopen(event["wait_for"], b"")
    told = event["baton"]
    if "callback_url" not in told:
        return {"pages": 7}
    goes_on = call_back(told, "heartbeat", {"steps": 2, "log": ["half way"]})
    call_back(told, "complete", {"summary": "continue: " + str(goes_on["continue"])})
"""


@pytest.fixture(scope="module")
def role(local_stack: Deployment) -> str:
    """What the function and the state machines run as: it may write its log."""
    iam = client_of(local_stack, "iam")
    trusted = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    made = iam.create_role(
        RoleName="e2e",
        AssumeRolePolicyDocument=_policy(Principal=trusted, Action="sts:AssumeRole"),
    )
    rights = _policy(Action=["logs:*"], Resource="*")
    iam.put_role_policy(RoleName="e2e", PolicyName="log", PolicyDocument=rights)
    return str(made["Role"]["Arn"])


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


@pytest.fixture(scope="module")
def function(local_stack: Deployment, role: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("worker.py", CODE)
    client_of(local_stack, "lambda").create_function(
        FunctionName="e2e-worker",
        Runtime="python3.11",
        Role=role,
        Handler="worker.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    return FUNCTION


@pytest.fixture(scope="module")
def machine(local_stack: Deployment, role: str) -> Callable[[str, dict[str, Any]], str]:
    """Makes state machines of one state."""
    states = client_of(local_stack, "stepfunctions")

    def make(name: str, state: dict[str, Any]) -> str:
        definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
        made = states.create_state_machine(name=name, definition=definition, roleArn=role)
        return str(made["stateMachineArn"])

    return make


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


# Lambda


def test_a_function_answers_and_its_log_is_the_runs(client: Client, function: str) -> None:
    target = {"type": "lambda", "function_arn": function, "payload": {"site": "docs"}}
    run = client.start(client.create(target=target))
    ended = client.until_ended(run, within=60)
    assert (ended["status"], ended["failure_reason"]) == ("succeeded", None), ended
    said = [line["message"] for line in client.log(run)]
    assert said[-1] == "The function answered"


def test_a_function_that_raises_fails_the_run_with_its_words(client: Client, function: str) -> None:
    target = {"type": "lambda", "function_arn": function, "payload": {"fail": True}}
    ended = client.until_ended(client.start(client.create(target=target)), within=60)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "error")
    # AWS names the error's own type before it, MiniStack one of its own.
    assert ended["error_message"].endswith("Error: nothing there")


def test_a_function_calls_back(client: Client, function: str) -> None:
    target = {"type": "lambda", "function_arn": function, "completion": "callback"}
    run = client.start(client.create(target=target, timeout_seconds=3600))
    ended = client.until_ended(run, within=60)
    assert (ended["status"], ended["summary"], ended["steps"]) == (
        "succeeded",
        "continue: True",
        2,
    )
    assert "half way" in [line["message"] for line in client.log(run)]


def checked(client: Client, target: dict[str, Any]) -> list[tuple[str, bool]]:
    """What its readiness checks find, by name."""
    schedule = client.create(target=target, enabled=False)
    found = client.call("POST", f"/v1/schedules/{schedule['id']}/check", {})
    return [(one["name"], one["ok"]) for one in found["checks"]]


def test_a_function_that_is_not_there_is_not_found(client: Client, function: str) -> None:
    assert checked(client, {"type": "lambda", "function_arn": function}) == [("function", True)]
    target = {"type": "lambda", "function_arn": FUNCTION.replace("worker", "nobody")}
    assert checked(client, target) == [("function", False)]
    ended = client.until_ended(client.start(client.create(target=target, enabled=False)), within=60)
    assert ended["failure_reason"] == "target_not_found"


# Step Functions


def test_an_execution_is_followed_to_its_end(
    client: Client, machine: Callable[[str, dict[str, Any]], str]
) -> None:
    arn = machine("e2e-passes", {"Type": "Wait", "Seconds": 2, "End": True})
    target = {"type": "step_function", "state_machine_arn": arn}
    assert checked(client, target) == [("state_machine", True)]
    nobody = {"type": "step_function", "state_machine_arn": f"{MACHINES}e2e-nobody"}
    assert checked(client, nobody) == [("state_machine", False)]
    run = client.start(client.create(target=target))
    ended = client.until_ended(run, within=60)
    assert (ended["status"], ended["failure_reason"]) == ("succeeded", None), ended


def test_the_cause_of_its_failure_is_the_runs(
    client: Client, machine: Callable[[str, dict[str, Any]], str]
) -> None:
    arn = machine("e2e-fails", {"Type": "Fail", "Error": "Boom", "Cause": "it broke"})
    target = {"type": "step_function", "state_machine_arn": arn}
    ended = client.until_ended(client.start(client.create(target=target)), within=60)
    assert (ended["failure_reason"], ended["error_message"]) == ("error", "Boom: it broke")


def test_a_cancelled_run_stops_its_execution(
    local_stack: Deployment, client: Client, machine: Callable[[str, dict[str, Any]], str]
) -> None:
    arn = machine("e2e-waits", {"Type": "Wait", "Seconds": 300, "End": True})
    target = {"type": "step_function", "state_machine_arn": arn}
    run = client.start(client.create(target=target))
    states = client_of(local_stack, "stepfunctions")
    (execution,) = wait_for(
        "it was started", lambda: states.list_executions(stateMachineArn=arn)["executions"], 30
    )
    assert execution["name"] == f"baton-{run['id']}-1"
    client.call("POST", f"/v1/runs/{run['id']}/cancel", {}, 202)
    assert client.until_ended(run, within=30)["status"] == "cancelled"
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert described["status"] == "ABORTED"


# HTTP, and runners that are killed


def call_back(local_stack: Deployment, listener: Listener, what: str, body: Any) -> Any:
    """What the target that was asked last does."""
    asked = listener.requests[-1].headers
    assert asked["baton-callback-url"].startswith(local_stack.url)
    answer = urllib3.request(
        "POST",
        f"{asked['baton-callback-url']}/{what}",
        json=body,
        headers={"Authorization": f"Bearer {asked['baton-run-token']}"},
    )
    assert answer.status == 200, answer.data
    return answer.json()


def test_an_http_target_calls_back(local_stack: Deployment, client: Client) -> None:
    with listening() as listener:
        target = {"type": "http", "url": listener.url, "completion": "callback"}
        run = client.start(client.create(target=target, timeout_seconds=7200))
        wait_for("the runner has left", lambda: client.log(run), within=30)
        assert client.run(run)["status"] == "running"
        assert [holder["run_id"] for holder in client.holders()] == [run["id"]]
        heard = call_back(local_stack, listener, "heartbeat", {"progress": {"done": 1, "total": 2}})
        assert heard["continue"] is True
        ended = call_back(local_stack, listener, "complete", {"totals": {"processed": 5}})
    assert ended["status"] == "succeeded"
    assert client.run(run)["totals"]["processed"] == 5
    assert client.holders() == []


def test_a_runner_that_is_killed_while_it_asks_loses_nothing(
    local_stack: Deployment, client: Client
) -> None:
    with listening(silent=True) as listener:
        target = {"type": "http", "url": listener.url, "completion": "callback"}
        run = client.start(client.create(target=target, timeout_seconds=7200))
        wait_for("it was asked", lambda: listener.requests, within=30)
        for pid in local_stack.worker_pids("Runner"):
            os.kill(pid, signal.SIGKILL)
        assert call_back(local_stack, listener, "heartbeat", {})["continue"] is True
        ended = call_back(local_stack, listener, "complete", {})
        assert len(listener.requests) == 1
    assert ended["status"] == "succeeded"
    assert client.run(run)["status"] == "succeeded"
    assert client.holders() == []


@pytest.fixture
def two_slots(client: Client) -> Iterator[None]:
    before = client.call("GET", "/v1/settings")["capacity"]
    client.call("PATCH", "/v1/settings", {"capacity": 2})
    yield
    client.call("PATCH", "/v1/settings", {"capacity": before})


@pytest.fixture
def asking(client: Client, function: str) -> Iterator[dict[str, Any]]:
    """A run that waits for a function's answer, which does not come."""
    with listening(silent=True) as listener:
        target = {"type": "lambda", "function_arn": function, "payload": {"wait_for": listener.url}}
        run = client.start(client.create(target=target, lease_seconds=10))
        wait_for("the function is at work", lambda: listener.requests, within=30)
        yield run
        assert len(listener.requests) == 1


@pytest.fixture
def lasting(machine: Callable[[str, dict[str, Any]], str]) -> str:
    """A state machine that lasts as long as its input says."""
    return machine("e2e-lasts", {"Type": "Wait", "SecondsPath": "$.seconds", "End": True})


@pytest.fixture
def following(client: Client, lasting: str) -> dict[str, Any]:
    """A run that follows an execution of five minutes; the one of its second attempt is short."""
    target = {"type": "step_function", "state_machine_arn": lasting, "input": {"seconds": 300}}
    retry = {"max_attempts": 2, "delay_seconds": 0}
    schedule = client.create(target=target, lease_seconds=10, retry=retry)
    run = client.start(schedule)
    wait_for("the execution is followed", lambda: client.log(run), within=30)
    shorter = {"target": {"input": {"seconds": 1}}}
    client.call("PATCH", f"/v1/schedules/{schedule['id']}", shorter)
    return run


@pytest.mark.usefixtures("two_slots")
def test_runs_whose_runner_is_killed_are_settled_and_their_slots_serve_others(
    local_stack: Deployment,
    client: Client,
    asking: dict[str, Any],
    following: dict[str, Any],
    lasting: str,
) -> None:
    waiting = client.start(client.create(name="Next"), "?when_busy=queue")
    assert waiting["status"] == "queued"
    for pid in local_stack.worker_pids("Runner"):
        os.kill(pid, signal.SIGKILL)
    assert {each["run_id"] for each in client.holders()} == {asking["id"], following["id"]}

    def reaped() -> bool:
        client.tick()
        now = [client.run(each) for each in (asking, following)]
        return (now[0]["status"], now[1]["attempt"]) == ("failed", 2)

    wait_for("both are reaped", reaped, within=45, every=1)
    ended = client.run(asking)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert client.until_ended(waiting, within=45)["status"] == "succeeded"
    again = client.until_ended(following, within=45)
    assert (again["status"], again["attempt"]) == ("succeeded", 2)
    states = client_of(local_stack, "stepfunctions")
    executions = states.list_executions(stateMachineArn=lasting)["executions"]
    assert {each["name"]: each["status"] for each in executions} == {
        f"baton-{following['id']}-1": "ABORTED",
        f"baton-{following['id']}-2": "SUCCEEDED",
    }
    assert client.holders() == []
