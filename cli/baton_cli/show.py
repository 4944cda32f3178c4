"""Output for people: tables, records and lines, with instants in their time zone."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from baton_cli.text import as_text, clean, instant, json_line, local_text

#: Columns of output that is no terminal, so many that nothing is cut.
_WIDE: Final = 10_000
_STYLES: Final = {
    "succeeded": "green",
    "active": "green",
    "ok": "green",
    "running": "cyan",
    "claimed": "cyan",
    "queued": "yellow",
    "paused": "yellow",
    "review_due": "yellow",
    "warning": "yellow",
    "failed": "red",
    "broken": "red",
    "critical": "red",
    "error": "red",
    "skipped": "dim",
    "cancelled": "dim",
    "inactive": "dim",
}

Cell = Callable[[Any], object]
Columns = Sequence[tuple[str, Cell]]


class Show:
    """Prints to stdout, with colours on a terminal only, and never with NO_COLOR."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        # With NO_COLOR, Rich would still print bold and dim.
        colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
        self._console = Console(color_system=colours, highlight=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = _WIDE

    def table(self, columns: Columns, items: Iterable[Any], empty: str = "None.") -> None:
        """Print a table with a row for each item, or the text `empty` if there is none."""
        rows = [[self._cell(cell(item)) for _, cell in columns] for item in items]
        if not rows:
            self.line(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for header, _ in columns:
            is_id = header in ("ID", "RUN")
            table.add_column(header, no_wrap=True, overflow="fold" if is_id else "ellipsis")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def record(self, item: dict[str, Any]) -> None:
        """Print a line for each field of an object; empty fields are left out."""
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in item.items():
            if value not in (None, "", [], {}):
                table.add_row(clean(name), self._cell(self.value(value)))
        self._console.print(table)

    def value(self, value: Any) -> str:
        """A value of the API as one line of text, instants in local time."""
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, str) and value.endswith("Z") and instant(value):
            return self.at(value)
        return as_text(value)

    def at(self, text: str | None) -> str:
        """An instant of the API as text, in local time."""
        return local_text(text, self._zone)

    def line(self, text: str, style: str = "") -> None:
        """Print a line. If the text goes on in others, these are indented: none passes for a line.

        Tabs stay as they are.
        """
        shown = clean(text, keep="\n\t").replace("\n", "\n    ")
        self._console.print(Text(shown, style=style), soft_wrap=True)

    def _cell(self, value: object) -> Text:
        text = as_text(value)
        return Text(text, style=_STYLES.get(text.lower(), ""))


def print_json(value: Any) -> None:
    """Print a value for programs: one line of JSON."""
    click.echo(json_line(value))


def print_warnings(warnings: Iterable[dict[str, Any]]) -> None:
    """Print the warnings that the API gave with its answer, to stderr."""
    for warning in warnings:
        note(f"Warning: {warning['message']}")


def note(text: str) -> None:
    """Print a line for people that is no part of the answer, to stderr."""
    click.echo(clean(text), err=True)
