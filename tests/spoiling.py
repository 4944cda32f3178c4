"""What hands in the console do to stored items, for tests."""

from typing import Any

from chalicelib.store.dynamodb.models import shared_connection
from tests.harness import STACK

#: No JSON, no instant, no member of any enumeration.
NONSENSE = "{"


def stored_attribute(table: str, key: dict[str, str], name: str) -> dict[str, Any]:
    """An attribute as it is stored."""
    return dict(_item(table, key)[name])


def is_stored(table: str, key: dict[str, str], **numbers: int) -> bool:
    """Whether there is such an item. `numbers` are the parts of its key that are no text."""
    return bool(_item(table, key, **numbers))


def set_stored(
    table: str, key: dict[str, str], name: str, value: dict[str, Any], **numbers: int
) -> None:
    """Set an attribute past Baton. `numbers` are the parts of the key that are no text."""
    change = {
        "TableName": f"{STACK}-{table}",
        "Key": _typed(key, **numbers),
        "UpdateExpression": "SET #name = :value",
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":value": value},
    }
    shared_connection().client._make_api_call("UpdateItem", change)


def spoil_schedule(schedule_id: str, name: str = "cadence", tenant: str = "default") -> None:
    """Make a schedule unreadable."""
    key = {"tenant_id": tenant, "schedule_id": schedule_id}
    set_stored("schedules", key, name, {"S": NONSENSE})


def spoil_run(run_id: str, name: str = "trigger", tenant: str = "default") -> None:
    """Make a run unreadable."""
    set_stored("runs", {"tenant_id": tenant, "run_id": run_id}, name, {"S": NONSENSE})


def _item(table: str, key: dict[str, str], **numbers: int) -> dict[str, Any]:
    whole_key = _typed(key, **numbers)
    asked = {"TableName": f"{STACK}-{table}", "Key": whole_key, "ConsistentRead": True}
    found = shared_connection().client._make_api_call("GetItem", asked)
    return dict(found.get("Item", {}))


def _typed(key: dict[str, str], **numbers: int) -> dict[str, Any]:
    texts = {name: {"S": value} for name, value in key.items()}
    return {**texts, **{name: {"N": str(number)} for name, number in numbers.items()}}
