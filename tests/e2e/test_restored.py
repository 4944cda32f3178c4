"""A deployment put over tables that were restored, as docs/operations.md says."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from infra import package, template
from infra.stack import LocalStack
from tests.e2e.client import Client, at, drill, wait_for
from tests.e2e.conftest import Deployment

#: The stack over the restored tables, and what their names begin with.
AGAIN: Final = "again"
MINUTE: Final = timedelta(minutes=1)


def restore(deployment: Deployment) -> None:
    """Restore every table under the new names, and switch on what a restore leaves out."""
    dynamodb = deployment.stack.aws.dynamodb
    for table in template.tables(deployment.stack.name):
        old = table["TableName"]
        new = old.replace(deployment.stack.name, AGAIN, 1)
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=old, TargetTableName=new, UseLatestRestorableTime=True
        )
        dynamodb.get_waiter("table_exists").wait(TableName=new)
    for name, attribute in template.time_to_live(AGAIN).items():
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )
    dynamodb.update_table(
        TableName=f"{AGAIN}-inbox",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    dynamodb.update_table(
        TableName=f"{AGAIN}-runs",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def take_over_tables(deployment: Deployment, made: package.Package) -> None:
    """Begin a stack with the tables that are there: an import, which may do nothing else."""
    sam = json.loads(made.template.read_text(encoding="utf-8"))
    tables = template.of_type(sam, "AWS::DynamoDB::Table")
    body = {name: sam[name] for name in ("Parameters", "Conditions")}
    body["Resources"] = {name: sam["Resources"][name] for name in tables}
    cloudformation = deployment.stack.aws.cloudformation
    cloudformation.create_change_set(
        StackName=AGAIN,
        ChangeSetName="tables",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(body),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::DynamoDB::Table",
                "LogicalResourceId": logical,
                "ResourceIdentifier": {"TableName": template.table_name(table, AGAIN)},
            }
            for logical, table in tables.items()
        ],
    )
    cloudformation.execute_change_set(StackName=AGAIN, ChangeSetName="tables")
    cloudformation.get_waiter("stack_import_complete").wait(
        StackName=AGAIN, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


@pytest.fixture
def again(local_stack: Deployment, tmp_path: Path) -> Iterator[Deployment]:
    """A second deployment on the same MiniStack, for tables that are there when it is asked."""
    _, _, port = local_stack.stack.ministack.endpoint.rpartition(":")
    stack = LocalStack(tmp_path, int(port), name=AGAIN)
    yield Deployment(stack, local_stack.token)
    cloudformation = local_stack.stack.aws.cloudformation
    cloudformation.delete_stack(StackName=AGAIN)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=AGAIN)
    for table in template.tables(AGAIN):
        local_stack.stack.aws.dynamodb.delete_table(TableName=table["TableName"])


def test_a_deployment_goes_on_with_restored_tables(
    local_stack: Deployment, again: Deployment, tmp_path: Path
) -> None:
    old = Client(local_stack)
    each_minute = old.create(
        name="Each minute", cadence={"type": "cron", "expression": "* * * * *"}
    )
    at_work = old.start(old.create(target=drill(steps=600, seconds=600), lease_seconds=10))
    waiting = old.start(old.create(name="Next"), "?when_busy=queue")
    old.until(at_work, "running", within=20)
    restore(local_stack)
    old.call("DELETE", f"/v1/schedules/{each_minute['id']}", expect=204)
    old.call("POST", f"/v1/runs/{at_work['id']}/cancel", {}, 202)

    made = package.build(tmp_path / "package", package.Machine.here())
    take_over_tables(local_stack, made)
    again.stack.deploy(made, {"TablePrefix": AGAIN})
    again.stack.wait_until_healthy()
    new = Client(again)  # with a token of the old deployment

    assert new.run(at_work)["status"] == "running"
    ended = wait_for("it is reaped", lambda: _after_a_pass(new, at_work), within=60, every=2)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert new.until_ended(waiting, within=60)["status"] == "succeeded"

    def fired() -> list[dict[str, Any]] | None:
        path = f"/v1/schedules/{each_minute['id']}/runs"
        runs: list[dict[str, Any]] = new.call("GET", path)["items"]
        done = [run for run in runs if run["status"] == "succeeded"]
        return runs if done else None

    runs = wait_for("it fires again", fired, within=90, every=2)
    fire_times = Counter(at(run["fire_at"]) for run in runs)
    assert set(fire_times.values()) == {1}
    first, last = min(fire_times), max(fire_times)
    assert sum(run["covers"] for run in runs) == (last - first) / MINUTE + 1


def _after_a_pass(client: Client, run: dict[str, Any]) -> dict[str, Any] | None:
    client.tick()
    found = client.run(run)
    return found if found["finished_at"] else None
