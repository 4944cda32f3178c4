"""The log lines of runs in storage."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import LogItem


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line; `sequence` counts up from 1 within its run."""

    run_id: str
    sequence: int
    at: datetime
    level: str
    message: str
    data: dict[str, Any] | None = None
    expires_at: datetime | None = None


def append(lines: Iterable[LogLine]) -> None:
    """Store these lines, in batches."""
    with LogItem.batch_write() as batch:
        for line in lines:
            batch.save(to_item(LogItem, line))


def read(run_id: str, after: int, limit: int) -> tuple[list[LogLine], int]:
    """The next `limit` lines of a run after that sequence number, in order, and the last number.

    A line that cannot be read is left out, with a warning.
    """
    is_later = LogItem.sequence > after
    found = list(batches.query(LogItem, run_id, is_later, limit=limit, strong=True))
    last = int(found[-1]["sequence"]["N"]) if found else after
    return list(batches.readable(LogItem, LogLine, found)), last


def last_sequence(run_id: str) -> int:
    """The sequence number of the run's newest line; 0 if it has none."""
    newest = LogItem.query(run_id, scan_index_forward=False, limit=1, consistent_read=True)
    return next((int(item.sequence) for item in newest), 0)


def every(run_id: str) -> Iterator[LogLine]:
    """All lines of a run that can be read, in order."""
    return batches.readable(LogItem, LogLine, batches.query(LogItem, run_id))


def delete(lines: Iterable[LogLine]) -> None:
    """Remove these lines, in batches."""
    _delete((line.run_id, line.sequence) for line in lines)


def delete_all(run_id: str) -> None:
    """Remove a run's whole log, in batches, with what cannot be read in it."""
    found = batches.query(LogItem, run_id)
    _delete((run_id, int(raw["sequence"]["N"])) for raw in found)


def _delete(keys: Iterable[tuple[str, int]]) -> None:
    with LogItem.batch_write() as batch:
        for key in keys:
            batch.delete(LogItem(*key))
