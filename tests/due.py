"""What is due in all shards of the index, read to its end."""

from datetime import datetime
from typing import Any

from chalicelib.domain.runs.schedule import DUE_SHARDS
from chalicelib.store import schedule_table
from chalicelib.store.dynamodb.batches import Key

_AT_ONCE = 100


def due_keys(until: datetime) -> list[tuple[datetime, Key]]:
    """When each schedule is due that is so by then, and its key; earliest first."""
    return sorted(each for shard in range(DUE_SHARDS) for each in _in_shard(shard, until))


def _in_shard(shard: int, until: datetime) -> list[tuple[datetime, Key]]:
    found: list[tuple[datetime, Key]] = []
    start: dict[str, Any] | None = None
    while True:
        page, start = schedule_table.due_page(shard, until, _AT_ONCE, start)
        found += page
        if start is None:
            return found
