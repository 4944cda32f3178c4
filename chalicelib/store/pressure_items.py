"""Signals of interactive work in storage: all of a tenant's in one item, which is read alone.

Those of the whole deployment lie in an item of the floor, which every pass reads anyway.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from chalicelib.domain.deployment.pressure import Signals
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform import events
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.codec import stored_value
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

#: Where the deployment's own signals are.
FLOOR: Final = "floor"
ON_THE_FLOOR: Final = "pressure"
_KIND: Final = "pressure"
#: TTL removes an item so long after the end of its last signal.
_KEPT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredSignals:
    """The signals as they are stored, and the condition that they still are."""

    signals: Signals
    unchanged: Condition
    is_there: bool


def of_tenant(tenant_id: str) -> Signals:
    """The tenant's own signals, those that are over included."""
    return stored(tenant_id).signals


def of_tenants(tenant_ids: Iterable[str]) -> dict[str, Signals]:
    """The signals of those of these tenants that have any, a hundred tenants a request."""
    keys = [_key(tenant_id) for tenant_id in tenant_ids]
    found = batches.raw_items(ControlItem, keys)
    values = {raw["key"]["S"]: stored_value(ControlItem.value, raw) for raw in found}
    return {tenant_id: read(value, tenant_id) for tenant_id, value in values.items()}


def stored(tenant_id: str | None) -> StoredSignals:
    """The signals of a tenant, or for None of the deployment, in one consistent read."""
    raw = batches.raw_item(ControlItem, _key(tenant_id))
    unchanged = conditions.control_is_as_answered(raw)
    if raw is None:
        return StoredSignals({}, unchanged, is_there=False)
    return StoredSignals(
        read(stored_value(ControlItem.value, raw), tenant_id), unchanged, is_there=True
    )


def change(
    transaction: Transaction, tenant_id: str | None, seen: StoredSignals, after: Signals
) -> None:
    """Add to a transaction: these are the signals, if those stored are still as they were read."""
    value = {source: to_text(until) for source, until in after.items()}
    latest = max(after.values(), default=None)
    expires_at = None if latest is None else latest.replace(microsecond=0) + _KEPT
    item = ControlItem(*_key(tenant_id), value=value, expires_at=expires_at)
    if latest is not None:
        transaction.put("pressure", item, seen.unchanged)
    elif seen.is_there:
        transaction.delete("pressure", item, seen.unchanged)


def read(value: Any, tenant_id: str | None = None) -> Signals:
    """The signals in an item's value. Those that cannot be read are left out, with a warning."""
    if not isinstance(value, Mapping):
        events.warn("pressure_unreadable", tenant_id=tenant_id)
        return {}
    return {source: until for source, text in value.items() if (until := _instant(text, tenant_id))}


def _instant(text: Any, tenant_id: str | None) -> datetime | None:
    try:
        return from_text(text)
    except (TypeError, ValueError):
        events.warn("pressure_unreadable", tenant_id=tenant_id)
        return None


def _key(tenant_id: str | None) -> tuple[str, str]:
    return (FLOOR, ON_THE_FLOOR) if tenant_id is None else (_KIND, tenant_id)
