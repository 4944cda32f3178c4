"""All readiness checks of one request share a few seconds; what is not found out has not passed."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from chalicelib.jobs.registry import Registry, job
from chalicelib.outbound.guard import Guard
from chalicelib.platform.clock import Countdown
from chalicelib.targets.base import OUT_OF_TIME, Check
from chalicelib.targets.function_target import FunctionTarget
from chalicelib.targets.lambda_target import LambdaTarget
from chalicelib.targets.step_function_target import StepFunctionTarget
from tests.builders import a_run
from tests.targets.attempts import LOOPBACK, Attempt, SecretsInHand, resolving
from tests.targets.peer import answers, peer, response

SHORTLY = 0.05


@pytest.fixture
def silence() -> Iterator[Event]:
    """Whoever waits for it waits until the test has ended."""
    over = Event()
    yield over
    over.set()


class SilentSecrets(SecretsInHand):
    """A store of secrets that does not answer while the test goes on."""

    def __init__(self, silence: Event) -> None:
        super().__init__()
        self._silence = silence

    def fetch(self, tenant_id: str, name: str) -> str:
        self._silence.wait()
        return super().fetch(tenant_id, name)


class SilentClient:
    """AWS, which does not answer while the test goes on."""

    def __init__(self, silence: Event) -> None:
        self._silence = silence

    def __call__(self, *_: Any) -> "SilentClient":
        return self

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        self._silence.wait()
        return {}

    describe_state_machine = get_function_configuration


def test_a_name_server_that_is_silent_is_waited_for_no_longer(silence: Event) -> None:
    def lookup(*_: Any, **__: Any) -> list[Any]:
        silence.wait()
        return []

    target = Attempt({"url": "https://example.com/"}, guard=Guard((), lookup)).target
    [address] = target.check(Countdown(SHORTLY))
    assert address == Check("address", False, "no name server answered for example.com in time")


def test_what_comes_after_a_check_that_took_all_the_time_has_not_passed(silence: Event) -> None:
    with peer(answers(response(200))) as found:
        target = Attempt(
            {"url": found.url, "headers": {"A": {"secret": "crm"}}, "probe": True},
            guard=Guard(LOOPBACK),
            secrets=SilentSecrets(silence),
        ).target
        address, *others = target.check(Countdown(SHORTLY))
        assert address.ok
        assert others == [
            Check("secret crm", False, OUT_OF_TIME),
            Check("probe", False, OUT_OF_TIME),
        ]
        assert found.requests == []


def test_without_any_time_nothing_is_asked() -> None:
    target = Attempt({"url": "https://example.com/"}, guard=Guard((), resolving(["8.8.8.8"])))
    assert target.target.check(Countdown(0)) == [Check("address", False, OUT_OF_TIME)]


def test_the_check_of_a_job_is_waited_for_no_longer(silence: Event) -> None:
    def asks(_params: Any) -> str:
        silence.wait()
        return "it is there"

    jobs = Registry()
    jobs.put(job("mail", check=asks)(lambda *_: None))
    target = FunctionTarget(jobs, {"type": "function", "name": "mail"}, None)
    assert target.check(Countdown(SHORTLY))[-1] == Check("mail", False, OUT_OF_TIME)


def test_aws_is_waited_for_no_longer(silence: Event) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:work-crawl"
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:work-index"
    rest: dict[str, Any] = {
        "baton_run": a_run(),
        "callback": None,
        "allowed": (function, machine),
        "clients": SilentClient(silence),
    }
    lambda_target = LambdaTarget(target={"function_arn": function}, **rest)
    assert lambda_target.check(Countdown(SHORTLY)) == [Check("function", False, OUT_OF_TIME)]
    step_function = StepFunctionTarget(target={"state_machine_arn": machine}, **rest)
    assert step_function.check(Countdown(SHORTLY)) == [Check("state_machine", False, OUT_OF_TIME)]
