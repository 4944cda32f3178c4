"""Schedules as files and flags define them."""

from collections.abc import Mapping
from typing import Any, Final, TextIO

import yaml
from yaml.constructor import ConstructorError

from baton_cli.errors import UsageProblem

#: What a client writes of a schedule.
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
    "breaker",
    "priority",
    "jitter_seconds",
    "starts_at",
    "ends_at",
    "queue_limit_seconds",
)


_TEXT: Final = "tag:yaml.org,2002:str"
_MERGE: Final = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """YAML without what surprises: instants stay text, a key given twice is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            if key.tag != _TEXT:
                raise ConstructorError(None, None, "a key must be text: quote it", key.start_mark)
            if key.value in seen:
                told = f"“{key.value}” is given more than once"
                raise ConstructorError(None, None, told, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(file: TextIO) -> Any:
    """The value that a YAML (or JSON) file holds. Raises `UsageProblem`."""
    try:
        return yaml.load(file, Loader=_Loader)  # noqa: S506  # it is a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageProblem(f"{file.name} cannot be read: {error}") from error


def read_schedule(file: TextIO) -> dict[str, Any]:
    """One schedule's definition. Raises `UsageProblem`."""
    value = read_yaml(file)
    if not isinstance(value, dict):
        raise UsageProblem(f"{file.name} must hold one schedule: an object with name, cadence, …")
    return value


def read_schedules(file: TextIO) -> list[dict[str, Any]]:
    """The schedules of a file, each with a name of its own. Raises `UsageProblem`."""
    value = read_yaml(file)
    found = value.get("schedules") if isinstance(value, dict) and len(value) == 1 else value
    if not isinstance(found, list):
        raise UsageProblem(f"{file.name} must hold “schedules:” and a list, and nothing else.")
    faults = [fault for number, each in enumerate(found, 1) for fault in _faults(number, each)]
    names = [each["name"] for each in found] if not faults else []
    faults += [f"“{name}” is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise UsageProblem("\n  ".join([f"{file.name} cannot be applied:", *faults]))
    return found


#: Fields that null stands in for by itself, rather than for a default the API knows.
_NULLABLE: Final = ("max_steps", "starts_at", "ends_at", "queue_limit_seconds")


def _faults(number: int, given: Any) -> list[str]:
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


def written(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """What a file has to say to make this schedule anew."""
    kept = {
        name: schedule[name]
        for name in WRITABLE
        if name in schedule and schedule[name] not in (None, "", [])
    }
    return {**kept, "enabled": False} if schedule["status"] == "paused" else kept


def dump(schedules: list[dict[str, Any]]) -> str:
    """A file that `apply` takes."""
    return yaml.safe_dump({"schedules": schedules}, allow_unicode=True, sort_keys=False, width=100)
