"""Transactions and batches: all or nothing, once, and each reason in its place."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.dynamodb import Call, Faults, InMemoryDynamoDB
from tests.simulation.calls import call, code, get, key, put
from tests.simulation.random_expressions import TABLES, Item


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


def part(kind: str, sort: str, **more: Any) -> Item:
    where = {"Item": key(sort)} if kind == "Put" else {"Key": key(sort)}
    return {kind: {"TableName": "texts", **where, **more}}


def a_sum(sort: str) -> Item:
    values = {":one": {"N": "1"}}
    return part("Update", sort, UpdateExpression="ADD n :one", ExpressionAttributeValues=values)


NEW: Item = {"ConditionExpression": "attribute_not_exists(pk)"}


def failed(engine: InMemoryDynamoDB, *parts: Item, **more: Any) -> Item:
    with pytest.raises(ClientError) as raised:
        call(engine, "TransactWriteItems", TransactItems=list(parts), **more)
    answer: Any = raised.value.response
    return dict(answer)


def test_every_part_is_done(engine: InMemoryDynamoDB) -> None:
    put(engine, "b")
    parts = [part("Put", "a", **NEW), part("Delete", "b"), a_sum("c")]
    call(engine, "TransactWriteItems", TransactItems=parts)
    assert get(engine, "a") == key("a")
    assert get(engine, "b") is None
    assert get(engine, "c") == {**key("c"), "n": {"N": "1"}}


def test_none_is_done_if_one_fails_and_each_says_why(engine: InMemoryDynamoDB) -> None:
    put(engine, "b", n={"S": "text"})
    put(engine, "c")
    before = engine.snapshot()
    told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    lost = failed(engine, part("Put", "a"), a_sum("b"), part("Delete", "c", **NEW, **told))
    assert engine.snapshot() == before
    assert lost["Error"]["Code"] == "TransactionCanceledException"
    assert lost["Error"]["Message"].endswith("[None, ValidationError, ConditionalCheckFailed]")
    assert [reason["Code"] for reason in lost["CancellationReasons"]] == [
        "None",
        "ValidationError",
        "ConditionalCheckFailed",
    ]
    assert lost["CancellationReasons"][2]["Item"] == key("c")


def test_an_item_cannot_be_in_it_twice(engine: InMemoryDynamoDB) -> None:
    check = part("ConditionCheck", "a", **NEW)
    assert failed(engine, check, part("Put", "a"))["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError):
        call(engine, "TransactGetItems", TransactItems=[part("Get", "a"), part("Get", "a")])


def test_it_has_no_more_than_a_hundred_parts(engine: InMemoryDynamoDB) -> None:
    parts = [part("Put", str(number)) for number in range(101)]
    assert failed(engine, *parts)["Error"]["Code"] == "ValidationException"


def test_the_same_token_does_the_same_once(engine: InMemoryDynamoDB) -> None:
    for _ in range(2):
        call(engine, "TransactWriteItems", TransactItems=[a_sum("a")], ClientRequestToken="t")
    assert get(engine) == {**key(), "n": {"N": "1"}}
    other = failed(engine, a_sum("b"), ClientRequestToken="t")
    assert other["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_token_of_what_failed_may_be_used_again(engine: InMemoryDynamoDB) -> None:
    put(engine, "a")
    failed(engine, part("Put", "a", **NEW), ClientRequestToken="t")
    call(engine, "TransactWriteItems", TransactItems=[a_sum("b")], ClientRequestToken="t")
    assert get(engine, "b") is not None


def test_a_transaction_reads_in_the_order_asked_for(engine: InMemoryDynamoDB) -> None:
    put(engine, "a")
    put(engine, "b")
    asked = [part("Get", "b"), part("Get", "none"), part("Get", "a")]
    answer = call(engine, "TransactGetItems", TransactItems=asked)
    assert answer["Responses"] == [{"Item": key("b")}, {}, {"Item": key("a")}]


class LeavesOutTheFirst(Faults):
    def leaves_out(self, _call: Call, place: int) -> bool:
        return place == 0


def test_a_batch_may_be_left_half_written(engine: InMemoryDynamoDB) -> None:
    engine.faults = LeavesOutTheFirst()
    asked = [{"PutRequest": {"Item": key(sort)}} for sort in "ab"]
    answer = call(engine, "BatchWriteItem", RequestItems={"texts": asked})
    assert answer["UnprocessedItems"] == {"texts": asked[:1]}
    assert [get(engine, sort) for sort in "ab"] == [None, key("b")]


def test_a_batch_may_be_left_half_read(engine: InMemoryDynamoDB) -> None:
    put(engine, "a")
    put(engine, "b")
    engine.faults = LeavesOutTheFirst()
    asked = {"texts": {"Keys": [key("a"), key("b")], "ConsistentRead": True}}
    answer = call(engine, "BatchGetItem", RequestItems=asked)
    assert answer["Responses"] == {"texts": [key("b")]}
    assert answer["UnprocessedKeys"] == {"texts": {"Keys": [key("a")], "ConsistentRead": True}}


def test_a_batch_does_not_answer_in_the_order_asked_for(engine: InMemoryDynamoDB) -> None:
    sorts = "abcdefgh"
    for sort in sorts:
        put(engine, sort)
    asked = {"texts": {"Keys": [key(sort) for sort in sorts]}}
    found = call(engine, "BatchGetItem", RequestItems=asked)["Responses"]["texts"]
    assert [item["sk"]["S"] for item in found] != list(sorts)
    assert sorted(item["sk"]["S"] for item in found) == list(sorts)


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("BatchGetItem", {"texts": {"Keys": [key(), key()]}}),
        ("BatchGetItem", {"texts": {"Keys": [key(str(number)) for number in range(101)]}}),
        ("BatchWriteItem", {"texts": [{"DeleteRequest": {"Key": key()}}] * 2}),
        (
            "BatchWriteItem",
            {"texts": [{"DeleteRequest": {"Key": key(str(number))}} for number in range(26)]},
        ),
    ],
)
def test_a_batch_is_short_and_names_nothing_twice(
    engine: InMemoryDynamoDB, operation: str, asked: Item
) -> None:
    with pytest.raises(ClientError) as raised:
        call(engine, operation, RequestItems=asked)
    assert code(raised.value) == "ValidationException"
