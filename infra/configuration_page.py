"""What a deployment can be told, on one page: writes docs/configuration.md.

The parameters are those of the template, grouped as ``infra/cloudformation`` has them; the settings
are those of the API's schema. As ``python -m infra.configuration_page``.
"""

import types
import typing
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import annotated_types
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from chalicelib.api.schemas.settings_schemas import SettingsIn
from chalicelib.domain.deployment.settings import Settings
from infra.places import ROOT
from infra.template import DIRECTORY

PAGE: Final = ROOT / "docs" / "configuration.md"
_HEAD: Final = """\
# Configuration

A deployment is told things in two ways. **Parameters** are of its CloudFormation stack: they are
given when it is deployed, and each keeps its value until another is given. **Settings** are of the
running deployment: an owner changes them over the API, and what comes next follows them.

`python -m infra.configuration_page` writes this page from the template and the API's schema; a test
tells when it is outdated.

## Parameters
"""
_SETTINGS: Final = """
## Settings

Owners change them by `PATCH /v1/settings`, a merge patch such as
`{"capacity": 2, "retention": {"log_days": 14}}`. Every setting that is not named stays as it is.
`GET /v1/settings` shows them all.

| setting | type | default | what it is |
| --- | --- | --- | --- |
"""
#: What a file of the template is about, where its name does not say it well.
_TITLES: Final = {"api": "The API", "functions": "Functions and what they may reach"}
_TYPES: Final = {"CommaDelimitedList": "list", "Number": "number", "String": "text"}


def page() -> str:
    """The page as it should be."""
    groups = (_group(path) for path in sorted(DIRECTORY.glob("*.yaml")))
    return _HEAD + "".join(groups) + _SETTINGS + "".join(_settings(SettingsIn, _defaults()))


def _group(path: Path) -> str:
    """The parameters of one file of the template; empty if it has none."""
    parameters = yaml.safe_load(path.read_text(encoding="utf-8")).get("Parameters", {})
    if not parameters:
        return ""
    title = _TITLES.get(path.stem, path.stem.capitalize())
    head = (
        f"\n### {title}\n\n| parameter | type | default | what it is |\n| --- | --- | --- | --- |\n"
    )
    return head + "".join(_row(name, each) for name, each in parameters.items())


def _row(name: str, parameter: dict[str, Any]) -> str:
    kind = _TYPES.get(parameter["Type"], parameter["Type"])
    default = parameter.get("Default")
    shown = (
        "none: it is needed" if default is None else _code(default) if default != "" else "empty"
    )
    text = " ".join(parameter["Description"].split())
    return _line(f"`{name}`", kind, shown, f"{text}{_allowed(parameter)}")


def _allowed(parameter: dict[str, Any]) -> str:
    """What a parameter may be, as a sentence; empty if it may be anything."""
    if "AllowedValues" in parameter:
        return f" Allowed: {', '.join(map(_code, parameter['AllowedValues']))}."
    if "MaxValue" in parameter:
        return f" Allowed: {parameter['MinValue']} to {parameter['MaxValue']}."
    if "ConstraintDescription" in parameter:
        return ""  # The description says it better than the pattern.
    if "AllowedPattern" in parameter:
        return f" Allowed: what matches {_code(parameter['AllowedPattern'])}."
    return ""


def _defaults() -> dict[str, Any]:
    """The default of each setting, as the API shows it."""
    plain = asdict(Settings())
    return {**plain, "retention": plain, "limits": asdict(Settings().limits)}


def _settings(model: type[BaseModel], defaults: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind, defaults[name], f"{prefix}{name}.")
            continue
        default = defaults[name]
        shown = "all" if isinstance(default, tuple) else _code(default)
        described = f"{field.description or ''}{_within(field)}"
        yield _line(f"`{prefix}{name}`", _kind(kind), shown, described)


def _kind(annotation: Any) -> str:
    """A setting's type in a word."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(each) for each in typing.get_args(annotation))
    return {int: "number", list: "list", dict: "object"}.get(origin or annotation, "text")


def _within(field: FieldInfo) -> str:
    """Between which numbers a setting may be, as a sentence; empty if it is none."""
    least = [each.ge for each in field.metadata if isinstance(each, annotated_types.Ge)]
    most = [each.le for each in field.metadata if isinstance(each, annotated_types.Le)]
    return f" Allowed: {least[0]} to {most[0]}." if least and most else ""


def _code(value: Any) -> str:
    return f"`{value}`"


def _line(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
