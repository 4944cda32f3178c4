"""Tables that outlived their stack, or were restored: whether and how a new stack takes them over.

AWS takes resources over by a change set of the type IMPORT. It may do nothing else: add nothing,
change nothing, have no outputs. So the tables come first, by a template that has only them, and
the rest of the stack follows by an ordinary change set.

An import believes the template: what a table lacks of it is not added, then or ever. So a restored
table is given beforehand what it lacks and can be given, and a table of another build is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.aws.expressions import Expressions, Template

if TYPE_CHECKING:  # the stubs are there for mypy only
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "AWS::DynamoDB::Table"
_NOT_IMPORTED = ("Globals", "Outputs", "Rules", "Transform")


class UnfitTables(Exception):
    """Tables are there that are not as the template has them; the message says which and how."""


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table in the account, as far as a template can tell it from another."""

    keys: tuple[tuple[str, str], ...]
    #: Index → its keys.
    indexes: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    time_to_live: str = ""
    recoverable: bool = False
    stream: str = ""
    protected: bool = False


def wanted(expressions: Expressions) -> dict[str, dict[str, Any]]:
    """Logical name → properties of every table of the template, without expressions."""
    return {
        name: expressions.value(resource["Properties"])
        for name, resource in expressions.template["Resources"].items()
        if resource["Type"] == TABLE
        and ("Condition" not in resource or expressions.condition(resource["Condition"]))
    }


def import_template(template: Template, logical_names: list[str]) -> dict[str, Any]:
    """The template that an import takes: just these tables, word for word."""
    kept = {name: part for name, part in template.items() if name not in _NOT_IMPORTED}
    return {**kept, "Resources": {name: template["Resources"][name] for name in logical_names}}


def to_import(tables: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How ``CreateChangeSet`` wants the tables identified: logical name → properties."""
    return [
        {
            "ResourceType": TABLE,
            "LogicalResourceId": name,
            "ResourceIdentifier": {"TableName": properties["TableName"]},
        }
        for name, properties in tables.items()
    ]


def differences(properties: Mapping[str, Any], found: FoundTable) -> list[str]:
    """What of a table is not as its properties want it, and cannot be changed in a moment."""
    different = [] if _keys(properties) == found.keys else ["its key"]
    if found.stream and found.stream != _stream(properties):
        different.append("its stream")
    if found.time_to_live and found.time_to_live != _time_to_live(properties):
        different.append("its time to live")
    indexes = {
        each["IndexName"]: _keys(each) for each in properties.get("GlobalSecondaryIndexes", [])
    }
    return different + [
        f"the index {name}"
        for name in sorted(indexes.keys() | found.indexes.keys())
        if indexes.get(name) != found.indexes.get(name)
    ]


@dataclass(frozen=True, slots=True)
class MissingParts:
    """What a table lacks of its properties and can be given by a request or two."""

    time_to_live: str = ""
    recoverable: bool = False
    stream: str = ""
    protected: bool = False

    def in_words(self) -> list[str]:
        """What the table lacks, each in a word or two."""
        words = {
            "time to live": self.time_to_live,
            "recovery to a point in time": self.recoverable,
            "its stream": self.stream,
            "deletion protection": self.protected,
        }
        return [word for word, lacking in words.items() if lacking]


def lacking(properties: Mapping[str, Any], found: FoundTable) -> MissingParts:
    """What the table should have and has not. What it has besides is not looked at."""
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    protected = _true(properties.get("DeletionProtectionEnabled"))
    return MissingParts(
        time_to_live="" if found.time_to_live else _time_to_live(properties),
        recoverable=_true(recovery.get("PointInTimeRecoveryEnabled")) and not found.recoverable,
        stream="" if found.stream else _stream(properties),
        protected=protected and not found.protected,
    )


def look(dynamodb: "DynamoDBClient", table: str) -> FoundTable | None:
    """The table as it is; None if there is none of that name."""
    try:
        described: Any = dynamodb.describe_table(TableName=table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
    expiry: Any = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    backups: Any = dynamodb.describe_continuous_backups(TableName=table)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return FoundTable(
        keys=_keys(described),
        indexes={
            each["IndexName"]: _keys({**described, **each})
            for each in described.get("GlobalSecondaryIndexes", [])
        },
        time_to_live=expiry.get("AttributeName", ""),
        recoverable=recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        stream=described.get("StreamSpecification", {}).get("StreamViewType", ""),
        protected=described.get("DeletionProtectionEnabled", False),
    )


def give(dynamodb: "DynamoDBClient", table: str, missing: MissingParts) -> None:
    """Give the table what it lacks."""
    if missing.time_to_live:
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": missing.time_to_live},
        )
    if missing.recoverable:
        dynamodb.update_continuous_backups(
            TableName=table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    changes: Any = {}
    if missing.stream:
        changes["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": missing.stream,
        }
    if missing.protected:
        changes["DeletionProtectionEnabled"] = True
    if changes:
        dynamodb.update_table(TableName=table, **changes)
        dynamodb.get_waiter("table_exists").wait(TableName=table)


def check(tables: Mapping[str, tuple[Mapping[str, Any], FoundTable]]) -> None:
    """Raises `UnfitTables` unless every table found is of the build that is to be deployed."""
    unfit = [
        f"  {properties['TableName']}: {', '.join(different)}"
        for properties, found in tables.values()
        if (different := differences(properties, found))
    ]
    if unfit:
        raise UnfitTables(
            "Tables are there that are not as this version of Baton has them:\n"
            + "\n".join(unfit)
            + "\nDeploy the version that left them, and this one over it."
        )


def _keys(described: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((key["AttributeName"], key["KeyType"]) for key in described["KeySchema"])


def _time_to_live(properties: Mapping[str, Any]) -> str:
    attribute: str = properties.get("TimeToLiveSpecification", {}).get("AttributeName", "")
    return attribute


def _stream(properties: Mapping[str, Any]) -> str:
    view: str = properties.get("StreamSpecification", {}).get("StreamViewType", "")
    return view


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
