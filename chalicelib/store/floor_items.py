"""The floor in storage: slots, settings, signals and marks, all in one small partition."""

from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, is_forced_key, vacate
from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import from_item, to_item
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND = "floor"
_SLOT = "slot#"
_PRESSURE = "pressure#"
_SETTINGS = "settings"


def read(default_capacity: int) -> Floor:
    """The floor in one consistent read; `default_capacity` counts until settings are stored."""
    items = {item.key: item for item in ControlItem.query(_KIND, consistent_read=True)}
    stored = items[_SETTINGS].value if _SETTINGS in items else None
    pressure = {
        key.removeprefix(_PRESSURE): from_text(item.value["until"])
        for key, item in items.items()
        if key.startswith(_PRESSURE)
    }
    slots = [_to_slot(item) for key, item in sorted(items.items()) if key.startswith(_SLOT)]
    tick = items.get("tick")
    return Floor(
        settings=settings_of(stored, default_capacity),
        slots=slots,
        pressure=pressure,
        last_tick_at=from_text(tick.value["at"]) if tick else None,
    )


def stored_settings() -> dict[str, Any] | None:
    """The settings just as they are stored; None before anybody has changed one."""
    return _value(_SETTINGS)


def settings_of(stored: dict[str, Any] | None, default_capacity: int) -> Settings:
    """The settings that count while these are stored; `default_capacity` if they name none.

    Stored fields that only another version of Baton has are passed over.
    """
    names = {field.name for field in fields(Settings)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (stored or {}).items()
        if name in names
    }
    return Settings(**{"capacity": default_capacity, **values})


def log_days() -> int:
    """For how many days the log lines of successful runs are kept, by the settings."""
    return settings_of(stored_settings(), default_capacity=1).log_days


def change_settings(
    transaction: Transaction, stored: dict[str, Any] | None, settings: Settings
) -> None:
    """Add to a transaction: these settings, if those stored are still as they were read.

    They take effect when the floor is read next.
    """
    item = ControlItem(_KIND, _SETTINGS, value=asdict(settings))
    transaction.put("settings", item, condition=conditions.control_is_unchanged(stored))


def raise_pressure(source: str, until: datetime) -> None:
    """Store a signal that somebody works interactively. TTL removes it an hour after its end."""
    value = {"until": to_text(until)}
    expires_at = until.replace(microsecond=0) + timedelta(hours=1)
    ControlItem(_KIND, _PRESSURE + source, value=value, expires_at=expires_at).save()


def drop_pressure(source: str) -> None:
    """Take back the signal of that source, if it is there."""
    ControlItem(_KIND, _PRESSURE + source).delete()


def mark(name: str, at: datetime, summary: dict[str, Any]) -> None:
    """Store the mark of a pass (`tick`, `daily`): when it came and what it did."""
    ControlItem(_KIND, name, value={"at": to_text(at), "summary": summary}).save()


def last(name: str) -> dict[str, Any] | None:
    """The last mark that `mark` stored under this name, with the keys `at` and `summary`."""
    return _value(name)


def _value(key: str) -> dict[str, Any] | None:
    try:
        return ControlItem.get(_KIND, key, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return None


def occupy(transaction: Transaction, before: Slot, after: Slot) -> None:
    """Add to a transaction: the slot is held, if nobody has held it since it was read."""
    transaction.put("slot", _to_item(after), condition=conditions.slot_is_free(before))


def release(transaction: Transaction, run: Run) -> None:
    """Add to a transaction: the slot of the run's claim is free again, if this claim holds it."""
    assert run.slot is not None
    forced = is_forced_key(run.slot)
    _vacate(transaction, Slot(key=run.slot, token=run.token, run_id=run.run_id, forced=forced))


def vacate_orphan(transaction: Transaction, slot: Slot) -> None:
    """Add to a transaction: the slot is free again, if it is held by the claim as it was read."""
    _vacate(transaction, slot)


def _vacate(transaction: Transaction, held: Slot) -> None:
    condition = conditions.slot_is_held_by(held)
    if held.forced:
        transaction.delete("slot", _to_item(held), condition=condition)
    else:
        transaction.put("slot", _to_item(vacate(held)), condition=condition)


def _to_slot(item: ControlItem) -> Slot:
    item.key = item.key.removeprefix(_SLOT)
    return from_item(Slot, item)


def _to_item(slot: Slot) -> ControlItem:
    item = to_item(ControlItem, slot, kind=_KIND)
    item.key = _SLOT + slot.key
    return item
