"""Step Functions targets: one execution an attempt, named after it, and followed to its end."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, HTTPClientError

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.stops import Stop
from chalicelib.platform.aws import Clients, region_of
from chalicelib.platform.clock import Countdown
from chalicelib.platform.threads import in_time
from chalicelib.targets import arns
from chalicelib.targets.base import Check, Definition, Surroundings, checked
from chalicelib.targets.callback import Callback, Unanswered, run_as_json, wants_callback
from chalicelib.targets.target_kind import TargetKind

#: The pause before a followed execution is looked at again: short at first, longer each time.
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 10.0
_PAUSE_FACTOR: Final = 1.5
_READ_SECONDS: Final = 10.0
#: Starting is safe to repeat: there is only ever one execution of a name.
_START_TRIES: Final = 3
_SHOWN_CHARACTERS: Final = 4096
_STOP_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFunctionTarget:
    """`{"type": "step_function", "state_machine_arn", "input", "completion"}`.

    The execution gets the input, a run's own payload over it, and the run under `baton`.
    """

    target: Definition
    baton_run: Run
    callback: Callback | None
    allowed: tuple[str, ...]
    clients: Clients

    def check(self, countdown: Countdown) -> list[Check]:
        """Whether the state machine is allowed, exists, and can be followed if it has to be."""
        fault = self._fault()
        if fault is not None:
            return [Check("state_machine", False, f"{self._arn} {fault}")]
        return [checked("state_machine", countdown, lambda: self._find(countdown))]

    def _find(self, countdown: Countdown) -> str:
        """Says that the state machine exists. Raises `Fail` if its executions are of no use."""
        found = in_time(
            lambda: self._call("describe_state_machine", stateMachineArn=self._arn), countdown.left
        )
        if found.get("type") == "EXPRESS" and not wants_callback(self.target):
            raise Fail("express executions cannot be followed; use completion callback")
        return f"{self._arn} exists"

    def run(self, context: JobContext) -> None:
        """Start an execution, and follow it to its end unless it calls back.

        Raises:
            Fail: the execution failed, or was not started.
            Unanswered: an execution that calls back may have been started.
        """
        fault = self._fault()
        if fault is not None:
            raise Fail(f"{self._arn} {fault}")
        if self.baton_run.attempt > 1:
            # If the attempt before this one was lost, its execution may still be at work.
            self._stop(self._execution(self.baton_run.attempt - 1))
        execution = self._start()
        context.log("The execution was started", execution_arn=execution)
        if self.callback is not None:
            return
        try:
            self._follow(execution, context)
        except Stop:
            self._stop(execution)
            raise

    def _fault(self) -> str | None:
        """Why no execution is started; None if one may be."""
        fault = arns.fault(self._arn, arns.STATE_MACHINE, self.allowed)
        if fault is not None or wants_callback(self.target):
            return fault
        if not arns.is_allowed(self._execution(1), arns.executions(self.allowed)):
            return "is allowed, but its executions cannot be followed; use completion callback"
        return None

    @property
    def _arn(self) -> str:
        return str(self.target["state_machine_arn"])

    def _call(self, operation: str, **arguments: Any) -> Any:
        client = self.clients("stepfunctions", region_of(self._arn), _READ_SECONDS)
        return arns.call(lambda: getattr(client, operation)(**arguments))

    def _start(self) -> str:
        """Start this attempt's execution, and return its ARN. Tries again if an answer is lost."""
        given = {**self.target.get("input", {}), **(self.baton_run.payload_at_hand or {})}
        arguments = {
            "stateMachineArn": self._arn,
            "name": self._name(self.baton_run.attempt),
            "input": json.dumps({**given, "baton": run_as_json(self.baton_run, self.callback)}),
        }
        failed: BotoCoreError | None = None
        for _ in range(_START_TRIES):
            try:
                return str(self._call("start_execution", **arguments)["executionArn"])
            except BotoCoreError as error:
                failed = error
            except Fail as failure:
                if not str(failure).startswith("ExecutionAlreadyExists"):
                    raise
                return self._execution(self.baton_run.attempt)
        return self._perhaps_started(failed)

    def _perhaps_started(self, error: BotoCoreError | None) -> str:
        """The ARN of an execution whose start was not answered.

        An execution to follow is looked for under that ARN. One that calls back may still do so,
        so for that one it raises `Unanswered`. Raises `Fail` if no request was sent.
        """
        if not isinstance(error, HTTPClientError):
            raise Fail(str(error))
        if self.callback is not None:
            raise Unanswered
        return self._execution(self.baton_run.attempt)

    def _name(self, attempt: int) -> str:
        """The execution's name: the same for whoever starts this attempt, so it starts once."""
        return f"{arns.EXECUTION_PREFIX}{self.baton_run.run_id}-{attempt}"

    def _execution(self, attempt: int) -> str:
        """The ARN of the attempt's execution, whether or not it was started."""
        parts = self._arn.split(":")
        return ":".join([*parts[:5], "execution", parts[6], self._name(attempt)])

    def _follow(self, execution: str, context: JobContext) -> None:
        seconds = _FIRST_PAUSE_SECONDS
        while (found := self._look(execution))["status"] in ("RUNNING", "PENDING_REDRIVE"):
            context.sleep(seconds)
            seconds = min(seconds * _PAUSE_FACTOR, _LONGEST_PAUSE_SECONDS)
        self._judge(found, context)

    def _look(self, execution: str) -> dict[str, Any]:
        """The execution's description; a bare `RUNNING` while Step Functions cannot be reached."""
        try:
            return dict(self._call("describe_execution", executionArn=execution))
        except BotoCoreError:
            return {"status": "RUNNING"}
        except Fail as failure:
            if failure.reason is FailureReason.RATE_LIMITED:
                return {"status": "RUNNING"}
            raise

    def _stop(self, execution: str) -> None:
        """Stop the execution, before the run's slot is given to another run.

        The supervisor raises `Stop` every second until the attempt ends, so it may come up in here
        too; then this tries again.
        """
        arguments = {"executionArn": execution, "cause": "Baton stopped the run."}
        for _ in range(_STOP_TRIES):
            with suppress(Exception, Stop):
                self._call("stop_execution", **arguments)
                return

    def _judge(self, found: Mapping[str, Any], context: JobContext) -> None:
        status = str(found["status"])
        if status == "SUCCEEDED":
            output = found.get("output", "")[:_SHOWN_CHARACTERS]
            context.log("The execution succeeded", output=output)
            context.totals.processed += 1
            return
        cause = ": ".join(filter(None, (found.get("error"), found.get("cause"))))
        reason = FailureReason.ABORTED if status == "ABORTED" else FailureReason.ERROR
        raise Fail(cause or f"the execution ended as {status}", reason)


def _faults(system: Surroundings, tenant_id: str, target: Definition) -> list[FieldError]:
    """The fault of a target whose ARN is no state machine's, or none that the tenant may start."""
    allowed = system.config.allowed_to(tenant_id).state_machines
    return arns.faults(target, "state_machine_arn", arns.STATE_MACHINE, allowed)


def _resolve(
    system: Surroundings, target: Definition, run: Run, callback: Callback | None
) -> StepFunctionTarget:
    return StepFunctionTarget(
        target=target,
        baton_run=run,
        callback=callback,
        allowed=system.config.allowed_to(run.tenant_id).state_machines,
        clients=system.clients,
    )


KIND: Final = TargetKind(
    name="step_function",
    resolve=_resolve,
    faults=_faults,
)
