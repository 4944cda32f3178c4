"""Who sweeps which part of a shard just now: one at a time is enough, and two would only meet.

It guards nothing: a sweep that dies leaves its item behind, which counts for no longer than it
could have worked.
"""

from datetime import datetime
from typing import Final

from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import try_write

_KIND: Final = "sweeps"


def begin(part: str, now: datetime, until: datetime) -> bool:
    """Whether nobody sweeps this part; if so, the caller does, until that instant at most."""
    item = ControlItem(_KIND, part, expires_at=until)
    return try_write(lambda: item.save(condition=conditions.control_has_expired(now)))


def end(part: str) -> None:
    """The sweep is over."""
    ControlItem(_KIND, part).delete()
