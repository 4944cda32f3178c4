"""Requests that must be refused: what each is, how it is answered, and that it changed nothing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from chalicelib.store.dynamodb.models import shared_connection
from infra import template
from tests.api_client import Api
from tests.harness import STACK, Answer, Stack

GOOD: Final[dict[str, Any]] = {
    "name": "Probe",
    "cadence": {"type": "manual"},
    "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
}
HTTP: Final[dict[str, Any]] = {"type": "http", "url": "https://example.com/hook"}
SCHEDULES: Final = "/v1/schedules"
INVALID: Final = (422, "invalid_fields")
MALFORMED: Final = (400, "malformed_json")
NO_SUCH: Final = (404, "not_found")
UNAUTHORIZED: Final = (401, "unauthorized")


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """One request and its class of answer. `{schedule}`, `{run}` … in a path are known ids.

    `fields` are the paths that a 422 names, no more and no fewer; empty where any will do.
    """

    name: str
    answer: tuple[int, str]
    method: str = "POST"
    path: str = SCHEDULES
    body: Any = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    token: bool = True


def table(cases: Iterable[Hostile]) -> pytest.MarkDecorator:
    """A test for each."""
    listed = list(cases)
    names = [case.name for case in listed]
    assert len(set(names)) == len(names), sorted({n for n in names if names.count(n) > 1})
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in listed])


def created(case: str, /, *fields: str, **changes: Any) -> Hostile:
    """A schedule to create, with something wrong in it."""
    wrong = frozenset(fields)
    return Hostile(name=case, answer=INVALID, body={**GOOD, **changes}, fields=wrong)


class World:
    """A deployment with something in it, another tenant's things among that."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        api, other = Api(stack), stack.token(tenant="other", scopes=["owner"])
        schedule, theirs = api.create(name="Mine"), api.create(token=other, name="Theirs")
        api.create(name="Mine, too")
        run = api.start(schedule)
        path = f"/v1/schedules/{theirs['id']}/runs?when_busy=queue"
        their_run = stack.http("POST", path, {}, token=other).json
        self.token = stack.owner
        self.known = {
            "schedule": schedule["id"],
            "run": run["id"],
            "their_schedule": theirs["id"],
            "their_run": their_run["id"],
            "cursor": api.get("/v1/schedules?limit=1", token=stack.owner)["next_cursor"],
        }
        self.before = self.database()

    def ask(self, case: Hostile) -> Answer:
        """The answer, exactly as a client gets it."""
        return self.stack.http(
            case.method,
            self.filled(case.path),
            case.body,
            raw=case.raw,
            headers={name: self.filled(value) for name, value in case.headers.items()},
            token=self.token if case.token else None,
        )

    def filled(self, text: str) -> str:
        """The text with known ids in place of their names."""
        for name, value in {**self.known, "token": self.token}.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def check(self, case: Hostile) -> None:
        """Demand that the request is refused as it should be, and has changed nothing."""
        answer = self.ask(case)
        assert (answer.status, answer.json["code"]) == case.answer, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert answer.json["type"] and answer.json["title"] and answer.json["detail"]
        if case.answer == INVALID:
            named = [error["field"] for error in answer.json["errors"]]
            assert not case.fields or set(named) == case.fields, answer.json["errors"]
            assert all(error["message"] for error in answer.json["errors"])
        assert len(answer.body) < 10_000, "the answer repeats what was sent"
        before, self.before = self.before, self.database()
        assert self.before == before

    def database(self) -> dict[str, list[str]]:
        """Every item of every table, in an order of its own."""
        return {name: self._items(name) for name in _TABLES}

    @staticmethod
    def _items(name: str) -> list[str]:
        found = shared_connection().client._make_api_call("Scan", {"TableName": name})
        return sorted(json.dumps(item, sort_keys=True, default=repr) for item in found["Items"])


_TABLES: Final = [table["TableName"] for table in template.tables(STACK)]
