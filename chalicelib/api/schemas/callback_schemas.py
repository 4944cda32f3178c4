"""What targets that call back report of their runs."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Strict
from chalicelib.domain.runs.report_rules import (
    LONGEST_REST,
    LONGEST_TEXT,
    MOST_COUNT,
    ReportableReason,
    checkpoint,
    rounded_cost,
)
from chalicelib.domain.runs.run import Budget

_MOST_LINES: Final = 1000

Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
Steps = Annotated[
    int | None, Field(ge=0, le=MOST_COUNT, description="Steps taken since the attempt began.")
]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


def _not_too_large(data: dict[str, Any]) -> dict[str, Any]:
    fault = checkpoint(data).fault
    if fault is not None:
        raise ValueError(fault)
    return data


Checkpoint = Annotated[
    Annotated[dict[str, Any], AfterValidator(_not_too_large)] | None,
    Field(description="Where the work is, for the next attempt: at most 8 KiB; null leaves it."),
]


class LogEntryIn(Strict):
    """A line for the run's log."""

    message: str
    level: Literal["debug", "info", "warning", "error"] = "info"
    data: dict[str, Any] | None = None


class ProgressIn(Strict):
    """How far the work is."""

    done: Count
    total: Count


class TotalsIn(Strict):
    """What the work counted."""

    processed: Count = 0
    skipped: Count = 0
    errors: Count = 0


class UsageIn(Strict):
    """What the steps used up since the attempt began, in the target's own count."""

    tokens: Count = 0
    cost: Annotated[
        float, Field(ge=0, le=MOST_COUNT, allow_inf_nan=False), AfterValidator(rounded_cost)
    ] = 0.0


class HeartbeatIn(Strict):
    """A sign of life, with what there is to report."""

    steps: Steps = None
    usage: UsageIn | None = None
    progress: ProgressIn | None = None
    checkpoint: Checkpoint = None
    with_checkpoint: bool = Field(
        default=False, description="Whether the answer is to have the run's checkpoint."
    )
    log: str | Annotated[list[str | LogEntryIn], Field(max_length=_MOST_LINES)] | None = None


class CompleteIn(Strict):
    """The work is done. Errors among the totals fail the run."""

    totals: TotalsIn | None = None
    steps: Steps = None
    usage: UsageIn | None = None
    summary: Text | None = None
    checkpoint: Checkpoint = None


class FailIn(CompleteIn):
    """The work failed."""

    reason: ReportableReason
    message: Text
    retry_after_seconds: int | None = Field(
        default=None,
        ge=0,
        le=int(LONGEST_REST.total_seconds()),
        description="How long to rest before another attempt.",
    )


HeartbeatOut = TypedDict(
    "HeartbeatOut",
    {
        "continue": bool,
        "reason": NotRequired[str],
        "budget": NotRequired[Budget],
        "lease_expires_at": datetime | None,
        "checkpoint": NotRequired[dict[str, Any] | None],
    },
)
HeartbeatOut.__doc__ = (
    "Whether to go on, why not (of a budget, which), and until when the run is still yours."
)
