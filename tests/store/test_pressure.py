"""Signals of interactive work: a tenant's in one item, the deployment's on the floor."""

from typing import Any

import pytest

from chalicelib.domain.deployment.pressure import Signals
from chalicelib.store import floor_items, pressure_items
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import after
from tests.store.conftest import PatientClock
from tests.store.engines import Engine
from tests.store.writing import lost_by


def changed(tenant_id: str | None, signals: Signals, seen: Any = None) -> set[str]:
    """Store the signals over these; answers with the steps that were lost."""
    transaction = Transaction(PatientClock())
    pressure_items.change(transaction, tenant_id, seen or pressure_items.stored(tenant_id), signals)
    return lost_by(transaction)


@pytest.mark.parametrize("tenant_id", [None, "acme"])
def test_every_source_is_known_with_its_end(tenant_id: str | None) -> None:
    changed(tenant_id, {"ann": after(60), "deploy#7": after(90)})
    assert pressure_items.stored(tenant_id).signals == {"ann": after(60), "deploy#7": after(90)}
    changed(tenant_id, {"ann": after(30)})
    assert pressure_items.stored(tenant_id).signals == {"ann": after(30)}


def test_the_floor_has_those_of_the_deployment_alone() -> None:
    changed("acme", {"ann": after(60)})
    changed(None, {"bob": after(60)})
    assert floor_items.read(1).pressure == {"bob": after(60)}
    assert floor_items.read(1).slots == []
    assert pressure_items.of_tenant("acme") == {"ann": after(60)}
    assert pressure_items.of_tenant("umbrella") == {}
    assert pressure_items.of_tenants(["umbrella", "acme"]) == {"acme": {"ann": after(60)}}


def test_who_has_not_seen_the_last_change_changes_nothing() -> None:
    before = pressure_items.stored("acme")
    assert changed("acme", {"ann": after(60)}) == set()
    seen = pressure_items.stored("acme")
    assert changed("acme", {"bob": after(60)}, before) == {"pressure"}
    assert changed("acme", {"ann": after(60), "bob": after(60)}, seen) == set()
    assert changed("acme", {}, seen) == {"pressure"}


def test_what_is_over_leaves_no_item(engine: Engine) -> None:
    changed("acme", {"ann": after(60)})
    changed("acme", {})
    assert engine.items(ControlItem) == []


def test_forgotten_signals_are_removed_by_ttl_well_after_their_end(engine: Engine) -> None:
    changed("acme", {"ann": after(0.75), "bob": after(-5)})
    assert engine.item(ControlItem)["expires_at"] == {"N": f"{1772366400 + 3600}"}


@pytest.mark.parametrize("value", ["{", "[]", "5", '{"ann": 5}', '{"ann": "soon"}'])
def test_what_cannot_be_read_says_nothing_and_is_written_over(engine: Engine, value: str) -> None:
    changed("acme", {"ann": after(60)})
    spoilt = {**engine.item(ControlItem), "value": {"S": value}}
    engine.call("PutItem", {"TableName": ControlItem.Meta.table_name, "Item": spoilt})
    assert pressure_items.of_tenant("acme") == {}
    assert changed("acme", {"bob": after(60)}) == set()
    assert pressure_items.of_tenant("acme") == {"bob": after(60)}
