"""The whole system in one process: moto for AWS, a clock that tests set, the real entry points.

With `BATON_TESTS_ENGINE=memory` in the environment, what is in DynamoDB is in the simulation's
instead, which is several times faster.

`Stack` plays what surrounds Baton's Lambdas: API Gateway, EventBridge, and SQS with its delays
and visibility timeouts, which follow the stack's clock and not the machine's.
"""

import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial, wraps
from http import HTTPStatus
from ipaddress import ip_network
from threading import get_ident
from types import SimpleNamespace, TracebackType
from typing import Any, Final, Self

import boto3
from botocore.hooks import HierarchicalEmitter
from chalice.app import Chalice
from chalice.test import Client
from moto import mock_aws

from chalicelib.api.http import auth
from chalicelib.api.resources.event_bus import NotAccepted
from chalicelib.domain.access.jwt_claims import JwtRules
from chalicelib.domain.runs.run import FINAL
from chalicelib.domain.time.instants import to_milliseconds
from chalicelib.engine import system
from chalicelib.engine.audits.notification_sending import NotSent
from chalicelib.engine.running import runner
from chalicelib.engine.system import System
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.discovery import discovered
from chalicelib.jobs.registry import JobFunction
from chalicelib.platform import aws, queues
from chalicelib.platform.config import Config
from chalicelib.platform.dead_letters import DeadLetterQueue, DeadLetters
from chalicelib.platform.queues import SqsQueues
from chalicelib.store import token_table
from chalicelib.store.dynamodb import models
from chalicelib.store.dynamodb.models import shared_connection
from infra import template
from tests import permissions
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.permissions import Right
from tests.simulation.swapping import swapped

#: Former names of modules, for programs outside this repository that import them beside `Stack`.
sys.modules |= {
    "chalicelib.queues": queues,
    "chalicelib.engine.runner": runner,
    "chalicelib.store.models": models,
}

STACK: Final = "baton"
_REGION: Final = "us-east-1"
#: Where targets call back, and what targets may start.
PUBLIC_URL: Final = "https://baton.test/api"
ALLOWED_FUNCTIONS: Final = (permissions.PARAMETERS["AllowFunctions"],)
ALLOWED_STATE_MACHINES: Final = (permissions.PARAMETERS["AllowStateMachines"],)
_FAKE_ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",  # moto wants one; it opens nothing
    "AWS_DEFAULT_REGION": _REGION,
    "BATON_STACK": STACK,
}
_VISIBILITY: Final = {"runner": timedelta(seconds=5400), "wake": timedelta(seconds=540)}
#: SQS hands a delayed message over up to a second late; here always, so that a wake sent a second
#: early comes at its very instant and has nothing left to sleep.
_WAKE_IS_LATE: Final = timedelta(seconds=1)
_MOST_RECEIVES: Final = 3
#: Where example.com is for tests: at some public address.
_EXAMPLE: Final = "93.184.215.14"
_MOST_SENDINGS: Final = 6
_LAMBDA_SECONDS: Final = {"runner": 900, "wake": 90, "tick": 120, "daily": 300, "outgoing": 30}
#: What API Gateway says to a path or method that is no route, in its own words.
_NO_SUCH_ROUTE: Final = "MISSING_AUTHENTICATION_TOKEN"
_MOST_DELIVERIES: Final = 2_000


#: To make a session takes as long as all that is done in many a test, so stacks share two: that
#: which a deployment makes its clients with, and that which tests call AWS with.
_session_of_stacks: Final = cache(aws.session.__wrapped__)
_session_of_tests: Final = cache(boto3.Session)
_tables: Final = cache(partial(template.tables, STACK))


class Crash(BaseException):
    """Raised by a job: its process dies here, as by SIGKILL."""


class SetClock:
    """A clock that stands still until it is moved. Sleeping moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = to_milliseconds(now)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._now = to_milliseconds(self._now + timedelta(seconds=seconds))

    def set(self, now: datetime) -> None:
        """Move forward to that instant; never back."""
        self._now = max(self._now, to_milliseconds(now))


@dataclass(slots=True)
class Message:
    """A message on one of the queues."""

    queue: str
    body: str
    due_at: datetime
    receives: int = 0

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response; header names are lower case."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What Lambda tells a handler of its invocation."""

    function_name: str
    seconds: int
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return self.seconds * 1000


class _AudibleDynamoDB(InMemoryDynamoDB):
    """DynamoDB in memory whose requests can be listened to, as those of botocore's clients can."""

    def __init__(self) -> None:
        super().__init__(_tables())
        self.meta.events = HierarchicalEmitter()

    def _make_api_call(self, operation_name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"model": SimpleNamespace(name=operation_name), "params": kwargs}
        self.meta.events.emit(f"before-parameter-build.dynamodb.{operation_name}", **told)
        self.meta.events.emit(f"before-call.dynamodb.{operation_name}", **told)
        answer = super()._make_api_call(operation_name, kwargs)
        self.meta.events.emit(f"after-call.dynamodb.{operation_name}", parsed=answer, **told)
        return answer


class _Heard:
    """A stand-in for a client of AWS; each of its calls is told of before it is made."""

    def __init__(self, client: Any, hear: Callable[[str, Mapping[str, Any]], None]) -> None:
        """`hear` is given the operation and the parameters of a call."""
        self._client, self._hear = client, hear

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**params: Any) -> Any:
            self._hear("".join(map(str.capitalize, name.split("_"))), params)
            return method(**params)

        return call


class Stack:
    """One deployment, from `__enter__` to `__exit__`."""

    def __init__(
        self,
        now: str = "2026-03-01T00:00:00Z",
        capacity: int = 1,
        allow_targets: Sequence[str] = (),
        oidc: JwtRules | None = None,
        *,
        allow_origins: Sequence[str] = (),
        tokens_from_browsers: bool = False,
    ) -> None:
        self.clock = SetClock(datetime.fromisoformat(now).astimezone(UTC))
        self.capacity = capacity
        self.dead_letters: list[Message] = []
        self._dead_letter_urls: dict[str, str] = {}
        #: Clients of AWS services (`lambda`) that stand in for moto's.
        self.clients: dict[str, Any] = {}
        self._allowed = tuple(ip_network(text) for text in allow_targets)
        self._oidc = oidc
        self._origins, self._tokens_from_browsers = tuple(allow_origins), tokens_from_browsers
        self._messages: list[Message] = []
        self._tokens: dict[tuple[str, tuple[str, ...]], str] = {}
        self._ticked_at: datetime | None = None
        self._aws = mock_aws()
        self._surroundings = ExitStack()
        self._environ: dict[str, str] = {}
        #: What keeps the leases of the jobs that are at work, the innermost last.
        self._at_work: list[Any] = []
        #: Thread → the functions it plays, the innermost last; None: a test itself asks.
        self._functions: dict[int, list[str | None]] = {}
        #: What each of them has asked of AWS.
        self.asked: set[tuple[str, Right]] = set()
        #: What of that its role does not allow.
        self._denied: set[tuple[str, Right]] = set()

    def __enter__(self) -> Self:
        self._environ = dict(os.environ)
        os.environ.update(_FAKE_ACCOUNT)
        self._aws.start()
        self._surroundings.enter_context(swapped(boto3, "DEFAULT_SESSION", _session_of_tests()))
        self._surroundings.enter_context(swapped(aws, "session", _session_of_stacks))
        # Clients made from now on are listened to; those that an earlier stack made are forgotten.
        aws.client.cache_clear()
        session = _session_of_stacks()
        session.register("before-parameter-build", self._hear)
        self._surroundings.callback(session.unregister, "before-parameter-build", self._hear)
        if os.environ.get("BATON_TESTS_ENGINE") == "memory":
            self._surroundings.enter_context(connected(_AudibleDynamoDB()))
        else:
            dynamodb = boto3.client("dynamodb")
            for table in _tables():
                dynamodb.create_table(**table)
        sqs = self.sqs = boto3.client("sqs")
        queues = SqsQueues(
            sqs.create_queue(QueueName=f"{STACK}-run")["QueueUrl"],
            sqs.create_queue(QueueName=f"{STACK}-wake")["QueueUrl"],
        )
        self._listen(queues)
        self._dead_letter_urls = {
            "runner": sqs.create_queue(QueueName=f"{STACK}-run-dead")["QueueUrl"],
            "wake": sqs.create_queue(QueueName=f"{STACK}-wake-dead")["QueueUrl"],
        }
        dead_letter_queues = (
            DeadLetterQueue("run", self._dead_letter_urls["runner"], queues.run_queue_url),
            DeadLetterQueue("wake", self._dead_letter_urls["wake"], queues.wake_queue_url),
        )
        self.system = System(
            config=Config(
                stack=STACK,
                capacity=self.capacity,
                allow_targets=self._allowed,
                allow_functions=ALLOWED_FUNCTIONS,
                allow_state_machines=ALLOWED_STATE_MACHINES,
                public_url=PUBLIC_URL,
                oidc=self._oidc,
                allow_origins=self._origins,
                tokens_from_browsers=self._tokens_from_browsers,
            ),
            clock=self.clock,
            queues=queues,
            dead_letters=DeadLetters(dead_letter_queues, lambda: queues.client),
            jobs=discovered(),
            clients=self._client_of,
            lookup=_look_up,
            supervised=False,
            writers=1,
            simulated_kills=(Crash,),
        )
        system.use(self.system)
        from app import app

        self.app: Chalice = app
        self._client = Client(app)
        self._surroundings.enter_context(
            swapped(auth.authorizer, "func", self._played("authorizer", auth.authorizer.func))
        )
        events = shared_connection().client.meta.events
        events.register("before-parameter-build.dynamodb", self._hear)
        self._surroundings.callback(
            events.unregister, "before-parameter-build.dynamodb", self._hear
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        system.use(None)
        self._surroundings.close()
        self._aws.stop()
        os.environ.clear()
        os.environ.update(self._environ)
        assert not self._denied, f"no policy grants {sorted(self._denied)}"

    # Time

    @property
    def now(self) -> datetime:
        """The stack's present instant."""
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Move the clock, and nothing else.

        Called by a job, it keeps the leases of the jobs at work from running out, as a supervisor
        would: those of which less than half is left are renewed. One that has ended meanwhile
        stays so, as that of a frozen process does.
        """
        self.clock.sleep(seconds)
        for lifeline in self._at_work:
            run = lifeline.run
            left = (run.lease_expires_at - self.now).total_seconds() if run.lease_expires_at else 0
            if left < run.lease_seconds / 2:
                lifeline.maintain()

    def run_for(self, seconds: float) -> None:
        """Let time pass: a tick each whole minute, and each message at its time."""
        end = self.now + timedelta(seconds=seconds)
        while self.now <= end and (at := self._next_event()) <= end:
            self.clock.set(at)
            if at == self._next_minute():
                self.tick()
            self._deliver(until=end)
        self.clock.set(end)

    def _next_event(self) -> datetime:
        return min([self._next_minute(), *(message.due_at for message in self._messages)])

    def _next_minute(self) -> datetime:
        """The next whole minute, this one included if it has had no tick."""
        minute = self.now.replace(second=0, microsecond=0)
        is_new = self._ticked_at is None or self._ticked_at < minute
        return minute if minute == self.now and is_new else minute + timedelta(minutes=1)

    # Events

    def tick(self) -> None:
        """Invoke the tick as EventBridge does."""
        self._ticked_at = self.now
        self._invoke("tick", _scheduled_event(self.now))

    def daily(self) -> None:
        """Invoke the daily pass as EventBridge does."""
        self._invoke("daily", _scheduled_event(self.now))

    def outgoing(self) -> None:
        """Hand what goes out to its Lambda, as the tables' streams do.

        These are the notifications of the inboxes and, if there is a bus, the runs that have ended.
        One that fails is handed over again, as Lambda does, until its tries are used up.
        """
        for item in sorted(self._items("inbox"), key=lambda item: item["item_id"]["S"]):
            if item["item_id"]["S"].startswith("n#"):
                keys = {name: item[name] for name in ("tenant_id", "item_id")}
                self._send_on(_stream_event("inbox", keys))
        if not self.system.config.event_bus_arn:
            return
        for item in sorted(self._items("runs"), key=lambda item: item["run_id"]["S"]):
            if item["status"]["S"] in FINAL:
                keys = {name: item[name] for name in ("tenant_id", "run_id")}
                self._send_on(_stream_event("runs", keys, item))

    def _items(self, table: str) -> list[dict[str, Any]]:
        client = shared_connection().client
        items: list[dict[str, Any]] = client._make_api_call(
            "Scan", {"TableName": f"{STACK}-{table}"}
        )["Items"]
        return items

    def _send_on(self, event: dict[str, Any]) -> None:
        for _ in range(_MOST_SENDINGS):
            try:
                self._invoke("outgoing", event)
                return
            except (NotSent, NotAccepted):
                continue

    def deliver(self) -> None:
        """Hand due messages to their Lambdas until none is left."""
        self._deliver(until=None)

    def _deliver(self, until: datetime | None) -> None:
        """Hand over what is due; past `until`, where jobs may have taken the clock, no more."""
        for _ in range(_MOST_DELIVERIES):
            if until is not None and self.now > until:
                return
            due = [message for message in self._messages if message.due_at <= self.now]
            if not due:
                return
            message = min(due, key=lambda message: message.due_at)
            self._messages.remove(message)
            self._hand_over(message)
        raise AssertionError("messages beget messages without end")

    def messages(self) -> list[Message]:
        """What waits on the run queue."""
        return [message for message in self._messages if message.queue == "runner"]

    def under_way(self) -> list[Message]:
        """What is on its way on either queue."""
        return list(self._messages)

    def send(self, message: Message) -> None:
        """Put a message on its queue."""
        self._messages.append(message)

    def redeliver(self, message: Message) -> None:
        """Hand over a copy of the message once more."""
        self._hand_over(replace(message))

    def drop(self, message: Message) -> None:
        """Lose the message."""
        self._messages.remove(message)

    def lose_wakes(self) -> None:
        """Lose every wake that is on its way."""
        self._messages = self.messages()

    def corrupt_schedule(self, schedule_id: str, tenant: str = "default") -> None:
        """Make a schedule's item unreadable, as a faulty hand in the console would."""
        change = {
            "TableName": f"{STACK}-schedules",
            "Key": {"tenant_id": {"S": tenant}, "schedule_id": {"S": schedule_id}},
            "UpdateExpression": "SET cadence = :nonsense",
            "ExpressionAttributeValues": {":nonsense": {"S": "{"}},
        }
        shared_connection().client._make_api_call("UpdateItem", change)

    def _hand_over(self, message: Message) -> None:
        message.receives += 1
        try:
            self._invoke(message.queue, _sqs_event(message))
        except (Exception, Crash) as error:
            self._come_back(message)
            if not isinstance(error, Crash):
                raise

    def _come_back(self, message: Message) -> None:
        """It was not deleted, so it is seen again after its visibility timeout."""
        if message.receives >= _MOST_RECEIVES:
            self.dead_letters.append(message)
            dead_letter_url = self._dead_letter_urls[message.queue]
            self.sqs.send_message(QueueUrl=dead_letter_url, MessageBody=message.body)
            return
        message.due_at = self.now + _VISIBILITY[message.queue]
        self._messages.append(message)

    def _invoke(self, function: str, event: Mapping[str, Any]) -> None:
        context = LambdaContext(function, _LAMBDA_SECONDS[function])
        with self.as_function(function):
            self.app.handler_map[function](event, context)

    @contextmanager
    def as_function(self, function: str | None) -> Iterator[None]:
        """Hold what is asked of AWS meanwhile against that function's role."""
        functions = self._functions.setdefault(get_ident(), [])
        functions.append(function)
        try:
            yield
        finally:
            functions.pop()

    def _playing(self) -> str | None:
        """The function that this thread plays; of one that a function started, that function."""
        if functions := self._functions.get(get_ident()):
            return functions[-1]
        playing = [functions[-1] for functions in self._functions.values() if functions]
        return playing[0] if len(playing) == 1 else None

    def _played(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler as the Lambda of that name calls it."""

        @wraps(handler)
        def play(*arguments: Any) -> Any:
            with self.as_function(function):
                return handler(*arguments)

        return play

    def _hear(self, **event: Any) -> None:
        """Note what a call needs, if it is a function that makes it; told of by botocore."""
        function = self._playing()
        service, operation = event["event_name"].split(".")[1:]
        if function is not None and operation != "Scan":  # Only tests scan.
            parameters = permissions.parameters_of(system.current().config)
            for needed in permissions.needed(service, operation, event["params"]):
                self.asked.add((function, needed))
                if not permissions.allows(function, needed, parameters):
                    self._denied.add((function, needed))

    def _listen(self, queues: SqsQueues) -> None:
        def sent(params: dict[str, Any], **_: Any) -> None:
            queue = "runner" if params["QueueUrl"] == queues.run_queue_url else "wake"
            for entry in params.get("Entries", [params]):
                late = _WAKE_IS_LATE if queue == "wake" else timedelta(0)
                due_at = self.now + timedelta(seconds=entry.get("DelaySeconds", 0)) + late
                self._messages.append(Message(queue, entry["MessageBody"], due_at))

        events = queues.client.meta.events
        events.register("before-parameter-build.sqs.SendMessage", sent)
        events.register("before-parameter-build.sqs.SendMessageBatch", sent)

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """Count the requests to DynamoDB meanwhile, by operation."""
        requests: Counter[str] = Counter()

        def called(model: Any, **_: Any) -> None:
            requests[model.name] += 1

        events = shared_connection().client.meta.events
        events.register("before-call.dynamodb", called)
        try:
            yield requests
        finally:
            events.unregister("before-call.dynamodb", called)

    # HTTP

    def http(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Call the API as a client does; `raw` sends body bytes as they are."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        with self.as_function("api"):
            response = self._client.http.request(method, path, headers=sent, body=content)
        plain = {name.lower(): _text(value) for name, value in response.headers.items()}
        answer = Answer(response.status_code, response.body, plain)
        by_gateway = "x-amzn-errortype" in plain or answer.status == HTTPStatus.METHOD_NOT_ALLOWED
        return _as_gateway(answer, self._origins) if by_gateway else answer

    # Who calls

    def token(self, tenant: str = "default", scopes: Sequence[str] = ("operator",)) -> str:
        """A bearer token of that tenant with those scopes."""
        known = (tenant, tuple(scopes))
        if known not in self._tokens:
            name = f"{tenant}-{scopes[-1]}"
            with self.as_function(None):
                self._tokens[known] = token_table.issue(tenant, name, scopes, self.now)[1]
        return self._tokens[known]

    @property
    def owner(self) -> str:
        return self.token(scopes=["owner"])

    @property
    def admin(self) -> str:
        return self.token(scopes=["admin"])

    @property
    def operator(self) -> str:
        return self.token(scopes=["operator"])

    @property
    def viewer(self) -> str:
        return self.token(scopes=["viewer"])

    # Targets

    def keep_secret(self, name: str, value: str = "s3cret", tenant: str = "default") -> None:
        """Put a tenant's secret where its targets read it."""
        path = f"/{STACK}/secrets/{tenant}/{name}"
        boto3.client("ssm").put_parameter(Name=path, Value=value, Type="SecureString")

    def _client_of(self, service: str, region: str, read_seconds: float) -> Any:
        """What starts targets in AWS: what a test has put there, or else moto."""
        if service not in self.clients:
            return aws.client(service, region, read_seconds)
        called = {"stepfunctions": "sfn"}.get(service, service)
        return _Heard(
            self.clients[service],
            lambda operation, params: self._hear(
                event_name=f"call.{called}.{operation}", params=params
            ),
        )

    # Jobs

    def register(self, name: str, function: JobFunction, params: Any = None) -> None:
        """A job for the life of this stack."""

        @wraps(function)
        def looked_after(context: JobContext, given: Any) -> Any:
            self._at_work.append(context._lifeline)
            try:
                with self.as_function(None):  # It is a part of the test.
                    return function(context, given)
            finally:
                self._at_work.pop()

        self.system.jobs.add(name, looked_after, params)


def _look_up(host: str, port: int, **_: Any) -> list[Any]:
    """The name server of all stacks: it knows the one host that tests name and never call."""
    if host != "example.com":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (_EXAMPLE, port))]


def _as_gateway(answer: Answer, origins: Sequence[str]) -> Answer:
    """What API Gateway itself answers, in the shape the template gives it."""
    kind = "UNAUTHORIZED" if answer.status == HTTPStatus.UNAUTHORIZED else _NO_SUCH_ROUTE
    shaped = template.gateway_responses(STACK, {"AllowOrigins": ",".join(origins)})[kind]
    headers = {
        name.lower(): value.strip("'")
        for name, value in shaped["ResponseParameters"]["Headers"].items()
    }
    body = shaped["ResponseTemplates"]["application/json"].encode()
    return Answer(shaped["StatusCode"], body, headers)


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _scheduled_event(now: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": now.isoformat(),
        "region": _REGION,
        "resources": [f"arn:aws:events:{_REGION}:123456789012:rule/{STACK}"],
        "detail": {},
    }


def _stream_event(
    table: str, keys: dict[str, Any], image: dict[str, Any] | None = None
) -> dict[str, Any]:
    record = {
        "eventID": "00000000-0000-0000-0000-000000000000",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": _REGION,
        "dynamodb": {
            "Keys": keys,
            "SequenceNumber": "1",
            "SizeBytes": 1,
            **({} if image is None else {"NewImage": image}),
        },
        "eventSourceARN": f"arn:aws:dynamodb:{_REGION}:123456789012:table/{STACK}-{table}/stream/x",
    }
    return {"Records": [record]}


def _sqs_event(message: Message) -> dict[str, Any]:
    record = {
        "messageId": "00000000-0000-0000-0000-000000000000",
        "receiptHandle": "receipt",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{_REGION}:123456789012:{STACK}-{message.queue}",
        "awsRegion": _REGION,
    }
    return {"Records": [record]}
