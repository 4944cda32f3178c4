"""What operators see in the console: lines with names, metrics, alarms, the dashboard."""

import json
from typing import Any

import boto3
import pytest

from infra.ministack import REGION
from tests.e2e.client import Client, drill, wait_for
from tests.e2e.conftest import Deployment
from tests.engine import emf
from tests.infra.test_alarms import essential


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


def lines(
    local_stack: Deployment, function: str, event: str, **wanted: Any
) -> list[dict[str, Any]]:
    """What a function wrote of that event, with these fields."""
    texts = [line.text for line in local_stack.logs(function) if line.text.startswith("{")]
    found = [json.loads(text) for text in texts]
    return [line for line in found if line.get("event") == event and wanted.items() <= line.items()]


def test_a_run_is_told_with_its_names_and_counted(local_stack: Deployment, client: Client) -> None:
    run = client.start(client.create(target=drill(steps=1, seconds=1)))
    client.until_ended(run, within=60)

    names = {"tenant_id": "default", "schedule_id": run["schedule_id"], "run_id": run["id"]}
    [claimed] = lines(local_stack, "APIHandler", "run_claimed", **names)
    [ended] = wait_for(
        "it has ended", lambda: lines(local_stack, "Runner", "run_ended", **names), within=30
    )
    assert claimed["token_id"] == local_stack.token.split("_")[1]
    assert claimed["request_id"] and ended["request_id"]

    def measured() -> list[dict[str, Any]]:
        of_the_same = {"request_id": ended["request_id"]}
        return lines(local_stack, "Runner", "metrics", **of_the_same)

    [line] = wait_for("its metrics", measured, within=30)
    assert emf.faults(json.dumps(line)) == []
    assert (line["Stack"], line["Duration"]) == (local_stack.stack.name, ended["duration_ms"])


def test_a_refused_token_is_told_by_the_authorizer(local_stack: Deployment) -> None:
    token_id = local_stack.token.split("_")[1]
    refused = f"bt_{token_id}_not-its-secret"
    assert local_stack.http("GET", "/v1/slot", token=refused).status == 401

    def told() -> list[dict[str, Any]]:
        return lines(local_stack, "Authorizer", "token_refused", token_id=token_id)

    [line, *_] = wait_for("the line", told, within=30)
    assert line["request_id"]
    assert not [each for each in local_stack.logs("Authorizer") if "not-its-secret" in each.text]


def test_the_essential_alarms_and_the_dashboard_are_there(local_stack: Deployment) -> None:
    stack = local_stack.stack
    session = boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name=REGION,
    )
    cloudwatch = session.client("cloudwatch", endpoint_url=stack.ministack.endpoint)
    names = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    for name in essential():
        assert [each for each in names if name in each], (name, names)
    assert len(names) == len(essential())

    body = json.loads(cloudwatch.get_dashboard(DashboardName=stack.name)["DashboardBody"])
    assert "${" not in json.dumps(body)
    assert len(body["widgets"]) == 12
