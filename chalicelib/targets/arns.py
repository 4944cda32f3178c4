"""ARNs of the functions and state machines that targets start.

Which ones a deployment allows, and how the run ends if AWS refuses to start one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail

_PLACE: Final = r"[a-z]{2}(?:-[a-z]+)+-\d:\d{12}"
FUNCTION: Final = re.compile(
    rf"arn:aws[a-z-]*:lambda:{_PLACE}:function:[A-Za-z0-9_-]{{1,64}}"
    r"(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
STATE_MACHINE: Final = re.compile(
    rf"arn:aws[a-z-]*:states:{_PLACE}:stateMachine:[A-Za-z0-9_.-]{{1,80}}(?::[A-Za-z0-9_.-]{{1,80}})?"
)
#: Before the name of every execution that Baton starts. Its role may follow and stop just those.
EXECUTION_PREFIX: Final = "baton-"
#: The failure reason of a run by AWS's error code; any other code is an `error`.
_REASONS: Final = {
    "ResourceNotFoundException": FailureReason.TARGET_NOT_FOUND,
    "StateMachineDoesNotExist": FailureReason.TARGET_NOT_FOUND,
    "StateMachineDeleting": FailureReason.TARGET_NOT_FOUND,
    "InvalidArn": FailureReason.TARGET_NOT_FOUND,
    "AccessDeniedException": FailureReason.AUTH_FAILED,
    "AccessDenied": FailureReason.AUTH_FAILED,
    "UnrecognizedClientException": FailureReason.AUTH_FAILED,
    "KMSAccessDeniedException": FailureReason.AUTH_FAILED,
    "TooManyRequestsException": FailureReason.RATE_LIMITED,
    "ThrottlingException": FailureReason.RATE_LIMITED,
    "EC2ThrottledException": FailureReason.RATE_LIMITED,
    "ExecutionLimitExceeded": FailureReason.RATE_LIMITED,
}


def is_allowed(arn: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the ARN.

    `*` and `?` mean what they mean in IAM, for the same patterns stand in the runner's policy.
    """
    return any(_expression(pattern).fullmatch(arn) for pattern in patterns)


def executions(patterns: Iterable[str]) -> list[str]:
    """The patterns of state machines as patterns of those executions that Baton starts."""
    return [
        f"{pattern.replace(':stateMachine:', ':execution:')}:{EXECUTION_PREFIX}*"
        for pattern in patterns
    ]


def fault(arn: str, shape: re.Pattern[str], patterns: Iterable[str]) -> str | None:
    """Why no target may name this ARN; None if one may.

    Args:
        arn: The ARN as a client gave it.
        shape: `FUNCTION` or `STATE_MACHINE`.
        patterns: Those that the deployment allows.
    """
    if not shape.fullmatch(arn):
        return "is no ARN of that kind"
    if not is_allowed(arn, patterns):
        return "is not among those this deployment allows"
    return None


def faults(
    target: Mapping[str, Any], field: str, shape: re.Pattern[str], patterns: Iterable[str]
) -> list[FieldError]:
    """What is wrong with the ARN in that field of a target's definition, as `fault` has it."""
    found = fault(target[field], shape, patterns)
    return [] if found is None else [FieldError(f"target.{field}", found)]


def call(operation: Callable[[], Any]) -> Any:
    """The answer of an AWS operation. Raises `Fail` if AWS refuses it.

    Without an answer, as from a broken connection, botocore's own error goes through.
    """
    try:
        return operation()
    except ClientError as error:
        refusal = error.response.get("Error", {})
        code = refusal.get("Code", "")
        reason = _REASONS.get(code, FailureReason.ERROR)
        raise Fail(f"{code}: {refusal.get('Message', '')}", reason) from error


def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts))
