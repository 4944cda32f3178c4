"""What a run runs: one module a target kind, behind one small interface."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.outbound.guard import Guard
from chalicelib.targets import function_target, lambda_target, step_function_target
from chalicelib.targets import http_target as http
from chalicelib.targets.base import Check, Surroundings, Target
from chalicelib.targets.callback import AskToStart, Callback
from chalicelib.targets.function_target import FunctionTarget
from chalicelib.targets.http_target import HttpTarget
from chalicelib.targets.lambda_target import LambdaTarget
from chalicelib.targets.step_function_target import StepFunctionTarget

__all__ = ["Check", "Target", "faults", "resolve"]


def resolve(
    system: Surroundings, schedule: Schedule, run: Run, callback: Callback | None = None
) -> Target:
    """The target of a run: its schedule's, with the payload it was asked for."""
    target, config = schedule.target, system.config
    match target["type"]:
        case "function":
            return FunctionTarget(system.jobs, target, run.payload)
        case "lambda":
            return LambdaTarget(
                target=target,
                run_of=run,
                callback=callback,
                allowed=config.allow_functions,
                clients=system.clients,
            )
        case "step_function":
            return StepFunctionTarget(
                target=target,
                run_of=run,
                callback=callback,
                allowed=config.allow_state_machines,
                clients=system.clients,
            )
    http_target = HttpTarget(
        target=target,
        payload=run.payload,
        tenant_id=run.tenant_id,
        guard=Guard(config.allow_targets),
        secrets=system.secrets,
        credentials=callback.headers if callback else {},
    )
    return AskToStart(http_target) if callback else http_target


def faults(system: Surroundings, target: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with a target by its looks alone, without asking anybody: refused at save."""
    if target["type"] == "function":
        return function_target.faults(system.jobs, target)
    if target["type"] == "lambda":
        return lambda_target.faults(target, system.config.allow_functions)
    if target["type"] == "step_function":
        return step_function_target.faults(target, system.config.allow_state_machines)
    return http.faults(target, system.config.allow_targets)
