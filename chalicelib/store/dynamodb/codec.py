"""Between the domain's values and DynamoDB's items, field by field of the same name."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from pynamodb.expressions.update import Action
from pynamodb.models import Model

M = TypeVar("M", bound=Model)
T = TypeVar("T")


def to_item(model: type[M], value: Any, **extra: Any) -> M:
    """The item that keeps this value; what has its default is left out."""
    return model(**_stored(model, value), **extra)


def from_item(kind: type[T], item: Model) -> T:
    """The value that `to_item` kept."""
    names = _defaults(kind)
    present = item.attribute_values.items()
    return kind(**{name: held for name, held in present if name in names and held is not None})


def changes(model: type[Model], before: Any, after: Any) -> list[Action]:
    """The update that turns the item of `before` into the item of `after`: what differs, only."""
    old, new = _stored(model, before), _stored(model, after)
    attributes: Mapping[str, Any] = model.get_attributes()
    actions = [
        attributes[name].set(_serialized(attributes[name], held))
        for name, held in new.items()
        if old.get(name, MISSING) != held
    ]
    return actions + [attributes[name].remove() for name in old if name not in new]


def _serialized(attribute: Any, value: Any) -> dict[str, Any]:
    """The value as DynamoDB takes it. PynamoDB would take a dict like {"S": …} for that already."""
    return {attribute.attr_type: attribute.serialize(value)}


def _stored(model: type[Model], value: Any) -> dict[str, Any]:
    defaults = _defaults(type(value))
    held = {name: getattr(value, name, None) for name in model.get_attributes()}
    return {
        name: here
        for name, here in held.items()
        if here is not None and here != defaults.get(name, MISSING)
    }


_KNOWN: dict[type, dict[str, Any]] = {}


def _defaults(kind: type) -> dict[str, Any]:
    """Field name → default of a dataclass; worked out once."""
    if kind not in _KNOWN:
        _KNOWN[kind] = {field.name: _default(field) for field in fields(kind)}
    return _KNOWN[kind]


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
