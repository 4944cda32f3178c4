"""The page of log events and metrics says what the code does: none is missing, none invented."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from chalicelib.platform import metrics
from chalicelib.store.dynamodb.batches import UNREADABLE
from infra.places import ROOT

PAGE: Final = ROOT / "docs" / "reference" / "events.md"
LEVELS: Final = {"info": "info", "warn": "warning", "error": "error"}
#: The one name that is no literal in its call, and the line that `metrics` writes.
LOOKED_UP: Final = "UNREADABLE[kind.__name__]"
METRICS: Final = "metrics"
WORD: Final = re.compile(r"`(\w+)`")


@dataclass
class Event:
    """An event: its levels, and the names of what it says."""

    levels: set[str] = field(default_factory=set)
    says: set[str] = field(default_factory=set)


def names_in(argument: ast.expr) -> list[str]:
    """The names that the first argument of a call may have. Raises `ValueError` for others."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return names_in(argument.body) + names_in(argument.orelse)
    if ast.unparse(argument) == LOOKED_UP:
        return list(UNREADABLE.values())
    raise ValueError(f"The name of an event has to be a literal: {ast.unparse(argument)}")


def calls(source: str) -> Iterator[tuple[str, str, set[str]]]:
    """Name, level and fields of each event that a module logs."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) == "events" and node.func.attr in LEVELS:
            fields = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
            for name in names_in(node.args[0]):
                yield name, LEVELS[node.func.attr], fields


def in_code() -> dict[str, Event]:
    found: dict[str, Event] = defaultdict(Event)
    for path in sorted([ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]):
        for name, level, fields in calls(path.read_text(encoding="utf-8")):
            found[name].levels.add(level)
            found[name].says |= fields
    found[METRICS].levels.add("info")
    return dict(found)


def rows(columns: int) -> Iterator[list[str]]:
    """The rows of the page's tables of so many columns, without their heads."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == columns:
            yield cells


def on_page() -> dict[str, list[str]]:
    """Name of the event → its cells: level, what it says, what happened, what to do."""
    found = {}
    for name, *cells in rows(5):
        assert name.strip("`") not in found, f"{name} is there twice"
        found[name.strip("`")] = cells
    return found


def test_every_event_is_on_the_page_and_no_other() -> None:
    assert sorted(on_page()) == sorted(in_code())


@pytest.mark.parametrize("name", sorted(in_code()))
def test_an_event_is_described_as_it_is_logged(name: str) -> None:
    event, (level, says, happened, to_do) = in_code()[name], on_page()[name]
    assert event.levels == {level}
    assert event.says - set(WORD.findall(says)) == set()
    assert happened
    assert to_do


def test_every_metric_is_on_the_page_as_it_is_written() -> None:
    described = {(name, unit, by) for name, unit, by, _ in rows(4)}
    written = {
        (f"`{each.name}`", each.unit, f"`{each.by}`" if each.by else "") for each in metrics.ALL
    }
    assert described == written


def test_metrics_are_all_in_the_list_of_them() -> None:
    defined = [value for value in vars(metrics).values() if isinstance(value, metrics.Metric)]
    assert sorted(each.name for each in defined) == sorted(each.name for each in metrics.ALL)


def test_a_name_that_is_made_up_at_run_time_is_not_taken() -> None:
    with pytest.raises(ValueError, match="has to be a literal"):
        list(calls('events.info(f"{kind}_gone")'))


def test_a_call_is_found_wherever_it_is() -> None:
    source = 'def f():\n    if x:\n        events.warn("a" if y else "b", run_id=1, **more)\n'
    assert list(calls(source)) == [("a", "warning", {"run_id"}), ("b", "warning", {"run_id"})]


def test_whatever_can_be_stored_has_a_name_for_when_it_cannot_be_read() -> None:
    kinds: set[str] = set()
    for path in (ROOT / "chalicelib" / "store").glob("*.py"):
        kinds |= set(_kinds_read_in(path))
    assert kinds == set(UNREADABLE)


def _kinds_read_in(path: Path) -> Iterator[str]:
    """The kinds of value that a module has `batches` or `paging` read and warn of."""
    warning = {"readable", "find_readable", "log_unreadable", "newest"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            name = ast.unparse(node.func).rpartition(".")[2]
            kind = node.args[1]
            if name in warning and isinstance(kind, ast.Name) and kind.id[0].isupper():
                yield kind.id
