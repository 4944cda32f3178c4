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
from chalicelib.platform.aws import Clients
from chalicelib.targets import arns
from chalicelib.targets.base import Check
from chalicelib.targets.callback import Callback, Unanswered, run_as_json

#: How often a followed execution is looked at; new ones more often.
_FIRST_LOOK_SECONDS: Final = 1.0
_LONGEST_BETWEEN_LOOKS: Final = 10.0
_SLOWING: Final = 1.5
_READ_SECONDS: Final = 10.0
#: An execution's name makes starting it safe to repeat.
_TRIES: Final = 3
_SHOWN_CHARACTERS: Final = 4096
_STOP_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFunctionTarget:
    """`{"type": "step_function", "state_machine_arn", "input", "completion"}`.

    The execution gets the input, a run's own payload over it, and the run under `baton`.
    """

    target: Mapping[str, Any]
    run_of: Run
    callback: Callback | None
    allowed: tuple[str, ...]
    clients: Clients

    def check(self) -> list[Check]:
        """Whether the state machine is allowed, exists, and can be followed if it has to be."""
        fault = arns.fault(self._arn, arns.STATE_MACHINE, self.allowed)
        if fault is not None:
            return [Check("state_machine", False, f"{self._arn} {fault}")]
        try:
            found = self._ask("describe_state_machine", stateMachineArn=self._arn)
        except Exception as error:
            return [Check("state_machine", False, str(error))]
        followed = self.target.get("completion") != "callback"
        if followed and found.get("type") == "EXPRESS":
            detail = "express executions cannot be followed; use completion callback"
            return [Check("state_machine", False, detail)]
        return [Check("state_machine", True, f"{self._arn} exists")]

    def run(self, context: JobContext) -> None:
        """Start an execution; follow it, unless it calls back. Raises `Fail`, `Unanswered`."""
        fault = arns.fault(self._arn, arns.STATE_MACHINE, self.allowed)
        if fault is not None:
            raise Fail(f"{self._arn} {fault}")
        if self.run_of.attempt > 1:
            # It goes on if the attempt before it fell silent.
            self._stop(self._execution(self.run_of.attempt - 1))
        execution = self._start()
        context.log("The execution was started", execution_arn=execution)
        if self.callback is not None:
            return
        try:
            self._follow(execution, context)
        except Stop:
            self._stop(execution)
            raise

    @property
    def _arn(self) -> str:
        return str(self.target["state_machine_arn"])

    def _ask(self, operation: str, **arguments: Any) -> Any:
        client = self.clients("stepfunctions", arns.region_of(self._arn), _READ_SECONDS)
        return arns.asked(lambda: getattr(client, operation)(**arguments))

    def _start(self) -> str:
        """The execution's ARN. A start whose answer was lost is repeated: its name is its own."""
        given = {**self.target.get("input", {}), **(self.run_of.payload or {})}
        arguments = {
            "stateMachineArn": self._arn,
            "name": self._name(self.run_of.attempt),
            "input": json.dumps({**given, "baton": run_as_json(self.run_of, self.callback)}),
        }
        failed: BotoCoreError | None = None
        for _ in range(_TRIES):
            try:
                return str(self._ask("start_execution", **arguments)["executionArn"])
            except BotoCoreError as error:
                failed = error
            except Fail as failure:
                if not str(failure).startswith("ExecutionAlreadyExists"):
                    raise
                return self._execution(self.run_of.attempt)
        return self._perhaps_started(failed)

    def _perhaps_started(self, error: BotoCoreError | None) -> str:
        """No answer came. One that is followed is looked for; one that calls back may do so."""
        if not isinstance(error, HTTPClientError):
            raise Fail(str(error))
        if self.callback is not None:
            raise Unanswered
        return self._execution(self.run_of.attempt)

    def _name(self, attempt: int) -> str:
        return f"{self.run_of.run_id}-{attempt}"

    def _execution(self, attempt: int) -> str:
        """The ARN that the attempt's execution has."""
        parts = self._arn.split(":")
        return ":".join([*parts[:5], "execution", parts[6], self._name(attempt)])

    def _follow(self, execution: str, context: JobContext) -> None:
        seconds = _FIRST_LOOK_SECONDS
        while (found := self._look(execution))["status"] in ("RUNNING", "PENDING_REDRIVE"):
            context.sleep(seconds)
            seconds = min(seconds * _SLOWING, _LONGEST_BETWEEN_LOOKS)
        self._judge(found, context)

    def _look(self, execution: str) -> dict[str, Any]:
        """How it stands. What cannot be seen now may be seen later: it goes on meanwhile."""
        try:
            return dict(self._ask("describe_execution", executionArn=execution))
        except BotoCoreError:
            return {"status": "RUNNING"}
        except Fail as failure:
            if failure.reason is FailureReason.RATE_LIMITED:
                return {"status": "RUNNING"}
            raise

    def _stop(self, execution: str) -> None:
        """Stop it before the slot is given away. A stop is said every second, so also to this."""
        arguments = {"executionArn": execution, "cause": "Baton stopped the run."}
        for _ in range(_STOP_TRIES):
            with suppress(Exception, Stop):
                self._ask("stop_execution", **arguments)
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


def faults(target: Mapping[str, Any], allowed: tuple[str, ...]) -> list[FieldError]:
    """What is wrong with it by its looks: an ARN that is none, or not allowed."""
    fault = arns.fault(target["state_machine_arn"], arns.STATE_MACHINE, allowed)
    return [] if fault is None else [FieldError("target.state_machine_arn", fault)]
