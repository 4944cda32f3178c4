"""The page about data names every table, every index and every function that reads or writes."""

import ast
import re
from collections.abc import Iterator

from infra import template
from infra.places import ROOT

PAGE = (ROOT / "docs" / "reference" / "data.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
#: Functions of the store that ask DynamoDB nothing.
NO_QUERIES = {
    "activity_items.new_activity",
    "floor_items.settings_of",
    "pool_items.step",
    "token_table.id_in",
    "token_table.new",
    "token_table.rotated",
    "token_table.use_needs_noting",
    "use_items.step",
    "use_items.with_ends",
}


def functions_of_the_store() -> Iterator[str]:
    """Every public function of the modules that own tables or items."""
    for path in sorted((ROOT / "chalicelib" / "store").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{path.stem}.{node.name}"


def test_every_query_is_on_the_page() -> None:
    queries = set(functions_of_the_store()) - NO_QUERIES
    assert [name for name in sorted(queries) if not set(name.split(".")) <= NAMED] == []


def test_every_table_and_index_is_on_the_page() -> None:
    tables = template.tables("baton")
    names = {table["TableName"].removeprefix("baton-") for table in tables}
    indexes = {each["IndexName"] for table in tables for each in _indexes(table)}
    assert (names | indexes) - NAMED == set()


def _indexes(table: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return table.get("GlobalSecondaryIndexes", [])
