"""How the template's files become one."""

from pathlib import Path

import pytest

from infra import template


def test_tables_carry_the_name_of_their_stack() -> None:
    names = {table["TableName"] for table in template.tables("blue")}
    assert "blue-run-log" in names
    assert all(name.startswith("blue-") for name in names)


def test_a_name_is_defined_once(tmp_path: Path) -> None:
    for file in ("a.yaml", "b.yaml"):
        (tmp_path / file).write_text("Resources: {Queue: {}}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"b\.yaml: Resources defines Queue a second time"):
        template.additions(tmp_path)
