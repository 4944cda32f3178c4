"""The floor in storage: settings, signals, marks and the first slots of `main` in one partition.

The slots of other pools, and those of large ones, have partitions of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.limits import Limits
from chalicelib.domain.deployment.pools import SLOTS_OF_A_BLOCK, Pool
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, is_forced_key
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.zone_rules import Progress
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform import events
from chalicelib.store import pressure_items
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.attributes import known_fields
from chalicelib.store.dynamodb.codec import from_raw, stored_value, to_item
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND = pressure_items.FLOOR
_SLOT = "slot#"
_SETTINGS = "settings"
_ZONE_RULES = "zone-rules"
#: What is known of a slot only while it is held.
_OF_THE_HOLDER = ("tenant_id", "run_id", "schedule_id", "schedule_name", "expected_end_at")
#: Who holds a slot whose row cannot be read.
_UNKNOWN = "unknown"


def read(default_capacity: int) -> Floor:
    """The floor of the pool `main` in one consistent read, but for slots beyond its first block.

    `default_capacity` counts until settings are stored.
    """
    items = {raw["key"]["S"]: raw for raw in batches.query(ControlItem, _KIND, strong=True)}
    values = {key: _readable_value(key, raw) for key, raw in items.items() if "value" in raw}
    deployment_wide = values.get(pressure_items.ON_THE_FLOOR)
    return Floor(
        settings=settings_of(values.get(_SETTINGS), default_capacity),
        slots=_slots(MAIN, [items[key] for key in sorted(items)]),
        pressure=pressure_items.read(deployment_wide) if deployment_wide else {},
        last_tick_at=_instant(values.get("tick"), "at"),
        placing_since=_instant(values.get("tick"), "placing_since"),
        zone_rules=_to_progress(values.get(_ZONE_RULES)),
    )


def of_pool(floor: Floor, pool: str) -> Floor:
    """The floor of that pool: its slots as read now, and what `floor` says of the deployment.

    `floor` may be that of any pool, or an earlier one. It takes one consistent read for a hundred
    slots.
    """
    blocks = range(floor.settings.pool(pool).blocks)
    slots = [each for block in blocks for each in _slots_of_block(pool, block)]
    return replace(floor, pool=pool, slots=slots)


def with_all_blocks(floor: Floor) -> Floor:
    """The floor of `main` as `read` answers with it, and its slots beyond the first block."""
    blocks = range(1, floor.settings.pool(MAIN).blocks)
    more = [each for block in blocks for each in _slots_of_block(MAIN, block)]
    return replace(floor, slots=[*floor.slots, *more]) if more else floor


def _slots_of_block(pool: str, block: int) -> list[Slot]:
    return _slots(pool, batches.query(ControlItem, _partition(pool, block), strong=True))


def _slots(pool: str, items: Iterable[dict[str, Any]]) -> list[Slot]:
    return [_to_slot(raw, pool) for raw in items if raw["key"]["S"].startswith(_SLOT)]


def _partition(pool: str, block: int) -> str:
    """Where the slots of a block lie. The first of `main` lie where they always have."""
    return _KIND if (pool, block) == (MAIN, 0) else f"slots#{pool}#{block}"


def _readable_value(key: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    """What the item says; None, with a warning, if it cannot be read: then it says nothing."""
    value = stored_value(ControlItem.value, raw)
    if not isinstance(value, dict):
        events.warn("control_unreadable", item=key)
        return None
    return value


def _instant(value: dict[str, Any] | None, name: str) -> datetime | None:
    try:
        return from_text((value or {})[name])
    except (KeyError, TypeError, ValueError):
        return None


def stored_settings() -> dict[str, Any] | None:
    """The settings just as they are stored; None before anybody has changed one."""
    return _value(_SETTINGS)


def settings_of(stored: dict[str, Any] | None, default_capacity: int) -> Settings:
    """The settings that count while these are stored; `default_capacity` if they name none.

    Stored fields that only another version of Baton has are passed over.
    """
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in known_fields(Settings, stored or {}).items()
    }
    values["limits"] = _limits_of(values.get("limits"))
    values["pools"] = _pools_of(values.get("pools"))
    return Settings(**{"capacity": default_capacity, **values})


def _limits_of(stored: Any) -> Limits:
    """The limits that count while these are stored; the others have their default."""
    names = {field.name for field in fields(Limits)}
    given = stored if isinstance(stored, dict) else {}
    return Limits(**{name: most for name, most in given.items() if name in names})


def _pools_of(stored: Any) -> Mapping[str, Pool]:
    """The pools that are stored; one that somebody spoilt has the defaults of what is spoilt."""
    given = stored if isinstance(stored, dict) else {}
    return {name: _to_pool(value) for name, value in given.items() if isinstance(value, dict)}


def _to_pool(value: dict[str, Any]) -> Pool:
    known = known_fields(Pool, value)
    return Pool(**{**known, "tenants": tuple(known.get("tenants", Pool().tenants))})


def log_days() -> int:
    """For how many days the log lines of successful runs are kept, by the settings."""
    return settings_of(stored_settings(), default_capacity=1).log_days


def change_settings(
    transaction: Transaction, stored: dict[str, Any] | None, settings: Settings
) -> None:
    """Add to a transaction: these settings, if those stored are still as they were read.

    They take effect when the floor is read next. Stored fields that only another version of Baton
    has stay as they are.
    """
    item = ControlItem(_KIND, _SETTINGS, value={**(stored or {}), **asdict(settings)})
    transaction.put("settings", item, condition=conditions.control_is_unchanged(stored))


def keep_progress(progress: Progress) -> None:
    """Store how far schedules were set anew by the present time-zone rules."""
    instants = {"since": to_text(progress.since), "began_at": to_text(progress.began_at)}
    ControlItem(_KIND, _ZONE_RULES, value={**asdict(progress), **instants}).save()


def _to_progress(value: dict[str, Any] | None) -> Progress | None:
    """The progress; None if somebody spoiled it: then all schedules are looked through again."""
    instants = {name: _instant(value, name) for name in ("since", "began_at")}
    try:
        known = known_fields(Progress, value or {})
        return Progress(**{**known, **instants}) if all(instants.values()) else None
    except TypeError:
        return None


def mark(name: str, at: datetime, summary: dict[str, Any], **since: datetime) -> None:
    """Store the mark of a pass (`tick`, `daily`): when it came and what it did.

    `since` is since when something has been so, which passes need to know.
    """
    more = {each: to_text(instant) for each, instant in since.items()}
    ControlItem(_KIND, name, value={"at": to_text(at), "summary": summary, **more}).save()


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


def release(transaction: Transaction, run: Run, now: datetime) -> None:
    """Add to a transaction: the slot of the run's claim is free again, if this claim holds it."""
    assert run.slot is not None
    held = Slot(
        key=run.slot,
        pool=run.pool,
        token=run.token,
        run_id=run.run_id,
        forced=is_forced_key(run.slot),
    )
    vacate(transaction, held, now)


def vacate(transaction: Transaction, held: Slot, now: datetime) -> None:
    """Add to a transaction: the slot is free again, if that claim holds it.

    Only what the claim has set goes: the slot's token and its turn stay.
    """
    condition = conditions.slot_is_held_by(held)
    if held.forced:
        transaction.delete("slot", _to_item(held), condition=condition)
        return
    attributes = ControlItem.get_attributes()
    gone = [attributes[name].remove() for name in _OF_THE_HOLDER]
    transaction.update("slot", _key_of(held), [ControlItem.since.set(now), *gone], condition)


def _to_slot(raw: dict[str, Any], pool: str) -> Slot:
    """The slot. Of a row that somebody spoiled what can be read counts.

    It stays held if it was, and also if its token cannot be read, for then nobody can claim it.
    """
    key = raw["key"]["S"].removeprefix(_SLOT)
    try:
        return replace(from_raw(ControlItem, Slot, raw), key=key, pool=pool)
    except Unreadable as error:
        events.warn("slot_unreadable", item=key, why=str(error))
    read = {
        field.name: value
        for field in fields(Slot)
        if field.name != "pool"
        and (value := stored_value(ControlItem.get_attributes()[field.name], raw)) is not None
    }
    is_free = "run_id" not in raw and ("token" in read or "token" not in raw)
    return Slot(**{"run_id": None if is_free else _UNKNOWN, **read, "key": key, "pool": pool})


def _to_item(slot: Slot) -> ControlItem:
    item = to_item(ControlItem, slot, kind=_partition_of(slot))
    item.key = _SLOT + slot.key
    return item


def _key_of(slot: Slot) -> ControlItem:
    return ControlItem(_partition_of(slot), _SLOT + slot.key)


def _partition_of(slot: Slot) -> str:
    """Where the slot lies; those of forced runs lie with the first block."""
    return _partition(slot.pool, 0 if slot.forced else int(slot.key) // SLOTS_OF_A_BLOCK)
