"""Turns the domain's values into DynamoDB's items and back, field by field of the same name."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.domain.errors import Unreadable

M = TypeVar("M", bound=Model)
T = TypeVar("T")


def to_item(model: type[M], value: Any, **extra: Any) -> M:
    """The item that stores this value; fields that have their default are left out."""
    return model(**_stored(model, value), **extra)


def from_item(kind: type[T], item: Model) -> T:
    """The value that `to_item` made the item of."""
    names = _defaults(kind)
    stored = item.attribute_values.items()
    return kind(**{name: each for name, each in stored if name in names and each is not None})


def from_raw(model: type[M], kind: type[T], raw: dict[str, Any]) -> T:
    """The value of an item as DynamoDB answers with it. Raises `Unreadable`."""
    try:
        return from_item(kind, model.from_raw_data(raw))
    except Exception as error:
        wrong = _wrong_attribute(model, kind, raw) or str(error)
        raise Unreadable(f"What is stored cannot be read: {wrong}") from error


def stored_value(attribute: Attribute[T], raw: Mapping[str, Any]) -> T | None:
    """One attribute of an item as DynamoDB answers with it; None if it is absent or unreadable."""
    try:
        value: T = attribute.deserialize(attribute.get_value(raw[attribute.attr_name]))
    except Exception:
        return None
    return value


def _wrong_attribute(model: type[Model], kind: type, raw: Mapping[str, Any]) -> str | None:
    """The first attribute that cannot be read or that is missing, and what is wrong with it."""
    for name, attribute in model.get_attributes().items():
        stored = raw.get(attribute.attr_name)
        if stored is None and _defaults(kind).get(name) is MISSING:
            return f"{name} is missing"
        if stored is not None and (wrong := _fault(attribute, stored)):
            return f"{name}: {wrong}"
    return None


def _fault(attribute: Attribute[Any], stored: dict[str, Any]) -> str | None:
    try:
        attribute.deserialize(attribute.get_value(stored))
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def changes(model: type[Model], before: Any, after: Any) -> list[Action]:
    """The update that turns the item of `before` into that of `after`; only what differs.

    The stored forms are compared: to Python, 1 equals 1.0 and True, and in JSON they differ.
    """
    old, new = _stored(model, before), _stored(model, after)
    attributes: Mapping[str, Any] = model.get_attributes()
    actions = [
        attributes[name].set(_serialized(attributes[name], each))
        for name, each in new.items()
        if name not in old or _differ(attributes[name], old[name], each)
    ]
    return actions + [attributes[name].remove() for name in old if name not in new]


def _differ(attribute: Any, before: Any, after: Any) -> bool:
    """Whether the attribute stores the two values differently."""
    if before is after:
        return False
    return bool(attribute.serialize(before) != attribute.serialize(after))


def _serialized(attribute: Any, value: Any) -> dict[str, Any]:
    """The value in DynamoDB's own form: PynamoDB mistakes a dict like {"S": …} for that form."""
    return {attribute.attr_type: attribute.serialize(value)}


def _stored(model: type[Model], value: Any) -> dict[str, Any]:
    defaults = _defaults(type(value))
    values = {name: getattr(value, name, None) for name in model.get_attributes()}
    return {
        name: each
        for name, each in values.items()
        if each is not None and each != defaults.get(name, MISSING)
    }


#: What `_defaults` has worked out already.
_DEFAULTS: dict[type, dict[str, Any]] = {}


def _defaults(kind: type) -> dict[str, Any]:
    """The default of each field of a dataclass, by the field's name."""
    if kind not in _DEFAULTS:
        _DEFAULTS[kind] = {field.name: _default(field) for field in fields(kind)}
    return _DEFAULTS[kind]


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
