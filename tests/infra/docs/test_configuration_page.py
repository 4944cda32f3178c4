"""The page about parameters and settings is as the template and the API's schema have them."""

import json
import re
from typing import Any, Final

import pytest
from pydantic import BaseModel

from chalicelib.api.schemas.settings_schemas import LimitsIn, RetentionIn, SettingsIn
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
    nested: dict[str, type[BaseModel]] = {"retention": RetentionIn, "limits": LimitsIn}
    parts = [f"{name}.{part}" for name, model in nested.items() for part in model.model_fields]
    settings = [name for name in SettingsIn.model_fields if name not in nested]
    assert sorted(NAMED) == sorted([*PARAMETERS, *settings, *parts])


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_shown_with_its_default_and_its_bounds(name: str) -> None:
    [line] = re.findall(rf"^\| `{name}` \|.*$", STORED, re.MULTILINE)
    parameter = PARAMETERS[name]
    default = parameter["Default"]
    assert f"| `{default}` |" in line if default != "" else "| empty |" in line
    for allowed in parameter.get("AllowedValues", []):
        assert f"`{allowed}`" in line
    if "MinValue" in parameter:
        bounds = [parameter["MinValue"], parameter.get("MaxValue", "more")]
        assert re.search(rf"Allowed: {bounds[0]} (to|and) {bounds[1]}\.", line)


def test_every_setting_says_what_it_is() -> None:
    schema = SettingsIn.model_json_schema()
    nested = [schema["$defs"][name]["properties"] for name in ("RetentionIn", "LimitsIn")]
    fields = {name: each for part in (schema["properties"], *nested) for name, each in part.items()}
    silent = {name for name, each in fields.items() if "description" not in json.dumps(each)}
    assert silent <= {"retention", "limits"}
