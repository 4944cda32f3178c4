"""What the API refuses, as a model should hear it: why, and what to do about it."""

import json
from typing import Any, Final

from baton_cli.agents.bounds import bounded
from baton_cli.exits import ApiError, CliError

_BUSY: Final = (
    "Another run holds what this one needs. This is no fault: do not call again at once, and do"
    " not force it. Wait for slot_eta_seconds, or ask with when_busy=queue to have it start by"
    " itself, or leave it to the schedule."
)
_ADVICE: Final = {
    "capacity_full": _BUSY,
    "schedule_busy": _BUSY,
    "throttled": "Too many requests: wait for some seconds before the next one.",
    "stale": "Somebody changed it meanwhile: get it again, and see whether the change still holds.",
    "invalid_fields": "Correct every field in errors, and preview it again; nothing was changed.",
    "not_ready": "Its target cannot run: each check says why. Tell the user; do not try again.",
    "limit_exceeded": "The tenant has no room for it. Tell the user; do not delete to make room.",
    "forbidden": "The token may not do this. Tell the user; there is no way around it.",
}


def refusal_text(error: CliError) -> str:
    """A refusal as JSON: `detail`, `code`, what else the API said, and `what_to_do`."""
    if not isinstance(error, ApiError):
        told: dict[str, Any] = {"detail": error.message}
    else:
        told = {name: each for name, each in error.problem.items() if name != "type"}
        if error.code in _ADVICE:
            told["what_to_do"] = _ADVICE[error.code]
    return json.dumps(bounded(told), ensure_ascii=False)
