"""The lines of a run's log: their shape, their size, their numbers, and how many there may be.

Lines are numbered from a base of their attempt's own, so that a holder that lost its lease cannot
overwrite the lines of the next. What a target sends with its heartbeats has a base of its own
again, for the runner may be writing at the same time.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.runs.run import Run
from chalicelib.store.log_table import LogLine

MOST_LINES: Final = 10_000
MOST_LINE_BYTES: Final = 4096
LINES_PER_ATTEMPT: Final = 100_000
#: Of a run whose target calls back, the runner itself writes only about the request.
LINES_OF_THE_RUNNER: Final = 100
_BASE_OF_THE_TARGET: Final = 50_000
_LONGEST_LEVEL: Final = 20
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line as it was said."""

    message: str
    level: str = "info"
    data: dict[str, Any] | None = None


class LogLines:
    """Makes the lines of one attempt, up to the run's limit; counts what is dropped.

    `said` counts on from what the run's earlier attempts said.
    """

    def __init__(self, run: Run, expires_at: datetime, *, of_target: bool = False) -> None:
        self._run, self._expires_at = run, expires_at
        self._base = (run.attempt - 1) * LINES_PER_ATTEMPT + of_target * _BASE_OF_THE_TARGET
        self._most = MOST_LINES - LINES_OF_THE_RUNNER if of_target else MOST_LINES
        self.said = run.log_lines

    def make(self, said: LogEntry, now: datetime) -> LogLine | None:
        """The line to store; None past the limit."""
        self.said += 1
        return self._line(self.said, said, now) if self.said <= self._most else None

    def last(self, now: datetime) -> LogLine | None:
        """The line that says how many were dropped, if any were. Told again, it replaces itself."""
        dropped = self.said - self._most
        if dropped <= 0:
            return None
        said = LogEntry(f"{dropped} further lines dropped", "warning", None)
        return self._line(self._most + 1, said, now)

    def _line(self, number: int, said: LogEntry, now: datetime) -> LogLine:
        return LogLine(
            run_id=self._run.run_id,
            sequence=self._base + number,
            at=now,
            level=str(said.level)[:_LONGEST_LEVEL],
            message=shortened(str(said.message)),
            data=storable(said.data),
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
    except Exception as error:  # a job's own values may raise anything at all
        return {"unreadable": f"{type(error).__name__}: {error}"[:200]}
    raw = text.encode("utf-8", "replace")
    if len(raw) > MOST_LINE_BYTES:
        return {"shortened": shortened(text)}
    kept: dict[str, Any] = json.loads(raw, parse_constant=str)  # NaN is no JSON
    return kept


def shortened(message: str, most: int = MOST_LINE_BYTES) -> str:
    """The text in so many bytes of UTF-8; what was cut ends in a visible mark."""
    raw = message.encode("utf-8", "replace")
    if len(raw) <= most:
        return raw.decode()
    return raw[: most - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT
