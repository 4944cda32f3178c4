"""Figures for CloudWatch, in its embedded metric format: lines of the log that it takes them from.

Flows add figures where something happens; at the end of an invocation they are written, a line for
each set of dimensions. What is zero is not written, for CloudWatch charges a metric by the hours in
which it gets a figure: a deployment that does nothing pays nothing for its metrics.

Outside an invocation, and in a deployment that wants no metrics, adding does nothing.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from chalicelib.platform import events
from chalicelib.platform.clock import Clock

NAMESPACE: Final = "Baton"
#: The dimension that all metrics have: the name of the CloudFormation stack.
STACK: Final = "Stack"
#: How many values of a metric one line may have, by the format's specification.
MOST_VALUES: Final = 100

#: Its lines are written whatever the level of the log is: they are no messages.
_logger = logging.getLogger("baton.metrics")
_logger.setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. `by` is a second dimension, with few values: never a tenant, schedule or run."""

    name: str
    unit: str
    by: str | None = None

    @property
    def is_summed(self) -> bool:
        """Whether an invocation's figures are added up. Times are not: each of them is kept."""
        return self.unit == "Count"


#: Passes that found something to do. (Lambda counts all invocations, for nothing.)
PASSES: Final = Metric("Passes", "Count")
#: Fire times that made a run.
FIRED: Final = Metric("Fired", "Count")
#: The time from when a fire time that made a run was due until a pass took it up.
LATE: Final = Metric("Late", "Milliseconds")
#: The time from when a run was put in the queue until it got its slot.
WAIT: Final = Metric("Wait", "Milliseconds")
#: The time from the start of a run until it ended.
DURATION: Final = Metric("Duration", "Milliseconds")
#: Runs that failed for good.
FAILURES: Final = Metric("Failures", "Count", by="Reason")
#: Slots that were taken from silent holders.
REAPED: Final = Metric("Reaped", "Count")
#: Slots that were taken from claims on which no runner had started to work.
NOT_STARTED: Final = Metric("NotStarted", "Count")
#: Runs that wait for a slot, at a tick that finds none free, up to a thousand; and for how long
#: the fire time of the one that has waited longest has been over.
WAITING: Final = Metric("Waiting", "Count")
LONGEST_WAIT: Final = Metric("LongestWait", "Seconds")
#: Schedules and runs that cannot be used, at a tick.
PUT_ASIDE: Final = Metric("PutAside", "Count")
#: Requests that DynamoDB refused because they were too many.
THROTTLED: Final = Metric("Throttled", "Count")
#: Answers of the API that refuse a request, by their status.
API_ERRORS: Final = Metric("ApiErrors", "Count", by="Status")

ALL: Final = (
    PASSES,
    FIRED,
    LATE,
    WAIT,
    DURATION,
    FAILURES,
    REAPED,
    NOT_STARTED,
    WAITING,
    LONGEST_WAIT,
    PUT_ASIDE,
    THROTTLED,
    API_ERRORS,
)


#: (second dimension, its value), or (None, None) → metric → figures.
Figures = dict[tuple[str | None, str | None], dict[Metric, list[float]]]

#: What was added in the present invocation.
_added: ContextVar[Figures | None] = ContextVar("added", default=None)


def count(metric: Metric, number: float = 1, by: str | None = None) -> None:
    """Add to a count; zero is not added. A metric with a `by` needs that dimension's value."""
    if number:
        _add(metric, number, by)


def measure(metric: Metric, value: float | None) -> None:
    """Add a measured time, unless it is not known."""
    if value is not None:
        _add(metric, value, None)


def _add(metric: Metric, value: float, by: str | None) -> None:
    added = _added.get()
    if added is not None:
        added.setdefault((metric.by, by), {}).setdefault(metric, []).append(value)


@contextmanager
def collected(stack: str, clock: Clock) -> Iterator[None]:
    """Write at the end whatever is added meanwhile, even if it ends with an error."""
    added: Figures = {}
    before = _added.set(added)
    try:
        yield
    finally:
        _added.reset(before)
        for line in lines(added, stack, clock):
            _logger.info(json.dumps(line), extra={"event": "metrics", "fields": line})


def lines(figures: Figures, stack: str, clock: Clock) -> Iterator[dict[str, Any]]:
    """The lines of the log that report these figures, as the format's specification has them."""
    timestamp = int(clock.now().timestamp() * 1000)
    for (dimension, by), values in figures.items():
        dimensions = {STACK: stack} if dimension is None else {STACK: stack, dimension: by}
        left = {metric: iter(_written(metric, each)) for metric, each in values.items()}
        while part := _next_part(left):
            yield _line(part, dimensions, timestamp)


def _written(metric: Metric, values: list[float]) -> list[float]:
    return [sum(values)] if metric.is_summed else values


def _next_part(left: Mapping[Metric, Iterator[float]]) -> dict[Metric, list[float]]:
    """As many values of each metric as fit into one line."""
    parts = {metric: list(islice(values, MOST_VALUES)) for metric, values in left.items()}
    return {metric: values for metric, values in parts.items() if values}


def _line(
    values: Mapping[Metric, list[float]], dimensions: Mapping[str, Any], timestamp: int
) -> dict[str, Any]:
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in values],
    }
    return {
        "level": "info",
        "event": "metrics",
        **events.context(),
        "_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]},
        **dimensions,
        **{metric.name: each[0] if len(each) == 1 else each for metric, each in values.items()},
    }
