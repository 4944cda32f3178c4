"""The page that says which tests know which module is as the import statements have it."""

from pathlib import Path

import pytest

from tests import map as tests_map


def test_the_page_is_up_to_date() -> None:
    stored = tests_map.PAGE.read_text(encoding="utf-8")
    assert stored == tests_map.page(), "it is written by: python -m tests.map"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A checkout with modules that a test imports, that app.py reaches, and that nobody knows."""
    files = {
        "app.py": "from chalicelib.api import routes",
        "chalicelib/__init__.py": '"""Nothing but a docstring."""',
        "chalicelib/api/routes.py": "from chalicelib.domain import rules\nX = 1",
        "chalicelib/domain/rules.py": "X = 1\nY = 1",
        "chalicelib/domain/orphan.py": "X = 1\nY = 1",
        "chalicelib/store/run_items.py": "X = 1\nY = 1",
        "tests/domain/test_rules.py": "from chalicelib.domain.rules import X",
        "tests/store/test_runs_of_a_day.py": "",
        "tests/simulation/test_runs.py": "",
        "tests/simulation/world.py": "import chalicelib.domain.rules",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_module_is_listed_with_the_tests_that_import_it(small: Path) -> None:
    assert "| `domain/rules.py` | `domain/test_rules.py` |" in tests_map.page(small)


def test_a_module_is_listed_with_the_tests_that_are_named_after_it(small: Path) -> None:
    assert "| `store/run_items.py` | `store/test_runs_of_a_day.py` |" in tests_map.page(small)


def test_a_module_that_no_test_imports_is_listed_with_its_tiers(small: Path) -> None:
    assert "| `api/routes.py` | only through: HTTP API tests |" in tests_map.page(small)


def test_a_module_that_nothing_reaches_is_not_hidden(small: Path) -> None:
    assert "| `domain/orphan.py` | only through: none |" in tests_map.page(small)


def test_a_package_with_nothing_but_a_docstring_is_not_listed(small: Path) -> None:
    assert "__init__" not in tests_map.page(small)
