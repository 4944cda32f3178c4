"""PutItem, UpdateItem, DeleteItem: what a write finds, what it demands, what it leaves."""

from dataclasses import dataclass
from typing import Any, Final

from tests.dynamodb.errors import condition_failed, wrong_parameter
from tests.dynamodb.language import expressions
from tests.dynamodb.language.conditions import Condition
from tests.dynamodb.language.expressions import Request, root_of
from tests.dynamodb.language.projections import projected
from tests.dynamodb.language.tokens import Scope
from tests.dynamodb.language.updates import Update
from tests.dynamodb.operation import Context, Outcome, choice
from tests.dynamodb.schema import Address
from tests.dynamodb.shelf import Stored
from tests.dynamodb.table import Table, write_units
from tests.dynamodb.values import Item, copied, taken_in_all

_OLD: Final = ("NONE", "ALL_OLD")
_OLD_OR_NEW: Final = (*_OLD, "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW")


@dataclass(frozen=True, slots=True)
class Plan:
    """A write that will succeed: what is there, and what is to be."""

    table: Table
    address: Address
    before: Stored | None
    after: Stored | None

    def carry_out(self, times: int = 1) -> int:
        """Do it; answers with the write units, those of the table itself so many times over."""
        own = write_units(max(_size(self.before), _size(self.after)))
        if self.before is None and self.after is None:
            return times * own
        return self.table.write(self.address, self.after, times * own)


@dataclass(frozen=True, slots=True)
class Write:
    """A write as asked for: its expressions are read, no item was looked at."""

    request: Request
    table: Table
    address: Address
    scope: Scope
    condition: Condition | None

    def plan(self) -> Plan:
        """What it comes to, if its condition holds. Raises `Refused`."""
        before = self.table.get(self.address)
        item = before.item if before else {}
        if self.condition is not None and not self.condition.holds(item, self.scope):
            wanted = choice(self.request, "ReturnValuesOnConditionCheckFailure", _OLD) != "NONE"
            refused = condition_failed(copied(item) if wanted and before else None)
            refused.cost = {self.table.name: write_units(_size(before))}
            raise refused
        return Plan(self.table, self.address, before, self._after(before))

    def returned(self, plan: Plan) -> Item | None:
        """What the caller wants to see of it."""
        if choice(self.request, "ReturnValues", _OLD) == "NONE" or plan.before is None:
            return None
        return copied(plan.before.item)

    def _after(self, before: Stored | None) -> Stored | None:
        """What it leaves."""
        return before


@dataclass(frozen=True, slots=True)
class Put(Write):
    item: Stored

    def _after(self, _before: Stored | None) -> Stored | None:
        return self.item


@dataclass(frozen=True, slots=True)
class Delete(Write):
    def _after(self, _before: Stored | None) -> Stored | None:
        return None


@dataclass(frozen=True, slots=True)
class Change(Write):
    update: Update | None

    def _after(self, before: Stored | None) -> Stored | None:
        item = before.item if before else taken_in_all(self.request["Key"])
        if self.update is not None:
            item = self.update.applied(item, self.scope)
        return self.table.check(item)

    def returned(self, plan: Plan) -> Item | None:
        which = choice(self.request, "ReturnValues", _OLD_OR_NEW)
        seen = plan.after if which.endswith("NEW") else plan.before
        if which == "NONE" or seen is None:
            return None
        if which.startswith("ALL"):
            return copied(seen.item)
        paths = self.update.paths if self.update else []
        return projected(seen.item, [path.resolved(self.scope) for path in paths]) or None


def put(context: Context, request: Request) -> Put:
    """A whole item, in place of what is there."""
    table = context.table(request["TableName"])
    item = taken_in_all(request["Item"])
    condition = expressions.condition_of(request)
    scope = expressions.scope_of(request, condition)
    address = table.schema.address_of_item(item)
    return Put(request, table, address, scope, root_of(condition), table.check(item))


def delete(context: Context, request: Request) -> Delete:
    """Nothing, in place of what is there."""
    return Delete(*_keyed(context, request))


def check(context: Context, request: Request) -> Write:
    """What is there stays."""
    return Write(*_keyed(context, request))


def change(context: Context, request: Request) -> Change:
    """What is there with some attributes changed, or a new item of these attributes."""
    update = expressions.update_of(request)
    keyed = _keyed(context, request, update)
    if update is None:
        return Change(*keyed, None)
    table, scope = keyed[1], keyed[3]
    for steps in (path.resolved(scope) for path in update.root.paths):
        if steps[0] in table.schema.names:
            raise wrong_parameter(
                f"Cannot update attribute {steps[0]}. This attribute is part of the key"
            )
    return Change(*keyed, update.root)


def _keyed(
    context: Context, request: Request, update: Any = None
) -> tuple[Request, Table, Address, Scope, Condition | None]:
    table = context.table(request["TableName"])
    condition = expressions.condition_of(request)
    scope = expressions.scope_of(request, condition, update)
    address = table.schema.address_of_key(request["Key"])
    return request, table, address, scope, root_of(condition)


def _size(stored: Stored | None) -> int:
    return stored.size if stored else 0


# Operations


def put_item(context: Context, request: Request) -> Outcome:
    """Write a whole item."""
    return _carried_out(put(context, request))


def delete_item(context: Context, request: Request) -> Outcome:
    """Remove an item."""
    return _carried_out(delete(context, request))


def update_item(context: Context, request: Request) -> Outcome:
    """Change attributes of an item."""
    return _carried_out(change(context, request))


def _carried_out(write: Write) -> Outcome:
    plan = write.plan()
    returned = write.returned(plan)
    cost = plan.carry_out()
    answer = {} if returned is None else {"Attributes": returned}
    return Outcome(answer, {write.table.name: cost})
