"""The log lines of runs in storage."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.attributes import as_compact_json
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


#: More lines than a run can have.
MOST_OF_A_RUN: Final = 100_000
#: How many lines are looked at for a page of some of them, and how many bytes a page has.
MOST_SIFTED: Final = 2_000
MOST_BYTES: Final = 4_000_000


def read(
    run_id: str, after: int, limit: int, keep: Callable[[LogLine], bool] | None = None
) -> tuple[list[LogLine], int]:
    """The next `limit` lines of a run after that sequence number, in order, and the last number.

    With `keep`, only those that it accepts, of `MOST_SIFTED` that are looked at. There are fewer if
    they have many bytes. A line that cannot be read is left out, with a warning.
    """
    found = batches.query(
        LogItem,
        run_id,
        LogItem.sequence > after,
        limit=limit if keep is None else MOST_SIFTED,
        strong=True,
    )
    page = _LogPage(limit, keep)
    page.fill(found)
    return page.lines, after if page.last is None else page.last


def read_back(
    run_id: str, before: int | None, limit: int, keep: Callable[[LogLine], bool] | None = None
) -> tuple[list[LogLine], int | None]:
    """The last `limit` lines of a run, or the last before that sequence number, in order.

    Also before which number to look for earlier ones; None if there are none. Otherwise as `read`.
    """
    found = batches.query(
        LogItem,
        run_id,
        None if before is None else LogItem.sequence < before,
        limit=(limit if keep is None else MOST_SIFTED) + 1,
        newest_first=True,
        strong=True,
    )
    page = _LogPage(limit, keep)
    is_all = page.fill(found)
    return page.lines[::-1], None if is_all else page.last


class _LogPage:
    """A page of lines that is filled until it has so many lines or bytes."""

    def __init__(self, limit: int, keep: Callable[[LogLine], bool] | None) -> None:
        self._limit, self._keep, self._bytes, self._looked_at = limit, keep, 0, 0
        self.lines: list[LogLine] = []
        #: The sequence number of the last line that was looked at.
        self.last: int | None = None

    @property
    def _is_tired(self) -> bool:
        """Whether it has looked at enough that it did not keep."""
        return self._keep is not None and self._looked_at == MOST_SIFTED

    def fill(self, found: Iterable[dict[str, Any]]) -> bool:
        """Take what there is room for; answers whether that was all."""
        for raw in found:
            if len(self.lines) == self._limit or self._is_tired:
                return False
            size = sum(_size(raw[name]["S"]) for name in ("message", "data") if name in raw)
            if self._bytes and self._bytes + size > MOST_BYTES:
                return False
            self._looked_at += 1
            self.last = int(raw["sequence"]["N"])
            for line in batches.readable(LogItem, LogLine, [raw]):
                if self._keep is None or self._keep(line):
                    self.lines.append(line)
                    self._bytes += size
        return True


def _size(text: str) -> int:
    """How many bytes it has in an answer of a Lambda: JSON as a text within JSON."""
    return len(as_compact_json(as_compact_json(text)).encode())


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
