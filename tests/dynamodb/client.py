"""The client that PynamoDB talks to in place of botocore's."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.store.dynamodb.models import shared_connection
from tests.dynamodb import bulk, queries, reads, writes
from tests.dynamodb.errors import ENDPOINT, Refused, metadata
from tests.dynamodb.faults import Call, Faults
from tests.dynamodb.language.expressions import Request
from tests.dynamodb.operation import Context, Cost, Meter, Operation, Outcome
from tests.dynamodb.table import Table
from tests.dynamodb.values import Item, Value, copied

_READS: Final[dict[str, Operation]] = {
    "GetItem": reads.get_item,
    "BatchGetItem": reads.batch_get_item,
    "TransactGetItems": reads.transact_get_items,
    "Query": queries.query,
    "Scan": queries.scan,
}
_WRITES: Final[dict[str, Operation]] = {
    "PutItem": writes.put_item,
    "UpdateItem": writes.update_item,
    "DeleteItem": writes.delete_item,
    "BatchWriteItem": bulk.batch_write_item,
    "TransactWriteItems": bulk.transact_write_items,
}
_OPERATIONS: Final = _READS | _WRITES
#: Parameters of old, which nobody here has reason to send: better refused than passed over.
_LEGACY: Final = frozenset(
    {
        "AttributesToGet",
        "AttributeUpdates",
        "ConditionalOperator",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    }
)
_SEVERAL_TABLES: Final = frozenset(
    {"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"}
)


class InMemoryDynamoDB:
    """All tables of a stack, from their definitions (`infra.template.tables`)."""

    def __init__(
        self, definitions: Sequence[Mapping[str, Any]], faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self.meter = Meter()
        #: What PynamoDB looks at in a client.
        self.meta = SimpleNamespace(endpoint_url=ENDPOINT)
        self._request_signer = None
        self._tables = {table.name: table for table in map(Table, definitions)}
        self._tokens: dict[str, str] = {}
        self._calls = 0
        self._lock = RLock()

    def _make_api_call(self, operation_name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        self._calls += 1
        call = Call(self._calls, operation_name, kwargs)
        self.meter.requests[operation_name] += 1
        self.faults.before(call)
        answer = self._answer(call)
        self.faults.after(call)
        if isinstance(answer, ClientError):
            raise answer
        return answer

    # For tests

    def items(self, table: str) -> Iterator[Mapping[str, Value]]:
        """Every item of a table as it is stored: quick, not copied, to be looked at only."""
        return self._tables[table].items()

    def keep(self, table: str, item: Item) -> None:
        """Put an item there at once: canonical, not copied, on no condition, and not metered."""
        found = self._tables[table]
        found.write(found.schema.address_of_item(item), found.check(item), 0)

    def snapshot(self) -> dict[str, list[Item]]:
        """A copy of everything, by table."""
        return {name: [copied(item) for item in self.items(name)] for name in self._tables}

    def written(self) -> dict[tuple[str, str, Any], int]:
        """The write units since the last `forget_written`: (table, index, partition) → units."""
        return {
            (name, place, partition): units
            for name, table in self._tables.items()
            for place, counted in table.written_by_place()
            for partition, units in counted.items()
        }

    def forget_written(self) -> None:
        """Count the write units of partitions from zero."""
        for table in self._tables.values():
            for _, counted in table.written_by_place():
                counted.clear()

    def catch_up(self) -> None:
        """Time has passed: no later read sees anything older than what is now."""
        for table in self._tables.values():
            table.catch_up()

    # Answering

    def _answer(self, call: Call) -> dict[str, Any] | ClientError:
        with self._lock:
            try:
                outcome = self._perform(call)
            except Refused as refused:
                self._charge(call.operation, refused.cost)
                return refused.as_client_error(call.operation)
        self._charge(call.operation, outcome.cost)
        answer = outcome.answer
        answer["ResponseMetadata"] = metadata()
        if call.request.get("ReturnConsumedCapacity", "NONE") != "NONE":
            answer["ConsumedCapacity"] = _consumed(call.operation, outcome.cost)
        return answer

    def _perform(self, call: Call) -> Outcome:
        if call.operation not in _OPERATIONS:
            raise NotImplementedError(call.operation)
        if legacy := call.request.keys() & _LEGACY:
            raise NotImplementedError(", ".join(sorted(legacy)))
        token = call.request.get("ClientRequestToken")
        if token is not None and self._is_repeated(token, call.request):
            return Outcome({})
        outcome = _OPERATIONS[call.operation](
            Context(self._tables, self.faults, call), call.request
        )
        if token is not None:
            self._tokens[token] = repr(call.request["TransactItems"])
        return outcome

    def _is_repeated(self, token: str, request: Request) -> bool:
        """Whether this very transaction was carried out before."""
        if token not in self._tokens:
            return False
        if self._tokens[token] != repr(request["TransactItems"]):
            raise Refused(
                "IdempotentParameterMismatchException",
                "Idempotency token has been used with a different request",
            )
        return True

    def _charge(self, operation: str, cost: Cost) -> None:
        units = self.meter.read_units if operation in _READS else self.meter.write_units
        if cost:
            units[operation] += sum(cost.values())


def _consumed(operation: str, cost: Cost) -> Any:
    consumed = [{"TableName": name, "CapacityUnits": float(cost[name])} for name in cost]
    return consumed if operation in _SEVERAL_TABLES else consumed[0]


@contextmanager
def connected(engine: InMemoryDynamoDB) -> Iterator[InMemoryDynamoDB]:
    """The store works on this engine, and afterwards on what it worked on before."""
    connection = shared_connection()
    before, connection._client = connection._client, engine  # type: ignore[assignment]  # the seam
    try:
        yield engine
    finally:
        connection._client = before
