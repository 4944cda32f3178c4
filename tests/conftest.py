"""What all tests share."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness import Answer, Stack

#: Tiers whose subject is not storage. They run on the simulation's DynamoDB, which passes the same
#: contract suite as moto and is several times as fast.
_IN_MEMORY = frozenset({"api", "audits", "auth", "callbacks", "cli", "engine", "jobs", "targets"})


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which DynamoDB the test's stacks have; `BATON_TESTS_ENGINE=moto` or `memory` is for all."""
    if request.path.parent.name in _IN_MEMORY and "BATON_TESTS_ENGINE" not in os.environ:
        monkeypatch.setenv("BATON_TESTS_ENGINE", "memory")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A fresh deployment with one slot, at midnight of 1 March 2026."""
    with Stack() as running:
        yield running


class Api:
    """Shorthands for what most tests do over HTTP."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def create(self, token: str | None = None, **changes: Any) -> dict[str, Any]:
        """A new schedule: manual and a one-step drill, unless told otherwise."""
        body = {
            "name": "Probe",
            "cadence": {"type": "manual"},
            "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
            **changes,
        }
        answer = self.stack.http("POST", "/v1/schedules", body, token=token or self.stack.operator)
        assert answer.status == 201, answer.json
        return dict(answer.json["schedule"])

    def start(self, schedule: dict[str, Any], query: str = "", **body: Any) -> dict[str, Any]:
        """A run of it, now."""
        answer = self.run_now(schedule, query, **body)
        assert answer.status == 202, answer.json
        return dict(answer.json)

    def run_now(self, schedule: dict[str, Any], query: str = "", **body: Any) -> Answer:
        """The answer to asking for a run now."""
        path = f"/v1/schedules/{schedule['id']}/runs{query}"
        return self.stack.http("POST", path, body, token=self.stack.admin)

    def get(self, path: str, token: str | None = None) -> Any:
        """What a path answers to a viewer."""
        answer = self.stack.http("GET", path, token=token or self.stack.viewer)
        assert answer.status == 200, answer.json
        return answer.json

    def schedule(self, schedule: dict[str, Any]) -> dict[str, Any]:
        """The schedule as it is now."""
        return dict(self.get(f"/v1/schedules/{schedule['id']}"))

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        """The run as it is now."""
        return dict(self.get(f"/v1/runs/{run['id']}"))

    def runs(self, schedule: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """All runs, or those of a schedule, oldest first; read page by page."""
        found: list[dict[str, Any]] = []
        base = f"/v1/schedules/{schedule['id']}/runs" if schedule else "/v1/runs"
        cursor = ""
        while True:
            page = self.get(f"{base}?limit=200{cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                return found[::-1]
            cursor = f"&cursor={page['next_cursor']}"

    def log(self, run: dict[str, Any]) -> list[str]:
        """The messages of a run's log."""
        return [line["message"] for line in self.get(f"/v1/runs/{run['id']}/log")["items"]]


@pytest.fixture
def api(stack: Stack) -> Api:
    """Shorthands on the fresh deployment."""
    return Api(stack)
