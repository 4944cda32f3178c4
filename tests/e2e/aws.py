"""The local AWS itself, where the API is not enough."""

import uuid
from typing import Any

import boto3

from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import SystemClock
from infra.ministack import CREDENTIALS, REGION
from tests.e2e.conftest import Deployment


def client_of(deployment: Deployment, service: str) -> Any:
    """A client of a service, with the rights of the account's root."""
    make: Any = boto3.client  # without the stubs of every service there is
    return make(
        service,
        endpoint_url=deployment.stack.aws.endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def physical_name(deployment: Deployment, resource: str) -> str:
    """The name a resource of the template has in the stack."""
    found = deployment.stack.aws.cloudformation.describe_stack_resource(
        StackName=deployment.stack.name, LogicalResourceId=resource
    )
    return found["StackResourceDetail"]["PhysicalResourceId"]


def of_a_rule() -> dict[str, Any]:
    """The event that EventBridge gives a function whose rule fires now."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": to_text(SystemClock().now()),
        "region": REGION,
        "resources": [],
        "detail": {},
    }
