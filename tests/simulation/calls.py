"""Raw calls on the small tables, as botocore would get them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.dynamodb import InMemoryDynamoDB
from tests.simulation.random_expressions import Item


def key(sort: str = "a", partition: str = "p") -> Item:
    """The key of an item of the table of texts."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def call(engine: InMemoryDynamoDB, operation: str, **params: Any) -> Any:
    """One operation, on the table of texts unless it names its own."""
    several = {"TransactItems", "RequestItems"} & params.keys()
    return engine._make_api_call(operation, params if several else {"TableName": "texts", **params})


def put(engine: InMemoryDynamoDB, sort: str = "a", **attributes: Item) -> None:
    """Put an item of these attributes."""
    call(engine, "PutItem", Item={**key(sort), **attributes})


def update(engine: InMemoryDynamoDB, expression: str, **values: Item) -> Item:
    """Change the item `a`; names in the expression are meant as they are written."""
    given = {f":{name}": value for name, value in values.items()}
    answer = call(
        engine,
        "UpdateItem",
        Key=key(),
        UpdateExpression=expression,
        ReturnValues="ALL_NEW",
        **({"ExpressionAttributeValues": given} if given else {}),
    )
    return {name: value for name, value in answer["Attributes"].items() if name not in key()}


def get(engine: InMemoryDynamoDB, sort: str = "a") -> Item | None:
    """The item as it is now, if it is there."""
    item: Item | None = call(engine, "GetItem", Key=key(sort), ConsistentRead=True).get("Item")
    return item


def index(engine: InMemoryDynamoDB, partition: str = "g", **params: Any) -> list[str]:
    """The sort keys of the items in a partition of the index, in its order."""
    answer = call(
        engine,
        "Query",
        IndexName="sparse",
        KeyConditionExpression="gpk = :g",
        ExpressionAttributeValues={":g": {"S": partition}},
        **params,
    )
    return [item["sk"]["S"] for item in answer["Items"]]


def code(error: ClientError) -> str:
    """The error's code."""
    return error.response["Error"]["Code"]


def refused(engine: InMemoryDynamoDB, operation: str, **params: Any) -> str:
    """The code of the error that the operation ends with."""
    with pytest.raises(ClientError) as raised:
        call(engine, operation, **params)
    return code(raised.value)
