"""Function targets: a registered job, in the runner's own process."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chalicelib.domain.run import FailureReason
from chalicelib.errors import FieldError, InvalidFields
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.registry import Registry, UnknownJob
from chalicelib.targets.base import Check
from chalicelib.validation import parse


class FunctionTarget:
    """`{"type": "function", "name", "params"}`; a run's payload adds to the parameters."""

    def __init__(
        self, jobs: Registry, target: Mapping[str, Any], payload: Mapping[str, Any] | None
    ) -> None:
        self._jobs = jobs
        self._name = str(target["name"])
        self._params = {**target.get("params", {}), **(payload or {})}

    def check(self) -> list[Check]:
        try:
            job = self._jobs.get(self._name)
        except UnknownJob as error:
            return [Check("function", False, str(error))]
        found = Check("function", True, f"{self._name} is registered")
        try:
            job.parse(self._params)
        except ValidationError as error:
            return [found, Check("params", False, _first_problem(error))]
        return [found, Check("params", True, "the parameters are valid")]

    def run(self, context: JobContext) -> None:
        try:
            job = self._jobs.get(self._name)
            params = job.parse(self._params)
        except UnknownJob as error:
            raise Fail(str(error), FailureReason.TARGET_NOT_FOUND) from error
        except ValidationError as error:
            raise Fail(f"params: {_first_problem(error)}", FailureReason.ABORTED) from error
        job.function(context, params)


def faults(jobs: Registry, target: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with it by its looks: no such function, or parameters it does not take."""
    try:
        job = jobs.get(target["name"])
    except UnknownJob as error:
        return [FieldError("target.name", str(error))]
    if job.params is None:
        return []
    try:
        parse(job.params, target["params"])
    except InvalidFields as error:
        return [FieldError(f"target.params.{wrong.field}", wrong.message) for wrong in error.errors]
    return []


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
