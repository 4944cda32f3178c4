"""All that a deployment has stored, below the store: as items of DynamoDB, table by table."""

from typing import Any

from chalicelib.store.dynamodb.models import shared_connection
from infra import template
from tests.harness import STACK

Item = dict[str, Any]
#: Table, without the stack's name → its items, attribute types and all.
Snapshot = dict[str, list[Item]]


def table_names() -> list[str]:
    """The names of all tables, without the stack's name."""
    return [table["TableName"].removeprefix(f"{STACK}-") for table in template.tables(STACK)]


def take() -> Snapshot:
    """Everything that is stored at present."""
    return {name: _scan(f"{STACK}-{name}") for name in table_names()}


def put(snapshot: Snapshot) -> None:
    """Store these items, in place of whatever has their keys."""
    for name, items in snapshot.items():
        for item in items:
            _call("PutItem", {"TableName": f"{STACK}-{name}", "Item": item})


def _scan(table: str) -> list[Item]:
    found: list[Item] = []
    more: Item = {}
    while True:
        page = _call("Scan", {"TableName": table, "ConsistentRead": True, **more})
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _call(operation: str, params: Item) -> Item:
    answer: Item = shared_connection().client._make_api_call(operation, params)
    return answer
