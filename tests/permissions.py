"""What each function of a deployment may ask of DynamoDB, held against what it asks for.

AWS would refuse what no policy grants. Neither moto nor the DynamoDB in memory looks at policies,
so `Stack` does: whatever its functions ask for is compared with `.chalice/policy-*.json`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from infra.places import ROOT

Permission = tuple[str, str]

#: The actions that the parts of a transaction need.
_ACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@cache
def granted(function: str) -> frozenset[Permission]:
    """Pairs of an action and a table or index that the function's policy allows."""
    policy = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text("utf-8"))
    return frozenset(
        (action.removeprefix("dynamodb:"), place)
        for statement in policy["Statement"]
        for action in _listed(statement["Action"])
        if action.startswith("dynamodb:")
        for resource in _listed(statement["Resource"])
        if (place := _place(resource))
    )


def needed(operation: str, params: Mapping[str, Any]) -> Iterator[Permission]:
    """Pairs of an action and a table or index that a request needs."""
    body = params.get("body")
    request = json.loads(body) if isinstance(body, str | bytes) else params
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            ((kind, step),) = item.items()
            yield _ACTIONS[kind], _logical_id(step["TableName"])
    elif "RequestItems" in request:
        for table in request["RequestItems"]:
            yield operation, _logical_id(table)
    else:
        table = _logical_id(request["TableName"])
        index = request.get("IndexName")
        yield operation, f"{table}/index/{index}" if index else table


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(resource: Any) -> str:
    """A table's logical id, with an index's name behind it if it is one; empty for others."""
    if not isinstance(resource, dict):
        return ""
    if "Fn::GetAtt" in resource:
        table, attribute = resource["Fn::GetAtt"]
        return str(table) if attribute == "Arn" and str(table).endswith("Table") else ""
    return str(resource.get("Fn::Sub", "")).replace("${", "").replace(".Arn}", "")


def _logical_id(table: str) -> str:
    """A table's name in the template: `RunLogTable` for `baton-run-log`."""
    return table.partition("-")[2].title().replace("-", "") + "Table"
