"""What a run runs: one module a target kind, behind one small interface."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.run import Run
from chalicelib.domain.schedule import Schedule
from chalicelib.errors import FieldError
from chalicelib.system import System
from chalicelib.targets import function, http
from chalicelib.targets.base import Check, Target
from chalicelib.targets.function import FunctionTarget
from chalicelib.targets.http import HttpTarget

__all__ = ["Check", "Target", "faults", "resolve"]


def resolve(system: System, schedule: Schedule, run: Run) -> Target:
    """The target of a run: its schedule's, with the payload it was asked for."""
    target = schedule.target
    if target["type"] == "function":
        return FunctionTarget(system.jobs, target, run.payload)
    return HttpTarget(target, run, schedule.timeout_seconds, system.config.allow_targets)


def faults(system: System, target: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with a target by its looks alone, without asking anybody: refused at save."""
    if target["type"] == "function":
        return function.faults(system.jobs, target)
    return http.faults(target)
