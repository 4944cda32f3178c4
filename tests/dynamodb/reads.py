"""GetItem, BatchGetItem, TransactGetItems."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from tests.dynamodb.errors import invalid
from tests.dynamodb.language import expressions
from tests.dynamodb.language.expressions import Request
from tests.dynamodb.language.projections import projected
from tests.dynamodb.operation import Context, Cost, Outcome
from tests.dynamodb.shelf import Stored
from tests.dynamodb.table import read_units
from tests.dynamodb.values import Item, copied

_MOST_IN_A_BATCH: Final = 100
_MOST_BYTES_IN_A_BATCH: Final = 16 * 1024 * 1024


def get_item(context: Context, request: Request) -> Outcome:
    """One item, or nothing."""
    stored = _find(context, request, request["TableName"], request["Key"])
    cost = read_units(stored.size if stored else 0, bool(request.get("ConsistentRead")))
    return Outcome(_as_answer(stored, request), {request["TableName"]: cost})


def batch_get_item(context: Context, request: Request) -> Outcome:
    """Many items, those that exist, in no order that a caller could rely on."""
    asked = [
        (name, key, part) for name, part in request["RequestItems"].items() for key in part["Keys"]
    ]
    if len(asked) > _MOST_IN_A_BATCH:
        raise invalid("Too many items requested for the BatchGetItem call")
    refuse_twins(context, [(name, key) for name, key, _ in asked], "Provided list of item keys")
    responses: dict[str, list[Item]] = {name: [] for name in request["RequestItems"]}
    unread: dict[str, Any] = {}
    cost: Cost = {}
    room = _MOST_BYTES_IN_A_BATCH
    # The real one promises no order: whoever relies on the one asked for is to find out here.
    for place, (name, key, part) in sorted(enumerate(asked), key=_chance):
        stored = _find(context, part, name, key)
        room -= stored.size if stored else 0
        if room < 0 or context.faults.leaves_out(context.call, place):
            unread.setdefault(name, {**part, "Keys": []})["Keys"].append(key)
            continue
        units = read_units(stored.size if stored else 0, bool(part.get("ConsistentRead")))
        cost[name] = cost.get(name, 0) + units
        if stored is not None:
            responses[name].append(_as_answer(stored, part)["Item"])
    return Outcome({"Responses": responses, "UnprocessedKeys": unread}, cost)


def transact_get_items(context: Context, request: Request) -> Outcome:
    """Many items as they are at one instant, in the order asked for."""
    asked = [part["Get"] for part in request["TransactItems"]]
    check_length(asked)
    refuse_twins(context, [(part["TableName"], part["Key"]) for part in asked])
    responses, cost = [], Cost()
    for part in asked:
        name = part["TableName"]
        stored = _find(context, {**part, "ConsistentRead": True}, name, part["Key"])
        responses.append(_as_answer(stored, part))
        units = 2 * read_units(stored.size if stored else 0, consistent=True)
        cost[name] = cost.get(name, 0) + units
    return Outcome({"Responses": responses}, cost)


def _chance(asked: tuple[int, tuple[str, Any, Any]]) -> int:
    return crc32(repr(asked[1][1]).encode())


def check_length(parts: list[Any]) -> None:
    """A transaction has one to a hundred parts."""
    if not 1 <= len(parts) <= _MOST_IN_A_BATCH:
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_MOST_IN_A_BATCH}"
        )


def refuse_twins(
    context: Context, keys: list[tuple[str, Mapping[str, Any]]], listed: str | None = None
) -> None:
    """No item may be named twice."""
    addresses = {(name, context.table(name).schema.address_of_key(key)) for name, key in keys}
    if len(addresses) < len(keys):
        raise invalid(
            "Transaction request cannot include multiple operations on one item"
            if listed is None
            else f"{listed} contains duplicates"
        )


def _find(context: Context, request: Request, name: str, key: Mapping[str, Any]) -> Stored | None:
    table = context.table(name)
    address = table.schema.address_of_key(key)
    return table.get(address, context.lag(request, name))


def _as_answer(stored: Stored | None, request: Request) -> dict[str, Any]:
    projection = expressions.projection_of(request)
    scope = expressions.scope_of(request, projection)
    if stored is None:
        return {}
    if projection is None:
        return {"Item": copied(stored.item)}
    return {"Item": projected(stored.item, [path.resolved(scope) for path in projection.root])}
