"""What the template that ships must say: MiniStack lets pass much of what is asserted here."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped]  # it has no types
from moto import mock_aws

from chalicelib.domain.audits.notifications import PREFIX
from chalicelib.domain.runs.run import FINAL, RunStatus
from infra import template
from infra.package import Package
from infra.template import of_type

FUNCTIONS = {"APIHandler", "Authorizer", "Daily", "Outgoing", "Runner", "Tick", "Wake"}
#: Function → the queue that feeds it.
FED = {"Runner": "RunQueue", "Wake": "WakeQueue"}
#: Statements about what is named within a namespace of the deployment's own.
NAMESPACES = {"Logs", "Parameters", "Secrets", "NotTheDeploymentsOwn"}
#: Function → where secrets are kept → what it may do with one: the API looks, the runner reads.
SECRETS = {
    "APIHandler": {
        "Parameters": "ssm:ListTagsForResource",
        "Secrets": "secretsmanager:DescribeSecret",
    },
    "Runner": {"Parameters": "ssm:GetParameter", "Secrets": "secretsmanager:GetSecretValue"},
}
POLLING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def functions(sam: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(sam, "AWS::Serverless::Function")


def statements(sam: dict[str, Any], function: str) -> list[dict[str, Any]]:
    role = functions(sam)[function]["Role"]["Fn::GetAtt"][0]
    policies = sam["Resources"][role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def granted(sam: dict[str, Any], function: str, resource: Any) -> set[str]:
    """The actions a function may take on a resource."""
    return {
        action
        for statement in statements(sam, function)
        if resource in (statement["Resource"], *_several(statement["Resource"]))
        for action in statement["Action"]
    }


def _several(resource: Any) -> list[Any]:
    return resource if isinstance(resource, list) else []


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def test_cfn_lint_finds_nothing(packaged: Package) -> None:
    assert [str(match) for match in lint_file(Path(packaged.template))] == []


def test_the_functions_are_those_of_the_design(sam: dict[str, Any]) -> None:
    assert set(functions(sam)) == FUNCTIONS


def test_every_function_has_a_role_of_its_own(sam: dict[str, Any]) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions(sam).values()]
    assert len(set(roles)) == len(FUNCTIONS)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_policy_grants_named_actions_on_named_resources(
    sam: dict[str, Any], function: str
) -> None:
    for statement in statements(sam, function):
        is_taken_back = statement["Sid"] == "NotTheDeploymentsOwn"
        assert statement["Effect"] == ("Deny" if is_taken_back else "Allow")
        assert not [action for action in statement["Action"] if "*" in action]
        if statement["Sid"] not in NAMESPACES:
            assert "*" not in json.dumps(statement["Resource"])


@pytest.mark.parametrize("function", sorted(SECRETS))
@pytest.mark.parametrize("store", ["Parameters", "Secrets"])
def test_a_function_knows_secrets_of_its_own_deployment_only(
    sam: dict[str, Any], function: str, store: str
) -> None:
    [reading] = [each for each in statements(sam, function) if each["Sid"] == store]
    assert reading["Action"] == [SECRETS[function][store]]
    assert reading["Resource"]["Fn::Sub"].endswith("${AWS::StackName}/secrets/*")


@pytest.mark.parametrize("function", sorted(SECRETS))
def test_the_deployments_own_secrets_are_kept_from_who_knows_those_of_tenants(
    sam: dict[str, Any], function: str
) -> None:
    [denied] = [each for each in statements(sam, function) if each["Effect"] == "Deny"]
    assert denied["Action"] == list(SECRETS[function].values())
    for resource in denied["Resource"]:
        assert resource["Fn::Sub"].endswith("${AWS::StackName}/secrets/_deployment/*")


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_writes_to_its_own_log_only(sam: dict[str, Any], function: str) -> None:
    [logs] = [each for each in statements(sam, function) if each["Sid"] == "Logs"]
    assert set(logs["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert logs["Resource"]["Fn::Sub"].endswith(
        f":log-group:/aws/lambda/${{AWS::StackName}}-{function}-*:*"
    )


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_has_a_log_with_an_end(sam: dict[str, Any], function: str) -> None:
    kept = {
        group["LogGroupName"]["Fn::Sub"]: group["RetentionInDays"]
        for group in of_type(sam, "AWS::Logs::LogGroup").values()
    }
    assert kept[f"/aws/lambda/${{{function}}}"] == 30


@pytest.mark.parametrize(("function", "queue"), FED.items())
def test_a_queue_feeds_its_function_one_message_at_a_time(
    sam: dict[str, Any], function: str, queue: str
) -> None:
    [event] = functions(sam)[function]["Events"].values()
    assert event["Properties"]["Queue"] == arn(queue)
    assert event["Properties"]["BatchSize"] == 1
    assert granted(sam, function, arn(queue)) >= POLLING


@pytest.mark.parametrize(("function", "queue"), FED.items())
def test_a_message_does_not_come_back_while_it_is_worked_on(
    sam: dict[str, Any], function: str, queue: str
) -> None:
    visible_after = of_type(sam, "AWS::SQS::Queue")[queue]["VisibilityTimeout"]
    assert visible_after >= 6 * functions(sam)[function]["Timeout"]


@pytest.mark.parametrize("queue", FED.values())
def test_what_fails_is_kept_aside(sam: dict[str, Any], queue: str) -> None:
    queues = of_type(sam, "AWS::SQS::Queue")
    redrive = queues[queue]["RedrivePolicy"]
    # The message of a claim starts its run at its first delivery or never.
    assert redrive["maxReceiveCount"] == {"RunQueue": 1, "WakeQueue": 3}[queue]
    aside = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
    kept_for = queues[queue].get("MessageRetentionPeriod", 4 * 86400)
    assert kept_for > 3 * queues[queue]["VisibilityTimeout"]
    assert queues[aside]["MessageRetentionPeriod"] > kept_for


def test_new_notices_and_nothing_else_of_the_inbox_go_out(sam: dict[str, Any]) -> None:
    mapping = functions(sam)["Outgoing"]["Events"]["OutgoingDynamodbEventSource"]["Properties"]
    assert mapping["Stream"] == {"Fn::GetAtt": ["InboxTable", "StreamArn"]}
    [wanted] = mapping["FilterCriteria"]["Filters"]
    assert json.loads(wanted["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"item_id": {"S": [{"prefix": PREFIX}]}}},
    }
    assert 1 <= mapping["MaximumRetryAttempts"] <= 10
    stream = granted(sam, "Outgoing", mapping["Stream"])
    assert {"dynamodb:GetRecords", "dynamodb:GetShardIterator"} <= stream


def test_runs_that_end_go_to_the_bus_if_there_is_one(sam: dict[str, Any]) -> None:
    mapping = functions(sam)["Outgoing"]["Events"]["EndedRuns"]["Properties"]
    assert mapping["Stream"] == {"Fn::GetAtt": ["RunsTable", "StreamArn"]}
    assert mapping["Enabled"] == {"Fn::If": ["HasEventBus", True, False]}
    new, changed = (json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"])
    for pattern in (new, changed):
        assert set(pattern["dynamodb"]["NewImage"]["status"]["S"]) == FINAL
    assert new["eventName"] == ["INSERT"]
    assert changed["eventName"] == ["MODIFY"]
    # It ends once: what is written to a run that has ended already is no end.
    assert set(changed["dynamodb"]["OldImage"]["status"]["S"]) == {*RunStatus} - FINAL
    assert of_type(sam, "AWS::DynamoDB::Table")["RunsTable"]["StreamSpecification"] == {
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    }
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (-1, 86_400)
    assert {"dynamodb:GetRecords", "dynamodb:GetShardIterator"} <= granted(
        sam, "Outgoing", mapping["Stream"]
    )


def test_the_rest_of_a_daily_pass_is_granted_as_the_pass_itself(sam: dict[str, Any]) -> None:
    for table in ("AuditsTable", "InboxTable"):
        assert granted(sam, "Daily", arn(table)) == granted(sam, "Wake", arn(table))
    assert "sqs:SendMessage" in granted(sam, "Daily", arn("WakeQueue"))


def test_scripts_and_lists_are_compressed_and_no_type_is_binary(sam: dict[str, Any]) -> None:
    api = sam["Resources"]["RestAPI"]["Properties"]
    assert api["MinimumCompressionSize"] == 1024
    # With "*/*" among them, all bodies would come and go in base64.
    assert "*/*" not in api["DefinitionBody"].get("x-amazon-apigateway-binary-media-types", [])


@pytest.mark.parametrize("function", sorted(FED))
def test_a_chain_of_runs_is_not_taken_for_a_loop(sam: dict[str, Any], function: str) -> None:
    assert functions(sam)[function]["RecursiveLoop"] == "Allow"


def test_a_batch_to_the_wake_queue_passes_on_aws_and_on_ministack(sam: dict[str, Any]) -> None:
    # AWS grants a batch with sqs:SendMessage and knows no action for it; MiniStack asks for one.
    for function in ("APIHandler", "Runner", "Tick", "Wake"):
        actions = granted(sam, function, arn("WakeQueue"))
        assert actions >= {"sqs:SendMessage", "sqs:SendMessageBatch"}


@pytest.mark.parametrize("table", sorted(of_type(template.additions(), "AWS::DynamoDB::Table")))
def test_a_table_can_be_restored_and_outlives_its_stack(sam: dict[str, Any], table: str) -> None:
    resource = sam["Resources"][table]
    recovery = resource["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery["PointInTimeRecoveryEnabled"]
    assert resource["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_expires_is_removed_without_a_scan() -> None:
    expiring = {"runs", "bodies", "run-log", "control", "inbox", "tokens"}
    assert template.time_to_live("x") == {f"x-{name}": "expires_at" for name in expiring}


def test_boto3_takes_the_table_definitions() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for table in template.tables("some"):
            client.create_table(**table)
        assert "some-run-log" in client.list_tables()["TableNames"]


@pytest.mark.parametrize(("name", "response"), template.gateway_responses("baton").items())
def test_api_gateway_answers_with_problems(name: str, response: dict[str, Any]) -> None:
    problem = json.loads(response["ResponseTemplates"]["application/json"])
    assert problem["status"] == response["StatusCode"]
    assert problem["type"] == f"urn:baton:problem:{problem['code']}"
    assert problem.keys() == {"type", "title", "status", "detail", "code"}
    content_type = response["ResponseParameters"]["Headers"]["Content-Type"]
    assert content_type == "'application/problem+json'"
    if name.startswith("DEFAULT_"):
        assert name.endswith(f"{response['StatusCode'] // 100}XX")
