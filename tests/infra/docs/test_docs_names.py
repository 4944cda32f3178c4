"""What the documents name of the code is there: files, folders, and names inside modules."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.places import ROOT

#: What names paths in its own way, and is written by a script.
GENERATED = ROOT / "docs" / "reference" / "tests.md"
DOCS = [page for page in sorted((ROOT / "docs").rglob("*.md")) if page != GENERATED]
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*FRONT, *DOCS]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("bench", "chalicelib", "cli", "docs", "infra", "tests")
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*")
FILE = re.compile(r"\w+\.(?:py|toml|yaml)")
LAYERS = ("api", "domain", "engine", "jobs", "oidc", "outbound", "platform", "store", "targets")
BELOW_THE_CODE = re.compile(rf"(?:{'|'.join(LAYERS)})/[\w./-]*")
DOTTED = re.compile(rf"(?:chalicelib\.)?(?:{'|'.join(LAYERS)})(?:\.\w+)+")
#: How the conditions that writes carry are called.
CONDITION = re.compile(r"\w+_(?:is|are|has)_\w+")
#: A function of a module of the store.
OF_THE_STORE = re.compile(r"(?:\w+_(?:table|items)|surveys)\.\w+")
#: Files that readers make for themselves.
MADE_BY_READERS = {"config.toml", "schedules.yaml"}


def missing_names(text: str) -> list[str]:
    """The files, folders and dotted names in a page's text that the code does not have."""
    named = INLINE.findall(FENCED.sub("", text))
    return [name for name in named if not is_there(name)]


def is_there(name: str) -> bool:
    """Whether the code has what is named; True for text that names none of it."""
    if PATH.fullmatch(name):
        return (ROOT / name).exists()
    if BELOW_THE_CODE.fullmatch(name):
        return (ROOT / "chalicelib" / name).exists()
    if FILE.fullmatch(name) and name not in MADE_BY_READERS:
        return (ROOT / name).exists() or name in names_of_files()
    dotted = dotted_name(name)
    return dotted is None or is_defined(dotted.split("."))


def dotted_name(name: str) -> str | None:
    """The dotted name below `chalicelib` that a word in code font stands for, if it does."""
    if CONDITION.fullmatch(name) and not name.startswith("test_"):
        return f"store.dynamodb.conditions.{name}"
    if OF_THE_STORE.fullmatch(name):
        return f"store.{name}"
    return name.removeprefix("chalicelib.") if DOTTED.fullmatch(name) else None


@cache
def names_of_files() -> frozenset[str]:
    """The names of all files below the folders of the code."""
    return frozenset(path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))


@cache
def body_of(module: Path) -> list[ast.stmt]:
    """The statements of a module."""
    return ast.parse(module.read_text(encoding="utf-8")).body


def is_defined(parts: list[str]) -> bool:
    """Whether the dotted name below `chalicelib` is a module, or a name inside of one."""
    place = ROOT / "chalicelib"
    for position, part in enumerate(parts):
        place /= part
        module = place.with_suffix(".py")
        if module.is_file():
            return has_name(body_of(module), parts[position + 1 :])
    return place.is_dir()


def has_name(body: list[ast.stmt], names: list[str]) -> bool:
    """Whether a body defines the first name, and that one's body the next, and so on."""
    if not names:
        return True
    return any(has_name(getattr(node, "body", []), names[1:]) for node in defining(body, names[0]))


def defining(body: list[ast.stmt], name: str) -> Iterator[ast.stmt]:
    """The statements of a body that give the name its meaning."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            yield node
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(each, ast.Name) and each.id == name for each in targets):
            yield node


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    assert missing_names(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "name",
    [
        "infra/places.py",
        "tests/infra",
        "store/dynamodb",
        "places.py",
        "store.dynamodb.conditions.run_is_new",
        "domain.runs.run.SkipReason.MISFIRE",
        "engine.moves",
        "run_is_queued",
        "run_table.waiting_forced",
        "retry.max_attempts",
    ],
)
def test_a_name_that_is_there_passes(name: str) -> None:
    assert missing_names(f"See `{name}`.") == []


@pytest.mark.parametrize(
    "name",
    [
        "infra/place.py",
        "tests/infras",
        "store/postgres",
        "place.py",
        "store.dynamodb.conditions.run_is_old",
        "domain.runs.run.SkipReason.MISFIRED",
        "engine.move",
        "run_is_queueing",
        "run_table.waits",
    ],
)
def test_a_name_that_is_not_there_is_found(name: str) -> None:
    assert missing_names(f"See `{name}`.") == [name]
