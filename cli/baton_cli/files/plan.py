"""What separates the schedules there are from those a file wants: pure, no API.

A field that the file does not mention stays as it is.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from baton_cli.files.definition import WRITABLE
from baton_cli.text import instant, nfc

#: Parts of a target that are the user's own: what the file has of them is all there is to be.
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
    """A schedule that is to change.

    `patch` is the merge patch; `replaces_target`: the target in it is the whole new one, because
    null in a merge patch would take away. `switch`: on, off, or None for neither.
    """

    schedule: Object
    differences: list[Difference]
    patch: dict[str, Any]
    replaces_target: bool
    switch: bool | None


def change(schedule: Object, wanted: Object) -> Change | None:
    """How the schedule has to change; None if it is as wanted."""
    differences = list(_differences(schedule, wanted))
    changed = dict.fromkeys(each.field.split(".")[0] for each in differences)
    patch = {name: _patch(schedule.get(name), wanted[name], free=False) for name in changed}
    replaces_target = "target" in changed and _keeps_null(wanted["target"])
    if replaces_target:
        patch["target"] = _over("target", schedule.get("target"), wanted["target"])
    switch = _switch(schedule, wanted)
    if switch is not None:
        differences.append(Difference("enabled", not switch, switch))
    return Change(schedule, differences, patch, replaces_target, switch) if differences else None


def _switch(schedule: Object, wanted: Object) -> bool | None:
    """Whether to switch the schedule on or off; None if neither.

    A broken schedule counts as on: to start it anew is a person's decision.
    """
    is_on = schedule["status"] != "paused"
    enabled = wanted.get("enabled")
    return None if enabled == is_on else enabled


def _differences(schedule: Object, wanted: Object) -> Iterator[Difference]:
    for name in WRITABLE:
        if name in wanted:
            yield from _between(name, schedule.get(name), wanted[name])


def _between(path: str, before: Any, after: Any) -> Iterator[Difference]:
    name = path.rsplit(".", 1)[-1]
    if name not in _FREE and _is_same_kind(before, after):
        for key, value in after.items():
            yield from _between(f"{path}.{key}", before.get(key), value)
    elif not _is_same(name, before, after):
        yield Difference(path, before, after)


def _is_same_kind(before: Any, after: Any) -> bool:
    """Whether both are objects, and `after` is not of another type of cadence or target."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    return bool(before.get("type") == after.get("type", before.get("type")))


def _is_same(name: str, before: Any, after: Any) -> bool:
    """Whether the API would store the two alike. In JSON, true is not 1, and 1 is not 1.0."""
    if name in _INSTANTS:
        before, after = _cut_instant(before), _cut_instant(after)
    stored, given = _as_stored(name, before), _as_stored(name, after)
    return json.dumps(stored, sort_keys=True) == json.dumps(given, sort_keys=True)


def _cut_instant(value: Any) -> Any:
    """An instant as text in UTC, cut to the milliseconds that the API keeps; others as they are."""
    at = instant(value) if isinstance(value, str) else None
    return value if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds")


def _as_stored(name: str, value: Any) -> Any:
    """The value as the API stores it: names, descriptions and tags in NFC, each tag once."""
    if name in ("name", "description") and isinstance(value, str):
        return nfc(value)
    if name == "tags" and isinstance(value, list):
        return list(dict.fromkeys(nfc(tag) if isinstance(tag, str) else tag for tag in value))
    return value


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


def _keeps_null(value: Any, *, free: bool = False) -> bool:
    """Whether a part that is the user's own has a key that is null, and is to keep it."""
    if not isinstance(value, Mapping):
        return False
    return any(
        (free and each is None) or _keeps_null(each, free=free or key in _FREE)
        for key, each in value.items()
    )


def _over(name: str, before: Any, after: Any) -> Any:
    """The value in place of the one before; of an object, what it does not mention stays."""
    if name in _FREE or not _is_same_kind(before, after):
        return after
    return {**before, **{key: _over(key, before.get(key), each) for key, each in after.items()}}
