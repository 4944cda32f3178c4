"""Conditions and updates, where moto differs or no comparison would show it."""

import pytest
from botocore.exceptions import ClientError

from tests.dynamodb import InMemoryDynamoDB
from tests.simulation.calls import call, get, key, put, refused, update
from tests.simulation.random_expressions import TABLES, Item


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


# Conditions


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("missing = :v", False),
        ("missing < :v", False),
        ("missing <> :v", True),
        ("NOT missing = :v", True),
        ("missing IN (:v)", False),
        ("begins_with(missing, :v)", False),
        ("n < :v", False),
        ("n <> :v", True),
        ("a = :v OR n = :v AND missing = :v", True),
        ("NOT a <> :v AND a >= :v", True),
        ("contains(a, :v)", True),
        ("size(deep) < size(a)", False),
        ("deep.x[1] = :v", True),
    ],
)
def test_a_condition_holds_as_dynamodb_has_it(
    engine: InMemoryDynamoDB, condition: str, holds: bool
) -> None:
    deep = {"M": {"x": {"L": [{"N": "1"}, {"S": "v"}]}}}
    put(engine, a={"S": "v"}, n={"N": "10"}, deep=deep)
    asked = {
        "Key": key(),
        "ConditionExpression": condition,
        **({"ExpressionAttributeValues": {":v": {"S": "v"}}} if ":v" in condition else {}),
    }
    if holds:
        call(engine, "DeleteItem", **asked)
    else:
        assert refused(engine, "DeleteItem", **asked) == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a =",
        "a = :v)",
        "a ! :v",
        "a = :unknown",
        "#unknown = :v",
        "a = :v AND b = :v extra",
        "a = a AND a = :v",
        "sized(a) = :v",
        "begins_with(a)",
        "attribute_exists(:v)",
        "attribute_type(a, :v)",
        "a BETWEEN :v AND :n",
        "a < :truth",
        "size(:n) = :v",
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(
    engine: InMemoryDynamoDB, expression: str
) -> None:
    values = {":v": {"S": "v"}, ":n": {"N": "1"}, ":truth": {"BOOL": True}}
    used = {name: value for name, value in values.items() if name in expression}
    asked = {"ConditionExpression": expression, "ExpressionAttributeValues": used or values}
    assert refused(engine, "DeleteItem", Key=key(), **asked) == "ValidationException"


def test_placeholders_must_be_used(engine: InMemoryDynamoDB) -> None:
    unused = {"ExpressionAttributeNames": {"#a": "a"}}
    assert refused(engine, "GetItem", Key=key(), **unused) == "ValidationException"


def test_parameters_of_old_are_not_passed_over(engine: InMemoryDynamoDB) -> None:
    with pytest.raises(NotImplementedError, match="Expected"):
        call(engine, "DeleteItem", Key=key(), Expected={})


# Updates


def test_operands_are_read_from_the_item_as_it_was(engine: InMemoryDynamoDB) -> None:
    put(engine, a={"N": "1"}, b={"N": "2"})
    assert update(engine, "SET a = b, b = a") == {"a": {"N": "2"}, "b": {"N": "1"}}


def test_places_in_lists_are_those_of_the_item_as_it_was(engine: InMemoryDynamoDB) -> None:
    letters: Item = {"L": [{"S": letter} for letter in "abcd"]}
    put(engine, a=letters)
    after = update(engine, "SET a[9] = :z, a[7] = :y REMOVE a[0], a[2]", z={"S": "z"}, y={"S": "y"})
    assert [one["S"] for one in after["a"]["L"]] == ["b", "d", "y", "z"]


def test_what_is_set_inside_a_value_needs_that_value(engine: InMemoryDynamoDB) -> None:
    with pytest.raises(ClientError, match="document path"):
        update(engine, "SET a.x = :v", v={"S": "v"})
    put(engine, a={"M": {}})
    assert update(engine, "SET a.x = :v", v={"S": "v"}) == {"a": {"M": {"x": {"S": "v"}}}}


@pytest.mark.parametrize(
    "expression", ["SET a = :v REMOVE a", "SET a.x = :v, a = :v", "SET a = :v SET b = :v"]
)
def test_one_place_cannot_be_changed_twice(engine: InMemoryDynamoDB, expression: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        update(engine, expression, v={"S": "v"})


def test_the_last_member_of_a_set_takes_it_along(engine: InMemoryDynamoDB) -> None:
    put(engine, a={"SS": ["x", "y"]})
    assert update(engine, "DELETE a :x", x={"SS": ["x"]}) == {"a": {"SS": ["y"]}}
    assert update(engine, "DELETE a :y", y={"SS": ["y"]}) == {}


def test_an_update_without_changes_makes_sure_the_item_exists(engine: InMemoryDynamoDB) -> None:
    call(engine, "UpdateItem", Key=key())
    assert get(engine) == key()


def test_an_item_has_a_largest_size(engine: InMemoryDynamoDB) -> None:
    put(engine, a={"S": "x" * 409_000})
    with pytest.raises(ClientError, match="size"):
        update(engine, "SET b = :more", more={"S": "x" * 1_000})


@pytest.mark.parametrize(
    ("wanted", "returned"),
    [
        ("NONE", None),
        ("ALL_OLD", {**key(), "a": {"S": "old"}, "b": {"S": "kept"}}),
        ("ALL_NEW", {**key(), "a": {"S": "new"}, "b": {"S": "kept"}, "c": {"N": "1"}}),
        ("UPDATED_OLD", {"a": {"S": "old"}}),
        ("UPDATED_NEW", {"a": {"S": "new"}, "c": {"N": "1"}}),
    ],
)
def test_an_update_returns_what_is_wanted(
    engine: InMemoryDynamoDB, wanted: str, returned: Item | None
) -> None:
    put(engine, a={"S": "old"}, b={"S": "kept"})
    answer = call(
        engine,
        "UpdateItem",
        Key=key(),
        UpdateExpression="SET a = :new ADD c :one",
        ExpressionAttributeValues={":new": {"S": "new"}, ":one": {"N": "1"}},
        ReturnValues=wanted,
    )
    assert answer.get("Attributes") == returned
