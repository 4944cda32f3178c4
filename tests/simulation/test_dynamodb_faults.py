"""Crashes, throttling, lost answers, old views, and what everything costs."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.dynamodb import (
    Call,
    Faults,
    InMemoryDynamoDB,
    SeededLag,
    conflict,
    connection_lost,
    plain,
    throttled,
)
from tests.simulation.calls import call, get, index, key, put, update
from tests.simulation.random_expressions import TABLES


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


class Raises(Faults):
    """Raises before or after every write, and notes all calls."""

    def __init__(self, *, before: BaseException | None = None, after: BaseException | None = None):
        self.calls: list[Call] = []
        self._before, self._after = before, after

    def before(self, call: Call) -> None:
        self.calls.append(call)
        if self._before and call.operation != "GetItem":
            raise self._before

    def after(self, call: Call) -> None:
        if self._after and call.operation != "GetItem":
            raise self._after


class Crash(BaseException):
    """The process dies."""


@pytest.mark.parametrize("error", [Crash(), throttled("PutItem"), conflict("PutItem", {})])
def test_what_is_raised_before_leaves_nothing(
    engine: InMemoryDynamoDB, error: BaseException
) -> None:
    engine.faults = Raises(before=error)
    with pytest.raises(type(error)):
        put(engine)
    assert get(engine) is None


@pytest.mark.parametrize("error", [Crash(), connection_lost()])
def test_what_is_raised_after_leaves_the_write(
    engine: InMemoryDynamoDB, error: BaseException
) -> None:
    engine.faults = Raises(after=error)
    with pytest.raises(type(error)):
        put(engine)
    assert get(engine) == key()


def test_an_answer_may_be_lost_that_was_a_refusal(engine: InMemoryDynamoDB) -> None:
    engine.faults = Raises(after=connection_lost())
    with pytest.raises(ConnectionClosedError):
        call(engine, "DeleteItem", Key=key(), ConditionExpression="attribute_exists(pk)")


def test_every_call_is_told_with_its_place(engine: InMemoryDynamoDB) -> None:
    engine.faults = faults = Raises()
    put(engine)
    get(engine)
    assert [(one.number, one.operation) for one in faults.calls] == [(1, "PutItem"), (2, "GetItem")]
    assert faults.calls[0].request["Item"] == key()


def test_a_conflict_names_the_part_it_is_about() -> None:
    error = conflict("TransactWriteItems", {"TransactItems": [{}, {}]}, item=1)
    reasons: Any = error.response
    codes = [reason["Code"] for reason in reasons["CancellationReasons"]]
    assert codes == ["None", "TransactionConflict"]
    assert isinstance(error, ClientError)


# Old views


class Lags(Faults):
    """Every eventually consistent read is this many writes old."""

    def __init__(self, writes: int) -> None:
        self.writes = writes

    def lag(self, _table: str, _index: str | None) -> int:
        return self.writes


def test_an_index_can_be_seen_as_it_was(engine: InMemoryDynamoDB) -> None:
    put(engine, "a", gpk={"S": "g"}, gsk={"S": "1"})
    put(engine, "b", gpk={"S": "g"}, gsk={"S": "2"})
    update(engine, "REMOVE gsk")
    views = []
    for writes in range(5):
        engine.faults = Lags(writes)
        views.append(index(engine))
    assert views == [["b"], ["a", "b"], ["a"], [], []]


def test_other_partitions_do_not_age_a_view(engine: InMemoryDynamoDB) -> None:
    put(engine, "a", gpk={"S": "g"}, gsk={"S": "1"})
    put(engine, "b", gpk={"S": "h"}, gsk={"S": "1"})
    engine.faults = Lags(1)
    assert (index(engine, "g"), index(engine, "h")) == (["a"], [])


def test_consistent_reads_see_what_is(engine: InMemoryDynamoDB) -> None:
    put(engine)
    engine.faults = Lags(1)
    assert "Item" not in call(engine, "GetItem", Key=key())
    assert call(engine, "GetItem", Key=key(), ConsistentRead=True)["Item"] == key()
    asked = {"TransactItems": [{"Get": {"TableName": "texts", "Key": key()}}]}
    assert call(engine, "TransactGetItems", **asked)["Responses"] == [{"Item": key()}]


def test_conditions_see_what_is(engine: InMemoryDynamoDB) -> None:
    put(engine)
    engine.faults = Lags(1)
    call(engine, "DeleteItem", Key=key(), ConditionExpression="attribute_exists(pk)")


def test_after_a_while_every_view_is_of_now(engine: InMemoryDynamoDB) -> None:
    put(engine, gpk={"S": "g"}, gsk={"S": "1"})
    engine.faults = Lags(5)
    assert index(engine) == []
    engine.catch_up()
    assert index(engine) == ["a"]


def test_a_view_as_old_as_a_seed_says(engine: InMemoryDynamoDB) -> None:
    for sort in "abcdef":
        put(engine, sort, gpk={"S": "g"}, gsk={"S": sort})

    def views(seed: int) -> list[list[str]]:
        engine.faults = SeededLag(seed, most=5)
        return [index(engine) for _ in range(20)]

    assert views(1) == views(1) != views(2)
    assert {len(view) for view in views(1)} == {1, 2, 3, 4, 5, 6}


# Costs


def units(engine: InMemoryDynamoDB, operation: str, **params: Any) -> float:
    engine.meter.reset()
    answer = call(engine, operation, ReturnConsumedCapacity="TOTAL", **params)
    told = answer["ConsumedCapacity"]
    told = told if isinstance(told, list) else [told]
    counted = engine.meter.write_units[operation] + engine.meter.read_units[operation]
    assert counted == sum(one["CapacityUnits"] for one in told)
    assert engine.meter.requests == {operation: 1}
    return counted


def test_a_write_costs_a_unit_for_each_kilobyte(engine: InMemoryDynamoDB) -> None:
    assert units(engine, "PutItem", Item=key()) == 1
    assert units(engine, "PutItem", Item={**key(), "a": {"S": "x" * 1024}}) == 2
    assert units(engine, "PutItem", Item=key()) == 2  # what it replaces counts
    assert units(engine, "DeleteItem", Key=key()) == 1
    assert units(engine, "DeleteItem", Key=key()) == 1  # also if nothing is there


def test_a_write_costs_more_for_each_index_it_changes(engine: InMemoryDynamoDB) -> None:
    indexed = {**key(), "gpk": {"S": "g"}, "gsk": {"S": "1"}}
    assert units(engine, "PutItem", Item=indexed) == 2
    assert units(engine, "PutItem", Item={**indexed, "not projected": {"S": "x"}}) == 1
    assert units(engine, "PutItem", Item={**indexed, "gsk": {"S": "2"}}) == 3
    assert units(engine, "DeleteItem", Key=key()) == 2


def test_a_transaction_costs_its_items_twice(engine: InMemoryDynamoDB) -> None:
    item = {**key(), "gpk": {"S": "g"}, "gsk": {"S": "1"}}
    parts = [
        {"Put": {"TableName": "texts", "Item": item}},
        {"Delete": {"TableName": "texts", "Key": key("b")}},
    ]
    assert units(engine, "TransactWriteItems", TransactItems=parts) == 2 + 1 + 2


def test_a_write_that_is_refused_costs_all_the_same(engine: InMemoryDynamoDB) -> None:
    put(engine)
    engine.meter.reset()
    with pytest.raises(ClientError):
        call(engine, "DeleteItem", Key=key(), ConditionExpression="attribute_not_exists(pk)")
    assert engine.meter.write_units == {"DeleteItem": 1}


def test_a_read_costs_half_a_unit_for_four_kilobytes(engine: InMemoryDynamoDB) -> None:
    put(engine, "a", a={"S": "x" * 5000})
    put(engine, "b")
    assert units(engine, "GetItem", Key=key("a"), ConsistentRead=True) == 2
    assert units(engine, "GetItem", Key=key("a")) == 1
    assert units(engine, "GetItem", Key=key("none")) == 0.5
    asked = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
    }
    assert units(engine, "Query", **asked) == 1  # both together are below eight
    keys = {"texts": {"Keys": [key("a"), key("b")]}}
    assert units(engine, "BatchGetItem", RequestItems=keys) == 1.5


def test_raw_items_can_be_looked_at(engine: InMemoryDynamoDB) -> None:
    put(engine, n={"N": "1"}, deep={"L": [{"M": {"x": {"NULL": True}}}]})
    (item,) = engine.items("texts")
    assert {name: plain(dict(value)) for name, value in item.items()} == {
        "pk": "p",
        "sk": "a",
        "n": 1,
        "deep": [{"x": None}],
    }
