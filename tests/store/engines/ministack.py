"""MiniStack as an engine of the contract suite: DynamoDB as the end-to-end tests have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config

from chalicelib.store.dynamodb.models import shared_connection
from infra import template
from infra.ministack import CREDENTIALS, REGION, MiniStack, free_port
from infra.places import MINISTACK_PYTHON
from tests.store.engines import STACK, Engine, Item, tapped_by_events


@contextmanager
def ministack() -> Iterator[Engine]:
    """MiniStack, in a process of its own on a port of the loopback; keeps nothing."""
    if not MINISTACK_PYTHON.exists():
        pytest.skip("MiniStack is not installed: `make test` installs it.")
    with TemporaryDirectory() as directory:
        server = MiniStack(Path(directory), free_port(), {"PERSIST_STATE": "0", "S3_PERSIST": "0"})
        server.start()
        try:
            client = _client(server.endpoint)
            for table in template.tables(STACK):
                client.create_table(**table)
            with _connected(client):
                yield _engine(client)
        finally:
            server.stop()


def _client(endpoint: str) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=3, read_timeout=10),
    )


def _engine(client: Any) -> Engine:
    def call(operation: str, params: Item) -> Item:
        answer: Item = getattr(client, xform_name(operation))(**params)
        return answer

    return Engine(call, tapped_by_events)


@contextmanager
def _connected(client: Any) -> Iterator[None]:
    """The store works on this client, and afterwards on what it worked on before."""
    connection: Any = shared_connection()
    before, connection._client = connection._client, client
    try:
        yield
    finally:
        connection._client = before
