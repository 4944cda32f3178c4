"""Pages of queries and scans: where they end, where they may begin."""

import pytest

from tests.dynamodb import InMemoryDynamoDB
from tests.simulation.calls import call, key, put, refused
from tests.simulation.random_expressions import TABLES, Item


@pytest.fixture
def engine() -> InMemoryDynamoDB:
    return InMemoryDynamoDB(TABLES)


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
