"""A run: one execution of a schedule, and the record of a fire time that did not run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final

from chalicelib.domain.runs.queue_order import MAIN, in_pool, order_key, queue_key
from chalicelib.domain.time.instants import to_text


class RunStatus(StrEnum):
    """Where a run is."""

    #: Waits for a free slot, or for the time of its next attempt.
    QUEUED = "queued"
    #: Has a slot; its message is on the way to the runner.
    CLAIMED = "claimed"
    #: Its target has been started.
    RUNNING = "running"
    #: Ended well.
    SUCCEEDED = "succeeded"
    #: Ended badly, for good; `failure_reason` says how.
    FAILED = "failed"
    #: Never ran; `skip_reason` says why.
    SKIPPED = "skipped"
    #: Ended because somebody asked for it.
    CANCELLED = "cancelled"


#: States that hold a slot.
HOLDING = frozenset({RunStatus.CLAIMED, RunStatus.RUNNING})
#: States nothing leaves any more.
FINAL = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.CANCELLED})


class Trigger(StrEnum):
    """What made a run."""

    #: Its fire time came.
    SCHEDULED = "scheduled"
    #: Somebody asked for it.
    MANUAL = "manual"
    #: It makes up for fire times that were noticed too late.
    CATCH_UP = "catch_up"
    #: Somebody asked to do an ended run over.
    RETRY = "retry"


#: Triggers of the scheduler's own: only their outcomes move a breaker.
OWN_TRIGGERS = frozenset({Trigger.SCHEDULED, Trigger.CATCH_UP})


class FailureReason(StrEnum):
    """Why a run failed, written when it failed and never guessed later."""

    #: The target raised or answered with an error.
    ERROR = "error"
    #: It took longer than its `timeout_seconds`.
    TIMEOUT = "timeout"
    #: Its holder fell silent: no heartbeat within the lease.
    LEASE_EXPIRED = "lease_expired"
    #: It used up its step budget.
    BUDGET_EXCEEDED = "budget_exceeded"
    #: It gave up on its own.
    ABORTED = "aborted"
    #: The target asked to come back later.
    RATE_LIMITED = "rate_limited"
    #: The target refused the credentials.
    AUTH_FAILED = "auth_failed"
    #: The HTTP target answered with a code that is not a success.
    HTTP_ERROR = "http_error"
    #: It ended, with errors in some of its items.
    ITEM_ERRORS = "item_errors"
    #: There is no such function, host or resource.
    TARGET_NOT_FOUND = "target_not_found"
    #: It was claimed again and again, and no runner ever started it.
    NEVER_STARTED = "never_started"


class SkipReason(StrEnum):
    """Why a fire time made no execution."""

    #: The slot was taken and the schedule skips then.
    SLOT_BUSY = "slot_busy"
    #: It was noticed later than the misfire grace.
    MISFIRE = "misfire"
    #: An earlier fire time of the schedule still waits; this one is counted on it.
    COALESCED = "coalesced"
    #: It waited for a slot longer than allowed.
    QUEUE_EXPIRED = "queue_expired"
    #: Its schedule was deleted while it waited.
    SCHEDULE_DELETED = "schedule_deleted"
    #: Its schedule was paused before it could start.
    SCHEDULE_PAUSED = "schedule_paused"
    #: The breaker of its schedule tripped before it could start.
    SCHEDULE_BROKEN = "schedule_broken"
    #: Its work is done elsewhere, and nobody came to do it.
    NO_SHOW = "no_show"


class Place(StrEnum):
    """Where a queued run waits."""

    #: In the queue of its pool: it is the head of its schedule, and the next free slot may be its.
    QUEUE = "queue"
    #: In the line of its schedule, behind the head or behind what is at work.
    LINE = "line"
    #: Nowhere, until the time of its next attempt.
    REST = "rest"
    #: For the next pass, which gives it a slot of its own.
    FORCED = "forced"


class CountedAs(StrEnum):
    """As what a run that somebody asked for counts against the limits of its tenant."""

    #: Until it has its first slot.
    WAITING = "waiting_runs"
    #: Until it has ended.
    FORCED = "forced_runs"


class Budget(StrEnum):
    """What a run may use up only so much of."""

    STEPS = "steps"
    TOKENS = "tokens"
    COST = "cost"


class Payload(Enum):
    """What stands for a payload where a run is read without it."""

    #: It is large, so only whoever starts the run, or does it over, reads it along.
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run counted: items processed, skipped, and failed."""

    processed: int = 0
    skipped: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt of a run: when it happened, and why it failed, if it did."""

    number: int
    claimed_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: FailureReason | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A run that held a slot, as a run that had to wait for it remembers."""

    run_id: str
    schedule_id: str
    schedule_name: str


#: A claim nobody starts is handed out again this many times, then the run is given up.
MAX_UNSTARTED_CLAIMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution. Instants are UTC; `token` counts the claims that were granted."""

    tenant_id: str
    run_id: str
    schedule_id: str
    schedule_name: str
    trigger: Trigger
    status: RunStatus
    fire_at: datetime
    queued_at: datetime
    #: The pool whose slot it holds, held, or waits for.
    pool: str = MAIN
    #: Where it stands while it is queued; None of one that an earlier release queued.
    place: Place | None = None
    #: When it stops waiting.
    queue_expires_at: datetime | None = None
    priority: int = 5
    not_before: datetime | None = None
    claimed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 1
    max_attempts: int = 1
    unstarted_claims: int = 0
    token: int = 0
    slot: str | None = None
    lease_seconds: int = 1200
    lease_expires_at: datetime | None = None
    started_by: str | None = None
    cancel_requested_at: datetime | None = None
    cancelled_by: str | None = None
    #: Of a run whose target calls back: its tokens' hashes by claim (with spaces between them if a
    #: claim has several), until when it may take, and when its target was last heard of.
    callback_hashes: Mapping[str, str] = field(default_factory=dict)
    deadline_at: datetime | None = None
    heard_at: datetime | None = None
    #: Why its holder stopped it, if that had to end its own process to have it stopped.
    verdict: FailureReason | None = None
    #: How many lines its attempts have written to the log so far, dropped ones included.
    log_lines: int = 0
    forced: bool = False
    #: Whether whoever asked for it does its work and starts it, once it has a slot.
    for_caller: bool = False
    counted_as: CountedAs | None = None
    payload: Mapping[str, Any] | Payload | None = None
    slot_wait_ms: int | None = None
    duration_ms: int | None = None
    steps: int = 0
    max_steps: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    progress: Mapping[str, int] | None = None
    #: What its steps used up, in the job's own count: {"tokens", "cost"}.
    usage: Mapping[str, float] | None = None
    #: What its work has noted of where it is. The next attempt goes on from there.
    checkpoint: Mapping[str, Any] | None = None
    totals: Totals = field(default_factory=Totals)
    summary: str | None = None
    failure_reason: FailureReason | None = None
    error_message: str | None = None
    skip_reason: SkipReason | None = None
    requested_by: str | None = None
    concurrent_runs: int | None = None
    deferred_by_pressure: bool = False
    #: Its attempts that failed and were followed by another, eldest first.
    attempts: tuple[AttemptRecord, ...] = ()
    #: Who held the slots as it began to wait or was skipped: runs of its own tenant, a few of them
    #: by name, and how many runs of others.
    behind: tuple[Holder, ...] = ()
    behind_others: int = 0
    #: How many fire times this record stands for, and the first of them, where it is not one.
    covers: int = 1
    covers_from: datetime | None = None
    expires_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def holds_slot(self) -> bool:
        return self.status in HOLDING

    @property
    def payload_at_hand(self) -> Mapping[str, Any] | None:
        """Its payload. Whoever asks has read it along: a run never starts without its payload."""
        if self.payload is Payload.APART:
            raise ValueError(f"the payload of run {self.run_id} was not read")
        return self.payload

    @property
    def calls_back(self) -> bool:
        """Whether its target holds it, and no process of Baton's does."""
        return self.deadline_at is not None

    @property
    def exceeded(self) -> Budget | None:
        """Which budget it has used more of than it may; None if it has kept within all of them."""
        usage = self.usage or {}
        used = {
            Budget.STEPS: (self.steps, self.max_steps),
            Budget.TOKENS: (usage.get("tokens", 0), self.max_tokens),
            Budget.COST: (usage.get("cost", 0), self.max_cost),
        }
        over = (budget for budget, (much, most) in used.items() if most is not None and much > most)
        return next(over, None)

    @property
    def exceeded_budget(self) -> Budget | None:
        """Which budget it failed for.

        A job's own step beyond the budget is never taken, so that one shows in nothing it counted.
        """
        if self.failure_reason is not FailureReason.BUDGET_EXCEEDED:
            return None
        return self.exceeded or Budget.STEPS

    @property
    def moves_breaker(self) -> bool:
        """Only the scheduler's own runs do: a person trying things out never breaks a schedule."""
        return self.trigger in OWN_TRIGGERS

    @property
    def partition(self) -> str | None:
        """Its partition in the `waiting` index while it waits.

        What an earlier release queued is in `ready` or `delayed`, until a tick gives it its place.
        """
        if self.status is not RunStatus.QUEUED:
            return None
        if self.place is None and not self.forced:
            return RESTING if self.not_before else UNPLACED
        return PARTITIONS[self.place or Place.FORCED]

    @property
    def queue_key(self) -> str | None:
        """Its sort key in that partition: in a queue, smaller is served earlier."""
        if self.partition is None:
            return None
        if self.place in (Place.QUEUE, Place.LINE):
            return in_pool(self.pool, queue_key(self.tenant_id, order_of(self)))
        return f"{to_text(self.not_before or self.queued_at)}#{self.run_id}"


#: Place → partition of the `waiting` index.
PARTITIONS: Final = {
    Place.QUEUE: "queue",
    Place.LINE: "lines",
    Place.REST: "delayed",
    Place.FORCED: "forced",
}
RESTING: Final = PARTITIONS[Place.REST]
#: The partition of what an earlier release queued.
UNPLACED: Final = "ready"


def order_of(run: Run) -> str:
    """Where the run stands among those of its tenant while nothing but the queue keeps it waiting.

    Runs queued at the same millisecond go by the age of an id: of the schedule for runs that one
    pass fired together, of the run itself for those that people asked for.
    """
    elder = run.schedule_id if run.trigger in OWN_TRIGGERS else run.run_id
    return order_key(run.queued_at, run.priority, f"{elder}#{run.run_id}")


def has_waited_too_long(run: Run, now: datetime) -> bool:
    """Whether the run waits for its first slot and its time to wait is up."""
    waits = run.status is RunStatus.QUEUED and run.attempt == 1
    return waits and run.queue_expires_at is not None and run.queue_expires_at <= now


def attempts_of(run: Run) -> list[AttemptRecord]:
    """All attempts of the run that got a slot, eldest first, the present or last one included."""
    if run.claimed_at is None:
        return list(run.attempts)
    has_failed = run.status is RunStatus.FAILED
    present = AttemptRecord(
        number=run.attempt,
        claimed_at=run.claimed_at,
        started_at=run.started_at,
        ended_at=run.finished_at,
        reason=run.failure_reason if has_failed else None,
        message=run.error_message if has_failed else None,
    )
    return [*run.attempts, present]
