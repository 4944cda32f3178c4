"""Stacks notice what a function asks for and its role does not allow."""

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.store import run_table
from chalicelib.targets import arns
from infra import template
from tests import permissions
from tests.harness import ALLOWED_STATE_MACHINES, Stack
from tests.intrinsics import Resolver
from tests.permissions import PARAMETERS, ROLES, Right, Role

PLACE = "us-east-1:123456789012"
RUNS = f"arn:aws:dynamodb:{PLACE}:table/baton-runs"
CONTROL = f"arn:aws:dynamodb:{PLACE}:table/baton-control"
EXECUTION = f"arn:aws:states:{PLACE}:execution:work-index"
KEY = f"arn:aws:kms:{PLACE}:key/0f1e-2d"


def role_with(function: str, **parameters: str) -> Role:
    """The role of a function in a stack with these parameters, and else only the defaults."""
    resolver = Resolver(template.additions(), parameters)
    return permissions.role_of(resolver.value(list(permissions.statements(function, resolver))))


def test_what_no_policy_grants_is_named_at_the_end_of_the_stack() -> None:
    denied = pytest.raises(AssertionError, match=r"'daily'.*dynamodb:GetItem.*table/baton-runs'")
    with denied, Stack() as stack, stack.as_function("daily"):
        assert run_table.find("default", "a-run") is None


def test_what_a_test_itself_asks_for_needs_no_policy() -> None:
    with Stack() as stack:
        assert run_table.find("default", "a-run") is None
        with stack.as_function("runner"):
            assert run_table.find("default", "a-run") is None


def test_a_stand_in_for_a_client_is_heard_too() -> None:
    class Sns:
        def publish(self, **_: Any) -> None:
            """Take a message that nobody hears."""

    denied = pytest.raises(AssertionError, match=r"'tick'.*sns:Publish.*notifications")
    with denied, Stack() as stack, stack.as_function("tick"):
        stack.clients["sns"] = Sns()
        client = stack.system.clients("sns", "us-east-1", 1)
        client.publish(TopicArn=PARAMETERS["NoticeTopicArn"])


def test_the_authorizer_has_a_role_of_its_own() -> None:
    with Stack() as stack:
        assert stack.http("GET", "/v1/slot", token=stack.viewer).status == 200
    tokens = f"arn:aws:dynamodb:{PLACE}:table/baton-tokens"
    assert ("authorizer", Right("dynamodb:GetItem", tokens)) in stack.asked
    assert ("api", Right("dynamodb:GetItem", tokens)) not in stack.asked


@pytest.mark.parametrize(
    ("service", "operation", "params", "needs"),
    [
        ("dynamodb", "GetItem", {"TableName": "baton-runs"}, {("dynamodb:GetItem", RUNS)}),
        (
            "dynamodb",
            "Query",
            {"TableName": "baton-runs", "IndexName": "waiting"},
            {("dynamodb:Query", f"{RUNS}/index/waiting")},
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"baton-runs": {}, "baton-control": {}}},
            {("dynamodb:BatchGetItem", RUNS), ("dynamodb:BatchGetItem", CONTROL)},
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "baton-runs"}},
                    {"Update": {"TableName": "baton-runs"}},
                    {"Delete": {"TableName": "baton-control"}},
                    {"ConditionCheck": {"TableName": "baton-control"}},
                ]
            },
            {
                ("dynamodb:PutItem", RUNS),
                ("dynamodb:UpdateItem", RUNS),
                ("dynamodb:DeleteItem", CONTROL),
                ("dynamodb:ConditionCheckItem", CONTROL),
            },
        ),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/baton-wake"},
            {
                ("sqs:SendMessage", f"arn:aws:sqs:{PLACE}:baton-wake"),
                ("sqs:SendMessageBatch", f"arn:aws:sqs:{PLACE}:baton-wake"),
            },
        ),
        (
            "sfn",
            "StopExecution",
            {"executionArn": f"{EXECUTION}:baton-1"},
            {("states:StopExecution", f"{EXECUTION}:baton-1")},
        ),
        ("lambda", "Invoke", {"FunctionName": "arn:f"}, {("lambda:InvokeFunction", "arn:f")}),
        ("s3", "ListBuckets", {}, {("s3:ListBuckets", "*")}),
    ],
)
def test_a_call_needs_an_action_on_each_thing_that_it_is_about(
    service: str, operation: str, params: Mapping[str, Any], needs: set[tuple[str, str]]
) -> None:
    assert set(permissions.needed(service, operation, params)) == needs


def test_what_is_denied_is_not_allowed_whatever_grants_it() -> None:
    role = Role(
        granted=frozenset({Right("a:Read", "arn:x/*")}),
        denied=frozenset({Right("a:Read", "arn:x/own/*")}),
    )
    assert role.allows(Right("a:Read", "arn:x/theirs/1"))
    assert not role.allows(Right("a:Read", "arn:x/own/1"))
    assert not role.allows(Right("a:Write", "arn:x/theirs/1"))


# Rights by parameters


def test_executions_that_baton_named_are_followed_and_stopped_and_no_others() -> None:
    for action in ("states:DescribeExecution", "states:StopExecution"):
        granted = {
            each.resource for each in permissions.role("runner").granted if each[0] == action
        }
        assert granted == set(arns.executions(ALLOWED_STATE_MACHINES))
        assert permissions.allows("runner", Right(action, f"{EXECUTION}:baton-01RUN-1"))
        assert not permissions.allows("runner", Right(action, f"{EXECUTION}:nightly"))
        other = EXECUTION.replace("work-index", "payroll")
        assert not permissions.allows("runner", Right(action, f"{other}:baton-01RUN-1"))


def test_several_patterns_of_state_machines_come_out_one_by_one() -> None:
    patterns = ["arn:aws:states:us-east-1:1:stateMachine:a*", "arn:aws:states:*:1:stateMachine:b"]
    role = role_with("runner", AllowStateMachines=",".join(patterns))
    followed = {each.resource for each in role.granted if each.action == "states:StopExecution"}
    assert followed == {
        "arn:aws:states:us-east-1:1:execution:a*:baton-*",
        "arn:aws:states:*:1:execution:b:baton-*",
    }


@pytest.mark.parametrize("function", ROLES)
def test_what_is_not_allowed_by_a_parameter_gives_no_right(function: str) -> None:
    services = {each.action.partition(":")[0] for each in role_with(function).granted}
    assert not services & {"lambda", "states", "kms"}


@pytest.mark.parametrize("function", ROLES)
def test_a_key_for_secrets_is_used_by_who_reads_them(function: str) -> None:
    granted = role_with(function, SecretsKeyArn=KEY).granted
    of_keys = {each for each in granted if each.action.startswith("kms:")}
    expected = {Right("kms:Decrypt", KEY)} if function in ("runner", "outgoing") else set()
    assert of_keys == expected


@pytest.mark.parametrize("function", ROLES)
def test_a_key_for_tables_is_used_by_everybody(function: str) -> None:
    granted = role_with(function, TablesKeyArn=KEY).granted
    of_keys = {each for each in granted if each.action.startswith("kms:")}
    assert {each.resource for each in of_keys} == {KEY}
    assert Right("kms:Decrypt", KEY) in of_keys
    assert not {"kms:CreateGrant", "kms:ScheduleKeyDeletion"} & {each.action for each in of_keys}


@pytest.mark.parametrize(
    ("policy", "parameters", "through"),
    [
        ("DecryptSecretsPolicy", {}, "ssm.us-east-1.amazonaws.com"),
        (
            "DecryptSecretsPolicy",
            {"SecretStore": "secretsmanager"},
            "secretsmanager.us-east-1.amazonaws.com",
        ),
        ("UseTablesKeyPolicy", {}, "dynamodb.us-east-1.amazonaws.com"),
    ],
)
def test_a_key_is_used_through_its_service_only(
    policy: str, parameters: dict[str, str], through: str
) -> None:
    resolver = Resolver(template.additions(), parameters)
    document = template.additions()["Resources"][policy]["Properties"]["PolicyDocument"]
    for statement in resolver.value(document["Statement"]):
        assert statement["Condition"] == {"StringEquals": {"kms:ViaService": through}}


@pytest.mark.parametrize(
    "table", sorted(template.of_type(template.additions(), "AWS::DynamoDB::Table"))
)
def test_tables_are_encrypted_with_the_key_that_is_named(table: str) -> None:
    given = template.additions()["Resources"][table]["Properties"]
    own = Resolver(template.additions(), {"TablesKeyArn": KEY}).value(given)
    assert own["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": KEY,
    }
    assert "SSESpecification" not in Resolver(template.additions(), {}).value(given)
