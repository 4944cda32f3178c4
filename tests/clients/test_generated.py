"""What is written from the API's description is what the API has now."""

from pathlib import Path

import pytest

from infra import clients, openapi
from infra.places import ROOT


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    return clients.texts()


@pytest.mark.parametrize("path", [openapi.DESCRIPTION, clients.TYPES, clients.OPERATIONS])
def test_it_is_up_to_date(texts: dict[Path, str], path: Path) -> None:
    stored = path.read_text(encoding="utf-8")
    where = path.relative_to(ROOT)
    assert stored == texts[path], f"{where} is outdated: make web-types"


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (True, "Any"),
        ({}, "Any"),
        ({"$ref": "#/components/schemas/Run"}, "Run"),
        ({"type": "string", "format": "date-time"}, "str"),
        ({"type": ["integer", "null"]}, "int | None"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "float | None"),
        ({"enum": ["a", "b"]}, 'Literal["a", "b"]'),
        ({"const": "cron"}, 'Literal["cron"]'),
        ({"type": "array", "items": {"type": "string"}}, "list[str]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "dict[str, bool]"),
    ],
)
def test_a_schema_is_a_type(schema: clients.Schema | bool, kind: str) -> None:
    assert clients.python_type(schema) == kind
