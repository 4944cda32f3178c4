"""What DynamoDB does and moto does not, or what no comparison would show."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.calls import call, code, get, index, key, put, update
from tests.simulation.dynamodb import InMemoryDynamoDB
from tests.simulation.operations import TABLES, Item


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


def refused(engine: InMemoryDynamoDB, operation: str, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(engine, operation, **params)
    return code(raised.value)


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


# Pages


def test_a_page_that_is_full_may_be_the_last(engine: InMemoryDynamoDB) -> None:
    put(engine, "a")
    put(engine, "b")
    asked: Item = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
        "Limit": 2,
    }
    page = call(engine, "Query", **asked)
    assert page["LastEvaluatedKey"] == key("b")
    after = call(engine, "Query", **asked, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert after["Items"] == [] and "LastEvaluatedKey" not in after


@pytest.mark.parametrize("forward", [True, False])
def test_an_index_is_read_page_by_page(engine: InMemoryDynamoDB, forward: bool) -> None:
    for sort in "edcba":
        put(engine, sort, gpk={"S": "g"}, gsk={"S": "same"})
    found: list[str] = []
    more: Item = {}
    while True:
        page = call(
            engine,
            "Query",
            IndexName="sparse",
            KeyConditionExpression="gpk = :g",
            ExpressionAttributeValues={":g": {"S": "g"}},
            ScanIndexForward=forward,
            Limit=2,
            **more,
        )
        found += [item["sk"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == sorted("abcde", reverse=not forward)


def test_a_page_ends_at_a_megabyte_before_the_filter(engine: InMemoryDynamoDB) -> None:
    for sort in "abcd":
        put(engine, sort, big={"S": "x" * 400_000})
    page = call(
        engine,
        "Query",
        KeyConditionExpression="pk = :p",
        FilterExpression="sk2 = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert (page["Count"], page["ScannedCount"]) == (0, 3)
    assert page["LastEvaluatedKey"] == key("c")


def test_a_scan_in_pages_and_segments_finds_everything_once(engine: InMemoryDynamoDB) -> None:
    for partition in "pqrstuv":
        call(engine, "PutItem", Item=key("a", partition))
    found = []
    for segment in range(2):
        more: Item = {"Segment": segment, "TotalSegments": 2, "Limit": 1}
        while True:
            page = call(engine, "Scan", **more)
            found += [item["pk"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert sorted(found) == list("pqrstuv")


@pytest.mark.parametrize(
    "start",
    [key("a", "q"), {"pk": {"S": "p"}}, {**key(), "gpk": {"S": "g"}}, key("zz")],
)
def test_a_page_starts_only_where_one_ended(engine: InMemoryDynamoDB, start: Item) -> None:
    asked: Item = {
        "KeyConditionExpression": "pk = :p AND sk < :z",
        "ExpressionAttributeValues": {":p": {"S": "p"}, ":z": {"S": "z"}},
    }
    assert refused(engine, "Query", **asked, ExclusiveStartKey=start) == "ValidationException"


@pytest.mark.parametrize(
    "condition",
    ["sk = :v", "pk > :v", "pk = :v AND other = :v", "pk = :v AND pk = :v", "pk = :v OR sk = :v"],
)
def test_a_query_is_about_one_partition(engine: InMemoryDynamoDB, condition: str) -> None:
    values = {":v": {"S": "v"}}
    asked: Item = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    assert refused(engine, "Query", **asked) == "ValidationException"


def test_a_projection_picks_places(engine: InMemoryDynamoDB) -> None:
    put(engine, a={"L": [{"S": "0"}, {"S": "1"}]}, b={"M": {"x": {"S": "x"}, "y": {"S": "y"}}})
    asked = {"ProjectionExpression": "a[1], b.x, missing"}
    picked = {"a": {"L": [{"S": "1"}]}, "b": {"M": {"x": {"S": "x"}}}}
    assert call(engine, "GetItem", Key=key(), **asked)["Item"] == picked
