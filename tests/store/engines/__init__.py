"""What the store is tested on: anything that speaks DynamoDB, behind one small interface."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import pytest
from botocore import xform_name
from moto import mock_aws

from chalicelib.store.dynamodb.models import Table, shared_connection
from infra import template

STACK: Final = "baton"
_TABLES: Final = template.tables(STACK)
_FAKE_ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",  # moto wants one; it opens nothing
    "AWS_DEFAULT_REGION": "us-east-1",
    "BATON_STACK": STACK,
}

Item = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What DynamoDB answers instead of doing what it is asked."""

    body: Mapping[str, Any]
    status_code: int = 200


def refusal(code: str, *reasons: str) -> Answer:
    """An error of that code; with the reasons of a cancelled transaction, item by item."""
    body = {
        "Error": {"Code": code, "Message": "for the test"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return Answer(body, 400)


@dataclass
class Line:
    """The line between Baton and the engine: it listens, and can answer in the engine's place."""

    requests: list[tuple[str, Item]] = field(default_factory=list)
    scanned: int = 0
    _answers: dict[str, list[Answer]] = field(default_factory=dict)

    def answer(self, operation: str, *answers: Answer) -> None:
        """Answer the next requests of this kind with these, one after the other."""
        self._answers.setdefault(operation, []).extend(answers)

    def count(self, operation: str) -> int:
        """How many requests of this kind there were."""
        return sum(name == operation for name, _ in self.requests)

    def asked(self, operation: str, params: Item) -> Answer | None:
        """Record a request; returns the answer to give in the engine's place, if there is one."""
        self.requests.append((operation, params))
        waiting = self._answers.get(operation)
        return waiting.pop(0) if waiting else None

    def answered(self, body: Mapping[str, Any]) -> None:
        """Record what the engine answered."""
        self.scanned += body.get("ScannedCount", 0)


@dataclass(frozen=True)
class Engine:
    """A DynamoDB with Baton's tables, looked at from below the store."""

    #: Operation and parameters → answer, past Baton and past the line.
    call: Callable[[str, Item], Item]
    #: Puts a line between Baton and the engine while it lasts.
    tapped: Callable[[Line], AbstractContextManager[None]]

    def items(self, model: type[Table]) -> list[Item]:
        """The raw items of a table, attribute types and all."""
        return self._scan(model.Meta.table_name)

    def item(self, model: type[Table]) -> Item:
        """The only raw item of a table."""
        (item,) = self.items(model)
        return item

    def empty(self) -> None:
        """Remove every item of every table."""
        for table in _TABLES:
            names = [key["AttributeName"] for key in table["KeySchema"]]
            for item in self._scan(table["TableName"]):
                key = {name: item[name] for name in names}
                self.call("DeleteItem", {"TableName": table["TableName"], "Key": key})

    def _scan(self, table: str) -> list[Item]:
        found: list[Item] = []
        more: Item = {}
        while True:
            page = self.call("Scan", {"TableName": table, **more})
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@contextmanager
def moto() -> Iterator[Engine]:
    """moto, in this process."""
    with pytest.MonkeyPatch.context() as environ, mock_aws():
        for name, value in _FAKE_ACCOUNT.items():
            environ.setenv(name, value)
        for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
            environ.delenv(name)
        client = boto3.client("dynamodb")
        for table in _TABLES:
            client.create_table(**table)

        def call(operation: str, params: Item) -> Item:
            answer: Item = getattr(client, xform_name(operation))(**params)
            return answer

        yield Engine(call, tapped_by_events)


@contextmanager
def tapped_by_events(line: Line) -> Iterator[None]:
    """Listen at botocore's own events, where an answer ends the request before it is sent."""
    asked: Item = {}

    def on_params(params: Item, **_: Any) -> None:
        asked.update(params=params)

    def on_call(model: Any, **_: Any) -> tuple[Answer, Mapping[str, Any]] | None:
        answer = line.asked(model.name, asked["params"])
        return None if answer is None else (answer, answer.body)

    def on_answer(parsed: Item, **_: Any) -> None:
        line.answered(parsed)

    events: Any = shared_connection().client.meta.events
    taps: dict[str, Callable[..., Any]] = {
        "provide-client-params.dynamodb": on_params,
        "before-call.dynamodb": on_call,
        "after-call.dynamodb": on_answer,
    }
    for event, tap in taps.items():
        events.register(event, tap)
    try:
        yield
    finally:
        for event, tap in taps.items():
            events.unregister(event, tap)


#: Every engine the suite runs on.
ENGINES: Final[dict[str, Callable[[], AbstractContextManager[Engine]]]] = {"moto": moto}
