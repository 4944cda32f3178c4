"""Ids, which all sort by time.

The id of a scheduled run is derived from its fire time, so that no fire time makes two runs.
"""

import hashlib
import secrets
import threading
from datetime import UTC, datetime, timedelta

from chalicelib.domain.time.instants import to_text

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_TIME_LENGTH = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAIL_LENGTH = 16
_TAIL_BITS = 80

_lock = threading.Lock()
#: The time prefix and the tail of the newest id.
_newest = ("", 0)


def scheduled_run_id(tenant_id: str, schedule_id: str, fire_at: datetime) -> str:
    """The id of the run of one fire time: always the same, whoever computes it."""
    return derived_id(fire_at, tenant_id, schedule_id, to_text(fire_at))


def derived_id(instant: datetime, *names: str) -> str:
    """An id made of an instant and names: always the same for the same ones."""
    digest = hashlib.sha256("\n".join(names).encode()).digest()
    return time_prefix(instant) + _encode(int.from_bytes(digest[:10]), _TAIL_LENGTH)


def new_id(now: datetime) -> str:
    """A fresh id in the shape of a ULID: 48 bits of milliseconds, 80 random ones.

    Ids that one process makes in the same millisecond count up, as the ULID specification defines
    for monotonic ids, so that what was made later sorts later.
    """
    global _newest  # noqa: PLW0603  # each process remembers the id it made last
    prefix = time_prefix(now)
    with _lock:
        tail = _newest[1] + 1 if _newest[0] == prefix else secrets.randbits(_TAIL_BITS - 1)
        _newest = (prefix, tail)
    return prefix + _encode(tail, _TAIL_LENGTH)


def is_id(text: str) -> bool:
    """Whether the text has the shape of an id that `new_id` makes."""
    return len(text) == _TIME_LENGTH + _TAIL_LENGTH and set(text) <= set(_ALPHABET)


def time_prefix(instant: datetime) -> str:
    """The ten characters that every id made for this instant begins with."""
    return _encode((instant - _EPOCH) // timedelta(milliseconds=1), _TIME_LENGTH)


def instant_of(made: str) -> datetime:
    """The instant that an id was made for."""
    number = 0
    for digit in made[:_TIME_LENGTH]:
        number = number * len(_ALPHABET) + _ALPHABET.index(digit)
    return _EPOCH + timedelta(milliseconds=number)


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
