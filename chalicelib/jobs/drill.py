"""`drill`: a job that does nothing, for real.

It takes steps and time, reports progress and fails or hangs on request: for trying policies,
alarms and the slot without touching real work.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.domain.errors import BatonError
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import job

_HANG_SECONDS = 24 * 3600.0


class DrillFailed(BatonError):
    """The drill failed, as it was asked to."""

    message = "The drill failed, as it was asked to."


class DrillParams(BaseModel):
    """How the drill goes."""

    model_config = ConfigDict(extra="forbid")

    steps: int = Field(default=5, ge=1, le=10_000, description="How many steps it takes.")
    seconds: float = Field(default=10, ge=0, le=840, description="How long all of them take.")
    ending: Literal["succeed", "fail", "hang", "item_errors"] = Field(
        default="succeed", description="How it ends, after its last step."
    )


@job("drill", params=DrillParams)
def drill(context: JobContext, params: DrillParams) -> None:
    """Takes steps and seconds with progress and log lines; fails or hangs on request."""
    for number in range(1, params.steps + 1):
        context.step()
        context.sleep(params.seconds / params.steps)
        context.totals.processed += 1
        context.progress(number, params.steps)
        context.log(f"Step {number} of {params.steps} done", step=number)
    _end(context, params)
    context.summary = f"{params.steps} steps in {params.seconds:g} s"


def _end(context: JobContext, params: DrillParams) -> None:
    if params.ending == "fail":
        raise DrillFailed
    if params.ending == "hang":
        context.log("Hanging, as asked to", level="warning")
        context.sleep(_HANG_SECONDS)
    if params.ending == "item_errors":
        context.totals.errors += 1
