"""Baton's own log, for its operators: one JSON object a line, each with a stable event name.

CloudWatch Logs Insights filters by the fields. Names, levels and meanings of the events are in
`docs/reference/events.md`, which a test compares with the calls; no line ever carries a secret, a
payload or the value of a header.

A line says of itself what happened. What all lines of an invocation have in common, and whom a
stretch of work is about, is bound once, around it::

    with events.bound(**events.of_run(run)):
        ...
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.domain.time.instants import to_text

if TYPE_CHECKING:
    from chalicelib.domain.runs.run import Run

logger = logging.getLogger("baton")

#: The fields that every line of the present stretch of work carries.
_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound")


def configure(level: str = "INFO") -> None:
    """Send the log to stdout, where Lambda picks it up, and nowhere else."""
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(level if level in logging.getLevelNamesMapping() else logging.INFO)
    logger.propagate = False


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Have every line that is logged meanwhile carry these fields; those that are None are not.

    A field that the line has itself wins. Threads see what their starter has bound if they are
    started by `threads.with_context`.
    """
    known = {name: value for name, value in fields.items() if value is not None}
    before = _bound.set({**context(), **known})
    try:
        yield
    finally:
        _bound.reset(before)


@contextmanager
def bound_only(**fields: Any) -> Iterator[None]:
    """Have every line that is logged meanwhile carry these fields alone: an invocation begins."""
    before = _bound.set(fields)
    try:
        yield
    finally:
        _bound.reset(before)


def context() -> Mapping[str, Any]:
    """The fields that are bound at present."""
    return _bound.get({})


def of_run(run: "Run") -> dict[str, Any]:
    """The fields that say which run, and which attempt of it, work is about."""
    return {
        "tenant_id": run.tenant_id,
        "schedule_id": run.schedule_id,
        "run_id": run.run_id,
        "attempt": run.attempt,
    }


def info(event: str, **fields: Any) -> None:
    """Log that something happened which an operator may look for."""
    _log(logging.INFO, event, fields)


def warn(event: str, **fields: Any) -> None:
    """Log that something is not as it should be, though Baton goes on."""
    _log(logging.WARNING, event, fields)


def error(event: str, **fields: Any) -> None:
    """Log that something failed; inside an `except` block, with the traceback."""
    _log(logging.ERROR, event, fields, exc_info=sys.exc_info()[0] is not None)


def _log(level: int, event: str, fields: dict[str, Any], *, exc_info: bool = False) -> None:
    if not logger.isEnabledFor(level):
        return
    line = {"level": logging.getLevelName(level).lower(), "event": event, **context(), **fields}
    if exc_info:
        line["exception"] = logging.Formatter().formatException(sys.exc_info())
    logger.log(level, as_json(line), extra={"event": event, "fields": fields})


def as_json(line: Mapping[str, Any]) -> str:
    """A line of the log as text."""
    return json.dumps(line, default=_as_text)


def _as_text(value: Any) -> str:
    return to_text(value) if isinstance(value, datetime) else str(value)
