"""The log lines of runs in storage."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.store.dynamodb.codec import from_item, to_item
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


def read(run_id: str, after: int, limit: int) -> list[LogLine]:
    """The lines of a run after that sequence number, in order."""
    found = LogItem.query(run_id, LogItem.sequence > after, limit=limit, consistent_read=True)
    return [from_item(LogLine, item) for item in found]


def last_sequence(run_id: str) -> int:
    """The sequence number of the run's newest line; 0 if it has none."""
    newest = LogItem.query(run_id, scan_index_forward=False, limit=1, consistent_read=True)
    return next((int(item.sequence) for item in newest), 0)


def every(run_id: str) -> Iterator[LogLine]:
    """All lines of a run, in order."""
    return (from_item(LogLine, item) for item in LogItem.query(run_id))


def delete(lines: Iterable[LogLine]) -> None:
    """Remove these lines, in batches."""
    with LogItem.batch_write() as batch:
        for line in lines:
            batch.delete(LogItem(line.run_id, line.sequence))
