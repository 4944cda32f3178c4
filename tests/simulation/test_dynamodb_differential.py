"""The same random operations, sent by PynamoDB to moto and to the engine, end alike.

Where moto is known to differ from DynamoDB, and what is therefore not compared:

- values of different types in `<`, `BETWEEN` …, `size` of nothing, paths into the wrong type:
  it raises a TypeError (DynamoDB: the condition does not hold, the update is refused);
- an update refused in the middle: it keeps the changes made until then;
- booleans are numbers to it, NULL is an attribute that is missing;
- what UPDATED_OLD and UPDATED_NEW return; `SET a.x` where `a` is no map (it obeys);
- an item named twice in a batch or in TransactGetItems, a place changed twice by one update, an
  index key set to a wrong type, a request token used again: it sees nothing wrong;
- a page exactly as full as its limit has no LastEvaluatedKey if nothing follows.

Most of it is tested by itself, in the other test_dynamodb modules.
"""

from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from hypothesis import Phase, given, settings
from moto import mock_aws
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PynamoDBException

from tests.dynamodb import InMemoryDynamoDB
from tests.dynamodb.values import canonical_number
from tests.simulation.operations import SEQUENCES, Operation
from tests.simulation.random_expressions import SORT_KINDS, TABLES

#: Stands for any refusal of a request that is wrong.
_INVALID: Final = "invalid"
#: moto has raised something that no client would ever see.
_GAVE_UP: Final = "gave up"
READS: Final = ("get_item", "batch_get_item", "transact_get_items", "query", "scan")
#: Reads that find whatever there is.
EVERYTHING: Final[list[Operation]] = [
    *(("scan", {"table_name": table}) for table in SORT_KINDS),
    *(
        ("query", {"table_name": table, "index_name": "sparse", "hash_key": partition})
        for table in SORT_KINDS
        for partition in "gh"
    ),
]
_INCOMPARABLE: Final = {"ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics"}


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environ, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environ.setenv(name, "testing")
        yield boto3.client("dynamodb", region_name="us-east-1")


@settings(max_examples=120, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
@given(operations=SEQUENCES)
def test_moto_and_the_engine_agree(moto: Any, operations: list[Operation]) -> None:
    for table in TABLES:
        moto.create_table(**table)
    theirs, ours = connection_to(moto), connection_to(InMemoryDynamoDB(TABLES))
    try:
        for operation in [*operations, *EVERYTHING]:
            expected, found = outcome(theirs, operation), outcome(ours, operation)
            if expected == _GAVE_UP and operation[0] in READS:
                continue
            if expected == _GAVE_UP:
                return  # what it wrote until then cannot be known
            assert found == allowing_for_moto(operation, expected, found), operation
            if found == _INVALID and operation[0] == "update_item":
                return  # it may have made some of the changes before it found one wrong
    finally:
        for table in TABLES:
            moto.delete_table(TableName=table["TableName"])


def connection_to(client: Any) -> Connection:
    connection = Connection(region="us-east-1")
    for table in TABLES:
        connection.add_meta_table(MetaTable(table))
    connection._client = client
    return connection


def outcome(connection: Connection, operation: Operation) -> Any:
    """The answer, or the kind of error with its details."""
    try:
        return without_chance(operation, comparable(sent(connection, operation)))
    except PynamoDBException as error:
        return refusal(error)
    except (TypeError, ValueError, AssertionError, AttributeError, KeyError):
        # It takes types apart that must not be compared, and paths that it cannot follow.
        assert isinstance(connection._client, InMemoryDynamoDB) is False
        return _GAVE_UP


def sent(connection: Connection, operation: Operation) -> Any:
    method, arguments = operation
    if method == "transact_write_items":
        parts: dict[str, Any] = {
            f"{kind}_items": [connection.get_operation_kwargs(**target) for target in targets]
            for kind, targets in arguments.items()
        }
        return connection.transact_write_items(**parts)
    if method not in ("transact_get_items", "batch_get_item"):
        return getattr(connection, method)(**arguments)
    table, keys = arguments["table_name"], arguments["keys"]
    if method == "transact_get_items":
        asked = [connection.get_operation_kwargs(table, **key) for key in keys]
        return connection.transact_get_items(asked)
    maps: Any = [connection.get_identifier_map(table, **key)["Key"] for key in keys]
    return connection.batch_get_item(table, maps)


def refusal(error: PynamoDBException) -> Any:
    if error.cause_response_code == "ValidationException":
        return _INVALID
    reasons = [
        (one.code, comparable(one.raw_item or {})) if one else None
        for one in getattr(error, "cancellation_reasons", [])
    ]
    codes = {reason[0] for reason in reasons if reason}
    if "ValidationError" in codes:
        return _INVALID
    if codes & {"TypeError", "ValueError", "AttributeError", "AssertionError"}:
        return _GAVE_UP
    return error.cause_response_code, reasons


def comparable(answer: Any) -> Any:
    """Numbers and sets in one form, batches in one order, without what is no result."""
    if isinstance(answer, list):
        return [comparable(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    match list(answer.items()):
        case [("N", number)]:
            return {"N": canonical_number(number)}
        case [("SS" | "NS" as kind, members)]:
            return {kind: sorted(members)}
        case [("S", _)]:
            return answer
    kept = {name: comparable(answer[name]) for name in sorted(answer.keys() - _INCOMPARABLE)}
    if isinstance(kept.get("Responses"), dict):
        kept["Responses"] = {
            name: sorted(some, key=str) for name, some in kept["Responses"].items()
        }
    return kept


def without_chance(operation: Operation, answer: Any) -> Any:
    """Sorts items that come in no certain order: those of a scan, those of one sort key."""
    method, arguments = operation
    if "Items" not in answer or (method == "query" and "index_name" not in arguments):
        return answer
    order = [item.get("gsk") for item in answer["Items"]] if method == "query" else []
    return {**answer, "Items": sorted(answer["Items"], key=str), "order": order}


def allowing_for_moto(operation: Operation, moto: Any, ours: Any) -> Any:
    """What moto answered, put right where it is known to differ from DynamoDB."""
    method, arguments = operation
    if not isinstance(moto, dict) or not isinstance(ours, dict):
        # It looks at the condition before it finds out that the request makes no sense.
        lost = isinstance(moto, tuple) and "ConditionalCheckFailed" in str(moto)
        return _INVALID if ours == _INVALID and lost else moto
    if method == "query" and moto.get("ScannedCount") == arguments.get("limit"):
        # It knows when a page that is full is the last one.
        last = {k: v for k, v in ours.items() if k == "LastEvaluatedKey"}
        return {**last, **moto}
    return moto
