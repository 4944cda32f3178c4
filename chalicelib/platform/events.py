"""Baton's own log, for its operators: one JSON object a line, each with a stable event name.

CloudWatch Logs Insights filters by the fields. Event names are part of the tested surface; no line
ever carries a secret, a payload or the value of a header.
"""

import json
import logging
import sys
from datetime import datetime
from typing import Any

from chalicelib.domain.time.instants import to_text

logger = logging.getLogger("baton")


def configure(level: str = "INFO") -> None:
    """Send the log to stdout, where Lambda picks it up, and nowhere else."""
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(level if level in logging.getLevelNamesMapping() else logging.INFO)
    logger.propagate = False


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
    line = {"level": logging.getLevelName(level).lower(), "event": event, **fields}
    if exc_info:
        line["exception"] = logging.Formatter().formatException(sys.exc_info())
    logger.log(level, json.dumps(line, default=_as_text), extra={"event": event, "fields": fields})


def _as_text(value: Any) -> str:
    return to_text(value) if isinstance(value, datetime) else str(value)
