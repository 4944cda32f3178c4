"""Explanations as clients see them."""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict


class ReasonOut(TypedDict):
    """One reason: a stable code for programs, and a sentence for people."""

    code: str
    message: str
    at: datetime | None
    run_id: str | None
    data: dict[str, Any]


class FireTimeOutcomeOut(TypedDict):
    """What became of one fire time. `also` has further codes, such as `waited` or `deferred`."""

    fire_at: datetime
    run_id: str
    code: str
    also: list[str]
    message: str
    at: datetime | None
    data: dict[str, Any]


class ExplanationOut(TypedDict):
    """Whether a schedule will run, why, and what became of its last ten fire times."""

    schedule_id: str
    status: str
    will_run: bool
    next_fire_at: datetime | None
    reasons: list[ReasonOut]
    history: list[FireTimeOutcomeOut]
