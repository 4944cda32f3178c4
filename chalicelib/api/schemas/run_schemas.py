"""Runs as clients ask for them and see them."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Paging, Query, Strict, WholeNumber, listed
from chalicelib.api.schemas.budget_schemas import MaxCost, MaxSteps, MaxTokens
from chalicelib.api.schemas.text_rules import Payload
from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.deployment import pools
from chalicelib.domain.runs.log_levels import LogLevel
from chalicelib.domain.runs.run import Budget, FailureReason, RunStatus, SkipReason, Trigger

_LAST_SEQUENCE = 2**53
#: How many lines of a log one answer has at most.
MOST_LINES = 1000


class RunNowIn(Strict):
    """A run to start by hand."""

    payload: Payload | None = None
    max_steps: MaxSteps = None
    max_tokens: MaxTokens = None
    max_cost: MaxCost = None


class RunNowQuery(Query):
    """What to do if no slot is free, and who does the work."""

    start: Literal["caller"] | None = Field(
        None,
        description="`caller`: whoever asks does the work, and calls back. It is needed for"
        " schedules whose target is `external`, and for no others.",
    )
    when_busy: Literal["reject", "queue", "force"] = Field(
        "reject", description="`force` needs the scope admin and leaves a record."
    )


class CancelQuery(Query):
    """Whose run to cancel, for owners."""

    tenant_id: str | None = Field(
        None, pattern=TENANT, description="The run's tenant, if it is not your own; for owners."
    )


class RunsOfScheduleQuery(Paging):
    """Which runs of a schedule to list."""

    status: Annotated[tuple[RunStatus, ...], listed(RunStatus)] | None = Field(
        None, min_length=1, max_length=len(RunStatus), description="One or several, with commas."
    )
    trigger: Trigger | None = None
    failure_reason: FailureReason | None = None
    skip_reason: SkipReason | None = None
    pool: str | None = Field(None, pattern=pools.NAME)
    since: Instant | None = Field(None, alias="from", description="Due from then on.")
    to: Instant | None = Field(None, description="Due before then.")

    @property
    def has_filters(self) -> bool:
        """Whether runs have to be looked at to find those that are asked for."""
        wanted = (self.status, self.trigger, self.failure_reason, self.skip_reason, self.pool)
        return any(each is not None for each in wanted)


class RunsQuery(RunsOfScheduleQuery):
    """Which runs to list."""

    schedule_id: str | None = Field(None, min_length=1, max_length=100)


class RunQuery(Query):
    """Whether to answer with new lines of the run's log, too."""

    log_after: WholeNumber | None = Field(
        None,
        ge=0,
        le=_LAST_SEQUENCE,
        description="Also answer with the lines after this number, 200 at most.",
    )


class LogQuery(Query):
    """Which part of a log to read: from a line on, or the last ones, or those before a line."""

    after: WholeNumber | None = Field(
        None, ge=0, le=_LAST_SEQUENCE, description="`next_after` of the answer before."
    )
    tail: WholeNumber | None = Field(
        None, ge=1, le=MOST_LINES, description="The last so many lines, in place of the first."
    )
    before: WholeNumber | None = Field(
        None, ge=0, le=_LAST_SEQUENCE, description="The last lines before this number."
    )
    level: LogLevel | None = Field(None, description="Only lines at least as grave as this.")
    limit: WholeNumber = Field(50, ge=1, le=MOST_LINES, description="How many lines at most.")


class WholeLogQuery(Query):
    """From which line on."""

    after: WholeNumber = Field(0, ge=0, le=_LAST_SEQUENCE, description="The line before the first.")


class RunTotalsOut(TypedDict):
    """How many items a run processed, skipped, and failed at."""

    processed: int
    skipped: int
    errors: int


class ProgressOut(TypedDict):
    """How far a run has got."""

    done: int
    total: int


class UsageOut(TypedDict):
    """What a run's steps have used up, as its job counts it."""

    tokens: int
    cost: float


class AttemptOut(TypedDict):
    """One attempt of a run; `reason` and `message` say why it failed, if it did."""

    number: int
    claimed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: FailureReason | None
    message: str | None


class RunOut(TypedDict):
    """One execution of a schedule, or the record of fire times that did not run."""

    id: str
    schedule_id: str
    schedule_name: str
    trigger: Trigger
    status: RunStatus
    fire_at: datetime
    queued_at: datetime
    queue_expires_at: datetime | None
    pool: str
    priority: int
    not_before: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    max_attempts: int
    attempts: list[AttemptOut]
    slot: str | None
    lease_expires_at: datetime | None
    cancel_requested_at: datetime | None
    cancelled_by: str | None
    deadline_at: datetime | None
    heard_at: datetime | None
    forced: bool
    for_caller: bool
    slot_wait_ms: int | None
    duration_ms: int | None
    steps: int
    max_steps: int | None
    max_tokens: int | None
    max_cost: float | None
    progress: ProgressOut | None
    usage: UsageOut | None
    exceeded_budget: Budget | None
    totals: RunTotalsOut
    summary: str | None
    failure_reason: FailureReason | None
    error_message: str | None
    skip_reason: SkipReason | None
    requested_by: str | None
    concurrent_runs: int | None
    deferred_by_pressure: bool
    covers: int
    covers_from: datetime | None


class CallerRunOut(TypedDict):
    """A run whose work its caller does: the token to call back with, and where.

    `run_token` is null while the run waits for its slot: then ask to start it until it is not.
    """

    run: RunOut
    run_token: str | None
    callback_url: str


class LogLineOut(TypedDict):
    """One line of a run's log."""

    sequence: int
    at: datetime
    level: str
    message: str
    data: NotRequired[dict[str, Any]]


class LogOut(TypedDict):
    """Some lines of a run's log, in order.

    `next_after` asks for the lines after them. `next_before` asks for those before them, where the
    last ones were asked for and there are others.
    """

    items: list[LogLineOut]
    next_after: int
    next_before: int | None


class WholeRunOut(RunOut):
    """A run with its payload; with `?log_after=`, also with the lines of its log after that.

    `position` is 1 for the run that is served next in its pool. Like `expected_start_at` it is null
    where it is not known, and of what does not wait for a slot.
    """

    position: int | None
    expected_start_at: datetime | None
    payload: dict[str, Any] | None
    checkpoint: dict[str, Any] | None
    log: LogOut | None
