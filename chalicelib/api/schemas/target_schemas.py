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
from chalicelib.outbound import header_rules, urls
from chalicelib.platform import secrets
from chalicelib.platform.config import Config
from chalicelib.targets import arns, http_target

#: Whether its answer ends a run, or the target itself does, by calling back.
Completion = Literal["response", "callback"]


def _unless(fault_by: Callable[[Config], str | None], value: str, info: ValidationInfo) -> str:
    """The value, unless the deployment finds fault with it: then told beside all other fields."""
    context: ValidationContext | None = info.context
    fault = fault_by(context.system.config) if context else None
    if fault is not None:
        raise ValueError(fault)
    return value


class FunctionIn(Strict):
    """A registered function."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=200)
    params: Payload = Field(default_factory=dict)


class SecretIn(Strict):
    """A value that is kept elsewhere: the name of one of the tenant's secrets."""

    secret: str = Field(pattern=secrets.NAME)


def _judged(given: Any) -> Any:
    """Every header's name and value judged, so that each wrong one is told under its own name."""
    if not isinstance(given, dict):
        return given
    repeated = set(header_rules.repeated(given))
    faults = {
        name: "differs from another one in upper and lower case only"
        if name in repeated
        else header_rules.name_fault(name) or _value_fault(value)
        for name, value in given.items()
    }
    wrong = [_wrong(name, fault) for name, fault in faults.items() if fault is not None]
    if wrong:
        raise ValidationError.from_exception_data("headers", wrong)
    return given


def _wrong(name: str, fault: str) -> InitErrorDetails:
    """Its value, which may be meant to be secret, is left out."""
    told = PydanticCustomError("header", "{fault}", {"fault": fault})
    return InitErrorDetails(type=told, loc=(name,), input=None)


def _value_fault(value: Any) -> str | None:
    if isinstance(value, str):
        return header_rules.value_fault(value)
    if isinstance(value, dict) and set(value) == {"secret"}:
        name = value["secret"]
        is_name = isinstance(name, str) and re.fullmatch(secrets.NAME, name)
        return None if is_name else "its secret has no valid name: letters, digits, dots, dashes"
    return 'must be text or {"secret": "name"}'


class HttpIn(Strict):
    """An HTTP request."""

    type: Literal["http"]
    method: str = Field(default="POST", pattern=r"^[A-Z][A-Z-]{0,19}$")
    url: str = Field(min_length=1, max_length=urls.MOST_CHARACTERS)
    headers: Annotated[dict[str, str | SecretIn], BeforeValidator(_judged)] = Field(
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
        return _unless(lambda config: http_target.url_fault(url, config.allow_targets), url, info)

    @field_validator("method")
    @classmethod
    def _method(cls, method: str) -> str:
        if method in ("CONNECT", "TRACE"):
            raise ValueError("must not be CONNECT or TRACE")
        return method


class LambdaIn(Strict):
    """A Lambda function, which gets the payload as its event."""

    type: Literal["lambda"]
    function_arn: str = Field(min_length=1, max_length=400)
    payload: Payload = Field(default_factory=dict)
    completion: Completion = "response"

    @field_validator("function_arn")
    @classmethod
    def _is_allowed(cls, arn: str, info: ValidationInfo) -> str:
        return _unless(
            lambda config: arns.fault(arn, arns.FUNCTION, config.allow_functions), arn, info
        )


class StepFunctionIn(Strict):
    """A state machine, an execution of which gets the input."""

    type: Literal["step_function"]
    state_machine_arn: str = Field(min_length=1, max_length=400)
    input: Payload = Field(default_factory=dict)
    completion: Completion = "response"

    @field_validator("state_machine_arn")
    @classmethod
    def _is_allowed(cls, arn: str, info: ValidationInfo) -> str:
        return _unless(
            lambda config: arns.fault(arn, arns.STATE_MACHINE, config.allow_state_machines),
            arn,
            info,
        )


AnyTargetIn = FunctionIn | HttpIn | LambdaIn | StepFunctionIn
TargetIn = Annotated[AnyTargetIn, Field(discriminator="type")]
