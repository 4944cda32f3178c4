"""Which tables a new stack takes over, and what AWS demands of that."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped]  # it has no types

from infra.aws import retained_tables
from infra.aws.expressions import Expressions
from infra.aws.retained_tables import FoundTable, MissingParts, UnfitTables, differences, lacking

PROPERTIES: dict[str, Any] = {
    "TableName": "baton-prod-inbox",
    "KeySchema": [
        {"AttributeName": "tenant_id", "KeyType": "HASH"},
        {"AttributeName": "item_id", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "unread", "KeySchema": [{"AttributeName": "unread_key", "KeyType": "HASH"}]}
    ],
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
    "DeletionProtectionEnabled": "true",
}
WHOLE = FoundTable(
    keys=(("tenant_id", "HASH"), ("item_id", "RANGE")),
    indexes={"unread": (("unread_key", "HASH"),)},
    time_to_live="expires_at",
    recoverable=True,
    stream="KEYS_ONLY",
    protected=True,
)


def test_a_table_as_the_template_has_it_is_taken_over_as_it_is() -> None:
    assert differences(PROPERTIES, WHOLE) == []
    assert lacking(PROPERTIES, WHOLE) == MissingParts()
    assert lacking(PROPERTIES, WHOLE).in_words() == []


@pytest.mark.parametrize(
    ("found", "different"),
    [
        (replace(WHOLE, keys=(("item_id", "HASH"),)), ["its key"]),
        (replace(WHOLE, indexes={}), ["the index unread"]),
        (replace(WHOLE, indexes={**WHOLE.indexes, "old": ()}), ["the index old"]),
        (replace(WHOLE, indexes={"unread": (("item_id", "HASH"),)}), ["the index unread"]),
        (replace(WHOLE, stream="NEW_IMAGE"), ["its stream"]),
        (replace(WHOLE, time_to_live="gone_at"), ["its time to live"]),
        (replace(WHOLE, keys=(), indexes={}), ["its key", "the index unread"]),
    ],
)
def test_a_table_of_another_build_is_refused(found: FoundTable, different: list[str]) -> None:
    assert differences(PROPERTIES, found) == different
    with pytest.raises(UnfitTables, match=f"baton-prod-inbox: {', '.join(different)}"):
        retained_tables.check({"InboxTable": (PROPERTIES, found)})


def test_what_a_restored_table_lacks_is_given_to_it() -> None:
    restored = FoundTable(keys=WHOLE.keys, indexes=WHOLE.indexes)
    assert differences(PROPERTIES, restored) == []
    missing = lacking(PROPERTIES, restored)
    assert missing == MissingParts("expires_at", True, "KEYS_ONLY", True)
    assert missing.in_words() == [
        "time to live",
        "recovery to a point in time",
        "its stream",
        "deletion protection",
    ]


def test_what_a_table_has_besides_is_left_to_it() -> None:
    plain = {"TableName": "t", "KeySchema": PROPERTIES["KeySchema"]}
    assert lacking(plain, replace(WHOLE, indexes={})) == MissingParts()


def test_a_table_is_named_as_the_deployment_names_it(sam: dict[str, Any]) -> None:
    wanted = retained_tables.wanted(Expressions(sam, "baton-prod"))
    assert {each["TableName"] for each in wanted.values()} == {
        f"baton-prod-{name}"
        for name in (
            *("schedules", "runs", "bodies", "run-log"),
            *("control", "audits", "inbox", "tokens"),
        )
    }


def test_a_table_whose_condition_does_not_hold_is_not_looked_for() -> None:
    table = {"Type": retained_tables.TABLE, "Condition": "Never", "Properties": PROPERTIES}
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["1", "2"]}, "Ever": {"Fn::Equals": ["1", "1"]}},
        "Resources": {"A": table, "B": {**table, "Condition": "Ever"}},
    }
    assert set(retained_tables.wanted(Expressions(template, "baton-prod"))) == {"B"}


def test_an_import_holds_nothing_but_the_tables(sam: dict[str, Any], tmp_path: Path) -> None:
    before = copy.deepcopy(sam)
    importing = retained_tables.import_template(sam, ["RunsTable", "InboxTable"])
    assert set(importing["Resources"]) == {"RunsTable", "InboxTable"}
    # AWS: an import adds nothing, and changes no outputs; a transform could add to it.
    assert not importing.keys() & {"Outputs", "Transform", "Globals", "Rules"}
    for table in importing["Resources"].values():
        assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert sam == before
    path = tmp_path / "import.json"
    path.write_text(json.dumps(importing), encoding="utf-8")
    # Parameters and conditions that only the rest of the template uses are no fault here.
    assert {match.rule.id for match in lint_file(path)} <= {"W2001", "W8001"}


def test_every_table_of_the_template_can_be_imported(sam: dict[str, Any]) -> None:
    tables = retained_tables.wanted(Expressions(sam, "baton-prod"))
    for name in tables:
        assert sam["Resources"][name]["DeletionPolicy"].startswith("Retain")
    assert {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "RunsTable",
        "ResourceIdentifier": {"TableName": "baton-prod-runs"},
    } in retained_tables.to_import(tables)
