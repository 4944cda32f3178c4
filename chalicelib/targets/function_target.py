"""Function targets: a registered job, in the runner's own process."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.runs.run import FailureReason, Run, Totals
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.registry import Job, Registry, UnknownJob
from chalicelib.platform.clock import Countdown
from chalicelib.platform.threads import in_time
from chalicelib.targets.base import Check, Definition, Surroundings, checked
from chalicelib.targets.callback import Callback
from chalicelib.targets.target_kind import TargetKind


class FunctionTarget:
    """`{"type": "function", "name", "params"}`; a run's payload adds to the parameters."""

    def __init__(
        self, jobs: Registry, target: Definition, payload: Mapping[str, Any] | None
    ) -> None:
        self._jobs = jobs
        self._name = str(target["name"])
        self._params = {**target.get("params", {}), **(payload or {})}

    def check(self, countdown: Countdown) -> list[Check]:
        """Whether the function is registered, takes the parameters, and passes its own check."""
        try:
            job = self._jobs.get(self._name)
        except UnknownJob as error:
            return [Check("function", False, str(error))]
        found = Check("function", True, f"{self._name} is registered")
        try:
            params = _parsed(job, self._params)
        except _Misfit as misfit:
            return [found, Check("params", False, str(misfit))]
        fits = Check("params", True, "the parameters are valid")
        return [found, fits, *self._own_check(job, params, countdown)]

    def _own_check(self, job: Job, params: Any, countdown: Countdown) -> list[Check]:
        """The check that the job may bring along. It fails if it raises anything."""
        own = job.check
        if own is None:
            return []
        return [
            checked(self._name, countdown, lambda: in_time(lambda: own(params), countdown.left))
        ]

    def run(self, context: JobContext) -> None:
        """Call the function. What it raises goes through."""
        try:
            job = self._jobs.get(self._name)
            params = _parsed(job, self._params)
        except UnknownJob as error:
            raise Fail(str(error), FailureReason.TARGET_NOT_FOUND) from error
        except _Misfit as misfit:
            raise Fail(f"params: {misfit}", FailureReason.ABORTED) from misfit
        _count(context, job(context, params))


def _count(context: JobContext, result: object) -> None:
    """Take over the totals, if that is what the job returned."""
    if isinstance(result, Totals):
        result = asdict(result)
    if isinstance(result, Mapping):
        for name in ("processed", "skipped", "errors"):
            if result.get(name) is not None:
                setattr(context.totals, name, result[name])


def _faults(system: Surroundings, _tenant_id: str, target: Definition) -> list[FieldError]:
    """The fault of a target whose function is not registered, or does not take the parameters."""
    return _param_faults(system, target, {})


def _param_faults(
    system: Surroundings, target: Definition, payload: Mapping[str, Any]
) -> list[FieldError]:
    """The faults of target and payload together; each is named after the one that it comes from."""
    try:
        job = system.jobs.get(target["name"])
    except UnknownJob as error:
        return [FieldError("target.name", str(error))]
    if job.params is None:
        return []
    from chalicelib.platform.validation import parse

    try:
        parse(job.params, {**target.get("params", {}), **payload})
    except InvalidFields as error:
        return [FieldError(_place(wrong.field, payload), wrong.message) for wrong in error.errors]
    return []


def _place(field: str, payload: Mapping[str, Any]) -> str:
    from_payload = field.partition(".")[0] in payload
    return f"payload.{field}" if from_payload else f"target.params.{field}"


class _Misfit(Exception):
    """Parameters that the job does not take; the text names the first wrong one."""


def _parsed(job: Job, params: Mapping[str, Any]) -> Any:
    """The parameters as the function wants them. Raises `_Misfit`."""
    if job.params is None:
        return job.parse(params)
    # Only functions with a model of their parameters need pydantic; other runs start without it.
    from pydantic import ValidationError

    try:
        return job.parse(params)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise _Misfit(f"{where}: {problem['msg']}") from error


def _resolve(
    system: Surroundings, target: Definition, run: Run, _callback: Callback | None
) -> FunctionTarget:
    return FunctionTarget(system.jobs, target, run.payload_at_hand)


KIND: Final = TargetKind(
    name="function",
    resolve=_resolve,
    faults=_faults,
    payload_faults=_param_faults,
)
