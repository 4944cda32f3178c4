"""The page about parameters and settings is as the template and the API's schema have them."""

import json
import re
from typing import Any, Final

import pytest

from chalicelib.api.schemas.settings_schemas import RetentionIn, SettingsIn
from infra import configuration_page
from infra.template import additions

STORED: Final = configuration_page.PAGE.read_text(encoding="utf-8")
NAMED: Final = re.findall(r"^\| `([\w.]+)` \|", STORED, re.MULTILINE)
PARAMETERS: Final[dict[str, dict[str, Any]]] = additions()["Parameters"]


def test_the_page_is_up_to_date() -> None:
    assert configuration_page.page() == STORED, (
        "it is written by: python -m infra.configuration_page"
    )


def test_every_parameter_and_every_setting_is_there_once() -> None:
    nested = [f"retention.{name}" for name in RetentionIn.model_fields]
    settings = [name for name in SettingsIn.model_fields if name != "retention"]
    assert sorted(NAMED) == sorted([*PARAMETERS, *settings, *nested])


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_shown_with_its_default_and_its_bounds(name: str) -> None:
    [line] = re.findall(rf"^\| `{name}` \|.*$", STORED, re.MULTILINE)
    parameter = PARAMETERS[name]
    default = parameter["Default"]
    assert f"| `{default}` |" in line if default != "" else "| empty |" in line
    for allowed in parameter.get("AllowedValues", []):
        assert f"`{allowed}`" in line
    if "MinValue" in parameter:
        assert f"{parameter['MinValue']} to {parameter['MaxValue']}" in line


def test_every_setting_says_what_it_is() -> None:
    schema = SettingsIn.model_json_schema()
    fields = {**schema["properties"], **schema["$defs"]["RetentionIn"]["properties"]}
    silent = [name for name, each in fields.items() if "description" not in json.dumps(each)]
    assert [name for name in silent if name != "retention"] == []
