"""A Lambda function that stands in for a target that calls back, and keeps its events."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

ARN = "arn:aws:lambda:us-east-1:123456789012:function:work-crawl"


@dataclass
class Function:
    """The part of Lambda's client that targets use."""

    events: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    #: What happens while it is being invoked.
    meanwhile: Callable[[dict[str, Any]], object] = lambda _event: None
    answer: dict[str, Any] = field(default_factory=dict)

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        """It is there: all that a readiness check asks."""
        return {}

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        event = json.loads(arguments["Payload"])
        self.events.append(event)
        self.kinds.append(arguments["InvocationType"])
        self.meanwhile(event)
        return self.answer


class Target:
    """Calls back, with the run token of the newest invocation if none is given."""

    def __init__(self, stack: Stack, function: Function) -> None:
        self._stack, self._function = stack, function

    @property
    def token(self) -> str:
        return str(self._function.events[-1]["baton"]["run_token"])

    def call(self, run: dict[str, Any], what: str, token: str | None = None, **body: Any) -> Answer:
        """The answer to one call."""
        path = f"/v1/runs/{run['id']}/{what}"
        return self._stack.http("POST", path, body, token=token or self.token)

    def say(self, run: dict[str, Any], what: str, **body: Any) -> Any:
        """The answer to a call that succeeds."""
        answer = self.call(run, what, **body)
        assert answer.status == 200, answer.json
        return answer.json


@pytest.fixture
def function(stack: Stack) -> Function:
    made = Function()
    stack.clients["lambda"] = made
    return made


@pytest.fixture
def target(stack: Stack, function: Function) -> Target:
    return Target(stack, function)


class Caller:
    """Makes runs whose target calls back."""

    def __init__(self, api: Api, stack: Stack) -> None:
        self.api, self.stack = api, stack

    def schedule(self, **changes: Any) -> dict[str, Any]:
        """A schedule of such a target, with a lease of two minutes and an hour to work."""
        aimed = {"type": "lambda", "function_arn": ARN, "completion": "callback"}
        return self.api.create(
            **{"target": aimed, "timeout_seconds": 3600, "lease_seconds": 120, **changes}
        )

    def started(self, **changes: Any) -> dict[str, Any]:
        """A run of such a schedule, whose target has been started."""
        run = self.api.start(self.schedule(**changes))
        self.stack.deliver()
        return run


@pytest.fixture
def caller(api: Api, stack: Stack, function: Function) -> Caller:
    return Caller(api, stack)
