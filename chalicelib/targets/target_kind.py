"""The form in which each kind of target describes itself to the table of kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import Run
from chalicelib.targets.base import Definition, Surroundings, Target
from chalicelib.targets.callback import Callback


def any_payload(
    _system: Surroundings, _definition: Definition, _payload: Mapping[str, Any]
) -> list[FieldError]:
    """The `payload_faults` of a kind that takes any payload: none."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetKind:
    """One kind of target: its name, and the functions that know what is special about it."""

    name: str
    #: The target of a run, ready to be checked or run. With a `Callback`, the target calls back.
    resolve: Callable[[Surroundings, Definition, Run, Callback | None], Target]
    #: What is wrong with a tenant's definition, as far as it shows without asking anybody.
    faults: Callable[[Surroundings, str, Definition], list[FieldError]]
    #: What is wrong with a run's own payload, for a target of this definition.
    payload_faults: Callable[[Surroundings, Definition, Mapping[str, Any]], list[FieldError]] = (
        any_payload
    )
