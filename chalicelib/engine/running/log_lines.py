"""The lines of a run's log: their shape, their size, their numbers, and how many there may be.

Lines are numbered from a base of their attempt's own, so that a holder that lost its lease cannot
overwrite the lines of the next. What a target sends with its heartbeats has a base of its own
again, for the runner may be writing at the same time.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.runs.report_rules import (
    LONGEST_TEXT,
    as_text,
    error_as_text,
    guarded,
    shortened,
)
from chalicelib.domain.runs.run import Run
from chalicelib.store.log_table import LogLine

MOST_LINES: Final = 10_000
LINES_PER_ATTEMPT: Final = 100_000
#: Of a run whose target calls back, the runner itself writes only about the request.
LINES_OF_THE_RUNNER: Final = 100
_BASE_OF_THE_TARGET: Final = 50_000
_LONGEST_LEVEL: Final = 20
_LONGEST_FAULT: Final = 200
#: More digits than this are beyond the numbers that readers of JSON take.
_MOST_DIGITS: Final = 308
#: As deep as the bodies of requests may be.
_MOST_LEVELS: Final = 32


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line as its job or target gave it."""

    message: str
    level: str = "info"
    data: dict[str, Any] | None = None


class LogLines:
    """Makes the lines of one attempt, up to the run's limit.

    `count` is how many the run has, the dropped ones and those of its earlier attempts included.
    """

    def __init__(self, run: Run, expires_at: datetime, *, of_target: bool = False) -> None:
        self._run, self._expires_at = run, expires_at
        self._base = (run.attempt - 1) * LINES_PER_ATTEMPT
        self._most = MOST_LINES
        if of_target:
            self._base += _BASE_OF_THE_TARGET
            self._most -= LINES_OF_THE_RUNNER
        self.count = run.log_lines

    def make(self, entry: LogEntry, now: datetime) -> LogLine | None:
        """The line to store; None past the limit."""
        self.count += 1
        return self._line(self.count, entry, now) if self.count <= self._most else None

    def last(self, now: datetime) -> LogLine | None:
        """The line that says how many were dropped, if any were.

        A later one replaces it, for both have the same number.
        """
        dropped = self.count - self._most
        if dropped <= 0:
            return None
        entry = LogEntry(f"{dropped} further lines dropped", "warning", None)
        return self._line(self._most + 1, entry, now)

    def _line(self, number: int, entry: LogEntry, now: datetime) -> LogLine:
        return LogLine(
            run_id=self._run.run_id,
            sequence=self._base + number,
            at=now,
            level=as_text(entry.level)[:_LONGEST_LEVEL],
            message=as_text(entry.message),
            data=storable(entry.data),
            expires_at=self._expires_at,
        )


def storable(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The data as it can be kept: whatever JSON does not know as text, and no more than a line.

    One line that cannot be stored would keep all later ones from being stored with it.
    """
    if not data:
        return None
    try:
        text = json.dumps(data, default=str, ensure_ascii=False)
    except BaseException as error:  # a job's own values may raise anything at all
        return {"unreadable": error_as_text(error)[:_LONGEST_FAULT]}
    raw = text.encode("utf-8", "replace")
    kept = guarded(lambda: _read(raw), None) if len(raw) <= LONGEST_TEXT else None
    return {"shortened": shortened(text)} if kept is None or _is_deep(kept) else kept


def _read(raw: bytes) -> dict[str, Any]:
    """The JSON, with numbers that JSON does not know or its readers cannot hold as text."""
    kept: dict[str, Any] = json.loads(raw, parse_constant=str, parse_int=_integer)
    return kept


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _is_deep(value: Any, levels: int = _MOST_LEVELS) -> bool:
    """Whether containers are nested in each other for more than so many levels."""
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    if inner is None:
        return False
    return levels == 0 or any(_is_deep(each, levels - 1) for each in inner)
