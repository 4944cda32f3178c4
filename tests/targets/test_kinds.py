"""The table of target kinds: what each knows about its targets, and what becomes of another."""

from typing import Any, get_args

import pytest

from chalicelib.api.schemas.forecast_schemas import BudgetQuery
from chalicelib.api.schemas.target_schemas import AnyTargetIn
from chalicelib.domain.errors import FieldError
from chalicelib.domain.targets.target_label import EXTERNAL, NAMING_FIELDS, TargetLabel, label_of
from chalicelib.jobs.context import Fail
from chalicelib.platform.clock import Countdown
from chalicelib.targets import UnknownTargetKind, faults, payload_faults, resolve
from chalicelib.targets.base import Target
from chalicelib.targets.callback import AskToStart, Callback
from chalicelib.targets.external_target import ExternalTarget
from chalicelib.targets.function_target import FunctionTarget
from chalicelib.targets.http_target import HttpTarget
from chalicelib.targets.kinds import KINDS
from chalicelib.targets.lambda_target import LambdaTarget
from chalicelib.targets.step_function_target import StepFunctionTarget
from tests.builders import a_run, a_schedule
from tests.harness import Stack
from tests.targets.attempts import Attempt

FUNCTION = {"type": "function", "name": "drill", "params": {}}
HTTP = {"type": "http", "url": "https://Example.com:8443/a?b"}
LAMBDA_ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
LAMBDA = {"type": "lambda", "function_arn": LAMBDA_ARN}
MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
MACHINE = {"type": "step_function", "state_machine_arn": MACHINE_ARN}
ELSEWHERE = {"type": "external"}
MAIL = {"type": "mail", "url": "https://example.com/", "name": "drill"}
UNKNOWN = "mail is no kind of target; there are function, http, lambda, step_function, external"


@pytest.mark.parametrize(
    ("definition", "made"),
    [
        (FUNCTION, FunctionTarget),
        (HTTP, HttpTarget),
        (LAMBDA, LambdaTarget),
        (MACHINE, StepFunctionTarget),
        (ELSEWHERE, ExternalTarget),
    ],
)
def test_each_kind_makes_its_own_target(
    stack: Stack, definition: dict[str, Any], made: type[Target]
) -> None:
    schedule = a_schedule(target=definition)
    assert isinstance(resolve(stack.system, schedule, a_run()), made)


def test_an_http_target_that_calls_back_is_asked_to_start(stack: Stack) -> None:
    schedule = a_schedule(target=HTTP)
    callback = Callback("https://baton.example/v1/runs/1", "t0ken")
    assert isinstance(resolve(stack.system, schedule, a_run(), callback), AskToStart)


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        ({**FUNCTION, "name": "nobody"}, "target.name"),
        ({**FUNCTION, "params": {"steps": "many"}}, "target.params.steps"),
        ({**HTTP, "url": "http://10.0.0.1/"}, "target.url"),
        ({**HTTP, "body": "\ud800"}, "target.body"),
        ({**LAMBDA, "function_arn": MACHINE_ARN}, "target.function_arn"),
        ({**MACHINE, "state_machine_arn": LAMBDA_ARN}, "target.state_machine_arn"),
    ],
)
def test_each_kind_judges_its_own_fields(
    stack: Stack, definition: dict[str, Any], field: str
) -> None:
    assert [fault.field for fault in faults(stack.system, "acme", definition)] == [field]


def test_only_functions_refuse_payloads(stack: Stack) -> None:
    payload = {"steps": "many"}
    [fault] = payload_faults(stack.system, FUNCTION, payload)
    assert fault.field == "payload.steps"
    assert payload_faults(stack.system, FUNCTION, {"steps": 3}) == []
    for definition in (HTTP, LAMBDA, MACHINE, ELSEWHERE):
        assert payload_faults(stack.system, definition, payload) == []


def test_an_unknown_kind_is_not_taken_for_another(stack: Stack) -> None:
    with pytest.raises(UnknownTargetKind) as raised:
        resolve(stack.system, a_schedule(target=MAIL), a_run())
    assert str(raised.value) == UNKNOWN


def test_all_that_knows_kinds_knows_the_same_ones() -> None:
    models = get_args(AnyTargetIn)
    written = {get_args(model.model_fields["type"].annotation)[0] for model in models}
    asked_for = get_args(BudgetQuery.model_fields["type"].annotation)
    assert set(KINDS) == written
    # Of work that is done elsewhere nothing is known, so none is like it.
    assert {*KINDS} - {EXTERNAL} == set(NAMING_FIELDS) == set(asked_for)


def test_an_unknown_kind_names_nothing() -> None:
    assert label_of(MAIL) == TargetLabel("mail", "")


def test_an_unknown_kind_is_a_fault_of_the_definition(stack: Stack) -> None:
    fault = FieldError("target.type", UNKNOWN)
    assert faults(stack.system, "acme", MAIL) == [fault]
    assert payload_faults(stack.system, MAIL, {"a": 1}) == [fault]


def test_work_that_is_done_elsewhere_is_never_done_here(stack: Stack) -> None:
    target = resolve(stack.system, a_schedule(target=ELSEWHERE), a_run())
    assert [check.ok for check in target.check(Countdown(1))] == [True]
    with pytest.raises(Fail, match="elsewhere"):
        target.run(Attempt(HTTP).context)
