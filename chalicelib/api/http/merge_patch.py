"""JSON merge patches (RFC 7396)."""

from collections.abc import Container, Mapping
from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge key by key, null removes, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def patched(
    before: Mapping[str, Any], patch: Mapping[str, Any], writable: Container[str]
) -> dict[str, Any]:
    """What a client wrote of a resource, after a merge patch, for the model of it to check.

    A cadence or target of another `type` replaces the whole of the one before.
    """
    kept = {
        name: value for name, value in before.items() if not _changes_type(value, patch.get(name))
    }
    return {**merge(kept, patch), **unwritable(patch, writable)}


def unwritable(patch: Mapping[str, Any], writable: Container[str]) -> dict[str, Any]:
    """The part of a patch that names no writable field, nulls included: the model refuses it."""
    return {name: value for name, value in patch.items() if name not in writable}


def _changes_type(before: Any, patch: Any) -> bool:
    if not isinstance(before, Mapping) or not isinstance(patch, Mapping):
        return False
    return "type" in before and patch.get("type") not in (None, before["type"])
