"""What separates the schedules there are from those a file wants: pure, no API.

A field that the file does not mention stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from baton_cli.definition import WRITABLE
from baton_cli.text import instant

#: Parts of a target that are the user's own: what the file says of them is all there is to be.
_FREE: Final = frozenset({"params", "headers", "body", "payload", "input"})
_INSTANTS: Final = frozenset({"at", "anchor", "starts_at", "ends_at"})
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, by its path, as it is and as it is to be."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A schedule that is to change. `switch`: on, off, or neither."""

    schedule: Object
    differences: list[Difference]
    patch: dict[str, Any]
    switch: bool | None


def change(schedule: Object, wanted: Object) -> Change | None:
    """How the schedule has to change; None if it is as wanted."""
    differences = list(_differences(schedule, wanted))
    patch = {
        name: _patch(schedule.get(name), wanted[name], free=False)
        for name in WRITABLE
        if any(each.field.split(".")[0] == name for each in differences)
    }
    switch = _switch(schedule, wanted)
    if switch is not None:
        differences.append(Difference("enabled", not switch, switch))
    return Change(schedule, differences, patch, switch) if differences else None


def _switch(schedule: Object, wanted: Object) -> bool | None:
    """A broken schedule counts as on: to start it anew is a person's decision."""
    enabled = wanted.get("enabled")
    return enabled if enabled is not None and enabled != (schedule["status"] != "paused") else None


def _differences(schedule: Object, wanted: Object) -> Iterator[Difference]:
    for name in WRITABLE:
        if name in wanted:
            yield from _between(name, schedule.get(name), wanted[name])


def _between(path: str, before: Any, after: Any) -> Iterator[Difference]:
    name = path.rsplit(".", 1)[-1]
    is_deeper = isinstance(before, Mapping) and isinstance(after, Mapping) and name not in _FREE
    if is_deeper and before.get("type") == after.get("type", before.get("type")):
        for key, value in after.items():
            yield from _between(f"{path}.{key}", before.get(key), value)
    elif not _same(before, after) and not (name in _INSTANTS and _same_instant(before, after)):
        yield Difference(path, before, after)


def _same(before: Any, after: Any) -> bool:
    """Whether the two are one JSON value to a merge patch: in objects, null is nothing."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return all(_same(before.get(key), after.get(key)) for key in {*before, *after})
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    # To Python, true is 1.
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _same_instant(before: Any, after: Any) -> bool:
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    return instant(before) is not None and instant(before) == instant(after)


def _patch(before: Any, after: Any, *, free: bool) -> Any:
    """A merge patch (RFC 7396) from the one to the other; null takes away.

    To the API, another type of cadence or target replaces the whole of it.
    """
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    changed = {
        key: _patch(before.get(key), value, free=free or key in _FREE)
        for key, value in after.items()
    }
    gone = {key: None for key in before if free and key not in after}
    return {**changed, **gone}
