"""DynamoDB and SQS as processes reach them: each call is a step, and may go wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import template
from tests.dynamodb import InMemoryDynamoDB, conflict, connection_lost, throttled
from tests.simulation.faults import DataFaults, Fate, FaultPlan
from tests.simulation.items import Change, Item
from tests.simulation.processes import Host, Process
from tests.simulation.world import SECOND, World

WRITES: Final = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
)
_TABLES: Final = template.tables("baton")
_PREFIX: Final = "baton-"


@dataclass(frozen=True, slots=True)
class Key:
    """An item: its table and the values of its key."""

    table: str
    key: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A call of a process, and how the history speaks of it."""

    process: Process
    operation: str
    request: dict[str, Any]
    what: str

    @property
    def writes(self) -> bool:
        return self.operation in WRITES

    def note(self, outcome: str) -> None:
        """Write it into the history."""
        self.process.world.note(self.process.name, self.what, outcome)


class SimulatedDynamoDB(InMemoryDynamoDB):
    """The store in memory, reached by processes that give way before each call."""

    def __init__(self, world: World, plan: FaultPlan) -> None:
        super().__init__(_TABLES, DataFaults(world, plan))
        self.world = world
        self.host: Host | None = None
        #: Told of every write, with what changed.
        self.on_write: Callable[[Process, list[Change]], None] = lambda _process, _changes: None
        self._key_names = {
            table["TableName"]: [part["AttributeName"] for part in table["KeySchema"]]
            for table in _TABLES
        }

    def _make_api_call(self, operation_name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        process = self.host.current if self.host else None
        if process is None:
            return super()._make_api_call(operation_name, kwargs)
        return self._step(process, operation_name, kwargs)

    def look(self, table: str, *key: str) -> Item | None:
        """The item as it is; not a step of anybody."""
        stored = self._tables[_PREFIX + table].get(key)
        return stored.item if stored else None

    def _step(self, process: Process, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        process.wait(process.host.faults.latency(self.world))
        process.asks("dynamodb", operation, request)
        call = AwsCall(process, operation, request, _described(operation, request))
        fate = process.fate(writes=call.writes)
        if fate is Fate.DIES_BEFORE:
            call.note("dies before it")
            process.die()
        if refusal := _refusal(fate, operation, request):
            call.note(fate.name.lower())
            raise refusal
        if fate is Fate.REPEATED and operation == "TransactWriteItems":
            # botocore gives every transaction a token, so that a repetition is known as one.
            request["ClientRequestToken"] = f"{process.name} {self.world.events}"
        try:
            answer = self._carried_out(call)
        except ClientError:
            if fate in (Fate.DONE, Fate.ANSWER_LATE):
                raise
            answer = {}  # what was refused, the caller does not learn either
        return self._answered(call, fate, answer)

    def _answered(self, call: AwsCall, fate: Fate, answer: dict[str, Any]) -> dict[str, Any]:
        """What the caller gets to see, and when."""
        process = call.process
        match fate:
            case Fate.DIES_AFTER:
                call.note("dies after it")
                process.die()
            case Fate.ANSWER_LOST:
                call.note("its answer is lost")
                raise connection_lost()
            case Fate.ANSWER_LATE:
                process.wait(process.host.faults.stalled(self.world))
            case Fate.REPEATED:
                process.wait(self.world.random.randint(50, 5 * SECOND))
                return self._carried_out(replace(call, what=f"{call.what} (repeated)"))
        return answer

    def _carried_out(self, call: AwsCall) -> dict[str, Any]:
        keys = list(self._keys(call.request)) if call.writes else []
        before = [self._item(key) for key in keys]
        try:
            answer = super()._make_api_call(call.operation, call.request)
        except ClientError as error:
            call.note(_why(error))
            raise
        call.note("ok" if keys else "")
        changes = [
            Change(key.table.removeprefix(_PREFIX), was, self._item(key))
            for key, was in zip(keys, before, strict=True)
        ]
        changed = [change for change in changes if change.before is not change.after]
        if changed:
            self.on_write(call.process, changed)
        return answer

    def _item(self, key: Key) -> Item | None:
        table = self._tables[key.table]
        stored = table.get(table.schema.address_of_key(key.key))
        return stored.item if stored else None

    def _keys(self, request: Mapping[str, Any]) -> Iterator[Key]:
        """The items that a write names."""
        for part in _parts(request):
            table = part["TableName"]
            held = part.get("Key") or part["Item"]
            yield Key(table, {name: held[name] for name in self._key_names[table]})


def _parts(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "TransactItems" in request:
        for entry in request["TransactItems"]:
            yield from entry.values()
    elif "RequestItems" in request:
        for table, entries in request["RequestItems"].items():
            for entry in entries:
                yield {"TableName": table, **next(iter(entry.values()))}
    else:
        yield request


def _refusal(fate: Fate, operation: str, request: Mapping[str, Any]) -> Exception | None:
    match fate:
        case Fate.THROTTLED:
            return throttled(operation)
        case Fate.CONFLICT:
            return conflict(operation, request)
        case Fate.REQUEST_LOST:
            return connection_lost()
    return None


def _why(error: ClientError) -> str:
    reasons = error.response.get("CancellationReasons", [])
    codes = [reason["Code"] for reason in reasons]
    return f"refused: {', '.join(codes) or error.response['Error']['Code']}"


def _described(operation: str, request: Mapping[str, Any]) -> str:
    """The call in a few words; which items it is about."""
    if operation in ("Query", "BatchGetItem", "Scan"):
        table = request.get("TableName") or next(iter(request["RequestItems"]))
        return f"{operation} {table.removeprefix(_PREFIX)} {request.get('IndexName', '')}".strip()
    named = []
    for part in _parts(request):
        held = part.get("Key") or part["Item"]
        name = next(held[one]["S"] for one in _NAMING if one in held and "S" in held[one])
        named.append(f"{part['TableName'].removeprefix(_PREFIX)}/{name}")
    return f"{operation} {' + '.join(named)}"


#: By which attribute an item is named in the history.
_NAMING: Final = ("key", "item_id", "run_id", "schedule_id", "tenant_id")


class SimulatedSqs:
    """What `SqsQueues` sends with."""

    def __init__(self, process: Process, deliver: Callable[[str, str, int], None]) -> None:
        self._process, self._deliver = process, deliver

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  # boto3's
        self._process.asks("sqs", "SendMessage", {"QueueUrl": _PREFIX + QueueUrl})
        self._send(QueueUrl, [(MessageBody, 0)])

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:  # noqa: N803  # boto3's
        self._process.asks("sqs", "SendMessageBatch", {"QueueUrl": _PREFIX + QueueUrl})
        self._send(
            QueueUrl, [(entry["MessageBody"], entry.get("DelaySeconds", 0)) for entry in Entries]
        )

    def _send(self, queue: str, messages: list[tuple[str, int]]) -> None:
        process = self._process
        process.wait(process.host.faults.latency(process.world))
        fate = process.fate()
        what = f"send to {queue}: {', '.join(body for body, _ in messages)}"
        if fate is Fate.DIES_BEFORE:
            process.world.note(process.name, what, "dies before it")
            process.die()
        process.world.note(process.name, what, fate.name.lower())
        if fate is Fate.REQUEST_LOST:
            raise connection_lost()
        for body, delay_seconds in messages:
            self._deliver(queue, body, delay_seconds)
        if fate is Fate.DIES_AFTER:
            process.die()
        if fate is Fate.ANSWER_LOST:
            raise connection_lost()
