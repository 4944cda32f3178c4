"""The table of target kinds, and the questions that it answers about targets of any kind.

A new kind needs a module that defines its `KIND`, a line in the table, and a schema in the API.
"""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.domain.errors import BatonError, FieldError
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.targets import (
    external_target,
    function_target,
    http_target,
    lambda_target,
    step_function_target,
)
from chalicelib.targets.base import Definition, Surroundings, Target
from chalicelib.targets.callback import Callback
from chalicelib.targets.target_kind import TargetKind

KINDS: Final[Mapping[str, TargetKind]] = {
    kind.name: kind
    for kind in (
        function_target.KIND,
        http_target.KIND,
        lambda_target.KIND,
        step_function_target.KIND,
        external_target.KIND,
    )
}


class UnknownTargetKind(BatonError):
    """A target has a type that no kind goes by."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no kind of target; there are {', '.join(KINDS)}")


def kind_of(definition: Definition) -> TargetKind:
    """The kind that a target is of. Raises `UnknownTargetKind`."""
    name = str(definition["type"])
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownTargetKind(name) from None


def resolve(
    system: Surroundings, schedule: WholeSchedule, run: Run, callback: Callback | None = None
) -> Target:
    """The target of a run: its schedule's, with the run's own payload.

    Raises `UnknownTargetKind`.
    """
    return kind_of(schedule.target).resolve(system, schedule.target, run, callback)


def faults(system: Surroundings, tenant_id: str, definition: Definition) -> list[FieldError]:
    """What is wrong with a tenant's target, as far as it shows without asking anybody."""
    try:
        kind = kind_of(definition)
    except UnknownTargetKind as unknown:
        return [FieldError("target.type", str(unknown))]
    return kind.faults(system, tenant_id, definition)


def payload_faults(
    system: Surroundings, definition: Definition, payload: Mapping[str, Any]
) -> list[FieldError]:
    """What is wrong with the payload of a run of this target."""
    try:
        kind = kind_of(definition)
    except UnknownTargetKind as unknown:
        return [FieldError("target.type", str(unknown))]
    return kind.payload_faults(system, definition, payload)
