"""A stack whose changes take their time, come in pages, or fail; the answers are AWS's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import pytest

from infra.aws.account import Account
from infra.aws.change_sets import REPLACED, TAKEN_OVER
from infra.aws.stacks import ChangeSet, Stack, StackError, why
from tests.infra.aws.cloudformation_stub import (
    STACK_ID,
    Script,
    change,
    change_set,
    events,
    serve,
    stack,
)

URL = "https://s3.eu-central-1.amazonaws.com/b/t.json"
MADE = f"<Id>change-set-1</Id><StackId>{STACK_ID}</StackId>"
STACK = "AWS::CloudFormation::Stack"
FUNCTION = "AWS::Lambda::Function"


class Sleeper:
    """A clock on which waiting takes no time, and is counted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@contextmanager
def playing(script: Script, clock: Sleeper | None = None) -> Iterator[Stack]:
    """The stack baton-prod, as the script has it."""
    with serve(script) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        session = boto3.Session("test", "test", region_name="eu-central-1")
        yield Stack(Account(session), "baton-prod", clock or Sleeper())


def test_a_change_set_is_waited_for() -> None:
    script = Script(
        {
            "CreateChangeSet": [MADE],
            "DescribeChangeSet": [
                change_set("CREATE_PENDING"),
                change_set("CREATE_IN_PROGRESS"),
                change_set(
                    "CREATE_COMPLETE",
                    change(
                        "Modify", "RunsTable", Replacement="True", PolicyAction="ReplaceAndRetain"
                    ),
                ),
            ],
        }
    )
    clock = Sleeper()
    with playing(script, clock) as baton:
        proposed = baton.propose("UPDATE", URL, {"Capacity": None, "LogLevel": "DEBUG"})
    assert proposed is not None
    [replaced] = proposed.changes
    assert (replaced.deed, replaced.name, replaced.kept) == (REPLACED, "RunsTable", True)
    assert replaced.properties == ("KeySchema",)
    assert clock.slept == [3.0, 3.0]


def test_what_is_asked_of_aws_is_what_a_change_set_needs() -> None:
    script = Script(
        {
            "CreateChangeSet": [MADE],
            "DescribeChangeSet": [change_set("CREATE_COMPLETE", change("Import", "RunsTable"))],
        }
    )
    table = {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "RunsTable",
        "ResourceIdentifier": {"TableName": "baton-prod-runs"},
    }
    with playing(script) as baton:
        proposed = baton.propose("IMPORT", URL, {"Capacity": None, "LogLevel": "DEBUG"}, [table])
    assert proposed is not None
    assert [each.deed for each in proposed.changes] == [TAKEN_OVER]
    asked = script.asked[0]
    assert asked["ChangeSetType"] == "IMPORT"
    assert asked["TemplateURL"] == URL
    assert asked["Capabilities.member.1"] == "CAPABILITY_IAM"
    assert asked["Parameters.member.1.UsePreviousValue"] == "true"
    assert asked["Parameters.member.2.ParameterValue"] == "DEBUG"
    assert asked["ResourcesToImport.member.1.ResourceIdentifier.entry.1.value"] == "baton-prod-runs"


def test_changes_on_further_pages_are_shown_too() -> None:
    pages = [
        change_set("CREATE_COMPLETE", change("Add", "A"), next_token="2"),
        change_set("CREATE_COMPLETE", change("Add", "B"), next_token="3"),
        change_set("CREATE_COMPLETE", change("Remove", "C")),
    ]
    script = Script({"CreateChangeSet": [MADE], "DescribeChangeSet": pages})
    with playing(script) as baton:
        proposed = baton.propose("UPDATE", URL, {})
    assert proposed is not None
    assert [each.name for each in proposed.changes] == ["A", "B", "C"]
    assert [each.get("NextToken") for each in script.asked[1:]] == [None, "2", "3"]


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create"
        " a change set.",
        "No updates are to be performed.",
    ],
)
def test_a_change_set_without_changes_is_taken_back(reason: str) -> None:
    script = Script(
        {
            "CreateChangeSet": [MADE],
            "DescribeChangeSet": [change_set("FAILED", reason=reason)],
            "DeleteChangeSet": [""],
            "DescribeStacks": [stack("UPDATE_COMPLETE")],
        }
    )
    with playing(script) as baton:
        assert baton.propose("UPDATE", URL, {}) is None
    assert "DeleteChangeSet" in script.actions()
    assert "DeleteStack" not in script.actions()


def test_a_change_set_that_aws_refuses_says_why() -> None:
    reason = "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application"
    script = Script(
        {
            "CreateChangeSet": [MADE],
            "DescribeChangeSet": [change_set("FAILED", reason=reason)],
            "DeleteChangeSet": [""],
            "DescribeStacks": [stack("REVIEW_IN_PROGRESS"), stack("DELETE_COMPLETE")],
            "DeleteStack": [""],
            "DescribeStackEvents": [events()],
        }
    )
    with playing(script) as baton, pytest.raises(StackError, match=f"refuses the change: {reason}"):
        baton.propose("CREATE", URL, {})
    # The shell that a change set makes for a new stack goes with it.
    assert "DeleteStack" in script.actions()


BEFORE = ("1", "baton-prod", STACK, "CREATE_COMPLETE", "")
BEGUN = ("2", "baton-prod", STACK, "UPDATE_IN_PROGRESS", "User Initiated")
FAILED = ("3", "Runner", FUNCTION, "UPDATE_FAILED", "The role cannot be assumed by Lambda.")
CANCELLED = ("4", "Tick", FUNCTION, "UPDATE_FAILED", "Resource update cancelled")
UNDONE = ("5", "baton-prod", STACK, "UPDATE_ROLLBACK_COMPLETE", "")


def test_events_are_told_once_as_they_come_and_old_ones_never() -> None:
    done = ("3", "baton-prod", STACK, "UPDATE_COMPLETE", "")
    script = Script(
        {
            "DescribeStacks": [
                stack("UPDATE_COMPLETE"),
                stack("UPDATE_IN_PROGRESS"),
                stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
                stack("UPDATE_COMPLETE"),
            ],
            "DescribeStackEvents": [
                events(BEFORE),
                events(BEGUN, BEFORE),
                events(BEGUN, BEFORE),
                events(done, BEGUN, BEFORE),
            ],
            "ExecuteChangeSet": [""],
        }
    )
    said: list[str] = []
    with playing(script) as baton:
        baton.execute(ChangeSet("change-set-1", []), said.append)
    assert said == [
        "  12:00:00  update in progress           baton-prod",
        "  12:00:00  update complete              baton-prod",
    ]


def test_a_change_that_failed_says_why_and_not_what_followed_from_it() -> None:
    script = Script(
        {
            "DescribeStacks": [stack("UPDATE_COMPLETE"), stack("UPDATE_ROLLBACK_COMPLETE")],
            "DescribeStackEvents": [
                events(BEFORE),
                events(UNDONE, CANCELLED, FAILED, BEGUN, BEFORE),
            ],
            "ExecuteChangeSet": [""],
        }
    )
    with playing(script) as baton, pytest.raises(StackError) as raised:
        baton.execute(ChangeSet("change-set-1", []), lambda _: None)
    assert str(raised.value) == (
        "It failed: the stack baton-prod is UPDATE_ROLLBACK_COMPLETE. What had been done was"
        " undone. Why:\n"
        "  Runner (Lambda::Function) could not be changed: The role cannot be assumed by Lambda."
    )


def test_a_stack_that_cannot_be_deleted_says_why() -> None:
    stuck = ("3", "RestAPI", "AWS::ApiGateway::RestApi", "DELETE_FAILED", "It is in use.")
    script = Script(
        {
            "DescribeStacks": [stack("UPDATE_COMPLETE"), stack("DELETE_FAILED")],
            "DescribeStackEvents": [events(BEFORE), events(stuck, BEFORE)],
            "DeleteStack": [""],
        }
    )
    with playing(script) as baton, pytest.raises(StackError, match=r"removed: It is in use\."):
        baton.delete(lambda _: None)


def test_failures_that_only_followed_are_named_where_there_are_no_others() -> None:
    only = ["Tick (Lambda::Function) could not be made: Resource creation cancelled"]
    assert "Tick" in why("baton-prod", "ROLLBACK_COMPLETE", only)
    assert "AWS gives no reason." in why("baton-prod", "ROLLBACK_COMPLETE", [])
