"""Numbers about runs: how many of which status, and how long they waited and took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from chalicelib.domain.runs.run import RunStatus

#: How far back a run counts as recent.
WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Measured:
    """What counts of one run: its status, how long it waited for its slot and how long it took."""

    due_at: datetime
    status: str
    wait_ms: int | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The middle and the slow end of some durations, in milliseconds; None if there were none."""

    p50: int | None
    p95: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatistics:
    """Some runs in numbers. Every status has its count, which may be 0."""

    by_status: dict[str, int]
    waits: Percentiles
    durations: Percentiles


def of_runs(runs: Sequence[Measured]) -> RunStatistics:
    """The runs in numbers: waits are of those that got a slot, durations of those that ended."""
    statuses = Counter({status.value: 0 for status in RunStatus})
    statuses.update(run.status for run in runs if run.status in statuses)
    return RunStatistics(
        by_status=dict(statuses),
        waits=percentiles(run.wait_ms for run in runs if run.wait_ms is not None),
        durations=percentiles(run.duration_ms for run in runs if run.duration_ms is not None),
    )


def percentiles(milliseconds: Iterable[int]) -> Percentiles:
    """The 50th and 95th percentile, by nearest rank: always one of the values."""
    ordered = sorted(milliseconds)
    return Percentiles(_percentile(ordered, 50), _percentile(ordered, 95))


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    if not ordered:
        return None
    return ordered[ceil(len(ordered) * percent / 100) - 1]
