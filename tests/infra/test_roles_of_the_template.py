"""What is granted in the template that CloudFormation gets: MiniStack enforces but a part of it."""

import json
from importlib.resources import files
from typing import Any, Final

import pytest

from chalicelib.targets.arns import is_allowed
from infra import template
from infra.places import ROOT
from infra.template import of_type
from tests import permissions
from tests.intrinsics import Resolver
from tests.permissions import ROLES, Right

#: Every parameter that gives a right, set.
WITH_ALL: Final = {
    **permissions.PARAMETERS,
    "SecretsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/secrets",
    "TablesKeyArn": "arn:aws:kms:us-east-1:123456789012:key/tables",
    "Tracing": "on",
}
#: Actions that are granted on all resources → why: AWS takes nothing narrower for them.
ON_EVERYTHING: Final = {
    "xray:PutTraceSegments": "X-Ray has no resources; with the parameter Tracing only",
    "xray:PutTelemetryRecords": "X-Ray has no resources; with the parameter Tracing only",
}
#: Role that no function has → who has it, the policy of AWS's that is attached to it, and why.
ATTACHED: Final = {
    "AccountLogRole": (
        "apigateway.amazonaws.com",
        "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        "the one role by which all APIs of an account write their logs; with its parameter only",
    )
}
#: What AWS has no name for, and why it is granted all the same.
FOR_MINISTACK: Final = {
    "sqs:SendMessageBatch": "AWS asks for sqs:SendMessage, MiniStack for this",
    "sqs:ChangeMessageVisibilityBatch": "AWS asks for sqs:ChangeMessageVisibility",
}
#: Function → who starts it: a rule, or the API. Queues and streams are polled by the function.
STARTED_BY: Final = {
    "APIHandler": "apigateway.amazonaws.com",
    "Authorizer": "apigateway.amazonaws.com",
    "Daily": "events.amazonaws.com",
    "Tick": "events.amazonaws.com",
}
#: Function → what is polled for it, and the actions that Lambda needs for that.
POLLED: Final = {
    "runner": ("baton-run", ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")),
    "wake": ("baton-wake", ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")),
}
STREAMED: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


@pytest.fixture(scope="session")
def aws_actions() -> dict[str, Any]:
    """Service → its actions in lower case, with the kinds of resource each takes, by cfn-lint."""
    known = files("cfnlint.data.AdditionalSpecs") / "Policies.json"
    services: dict[str, Any] = json.loads(known.read_text(encoding="utf-8"))
    return services


def granted(function: str) -> frozenset[Right]:
    """All that a function may be allowed, whatever the parameters."""
    resolver = Resolver(template.additions(), WITH_ALL)
    statements = resolver.value(list(permissions.statements(function, resolver)))
    return permissions.role_of(statements).granted


def roles(transformed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(transformed, "AWS::IAM::Role")


def test_the_roles_are_those_that_calls_are_held_against(transformed: dict[str, Any]) -> None:
    assert set(roles(transformed)) == {*ROLES.values(), *ATTACHED}
    for function, name in ROLES.items():
        [policy] = roles(transformed)[name]["Policies"]
        own = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text("utf-8"))
        assert policy["PolicyDocument"] == own
    added = of_type(transformed, "AWS::IAM::Policy")
    assert added == of_type(template.additions(), "AWS::IAM::Policy")


def test_nothing_is_attached_to_a_role_besides(transformed: dict[str, Any]) -> None:
    for name, role in roles(transformed).items():
        [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
        attached = [arn["Fn::Sub"] for arn in role.get("ManagedPolicyArns", [])]
        if name in ATTACHED:
            principal, policy, _why = ATTACHED[name]
            assert attached == [f"arn:${{AWS::Partition}}:iam::aws:policy/{policy}"]
            assert "Condition" in transformed["Resources"][name]
        else:
            principal = "lambda.amazonaws.com"
            assert attached == []
        assert trusted["Principal"] == {"Service": principal}
    assert of_type(transformed, "AWS::IAM::ManagedPolicy") == {}


@pytest.mark.parametrize("function", ROLES)
def test_no_action_has_a_wildcard_and_only_listed_ones_are_for_everything(function: str) -> None:
    for right in granted(function):
        assert "*" not in right.action
        assert right.resource != "*" or right.action in ON_EVERYTHING
        assert len(right.resource.partition("*")[0]) > len("arn:aws:") or right.resource == "*"


@pytest.mark.parametrize("function", ROLES)
def test_aws_knows_every_action(function: str, aws_actions: dict[str, Any]) -> None:
    for action in {right.action for right in granted(function)} - FOR_MINISTACK.keys():
        service, _, name = action.partition(":")
        assert name.lower() in aws_actions[service]["Actions"], action


def test_what_is_granted_on_everything_can_be_granted_on_nothing_less(
    aws_actions: dict[str, Any],
) -> None:
    for action in ON_EVERYTHING:
        service, _, name = action.partition(":")
        assert "Resources" not in aws_actions[service]["Actions"][name.lower()], action


@pytest.mark.parametrize("function", ROLES)
def test_a_function_may_write_its_log_and_no_other(function: str) -> None:
    name = "APIHandler" if function == "api" else function.capitalize()
    own = f":log-group:/aws/lambda/baton-{name}-AbCd123:log-stream:x"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        allowed = [each.resource for each in granted(function) if each.action == action]
        place = "arn:aws:logs:us-east-1:123456789012"
        assert is_allowed(place + own, allowed)
        assert not is_allowed(place + own.replace("baton-", "payroll-"), allowed)


@pytest.mark.parametrize("function", POLLED)
def test_lambda_may_poll_the_queue_of_a_function(function: str) -> None:
    queue, actions = POLLED[function]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    assert {Right(f"sqs:{action}", arn) for action in actions} <= granted(function)


def test_lambda_may_read_the_streams_of_the_inbox_and_of_the_runs() -> None:
    rights = {each for each in granted("outgoing") if "/stream/" in each.resource}
    assert {each.action for each in rights} == {f"dynamodb:{action}" for action in STREAMED}
    assert {each.resource.partition("/stream/")[0] for each in rights} == {
        "arn:aws:dynamodb:us-east-1:123456789012:table/baton-inbox",
        "arn:aws:dynamodb:us-east-1:123456789012:table/baton-runs",
    }


def test_a_function_is_started_by_its_rule_or_its_api_and_nobody_else(
    transformed: dict[str, Any],
) -> None:
    permitted = of_type(transformed, "AWS::Lambda::Permission").values()
    found = {}
    for each in permitted:
        assert each["Action"] == "lambda:InvokeFunction"
        assert "SourceArn" in each
        named = each["FunctionName"]
        function = named["Ref"] if "Ref" in named else named["Fn::GetAtt"][0]
        found[function] = each["Principal"]
    assert found == STARTED_BY
