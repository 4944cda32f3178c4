"""What people see: tables, records and short words, in their own time zone."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from baton_cli.text import clean, instant, local, plain

#: A pipe has no width; nothing is cut for it.
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
    """Shows to people on stdout. Colours only on a terminal, and never with NO_COLOR."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        # Rich leaves bold and dim in with NO_COLOR; who sets it wants plain text.
        colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
        self._console = Console(color_system=colours, highlight=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = _WIDE

    def table(self, columns: Columns, items: Iterable[Any], empty: str = "None.") -> None:
        """A row an item; `empty` if there is none."""
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
        """A line a field; what is not set is left out."""
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in item.items():
            if value not in (None, "", [], {}):
                table.add_row(clean(name), self._cell(self.value(value)))
        self._console.print(table)

    def value(self, value: Any) -> str:
        """A value of the API in one line, instants in local time."""
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, str) and value.endswith("Z") and instant(value):
            return self.at(value)
        return plain(value)

    def at(self, text: str | None) -> str:
        """An instant in local time."""
        return local(text, self._zone)

    def line(self, text: str, style: str = "") -> None:
        """A line of text; newlines and tabs in it stay."""
        self._console.print(Text(clean(text, keep="\n\t"), style=style), soft_wrap=True)

    def _cell(self, value: object) -> Text:
        text = plain(value)
        return Text(text, style=_STYLES.get(text.lower(), ""))


def as_json(value: Any) -> None:
    """A value for programs: one line of JSON, as the API gave it."""
    click.echo(json.dumps(value, ensure_ascii=False))


def warn(warnings: Iterable[dict[str, Any]]) -> None:
    """What the API warns of, besides having done what was asked."""
    for warning in warnings:
        note(f"Warning: {warning['message']}")


def note(text: str) -> None:
    """Something besides the answer, for people: on stderr."""
    click.echo(clean(text), err=True)
