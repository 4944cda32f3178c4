"""Targets as clients write them."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from chalicelib.api.schemas.base import Strict, ValidationContext
from chalicelib.api.schemas.text_rules import Payload, small
from chalicelib.domain.targets import target_credentials
from chalicelib.jobs.registry import UnknownJob
from chalicelib.outbound import header_rules, urls
from chalicelib.platform import secrets
from chalicelib.platform.config import Allowed
from chalicelib.targets import arns, http_target

#: What ends a run: the target's response, or a call of its own.
Completion = Literal["response", "callback"]


def _checked(value: str, fault_in: Callable[[Allowed], str | None], info: ValidationInfo) -> str:
    """The value. Raises `ValueError` if the deployment does not allow it to the tenant."""
    context: ValidationContext | None = info.context
    fault = fault_in(context.system.config.allowed_to(context.tenant_id)) if context else None
    if fault is not None:
        raise ValueError(fault)
    return value


class FunctionIn(Strict):
    """A registered function, and the parameters it is called with."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=200)
    params: Payload = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _is_registered(cls, name: str, info: ValidationInfo) -> str:
        context: ValidationContext | None = info.context
        try:
            if context is not None:
                context.system.jobs.get(name)
        except UnknownJob as error:
            raise ValueError(str(error)) from error
        return name


class SecretIn(Strict):
    """The name of one of the tenant's secrets, which stands for its value."""

    secret: str = Field(pattern=secrets.NAME)


def _check_headers(headers: Any, info: ValidationInfo) -> Any:
    """The headers. Raises a `ValidationError` that names each wrong one."""
    if not isinstance(headers, dict):
        return headers
    context: ValidationContext | None = info.context
    known = dict(target_credentials.literals(context.target_before)) if context else {}
    repeated = set(header_rules.repeated(headers))
    faults = {
        name: "differs from another one in upper and lower case only"
        if name in repeated
        else header_rules.name_fault(name)
        or _value_fault(value)
        or (_credential_fault(name, value) if known.get(name) != value else None)
        for name, value in headers.items()
    }
    errors = [_error(name, fault) for name, fault in faults.items() if fault is not None]
    if errors:
        raise ValidationError.from_exception_data("headers", errors)
    return headers


def _error(name: str, fault: str) -> InitErrorDetails:
    """The error about a header, without its value: that may be meant to be secret."""
    error = PydanticCustomError("header", "{fault}", {"fault": fault})
    return InitErrorDetails(type=error, loc=(name,), input=None)


def _credential_fault(name: str, value: Any) -> str | None:
    """Why the header cannot have that value as plain text; None if it can."""
    if not isinstance(value, str) or not target_credentials.is_credential(name):
        return None
    return 'holds a credential: keep it as a secret, and write {"secret": "its name"}'


def _value_fault(value: Any) -> str | None:
    if isinstance(value, str):
        return header_rules.value_fault(value)
    if isinstance(value, dict) and set(value) == {"secret"}:
        name = value["secret"]
        is_name = isinstance(name, str) and re.fullmatch(secrets.NAME, name)
        return None if is_name else "its secret has no valid name: letters, digits, dots, dashes"
    return 'must be text or {"secret": "name"}'


class HttpIn(Strict):
    """An HTTP request, and which responses to it are a success."""

    type: Literal["http"]
    method: str = Field(default="POST", pattern=r"^[A-Z][A-Z-]{0,19}$")
    url: str = Field(min_length=1, max_length=urls.MOST_CHARACTERS)
    headers: Annotated[dict[str, str | SecretIn], BeforeValidator(_check_headers)] = Field(
        default_factory=dict, max_length=50
    )
    body: Annotated[dict[str, Any] | list[Any] | str | None, AfterValidator(small)] = None
    success_codes: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(
        default=None, min_length=1, max_length=50
    )
    completion: Completion = "response"
    #: Signs each request by the Standard Webhooks convention.
    signing_secret: SecretIn | None = None
    #: Whether a readiness check sends it a HEAD request.
    probe: bool = False

    @field_validator("url")
    @classmethod
    def _may_be_asked(cls, url: str, info: ValidationInfo) -> str:
        return _checked(url, lambda allowed: http_target.url_fault(url, allowed.networks), info)

    @field_validator("method")
    @classmethod
    def _method(cls, method: str) -> str:
        if method in ("CONNECT", "TRACE"):
            raise ValueError("must not be CONNECT or TRACE")
        return method


class LambdaIn(Strict):
    """A Lambda function that gets the payload as its event."""

    type: Literal["lambda"]
    function_arn: str = Field(min_length=1, max_length=400)
    payload: Payload = Field(default_factory=dict)
    completion: Completion = "response"

    @field_validator("function_arn")
    @classmethod
    def _is_allowed(cls, arn: str, info: ValidationInfo) -> str:
        return _checked(
            arn, lambda allowed: arns.fault(arn, arns.FUNCTION, allowed.functions), info
        )


class StepFunctionIn(Strict):
    """A state machine of Step Functions; each run is an execution of it with this input."""

    type: Literal["step_function"]
    state_machine_arn: str = Field(min_length=1, max_length=400)
    input: Payload = Field(default_factory=dict)
    completion: Completion = "response"

    @field_validator("state_machine_arn")
    @classmethod
    def _is_allowed(cls, arn: str, info: ValidationInfo) -> str:
        return _checked(
            arn,
            lambda allowed: arns.fault(arn, arns.STATE_MACHINE, allowed.state_machines),
            info,
        )


class ExternalIn(Strict):
    """Work that is done elsewhere: whoever comes starts a run with `start=caller`, and does it."""

    type: Literal["external"]


AnyTargetIn = FunctionIn | HttpIn | LambdaIn | StepFunctionIn | ExternalIn
TargetIn = Annotated[AnyTargetIn, Field(discriminator="type")]
