"""What the functions asked of AWS in all these tests, held against their roles as well.

MiniStack enforces the roles itself. This holds its record against the same reading of the policies
that all other tests are held against, so that the two cannot differ. It comes last, by its name.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra import template
from tests import permissions
from tests.e2e.aws import client_of
from tests.e2e.client import Client, wait_for
from tests.e2e.conftest import PARAMETERS, Deployment
from tests.intrinsics import ACCOUNT, Resolver
from tests.permissions import Right

#: MiniStack's account.
LOCAL_ACCOUNT: Final = "000000000000"
#: What its record calls a service → what botocore does.
SERVICES: Final = {"secretsmanager": "secrets-manager", "states": "sfn"}
OPERATIONS: Final = (
    *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    *("BatchWriteItem", "TransactWriteItems", "SendMessage", "SendMessageBatch"),
    *("GetParameter", "ListTagsForResource", "StartExecution", "DescribeExecution"),
    *("StopExecution", "DescribeStateMachine", "ReceiveMessage", "DeleteMessage"),
)


def recorded(deployment: Deployment, access_key: str) -> Iterator[Right]:
    """What the calls under that key needed: the newest fifty of each operation."""
    trail = client_of(deployment, "cloudtrail")
    for operation in OPERATIONS:
        names = {"AccessKeyId": access_key, "EventName": operation}
        attributes = [{"AttributeKey": k, "AttributeValue": v} for k, v in names.items()]
        for event in trail.lookup_events(LookupAttributes=attributes)["Events"]:
            text = event["CloudTrailEvent"].replace(LOCAL_ACCOUNT, ACCOUNT)
            params: dict[str, Any] = json.loads(text)["requestParameters"]
            service = event["EventSource"].partition(".")[0]
            yield from permissions.needed(SERVICES.get(service, service), operation, params)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("api", "APIHandler"),
        ("authorizer", "Authorizer"),
        ("runner", "Runner"),
        ("tick", "Tick"),
        ("wake", "Wake"),
    ],
)
def test_a_function_stayed_within_its_role(
    local_stack: Deployment, function: str, name: str
) -> None:
    client = Client(local_stack)
    schedule = client.create(cadence={"type": "cron", "expression": "* * * * *"})
    client.until_ended(client.start(schedule, "?when_busy=force"), within=60)
    resolver = Resolver(
        template.additions(),
        {name: value.replace(LOCAL_ACCOUNT, ACCOUNT) for name, value in PARAMETERS.items()},
    )
    role = permissions.role_of(resolver.value(list(permissions.statements(function, resolver))))

    def look() -> set[Right]:
        keys = local_stack.access_keys(name)
        return {right for key in keys for right in recorded(local_stack, key)}

    asked = wait_for("it has asked AWS for something", look, within=150, every=2)
    assert {right for right in asked if not role.allows(right)} == set()
