"""The simulation's DynamoDB as an engine of the contract suite."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.store.dynamodb.models import shared_connection
from infra import template
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.store.engines import STACK, Engine, Item, Line


class _TappedClient:
    """A client with a line in front of it."""

    def __init__(self, line: Line, client: Any) -> None:
        self._line, self._client = line, client
        self._request_signer = None

    def _make_api_call(self, operation: str, params: Item) -> Item:
        answer = self._line.asked(operation, params)
        if answer is not None and answer.status_code >= 400:
            body: Any = answer.body
            raise ClientError(body, operation)
        if answer is not None:
            return dict(answer.body)
        body = self._client._make_api_call(operation, params)
        self._line.answered(body)
        return dict(body)


@contextmanager
def memory() -> Iterator[Engine]:
    """DynamoDB in memory, in this process."""
    with connected(InMemoryDynamoDB(template.tables(STACK))) as database:
        yield Engine(database._make_api_call, _tapped)


@contextmanager
def _tapped(line: Line) -> Iterator[None]:
    connection: Any = shared_connection()
    client = connection._client
    connection._client = _TappedClient(line, client)
    try:
        yield
    finally:
        connection._client = client
