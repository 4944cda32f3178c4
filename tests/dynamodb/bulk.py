"""TransactWriteItems and BatchWriteItem: several writes in one request."""

from collections.abc import Callable
from typing import Any, Final

from tests.dynamodb import writes
from tests.dynamodb.errors import NO_REASON, Reason, Refused, cancelled, invalid, reason
from tests.dynamodb.language.expressions import Request
from tests.dynamodb.operation import Context, Cost, Outcome
from tests.dynamodb.reads import check_length
from tests.dynamodb.table import write_units
from tests.dynamodb.writes import Plan, Write

_MOST_IN_A_BATCH: Final = 25
_PARTS: Final[dict[str, Callable[[Context, Request], Write]]] = {
    "ConditionCheck": writes.check,
    "Put": writes.put,
    "Update": writes.change,
    "Delete": writes.delete,
}


def transact_write_items(context: Context, request: Request) -> Outcome:
    """Every part, or none if one of them fails; a transaction costs each item twice."""
    check_length(request["TransactItems"])
    parts = [
        _PARTS[kind](context, part)
        for entry in request["TransactItems"]
        for kind, part in entry.items()
    ]
    _refuse_twins(parts, "Transaction request cannot include multiple operations on one item")
    planned = [_plan(part) for part in parts]
    plans = [plan for plan in planned if isinstance(plan, Plan)]
    if len(plans) < len(planned):
        reasons = [NO_REASON if isinstance(one, Plan) else one for one in planned]
        refused = cancelled(reasons)
        refused.cost = _cost_of_nothing(parts)
        raise refused
    cost: Cost = {}
    for plan in plans:
        cost[plan.table.name] = cost.get(plan.table.name, 0) + plan.carry_out(times=2)
    return Outcome({}, cost)


def batch_write_item(context: Context, request: Request) -> Outcome:
    """Unconditional puts and deletes, each for itself."""
    asked = [(name, one) for name, some in request["RequestItems"].items() for one in some]
    if not 1 <= len(asked) <= _MOST_IN_A_BATCH:
        raise invalid("Too many items requested for the BatchWriteItem call")
    parts = [_batched(context, name, one) for name, one in asked]
    _refuse_twins(parts, "Provided list of item keys contains duplicates")
    cost: Cost = {}
    undone: dict[str, list[Any]] = {}
    for place, (part, (name, one)) in enumerate(zip(parts, asked, strict=True)):
        if context.faults.leaves_out(context.call, place):
            undone.setdefault(name, []).append(one)
        else:
            cost[name] = cost.get(name, 0) + part.plan().carry_out()
    return Outcome({"UnprocessedItems": undone}, cost)


def _batched(context: Context, name: str, one: Request) -> Write:
    if "PutRequest" in one:
        return writes.put(context, {"TableName": name, **one["PutRequest"]})
    return writes.delete(context, {"TableName": name, **one["DeleteRequest"]})


def _plan(part: Write) -> Plan | Reason:
    try:
        return part.plan()
    except Refused as refused:
        return reason(refused)


def _refuse_twins(parts: list[Write], message: str) -> None:
    if len({(part.table.name, part.address) for part in parts}) < len(parts):
        raise invalid(message)


def _cost_of_nothing(parts: list[Write]) -> Cost:
    """A transaction that is cancelled has read and prepared its items all the same."""
    cost: Cost = {}
    for part in parts:
        stored = part.table.get(part.address)
        units = 2 * write_units(stored.size if stored else 0)
        cost[part.table.name] = cost.get(part.table.name, 0) + units
    return cost
