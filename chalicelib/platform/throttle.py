"""How often a tenant may ask, as far as one process sees it: a token bucket for each tenant.

Each process of a deployment counts by itself, so this holds a flood back and is no exact limit.
What must be exact are the limits of what a tenant may have.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Once there are this many buckets, those that are full are forgotten.
_MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a second there may be in the long run, and how many at once."""

    per_second: float
    burst: int


WRITES: Final = Rate(per_second=20, burst=100)
#: Reads that look at much: forecasts, explanations, statistics, lists with filters.
EXPENSIVE_READS: Final = Rate(per_second=2, burst=20)


@dataclass(slots=True)
class _Bucket:
    """How many requests were left at an instant."""

    left: float
    at: datetime


class Throttle:
    """The buckets of one process."""

    def __init__(self, writes: Rate = WRITES, expensive_reads: Rate = EXPENSIVE_READS) -> None:
        self._rates = {"write": writes, "expensive_read": expensive_reads}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def seconds_to_wait(self, kind: str, tenant_id: str, now: datetime) -> float:
        """Take one from the tenant's bucket of that kind (`write`, `expensive_read`).

        Answers with 0, or with how long it takes until there is one: then nothing was taken.
        """
        rate = self._rates[kind]
        with self._lock:
            bucket = self._filled(kind, tenant_id, now)
            if bucket.left < 1:
                return (1 - bucket.left) / rate.per_second
            bucket.left -= 1
            return 0

    def _filled(self, kind: str, tenant_id: str, now: datetime) -> _Bucket:
        """The tenant's bucket as it is by now; clocks may stand still, and never count back."""
        if len(self._buckets) >= _MOST_BUCKETS:
            self._forget_full(now)
        rate = self._rates[kind]
        bucket = self._buckets.setdefault((kind, tenant_id), _Bucket(rate.burst, now))
        passed = max((now - bucket.at).total_seconds(), 0)
        bucket.left = min(bucket.left + passed * rate.per_second, rate.burst)
        bucket.at = max(bucket.at, now)
        return bucket

    def _forget_full(self, now: datetime) -> None:
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.left + (now - bucket.at).total_seconds() * self._rates[key[0]].per_second
            < self._rates[key[0]].burst
        }
