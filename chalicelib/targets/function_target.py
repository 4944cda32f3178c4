"""Function targets: a registered job, in the runner's own process."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.runs.run import FailureReason, Totals
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.registry import Job, Registry, UnknownJob
from chalicelib.platform.validation import parse
from chalicelib.targets.base import Check


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
            params = job.parse(self._params)
        except ValidationError as error:
            return [found, Check("params", False, _first_problem(error))]
        fits = Check("params", True, "the parameters are valid")
        return [found, fits, *self._own_check(job, params)]

    def _own_check(self, job: Job, params: Any) -> list[Check]:
        """What the job itself looks at before it is switched on; anything it raises says no."""
        if job.check is None:
            return []
        try:
            return [Check(self._name, True, job.check(params))]
        except Exception as error:
            return [Check(self._name, False, str(error) or type(error).__name__)]

    def run(self, context: JobContext) -> None:
        try:
            job = self._jobs.get(self._name)
            params = job.parse(self._params)
        except UnknownJob as error:
            raise Fail(str(error), FailureReason.TARGET_NOT_FOUND) from error
        except ValidationError as error:
            raise Fail(f"params: {_first_problem(error)}", FailureReason.ABORTED) from error
        _count(context, job(context, params))


def _count(context: JobContext, result: object) -> None:
    """A job may answer with its totals instead of counting as it goes."""
    if isinstance(result, Totals):
        result = asdict(result)
    if isinstance(result, Mapping):
        for name in ("processed", "skipped", "errors"):
            if isinstance(result.get(name), int):
                setattr(context.totals, name, result[name])


def faults(
    jobs: Registry, target: Mapping[str, Any], payload: Mapping[str, Any] | None = None
) -> list[FieldError]:
    """What is wrong with it by its looks: no such function, or parameters it does not take.

    With a run's payload on top, wrong fields that come from it are named as the payload's.
    """
    try:
        job = jobs.get(target["name"])
    except UnknownJob as error:
        return [FieldError("target.name", str(error))]
    if job.params is None:
        return []
    try:
        parse(job.params, {**target.get("params", {}), **(payload or {})})
    except InvalidFields as error:
        return [FieldError(_place(wrong.field, payload), wrong.message) for wrong in error.errors]
    return []


def _place(field: str, payload: Mapping[str, Any] | None) -> str:
    from_payload = field.partition(".")[0] in (payload or {})
    return f"payload.{field}" if from_payload else f"target.params.{field}"


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
