"""Lambda targets: a function of the same account, invoked once an attempt."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import HTTPClientError, ReadTimeoutError

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.platform.aws import Clients, region_of
from chalicelib.platform.clock import Countdown
from chalicelib.platform.threads import in_time
from chalicelib.targets import arns
from chalicelib.targets.base import CHECK_SECONDS, Check, Definition, Surroundings, checked
from chalicelib.targets.callback import Callback, Unanswered, run_as_json
from chalicelib.targets.target_kind import TargetKind

_SHOWN_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaTarget:
    """`{"type": "lambda", "function_arn", "payload", "completion"}`.

    The function gets the payload, a run's own payload over it, and the run under `baton`.
    """

    target: Definition
    baton_run: Run
    callback: Callback | None
    allowed: tuple[str, ...]
    clients: Clients

    def check(self, countdown: Countdown) -> list[Check]:
        """Whether the function is allowed and exists."""
        fault = arns.fault(self._arn, arns.FUNCTION, self.allowed)
        if fault is not None:
            return [Check("function", False, f"{self._arn} {fault}")]

        def find() -> str:
            in_time(lambda: arns.call(self._describe), countdown.left)
            return f"{self._arn} exists"

        return [checked("function", countdown, find)]

    def run(self, context: JobContext) -> None:
        """Invoke the function, and wait for its answer unless it calls back.

        Raises:
            Fail: the function failed, or was not invoked.
            Unanswered: a function that calls back may have been invoked.
        """
        fault = arns.fault(self._arn, arns.FUNCTION, self.allowed)
        if fault is not None:
            raise Fail(f"{self._arn} {fault}")
        if self.callback is None:
            self._invoke(context)
        else:
            self._invoke_and_leave(context)

    def _describe(self) -> Any:
        return self._client(CHECK_SECONDS).get_function_configuration(FunctionName=self._arn)

    @property
    def _arn(self) -> str:
        return str(self.target["function_arn"])

    def _client(self, seconds: float) -> Any:
        return self.clients("lambda", region_of(self._arn), seconds)

    def _event(self) -> bytes:
        payload = {**self.target.get("payload", {}), **(self.baton_run.payload_at_hand or {})}
        return json.dumps({**payload, "baton": run_as_json(self.baton_run, self.callback)}).encode()

    def _invoke(self, context: JobContext) -> None:
        seconds = max((context.deadline - context.now).total_seconds(), 1.0)
        try:
            answer = arns.call(
                lambda: self._client(seconds).invoke(
                    FunctionName=self._arn,
                    InvocationType="RequestResponse",
                    LogType="Tail",
                    Payload=self._event(),
                )
            )
        except ReadTimeoutError as error:
            # The supervisor would notice it a moment later.
            message = f"It took longer than {round(seconds)} s."
            raise Fail(message, FailureReason.TIMEOUT) from error
        self._judge(answer, context)

    def _invoke_and_leave(self, context: JobContext) -> None:
        seconds = max((context.deadline - context.now).total_seconds(), 1.0)
        try:
            arns.call(
                lambda: self._client(seconds).invoke(
                    FunctionName=self._arn, InvocationType="Event", Payload=self._event()
                )
            )
        except HTTPClientError as error:
            raise Unanswered from error
        context.log("The function was invoked; it calls back")

    def _judge(self, answer: Mapping[str, Any], context: JobContext) -> None:
        tail = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        for line in tail.split("\n"):
            if line.strip():
                context.log(line.rstrip(), source="function")
        body = answer["Payload"].read()
        shown = body[:_SHOWN_BYTES].decode("utf-8", "replace")
        if "FunctionError" in answer:
            raise Fail(_error_text(body), FailureReason.ERROR)
        context.log("The function answered", answer=shown)
        context.totals.processed += 1


def _error_text(body: bytes) -> str:
    """How a failed function describes its error."""
    try:
        error = json.loads(body)
        kind, message = error.get("errorType"), error.get("errorMessage")
    except (ValueError, AttributeError):
        return body[:_SHOWN_BYTES].decode("utf-8", "replace")
    return ": ".join(str(part) for part in (kind, message) if part) or "the function failed"


def _faults(system: Surroundings, tenant_id: str, target: Definition) -> list[FieldError]:
    """The fault of a target whose ARN is no function's, or none that the tenant may start."""
    allowed = system.config.allowed_to(tenant_id).functions
    return arns.faults(target, "function_arn", arns.FUNCTION, allowed)


def _resolve(
    system: Surroundings, target: Definition, run: Run, callback: Callback | None
) -> LambdaTarget:
    return LambdaTarget(
        target=target,
        baton_run=run,
        callback=callback,
        allowed=system.config.allowed_to(run.tenant_id).functions,
        clients=system.clients,
    )


KIND: Final = TargetKind(
    name="lambda",
    resolve=_resolve,
    faults=_faults,
)
