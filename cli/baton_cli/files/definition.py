"""Schedules' definitions, read from files and written to them."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from baton_cli.exits import UsageProblem
from baton_cli.files.input_files import name_of, read_file
from baton_cli.files.yaml_core import write_yaml
from baton_cli.text import nfc

#: The fields of a schedule that clients write; the others are Baton's own.
WRITABLE: Final = (
    "name",
    "description",
    "tags",
    "cadence",
    "target",
    "when_busy",
    "misfire",
    "retry",
    "timeout_seconds",
    "lease_seconds",
    "max_steps",
    "max_tokens",
    "max_cost",
    "breaker",
    "priority",
    "pool",
    "jitter_seconds",
    "starts_at",
    "ends_at",
    "queue_limit_seconds",
)


def read_schedule(file: BinaryIO) -> dict[str, Any]:
    """The definition of the one schedule that a file holds. Raises `UsageProblem`."""
    value = read_file(file)
    if not isinstance(value, dict):
        raise UsageProblem(
            f"{name_of(file)} must hold one schedule: an object with name, cadence, …"
        )
    return value


def read_schedules(file: BinaryIO) -> list[dict[str, Any]]:
    """The definitions of the schedules that a file holds, no two of one name.

    Raises `UsageProblem`.
    """
    value = read_file(file)
    found = value.get("schedules") if isinstance(value, dict) and len(value) == 1 else value
    if not isinstance(found, list):
        raise UsageProblem(f"{name_of(file)} must hold “schedules:” and a list, and nothing else.")
    faults = [fault for number, each in enumerate(found, 1) for fault in _faults(number, each)]
    names = [nfc(each["name"]) for each in found] if not faults else []
    faults += [f"“{name}” is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise UsageProblem("\n  ".join([f"{name_of(file)} cannot be applied:", *faults]))
    return [{**each, "name": nfc(each["name"])} for each in found]


#: Fields that may be null. Of the others, null would mean a default that only the API knows.
_NULLABLE: Final = (
    "max_steps",
    "max_tokens",
    "max_cost",
    "starts_at",
    "ends_at",
    "queue_limit_seconds",
)


def _faults(number: int, given: Any) -> list[str]:
    """All that is wrong with the schedule at this place of a file; a sentence each."""
    if not isinstance(given, dict):
        return [f"schedule {number} is no object"]
    name = given.get("name")
    if not isinstance(name, str) or not name:
        return [f"schedule {number} has no name"]
    known = (*WRITABLE, "enabled")
    faults = [f"{name}: there is no field “{field}”" for field in given if field not in known]
    faults += [
        f"{name}: {field} is null; leave it out, or say what it is to be"
        for field, value in given.items()
        if value is None and field in known and field not in _NULLABLE
    ]
    if not isinstance(given.get("enabled", True), bool):
        faults.append(f"{name}: enabled must be true or false")
    return faults


def definition_of(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """The definition that makes a schedule like this one, without the fields that are empty."""
    kept = {
        name: schedule[name]
        for name in WRITABLE
        if name in schedule and schedule[name] not in (None, "", [])
    }
    return {**kept, "enabled": False} if schedule["status"] == "paused" else kept


def file_text(schedules: list[dict[str, Any]]) -> str:
    """The schedules as a YAML file that `apply` reads."""
    return write_yaml({"schedules": schedules})
