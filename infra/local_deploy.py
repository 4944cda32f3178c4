"""Puts a package into the AWS on this machine, as CloudFormation would into the real one."""

import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError, WaiterError

from infra import template
from infra.ministack import CREDENTIALS, REGION
from infra.package import Package

if TYPE_CHECKING:  # the stubs are there for mypy only
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

_BUCKET = "baton-packages"
_WAIT: Any = {"Delay": 1, "MaxAttempts": 180}


class DeployError(Exception):
    """The stack could not be deployed."""


class Change(Enum):
    """What a deployment has done to the stack."""

    #: There was no such stack.
    CREATED = "created"
    #: There was a stack, and it differed.
    UPDATED = "updated"
    #: There was a stack, and nothing of it differed.
    NONE = "unchanged"


class Aws:
    """Clients of the AWS at an endpoint of this machine."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    @cached_property
    def apigateway(self) -> "APIGatewayClient":
        return self._session.client("apigateway", endpoint_url=self.endpoint)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self.endpoint)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self.endpoint)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._session.client("logs", endpoint_url=self.endpoint)

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", endpoint_url=self.endpoint)


def deploy(aws: Aws, package: Package, stack: str, parameters: Mapping[str, str]) -> Change:
    """Create the stack, or bring it up to date if anything changed.

    Raises:
        DeployError: a resource could not be made; it says which and why.
    """
    change = _change_stack(aws, stack, _upload(aws, package), parameters)
    if change is not Change.NONE:
        _add_what_is_dropped(aws, stack, parameters)
    return change


def outputs(aws: Aws, stack: str) -> dict[str, str]:
    """The stack's outputs by name."""
    [described] = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}


def _upload(aws: Aws, package: Package) -> str:
    """Store code and template under names made from their content; the template's URL."""
    code = package.code.read_bytes()
    code_key = f"{hashlib.sha256(code).hexdigest()}.zip"
    sam = json.loads(package.template.read_text(encoding="utf-8"))
    for function in template.of_type(sam, "AWS::Serverless::Function").values():
        function["CodeUri"] = f"s3://{_BUCKET}/{code_key}"
        _number_concurrency(sam, function)
    body = json.dumps(sam, separators=(",", ":")).encode()
    template_key = f"{hashlib.sha256(body).hexdigest()}.json"
    aws.s3.create_bucket(Bucket=_BUCKET)
    aws.s3.put_object(Bucket=_BUCKET, Key=code_key, Body=code)
    aws.s3.put_object(Bucket=_BUCKET, Key=template_key, Body=body)
    return f"{aws.endpoint}/{_BUCKET}/{template_key}"


def _number_concurrency(sam: template.Template, function: dict[str, Any]) -> None:
    """Put a number where a parameter stands: MiniStack hands those on as text, and compares."""
    for event in function.get("Events", {}).values():
        scaling = event["Properties"].get("ScalingConfig")
        if scaling is not None:
            parameter = scaling["MaximumConcurrency"]["Ref"]
            scaling["MaximumConcurrency"] = int(sam["Parameters"][parameter]["Default"])


def _change_stack(aws: Aws, stack: str, template_url: str, parameters: Mapping[str, str]) -> Change:
    arguments: Any = {
        "StackName": stack,
        "TemplateURL": template_url,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    }
    exists = _exists(aws, stack)
    try:
        if exists:
            aws.cloudformation.update_stack(**arguments)
        else:
            aws.cloudformation.create_stack(**arguments)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return Change.NONE
        raise DeployError(f"CloudFormation refuses the template: {error}") from error
    _wait(aws, stack, update=exists)
    return Change.UPDATED if exists else Change.CREATED


def _exists(aws: Aws, stack: str) -> bool:
    """Whether there is a stack to update; one that failed to be created is cleared away."""
    try:
        [described] = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return False
    if described["StackStatus"] not in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_COMPLETE"):
        return True
    aws.cloudformation.delete_stack(StackName=stack)
    aws.cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=_WAIT)
    return False


def _wait(aws: Aws, stack: str, *, update: bool) -> None:
    try:
        if update:
            waiter = aws.cloudformation.get_waiter("stack_update_complete")
            waiter.wait(StackName=stack, WaiterConfig=_WAIT)
        else:
            created = aws.cloudformation.get_waiter("stack_create_complete")
            created.wait(StackName=stack, WaiterConfig=_WAIT)
    except WaiterError as error:
        raise DeployError(f"The stack was not deployed:\n{_failures(aws, stack)}") from error


def _failures(aws: Aws, stack: str) -> str:
    events = aws.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return "\n".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    )


def _add_what_is_dropped(aws: Aws, stack: str, parameters: Mapping[str, str]) -> None:
    """Do by API what the template says and MiniStack's CloudFormation leaves out."""
    for table, attribute in template.time_to_live(stack).items():
        aws.dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )
    api = outputs(aws, stack)["RestAPIId"]
    for name, response in template.gateway_responses(stack, parameters).items():
        _put_gateway_response(aws, api, name, response)
    aws.apigateway.create_deployment(restApiId=api, stageName="api")


def _put_gateway_response(aws: Aws, api: str, name: Any, response: dict[str, Any]) -> None:
    headers = response["ResponseParameters"]["Headers"]
    aws.apigateway.put_gateway_response(
        restApiId=api,
        responseType=name,
        statusCode=str(response["StatusCode"]),
        responseParameters={
            f"gatewayresponse.header.{header}": value for header, value in headers.items()
        },
        responseTemplates=response["ResponseTemplates"],
    )
