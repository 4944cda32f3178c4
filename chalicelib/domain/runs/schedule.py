"""A schedule: what runs, when and how, and what has become of it so far."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import RunStatus
from chalicelib.domain.targets.target_label import NO_LABEL, TargetLabel, label_of
from chalicelib.domain.time.cadences import Cadence, Interval

#: The longest lease, by default, of what a process of Baton's own looks after.
WATCHED_LEASE_SECONDS: Final = 120
#: Partitions of the `due` index: one would be enough for 1,000 schedules a second.
DUE_SHARDS: Final = 4


#: How long somebody has to come for a fire time, whatever the grace: nobody comes to the second.
LEAST_PATIENCE: Final = timedelta(seconds=10)


class ScheduleStatus(StrEnum):
    """Whether a schedule fires."""

    #: It fires on its cadence.
    ACTIVE = "active"
    #: Somebody switched it off.
    PAUSED = "paused"
    #: Its breaker switched it off; `broken_reason` says why.
    BROKEN = "broken"


class WhenBusy(StrEnum):
    """What a fire time does while no slot is free."""

    #: It waits for one; at most one of the schedule's own runs waits.
    QUEUE = "queue"
    #: It is recorded as skipped.
    SKIP = "skip"


class MisfirePolicy(StrEnum):
    """What happens to fire times noticed later than the grace."""

    #: They are recorded as skipped.
    SKIP = "skip"
    #: One run makes up for all of them.
    RUN_ONCE = "run_once"
    #: Each makes its run, oldest first, within a bound.
    RUN_ALL = "run_all"


class Backoff(StrEnum):
    """How the delay before the next attempt grows."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Misfire:
    """The misfire policy and how late is too late."""

    policy: MisfirePolicy = MisfirePolicy.RUN_ONCE
    grace_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a failed run is tried, and how long it rests between attempts."""

    max_attempts: int = 1
    delay_seconds: int = 60
    backoff: Backoff = Backoff.FIXED
    max_delay_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class Breaker:
    """How many scheduled failures in a row switch the schedule off, by class."""

    failures: int = 3
    budget_breaches: int = 5
    interruptions: int = 10


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: its last status, and how long it took if it ran."""

    status: RunStatus
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The definition (down to `ends_at`) and the state that Baton keeps with it.

    What may be large of the definition is not part of it: a `WholeSchedule` has that, too.
    """

    tenant_id: str
    schedule_id: str
    name: str
    cadence: Cadence
    label: TargetLabel
    created_at: datetime
    updated_at: datetime
    when_busy: WhenBusy = WhenBusy.QUEUE
    misfire: Misfire = field(default_factory=Misfire)
    retry: Retry = field(default_factory=Retry)
    timeout_seconds: int = 300
    #: None: as long as the deployment gives targets of its kind (see `lease_of`).
    lease_seconds: int | None = None
    max_steps: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    #: The pool whose slots its runs take.
    pool: str = MAIN
    priority: int = 5
    jitter_seconds: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    queue_limit_seconds: int | None = None
    status: ScheduleStatus = ScheduleStatus.ACTIVE
    broken_reason: str | None = None
    broken_at: datetime | None = None
    #: The next fire time, nominally, and when it is due: later by the jitter.
    fire_at: datetime | None = None
    next_fire_at: datetime | None = None
    #: By which release of the time-zone database it was set to that; None if its cadence follows
    #: none.
    zone_rules: str | None = None
    #: The last fire time that has its record. An edit by a clock that is behind does not set the
    #: schedule back to it.
    recorded_until: datetime | None = None
    #: Its newest run of the scheduler's own that may still be waiting or working.
    pending_run_id: str | None = None
    #: Its unforced run that holds a slot. While there is one no other may take one: the schedule
    #: would overlap itself.
    working_run_id: str | None = None
    #: How many runs that were forced past the slots are at work for it.
    forced_at_work: int = 0
    #: Its run that stands in the queue of its pool, and how many stand in its own line.
    head_run_id: str | None = None
    in_line: int = 0
    #: How many runs that people asked for wait for it, and have never had a slot.
    waiting_by_hand: int = 0
    #: Until when interactive work held its fire times up: what was due by then is not late.
    held_up_until: datetime | None = None
    #: The notification about its present streak of failures.
    failure_notification_id: str | None = None
    #: The notification that nobody comes for its fire times.
    no_show_notification_id: str | None = None
    #: The last fire time that somebody came for and could not start, as no slot was free.
    turned_away_for: datetime | None = None
    last_run: Mapping[str, Any] | None = None
    #: How its last runs ended, the newest last.
    recent: tuple[End, ...] = ()
    failure_streak: int = 0
    budget_breach_streak: int = 0
    interruption_streak: int = 0
    #: Budget breaches before this instant are not counted: the budget was edited.
    breaches_count_from: datetime | None = None
    average_steps: float | None = None
    average_tokens: float | None = None
    average_cost: float | None = None
    average_duration_seconds: float | None = None
    #: Counts edits and outcomes; a decision taken on one version is not applied to another.
    version: int

    @property
    def due_shard(self) -> str | None:
        """Its partition in the `due` index; none while nothing can fire."""
        if self.next_fire_at is None:
            return None
        digest = hashlib.sha256(f"{self.tenant_id}\n{self.schedule_id}".encode()).digest()
        return str(digest[0] % DUE_SHARDS)

    @property
    def measures_from_completion(self) -> bool:
        """Whether the next fire time depends on when the last run ended."""
        return isinstance(self.cadence, Interval) and self.cadence.origin == "completion"

    @property
    def is_at_work(self) -> bool:
        """Whether a run of it holds a slot, be it one of the numbered slots or a forced one."""
        return self.working_run_id is not None or self.forced_at_work > 0

    @property
    def calls_back(self) -> bool:
        """Whether its target ends its runs itself, by calling back."""
        return self.label.calls_back

    @property
    def is_external(self) -> bool:
        """Whether its work is done elsewhere: somebody comes and starts its runs."""
        return self.label.is_external

    @property
    def patience(self) -> timedelta:
        """How long after a fire time somebody may come for it, where the work is done elsewhere."""
        if not self.is_external:
            return timedelta(0)
        return max(timedelta(seconds=self.misfire.grace_seconds), LEAST_PATIENCE)

    @property
    def due_after(self) -> timedelta:
        """How long after its fire time the schedule is due: the jitter, and the patience."""
        return self.jitter + self.patience

    @property
    def next_start_at(self) -> datetime | None:
        """When its next run should start. Where somebody comes for it, it is due later than that.

        By then, nobody has come.
        """
        return None if self.next_fire_at is None else self.next_fire_at - self.patience

    @property
    def jitter(self) -> timedelta:
        """Its share of the jitter: the same each time, so that the rhythm stays even.

        Whoever comes for a fire time knows of none.
        """
        if self.is_external:
            return timedelta(0)
        digest = hashlib.sha256(f"jitter\n{self.schedule_id}".encode()).digest()
        return timedelta(seconds=int.from_bytes(digest[:4]) % (self.jitter_seconds + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSchedule(Schedule):
    """A schedule with its body: its target, its description and its tags.

    Only what edits, shows or runs this one schedule has it: a body may be as large as 64 KiB.
    """

    #: Always that of the target.
    label: TargetLabel = NO_LABEL
    target: Mapping[str, Any]
    description: str = ""
    tags: tuple[str, ...] = ()
    #: Whether the body lies in an item of its own.
    is_apart: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", label_of(self.target))


#: A schedule as it was given, with or without its body: what is changed of it keeps that.
AnySchedule = TypeVar("AnySchedule", bound=Schedule)


def lease_of(schedule: Schedule, default_seconds: int) -> int:
    """How many seconds a run of the schedule may go without a sign of life.

    The schedule's own number counts, if it names one. Else a target that calls back has the
    deployment's default, and one that a process of Baton's looks after has two minutes at most:
    that process beats every 30 seconds, so a killed one is noticed within three minutes.
    """
    if schedule.lease_seconds is not None:
        return schedule.lease_seconds
    return default_seconds if schedule.calls_back else min(default_seconds, WATCHED_LEASE_SECONDS)
