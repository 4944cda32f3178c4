"""What a change set means, in words; the answers are those of DescribeChangeSet."""

from typing import Any

import pytest

from infra.aws import change_sets
from infra.aws.change_sets import dangers, in_words, may_lose_data, read

TABLE = "AWS::DynamoDB::Table"


def described(
    action: str = "Modify",
    kind: str = TABLE,
    name: str = "RunsTable",
    *properties: str,
    **more: str,
) -> dict[str, Any]:
    """A change as AWS lists it."""
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": action,
            "LogicalResourceId": name,
            "ResourceType": kind,
            "Details": [
                {"Target": {"Attribute": "Properties", "Name": each}} for each in properties
            ],
            **more,
        },
    }


def test_changes_are_told_by_what_is_done_and_to_what() -> None:
    changes = read(
        [
            described("Add", "AWS::Lambda::Function", "Tick"),
            described("Add", "AWS::Lambda::Function", "Runner"),
            described("Add", "AWS::SNS::Topic", "Alarms"),
            described(
                "Modify",
                "AWS::Lambda::Function",
                "Wake",
                "Environment",
                "Code",
                Replacement="False",
            ),
            described("Remove", "AWS::CloudWatch::Alarm", "OldAlarm", PolicyAction="Delete"),
        ]
    )
    assert (
        in_words(changes)
        == """\
  added (3):
    SNS::Topic      Alarms
    function        Runner, Tick

  changed in place (1):
    function        Wake (Code, Environment)

  removed (1):
    alarm           OldAlarm"""
    )


@pytest.mark.parametrize(
    ("change", "deed"),
    [
        (described("Add"), change_sets.ADDED),
        (described("Import"), change_sets.TAKEN_OVER),
        (described("Modify", Replacement="False"), change_sets.CHANGED),
        (described("Modify"), change_sets.CHANGED),
        (described("Modify", Replacement="Conditional"), change_sets.PERHAPS_REPLACED),
        (described("Modify", Replacement="True"), change_sets.REPLACED),
        (described("Remove", PolicyAction="Delete"), change_sets.REMOVED),
        (described("Remove"), change_sets.REMOVED),
        (described("Remove", PolicyAction="Retain"), change_sets.LEFT),
        (described("Dynamic"), change_sets.OPEN),
    ],
)
def test_what_aws_calls_a_change_has_one_phrase(change: dict[str, Any], deed: str) -> None:
    assert [each.deed for each in read([change])] == [deed]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            described("Remove", PolicyAction="Delete", PhysicalResourceId="baton-prod-runs"),
            "The table baton-prod-runs is REMOVED, and what is in it is LOST.",
        ),
        (
            described("Remove", PolicyAction="Retain", PhysicalResourceId="baton-prod-runs"),
            "The table baton-prod-runs is no longer Baton's; it is kept, with what is in it.",
        ),
        (
            described(Replacement="True", PolicyAction="ReplaceAndRetain"),
            "The table RunsTable is REPLACED by an empty one; the old one is kept, and Baton would"
            " not read it any more.",
        ),
        (
            described(Replacement="True", PolicyAction="ReplaceAndDelete"),
            "The table RunsTable is REPLACED by an empty one; what is in the old one is LOST.",
        ),
        (
            described(Replacement="Conditional"),
            "The table RunsTable is perhaps REPLACED by an empty one; what is in the old one is"
            " LOST.",
        ),
    ],
)
def test_a_table_that_goes_stands_out(change: dict[str, Any], sentence: str) -> None:
    changes = read([change])
    assert dangers(changes) == [sentence]
    assert may_lose_data(changes)
    assert in_words(changes).endswith(f"\n  !! {sentence}")


@pytest.mark.parametrize("kind", ["AWS::SQS::Queue", "AWS::ApiGateway::RestApi"])
@pytest.mark.parametrize(
    ("action", "more", "perhaps"),
    [
        ("Remove", {}, False),
        ("Modify", {"Replacement": "True"}, False),
        ("Modify", {"Replacement": "Conditional"}, True),
    ],
)
def test_a_queue_or_an_api_that_goes_stands_out(
    kind: str, action: str, more: dict[str, str], perhaps: bool
) -> None:
    changes = read([described(action, kind, "It", **more)])
    [danger] = dangers(changes)
    assert ("perhaps" in danger) == perhaps
    assert not may_lose_data(changes)


@pytest.mark.parametrize(
    "change",
    [
        described("Add"),
        described("Import"),
        described("Modify", Replacement="False"),
        described("Add", "AWS::SQS::Queue"),
        described("Modify", "AWS::SQS::Queue", Replacement="False"),
        described("Modify", "AWS::ApiGateway::RestApi", Replacement="False"),
        # Each change of the API makes another deployment of it: that is nothing to look at.
        described("Remove", "AWS::ApiGateway::Deployment", PolicyAction="Delete"),
        described("Modify", "AWS::Lambda::Function", Replacement="True"),
    ],
)
def test_ordinary_changes_do_not_stand_out(change: dict[str, Any]) -> None:
    assert dangers(read([change])) == []
    assert "!!" not in in_words(read([change]))


def test_many_names_stay_readable() -> None:
    names = [f"Function{number:02}" for number in range(20)]
    changes = read([described("Add", "AWS::Lambda::Function", name) for name in names])
    lines = in_words(changes).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line.startswith(" " * 20) for line in lines[2:])


def test_what_is_no_resource_is_passed_over() -> None:
    assert read([{"Type": "Hook"}]) == []
