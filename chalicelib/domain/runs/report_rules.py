"""What may be reported of a run, for targets that call back and for jobs alike.

A callback that reports anything else is refused. A job cannot be refused, for its run has to end:
a number out of bounds is brought within them, and what is of a wrong kind is left out.
"""

import json
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, Literal, TypeVar, get_args

from chalicelib.domain.runs.run import FailureReason

T = TypeVar("T")

#: The largest integer that every reader of JSON takes exactly.
MOST_COUNT: Final = 2**53
#: Characters where a longer text is refused, bytes of UTF-8 where it is cut.
LONGEST_TEXT: Final = 4096
#: The largest budgets of tokens and of cost, and the smallest cost that counts: a millionth.
MOST_TOKENS: Final = 1_000_000_000_000
MOST_COST: Final = 1_000_000_000
SMALLEST_COST: Final = 0.000_001
_PLACES_OF_COST: Final = 6
#: Bytes of a checkpoint as JSON: it is part of the run, which is written with each heartbeat.
LARGEST_CHECKPOINT: Final = 8192
#: How long a target may ask to be left alone before its next attempt.
LONGEST_REST: Final = timedelta(days=1)
#: The failure reasons that a target or a job may report; the others only Baton itself finds.
ReportableReason = Literal[
    "error",
    "timeout",
    "budget_exceeded",
    "aborted",
    "rate_limited",
    "auth_failed",
    "http_error",
    "item_errors",
    "target_not_found",
]
_CUT: Final = "…"
_LONGEST_SHOWN: Final = 100
_OUT_OF_BOUNDS: Final = "is out of bounds"


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """What is kept of a reported value (None: nothing), and what is wrong with it, if anything."""

    kept: T | None
    fault: str | None = None


def count(value: Any) -> Judged[int]:
    """A count: an integer from 0 to `MOST_COUNT`. A bool or a float is none."""
    number = guarded(lambda: None if isinstance(value, bool) else operator.index(value), None)
    if number is None:
        return Judged(None, "is no integer")
    kept = min(max(number, 0), MOST_COUNT)
    return Judged(kept, None if kept == number else _OUT_OF_BOUNDS)


def rounded_cost(cost: float) -> float:
    """The cost in whole millionths: what is less is dust of adding up."""
    return round(cost, _PLACES_OF_COST)


def amount(value: Any) -> Judged[float]:
    """A finite number from 0 to `MOST_COUNT`."""
    number = guarded(lambda: _as_float(value), math.nan)
    if not math.isfinite(number):
        return Judged(None, "is no finite number")
    kept = min(max(number, 0.0), float(MOST_COUNT))
    return Judged(kept, None if kept == number else _OUT_OF_BOUNDS)


def rest(value: Any) -> Judged[timedelta]:
    """A duration from 0 to `LONGEST_REST`, given as a timedelta or in seconds."""
    seconds = guarded(lambda: _as_float(value), math.nan)
    if math.isnan(seconds):
        return Judged(None, "is no number of seconds")
    kept = min(max(seconds, 0.0), LONGEST_REST.total_seconds())
    return Judged(timedelta(seconds=kept), None if kept == seconds else _OUT_OF_BOUNDS)


def reason(value: Any) -> Judged[FailureReason]:
    """A failure reason that a target may report, or its name."""
    known = guarded(lambda: FailureReason(value), None)
    if known is None or known not in get_args(ReportableReason):
        return Judged(None, "is no reason that a job may give")
    return Judged(known)


def text(value: Any) -> Judged[str]:
    """A text, cut to `LONGEST_TEXT`; for any other object, the text that `str` makes of it."""
    if guarded(lambda: isinstance(value, str), False):
        return Judged(as_text(value))
    return Judged(as_text(value), "is no text")


def checkpoint(value: Any) -> Judged[dict[str, Any]]:
    """A checkpoint: an object of JSON, not larger than `LARGEST_CHECKPOINT`."""
    written = guarded(lambda: json.dumps(value, allow_nan=False, ensure_ascii=False), None)
    raw = guarded((written or "").encode, b"")
    if written is None or not raw.startswith(b"{"):
        return Judged(None, "is no object that JSON can hold")
    if len(raw) > LARGEST_CHECKPOINT:
        return Judged(None, f"is larger than {LARGEST_CHECKPOINT} bytes")
    kept: dict[str, Any] = json.loads(written)
    return Judged(kept)


def as_text(value: object) -> str:
    """What `str` makes of the object, cut as by `shortened`; says so if it makes nothing of it."""
    return guarded(lambda: shortened(str(value)), f"({_type_of(value)} without a readable text)")


def as_shown(value: object) -> str:
    """The object as a warning shows it: shortened, or by its type alone if `repr` fails."""
    return guarded(lambda: shortened(repr(value), _LONGEST_SHOWN), f"({_type_of(value)})")


def error_as_text(error: BaseException) -> str:
    """The error's type and message."""
    return shortened(f"{_type_of(error)}: {as_text(error)}")


def shortened(message: str, most: int = LONGEST_TEXT) -> str:
    """The text in so many bytes of UTF-8; what was cut ends in a visible mark."""
    raw = message[: most + 1].encode("utf-8", "replace")
    if len(raw) <= most:
        return raw.decode()
    return raw[: most - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT


def guarded(read: Callable[[], T], otherwise: T) -> T:
    """What `read` returns, or the other value if it raises anything at all.

    It is for looking at objects that a job made: any of their methods is code of the job's.
    """
    try:
        return read()
    except BaseException:
        return otherwise


def _as_float(value: Any) -> float:
    """The number, infinite beyond a float's range. Raises for whatever is no number."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool | str | bytes | bytearray):
        raise TypeError(value)
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _type_of(value: object) -> str:
    return guarded(lambda: shortened(type(value).__name__, _LONGEST_SHOWN), "an object")
