"""Values and keys: their one form, their order, and what is refused."""

import pytest
from botocore.exceptions import ClientError

from tests.dynamodb import InMemoryDynamoDB
from tests.simulation.calls import call, get, index, key, put, refused, update
from tests.simulation.random_expressions import TABLES, Item


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


# Values


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("007", "7"),
        ("1.50", "1.5"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        ("1E-2", "0.01"),
        ("+5", "5"),
        ("0.1000", "0.1"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
    ],
)
def test_a_number_is_kept_in_one_form(engine: InMemoryDynamoDB, sent: str, kept: str) -> None:
    put(engine, n={"N": sent})
    assert (get(engine) or {})["n"] == {"N": kept}


@pytest.mark.parametrize("sent", ["", "one", "1_0", "NaN", "1e126", "1e-131", "1" * 39])
def test_what_is_no_number_is_refused(engine: InMemoryDynamoDB, sent: str) -> None:
    assert refused(engine, "PutItem", Item={**key(), "n": {"N": sent}}) == "ValidationException"


def test_sums_are_exact(engine: InMemoryDynamoDB) -> None:
    put(engine, n={"N": "12345678901234567890123456789012345678"})
    assert update(engine, "SET n = n - :one", one={"N": "0"})["n"]["N"].endswith("5678")
    put(engine, n={"N": "0.1"})
    assert update(engine, "ADD n :more", more={"N": "0.2"}) == {"n": {"N": "0.3"}}


@pytest.mark.parametrize("value", [{"SS": []}, {"SS": ["a", "a"]}, {"NULL": False}, {}])
def test_what_is_no_value_is_refused(engine: InMemoryDynamoDB, value: Item) -> None:
    assert refused(engine, "PutItem", Item={**key(), "a": value}) == "ValidationException"


def test_nobody_shares_what_is_stored(engine: InMemoryDynamoDB) -> None:
    mine: Item = {**key(), "list": {"L": [{"M": {"x": {"S": "1"}}}]}}
    call(engine, "PutItem", Item=mine)
    mine["list"]["L"][0]["M"]["x"]["S"] = "changed"
    found = get(engine) or {}
    found["list"]["L"].clear()
    engine.snapshot()["texts"][0]["list"]["L"].clear()
    assert get(engine) == {**key(), "list": {"L": [{"M": {"x": {"S": "1"}}}]}}


# Keys


@pytest.mark.parametrize(
    "changed",
    [
        {"sk": {"S": ""}},
        {"sk": {"N": "1"}},
        {"sk": {"S": "a"}, "more": {"S": "a"}},
        {"sk": {"S": "x" * 1025}},
        {"pk": {"S": "é" * 1025}},
    ],
)
def test_what_is_no_key_is_refused(engine: InMemoryDynamoDB, changed: Item) -> None:
    wrong = {**key(), **changed}
    assert refused(engine, "GetItem", Key=wrong) == "ValidationException"
    if "more" not in wrong:
        assert refused(engine, "PutItem", Item=wrong) == "ValidationException"


def test_a_key_attribute_cannot_be_updated(engine: InMemoryDynamoDB) -> None:
    with pytest.raises(ClientError, match=r"Cannot update attribute sk\. This attribute is part"):
        update(engine, "SET sk = :new", new={"S": "b"})


@pytest.mark.parametrize("value", [{"N": "1"}, {"S": ""}, {"NULL": True}])
def test_an_index_key_is_of_its_type_and_not_empty(engine: InMemoryDynamoDB, value: Item) -> None:
    assert refused(engine, "PutItem", Item={**key(), "gpk": value}) == "ValidationException"
    with pytest.raises(ClientError):
        update(engine, "SET gpk = :new", new=value)


def test_texts_are_ordered_by_their_utf_8_bytes(engine: InMemoryDynamoDB) -> None:
    texts = ["\U0001f600", "\uffee", "é", "z", "Z", "10", "9"]
    for text in texts:
        put(engine, text, gpk={"S": "g"}, gsk={"S": text})
    assert index(engine) == sorted(texts, key=str.encode)


def test_an_index_holds_only_items_with_all_its_keys(engine: InMemoryDynamoDB) -> None:
    put(engine, "a", gpk={"S": "g"}, gsk={"S": "1"})
    put(engine, "b", gpk={"S": "g"})
    assert index(engine) == ["a"]
    update(engine, "REMOVE gsk")
    assert index(engine) == []


def test_an_index_gives_what_is_projected(engine: InMemoryDynamoDB) -> None:
    put(engine, gpk={"S": "g"}, gsk={"S": "1"}, other={"S": "x"})
    asked = {
        "IndexName": "sparse",
        "KeyConditionExpression": "gpk = :g",
        "ExpressionAttributeValues": {":g": {"S": "g"}},
    }
    (item,) = call(engine, "Query", **asked)["Items"]
    assert item == {**key(), "gpk": {"S": "g"}, "gsk": {"S": "1"}}
    assert refused(engine, "Query", **asked, Select="ALL_ATTRIBUTES") == "ValidationException"
    assert refused(engine, "Query", **asked, ConsistentRead=True) == "ValidationException"
