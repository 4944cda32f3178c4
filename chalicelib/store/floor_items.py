"""The deployment's own state: slots, settings and marks, all in one small partition."""

from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, vacate
from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import from_item, to_item
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND = "floor"
_SLOT = "slot#"
_PRESSURE = "pressure#"


def read(default_capacity: int) -> Floor:
    """Slots, settings and the last tick in one consistent read."""
    items = {item.key: item for item in ControlItem.query(_KIND, consistent_read=True)}
    stored = items["settings"].value if "settings" in items else {}
    pressure = {
        key.removeprefix(_PRESSURE): from_text(item.value["until"])
        for key, item in items.items()
        if key.startswith(_PRESSURE)
    }
    slots = [_to_slot(item) for key, item in sorted(items.items()) if key.startswith(_SLOT)]
    tick = items.get("tick")
    return Floor(
        settings=_to_settings({"capacity": default_capacity, **stored}),
        slots=slots,
        pressure=pressure,
        last_tick_at=from_text(tick.value["at"]) if tick else None,
    )


def save_settings(settings: Settings) -> None:
    """Keep these settings; they take effect with the next look at the floor."""
    ControlItem(_KIND, "settings", value=asdict(settings)).save()


def raise_pressure(source: str, until: datetime) -> None:
    """Keep a signal that somebody works interactively. TTL removes it some time after its end."""
    value = {"until": to_text(until)}
    gone = until.replace(microsecond=0) + timedelta(hours=1)
    ControlItem(_KIND, _PRESSURE + source, value=value, expires_at=gone).save()


def drop_pressure(source: str) -> None:
    """Take a signal back, if it is there."""
    ControlItem(_KIND, _PRESSURE + source).delete()


def mark(name: str, at: datetime, summary: dict[str, Any]) -> None:
    """Record that a pass (`tick`, `daily`) was here and what it did."""
    ControlItem(_KIND, name, value={"at": to_text(at), "summary": summary}).save()


def last(name: str) -> dict[str, Any] | None:
    """What `mark` recorded last under this name: {"at", "summary"}."""
    try:
        return ControlItem.get(_KIND, name, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return None


def occupy(transaction: Transaction, seen: Slot, after: Slot) -> None:
    """Add to a transaction: the slot is taken, if it is still free."""
    transaction.put("slot", _to_item(after), condition=conditions.slot_is_free(seen))


def release(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: the slot this run holds is free again, if this claim holds it."""
    assert run.slot is not None
    _vacate(transaction, Slot(key=run.slot, token=run.token, run_id=run.run_id, forced=run.forced))


def vacate_orphan(transaction: Transaction, seen: Slot) -> None:
    """Add to a transaction: the slot is free again, if it is held just as seen."""
    _vacate(transaction, seen)


def _vacate(transaction: Transaction, held: Slot) -> None:
    condition = conditions.slot_is_held_by(held)
    if held.forced:
        transaction.delete("slot", _to_item(held), condition=condition)
    else:
        transaction.put("slot", _to_item(vacate(held)), condition=condition)


def _to_settings(stored: dict[str, Any]) -> Settings:
    """What another version stored besides is passed over."""
    names = {field.name for field in fields(Settings)}
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in names
    }
    return Settings(**known)


def _to_slot(item: ControlItem) -> Slot:
    item.key = item.key.removeprefix(_SLOT)
    return from_item(Slot, item)


def _to_item(slot: Slot) -> ControlItem:
    item = to_item(ControlItem, slot, kind=_KIND)
    item.key = _SLOT + slot.key
    return item
