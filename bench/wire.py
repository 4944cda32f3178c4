"""What the processor does for a request, its way through botocore included.

On the in-memory DynamoDB a request ends where PynamoDB hands it to botocore. Here it goes on: it is
written as JSON, signed, and its answer read, by the client that ships; only the connection is left
out, and what DynamoDB itself does is not counted. So is measured how much of a core's time Baton's
side takes; on Lambda that takes as much longer as a function's share of a core is smaller.
"""

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.client import Config
from botocore.exceptions import ClientError

from bench.deployment import Deployment
from chalicelib.platform import aws
from chalicelib.store.dynamodb.models import shared_connection

_ACCOUNT: Final = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
_REGION: Final = "us-east-1"
_NO_HEADERS: Final[Any] = {}
#: What no stopwatch can see, as nothing is sent: encryption and the socket, in seconds a request.
SOCKET: Final = 0.00015


class Stopwatch:
    """The processor's time of this process, without what the other side takes."""

    def __init__(self) -> None:
        self.requests = 0
        self._others = 0.0
        self._began = time.process_time()

    def not_ours(self, seconds: float) -> None:
        """So much of it was DynamoDB's."""
        self._others += seconds
        self.requests += 1

    @property
    def seconds(self) -> float:
        """Baton's time up to now, what the sockets would take included."""
        return time.process_time() - self._began - self._others + self.requests * SOCKET


@contextmanager
def wired(deployment: Deployment) -> Iterator[None]:
    """Requests to DynamoDB go through botocore, to the tables of that deployment."""
    os.environ.update({name: os.environ.get(name, value) for name, value in _ACCOUNT.items()})
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client: Any = aws.session().create_client("dynamodb", region_name=_REGION, config=config)
    client.meta.events.register("before-send.dynamodb", _Answers(deployment))
    connection = shared_connection()
    before, connection._client = connection._client, client
    try:
        yield
    finally:
        connection._client = before


@contextmanager
def stopped(deployment: Deployment) -> Iterator[Stopwatch]:
    """A stopwatch that runs meanwhile."""
    watch = _Answers.watch = Stopwatch()
    with wired(deployment):
        yield watch


class _Answers:
    """The other side: answers requests as DynamoDB does, from the tables in memory."""

    watch = Stopwatch()

    def __init__(self, deployment: Deployment) -> None:
        self._engine = deployment.engine

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        began = time.thread_time()
        target = request.headers["X-Amz-Target"]
        text = target.decode() if isinstance(target, bytes) else target
        operation = text.split(".")[1]
        status, answer = self._answer(operation, json.loads(request.body))
        body = json.dumps(answer).encode()
        response = AWSResponse(request.url, status, _NO_HEADERS, _Raw(body))
        self.watch.not_ours(time.thread_time() - began)
        return response

    def _answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        try:
            answer = self._engine._make_api_call(operation, asked)
            return 200, {name: each for name, each in answer.items() if name != "ResponseMetadata"}
        except ClientError as error:
            said: Any = error.response
            shown = {"__type": f"com.amazonaws.dynamodb.v20120810#{said['Error']['Code']}"}
            more = {name: said[name] for name in ("CancellationReasons", "Item") if name in said}
            return 400, {**shown, "message": said["Error"]["Message"], **more}


class _Raw(io.BytesIO):
    """A body as urllib3 hands it out."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while part := self.read():
            yield part
