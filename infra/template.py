"""The CloudFormation template: what Baton adds to the one Chalice makes from app.py.

The additions live in ``infra/cloudformation/*.yaml``, one file a theme. They are the only place
where tables, queues and gateway answers are described; tests build their tables from here.
"""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.aws.expressions import Expressions

Template = dict[str, Any]

DIRECTORY = Path(__file__).parent / "cloudformation"
#: What of a table's properties boto3's ``create_table`` does not take, or parameters decide.
_AFTER_CREATION = (
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "StreamSpecification",
    "DeletionProtectionEnabled",
)


def additions(directory: Path = DIRECTORY) -> Template:
    """All files of a directory as one template, as ``chalice package --merge-template`` takes it.

    Raises:
        ValueError: two files define the same name.
    """
    return copy.deepcopy(_read(directory))


@cache
def _read(directory: Path) -> Template:
    merged: Template = {}
    for path in sorted(directory.glob("*.yaml")):
        for section, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            _add(merged.setdefault(section, {}), entries, where=f"{path.name}: {section}")
    return merged


def tables(stack: str) -> list[dict[str, Any]]:
    """Arguments of boto3's ``create_table`` for every table of the stack of that name."""
    return [
        {name: value for name, value in table.items() if name not in _AFTER_CREATION}
        for table in _tables(stack)
    ]


def time_to_live(stack: str) -> dict[str, str]:
    """Table name → the attribute that says when an item expires, where there is one."""
    return {
        table["TableName"]: table["TimeToLiveSpecification"]["AttributeName"]
        for table in _tables(stack)
        if "TimeToLiveSpecification" in table
    }


def gateway_responses(
    stack: str, parameters: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """Response type → status, headers and body of what API Gateway says by itself in that stack."""
    added = additions()
    responses: dict[str, dict[str, Any]] = Expressions(added, stack, parameters or {}).value(
        added["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    )
    return responses


def _tables(stack: str) -> list[dict[str, Any]]:
    return [
        {**properties, "TableName": table_name(properties, stack)}
        for properties in of_type(additions(), "AWS::DynamoDB::Table").values()
    ]


def of_type(template: Template, resource_type: str) -> dict[str, dict[str, Any]]:
    """Logical name → properties of every resource of a type."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource.get("Type") == resource_type
    }


def table_name(table: dict[str, Any], prefix: str) -> str:
    """What the table with these properties is called where names begin with that prefix."""
    pattern: str = table["TableName"]["Fn::Sub"][0]
    return pattern.replace("${Tables}", prefix)


def _add(section: dict[str, Any], entries: dict[str, Any], *, where: str) -> None:
    if twice := section.keys() & entries.keys():
        raise ValueError(f"{where} defines {', '.join(sorted(twice))} a second time")
    section.update(entries)
