"""Lambda functions that are targets of runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from baton.errors import Stopped, Unreachable
from baton.runs import Run, run

logger = logging.getLogger("baton_client")

#: What an invocation keeps of its time, in seconds, to return.
_TO_RETURN: Final = 1.0

Work = Callable[[Mapping[str, Any], Run], Any]
Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def handler(work: Work) -> Handler:
    """The Lambda handler that does this work of a run.

        @baton.handler
        def crawl(event, run):
            ...

    The work is given the event and the run. Whatever becomes of it is told to Baton, so the
    invocation itself always succeeds: one that failed would be repeated by Lambda, while it is for
    Baton to say whether there is another attempt. Of an event without a run, it raises `NoRun`.
    """

    @wraps(work)
    def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        current = run(event, patience=lambda: _seconds_left(context))
        try:
            with current:
                work(event, current)
        except Stopped as stopped:
            return {"run_id": current.run_id, "status": "stopped", "reason": stopped.reason}
        except Unreachable:
            logger.exception("run %s is left to its lease", current.run_id)
            return {"run_id": current.run_id, "status": "unknown"}
        except Exception:
            logger.exception("run %s failed", current.run_id)
            return {"run_id": current.run_id, "status": "failed"}
        return {"run_id": current.run_id, "status": "completed"}

    return handle


def _seconds_left(context: Any) -> float:
    """For how many seconds the end may still be said, as Lambda's own context has it."""
    left: float = context.get_remaining_time_in_millis() / 1000
    return max(left - _TO_RETURN, _TO_RETURN)
