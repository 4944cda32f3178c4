"""The runbooks name what there is: alarms, resources, tables, tests."""

import re
from typing import Any, Final

import pytest

from infra import template
from infra.places import ROOT
from infra.template import of_type
from tests.harness import STACK
from tests.infra.docs.test_docs import anchors

PATH: Final = "docs/operations.md"
PAGE: Final = (ROOT / PATH).read_text(encoding="utf-8")
ALARMS: Final = of_type(template.additions(), "AWS::CloudWatch::Alarm")
TESTS: Final = "".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
)


def anchor_of(alarm: str) -> str:
    """An alarm's section: its logical name in kebab case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", alarm).lower()


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_every_alarm_has_its_section(alarm: str) -> None:
    assert anchor_of(alarm) in anchors(PAGE)
    assert f"`{alarm}`" in PAGE


def test_every_section_of_an_alarm_is_that_of_one_that_is_there() -> None:
    sections = {anchor for anchor in anchors(PAGE) if anchor.endswith("-alarm")}
    assert sections == {anchor_of(alarm) for alarm in ALARMS}


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_the_section_that_an_alarm_names_is_its_own(alarm: str) -> None:
    _, _, runbook = ALARMS[alarm]["AlarmDescription"].partition(" Runbook: ")
    assert runbook == f"{PATH}#{anchor_of(alarm)}"


def test_resources_are_named_as_the_stack_has_them(sam: dict[str, Any]) -> None:
    functions = of_type(sam, "AWS::Serverless::Function")
    events = {
        f"{name}{event}"  # SAM makes a resource of each, with this name.
        for name, function in functions.items()
        for event in function.get("Events", {})
    }
    named = set(re.findall(r"\$\(named (\w+)\)", PAGE))
    assert named
    assert named - set(sam["Resources"]) - events == set()


def test_a_restore_knows_every_table_and_what_it_loses() -> None:
    names = [each["TableName"].removeprefix(f"{STACK}-") for each in template.tables(STACK)]
    [listed] = re.findall(r'TABLES="([^"]+)"', PAGE)
    assert listed.split() == names
    expiring = template.time_to_live(STACK)
    [with_expiry] = re.findall(r"for table in ([a-z -]+); do aws dynamodb update-time-to-l", PAGE)
    assert [f"{STACK}-{name}" for name in with_expiry.split()] == list(expiring)
    assert set(expiring.values()) == {"expires_at"}
    tables = of_type(template.additions(), "AWS::DynamoDB::Table")
    streams = {
        name: table["StreamSpecification"]["StreamViewType"]
        for name, table in tables.items()
        if "StreamSpecification" in table
    }
    switched_on = re.findall(
        r"\$PREFIX-(\w+) \\\n +--stream-specification StreamEnabled=true,StreamViewType=(\w+)", PAGE
    )
    assert {f"{name.capitalize()}Table": view for name, view in switched_on} == streams


def test_the_tests_that_are_named_are_there() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert named
    assert [name for name in named if f"def {name}(" not in TESTS] == []


def test_parameters_that_are_named_are_there() -> None:
    named = set(re.findall(r"`([A-Z]\w+(?:Concurrency|Prefix|Name|Arn|PerSecond))\b", PAGE))
    assert {"TablePrefix", "RunnerConcurrency"} & named
    assert named - set(template.additions()["Parameters"]) == set()
