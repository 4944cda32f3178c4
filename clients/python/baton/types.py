"""What the API takes and gives, as types of its JSON: made by `python -m infra.clients`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Activity(TypedDict):
    """One activity."""

    action: str
    actor: str
    actor_id: str | None
    at: str
    details: dict[str, Any] | None
    id: str
    subject: str


class ActivityList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Activity]
    next_cursor: str | None


class AtMinute(TypedDict):
    """What would become of the schedule at that minute of the hour."""

    coalesced: int
    fire_times: int
    mean_wait_seconds: float
    minute: int
    others_wait_seconds: float
    queue_expired: int
    runs: int
    skipped: int
    unserved: int
    waits: int
    worst_wait_seconds: float


class Attempt(TypedDict):
    """One attempt of a run."""

    claimed_at: str | None
    ended_at: str | None
    message: str | None
    number: int
    reason: FailureReason | None
    started_at: str | None


class Audit(TypedDict):
    """An audit."""

    created_at: str
    created_by: str
    deactivated_at: str | None
    deactivated_by: str | None
    deactivates_at: str | None
    external_id: str | None
    id: str
    notification_id: str | None
    published_at: str | None
    review_at: str | None
    state: AuditState
    title: str
    updated_at: str
    url: str | None


class AuditList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Audit]
    next_cursor: str | None


class AuditPatch(TypedDict, total=False):
    """An audit's definition."""

    external_id: str | None
    title: str | None
    url: str | None


AuditState = Literal[
    "draft",
    "active",
    "review_due",
    "inactive",
]


class BreakerIn(TypedDict, total=False):
    """How many failures, budget breaches or interruptions in a row switch the schedule …."""

    budget_breaches: int
    failures: int
    interruptions: int


class BreakerPatch(TypedDict, total=False):
    """How many failures, budget breaches or interruptions in a row switch the schedule …."""

    budget_breaches: int | None
    failures: int | None
    interruptions: int | None


class BrokenSchedule(TypedDict):
    """A schedule that its breaker has switched off."""

    broken_at: str | None
    broken_reason: str | None
    schedule_id: str
    schedule_name: str


class Budget(TypedDict):
    """Suggested budgets, and the schedules they were taken from."""

    explanation: str
    similar: list[SimilarSchedule]
    suggested_max_cost: float | None
    suggested_max_steps: int | None
    suggested_max_tokens: int | None


class BusySpan(TypedDict):
    """When runs of other tenants are at work."""

    end_at: str
    start_at: str


class CallerRun(TypedDict):
    """A run whose work its caller does."""

    callback_url: str
    run: Run
    run_token: str | None


CapacityFull = dict[str, Any]


class Check(TypedDict):
    """One readiness check."""

    detail: str
    name: str
    ok: bool


class Collision(TypedDict):
    """A schedule whose runs hold a slot as fire times come, and keep them from running …."""

    first_at: str
    schedule_id: str | None
    schedule_name: str | None
    times: int


class CompleteIn(TypedDict, total=False):
    """The work is done."""

    checkpoint: dict[str, Any] | None
    steps: int | None
    summary: str | None
    totals: TotalsIn | None
    usage: UsageIn | None


class _CronInRequired(TypedDict):
    expression: str
    type: Literal["cron"]


class CronIn(_CronInRequired, total=False):
    """Fires whenever the expression matches the local time of the zone."""

    timezone: str


class CronPatch(TypedDict, total=False):
    """Fires whenever the expression matches the local time of the zone."""

    expression: str | None
    timezone: str | None
    type: Literal["cron"] | None


class DeadLetter(TypedDict):
    """A message that was delivered three times without success."""

    content: dict[str, Any]
    id: str
    kind: str
    receives: int
    sent_at: str | None


class DeadLetters(TypedDict):
    """The oldest dead letters, and how many there are of each kind."""

    counts: dict[str, int]
    items: list[DeadLetter]


class Draft(TypedDict):
    """What saving the draft would say."""

    description: str | None
    effect: Effect | None
    errors: list[DraftError]
    fire_times: list[FireTime]
    readiness: Readiness | None
    schedule: Schedule | None
    warnings: list[ScheduleWarning]


class DraftError(TypedDict):
    """A wrong field."""

    field: str
    message: str


class Effect(TypedDict):
    """What the coming 24 hours hold for the schedule, and the slots' load without and …."""

    coalesced: int
    duration_is: Literal["average", "assumed"]
    duration_seconds: float
    fire_times: int
    load_after: float
    load_before: float
    mean_wait_seconds: float
    queue_expired: int
    runs: int
    skipped: int
    worst_wait_seconds: float


Expected = Literal[
    "run",
    "skipped",
    "queue_expired",
    "unserved",
]


class Explanation(TypedDict):
    """Whether a schedule will run, why, and what became of its last ten fire times."""

    history: list[FireTimeOutcome]
    next_fire_at: str | None
    reasons: list[Reason]
    schedule_id: str
    status: str
    will_run: bool


class ExtendIn(TypedDict, total=False):
    """For how many days an audit is kept."""

    days: int | None


class ExternalIn(TypedDict):
    """Work that is done elsewhere."""

    type: Literal["external"]


class ExternalPatch(TypedDict, total=False):
    """Work that is done elsewhere."""

    type: Literal["external"] | None


class _FailInRequired(TypedDict):
    message: str
    reason: Literal[
        "error",
        "timeout",
        "budget_exceeded",
        "aborted",
        "rate_limited",
        "auth_failed",
        "http_error",
        "item_errors",
        "target_not_found",
    ]


class FailIn(_FailInRequired, total=False):
    """The work failed."""

    checkpoint: dict[str, Any] | None
    retry_after_seconds: int | None
    steps: int | None
    summary: str | None
    totals: TotalsIn | None
    usage: UsageIn | None


FailureReason = Literal[
    "error",
    "timeout",
    "lease_expired",
    "budget_exceeded",
    "aborted",
    "rate_limited",
    "auth_failed",
    "http_error",
    "item_errors",
    "target_not_found",
    "never_started",
]


class FieldError(TypedDict):
    """A wrong field."""

    field: str
    message: str


class FireTime(TypedDict):
    """A fire time, also in the local time of the zone, and what a clock change did to it."""

    at: str
    local: str
    note: str | None


class FireTimeOutcome(TypedDict):
    """What became of one fire time."""

    also: list[str]
    at: str | None
    code: str
    data: dict[str, Any]
    fire_at: str
    message: str
    run_id: str


Forecast = TypedDict(
    "Forecast",
    {
        "capacity": "int",
        "from": "str",
        "hours": "int",
        "impossible": "bool",
        "includes_other_tenants": "bool",
        "is_complete": "bool",
        "load": "float",
        "notes": "list[str]",
        "others": "list[BusySpan] | None",
        "overfull_hours": "list[OverfullHour]",
        "planned": "list[Planned] | None",
        "planned_until": "str | None",
        "schedules": "list[ScheduleForecast]",
        "totals": "ForecastTotals",
        "until": "str",
    },
)


class ForecastTotals(TypedDict):
    """All of the tenant's schedules together."""

    coalesced: int
    fire_times: int
    queue_expired: int
    runs: int
    skipped: int
    unserved: int


class _FunctionInRequired(TypedDict):
    name: str
    type: Literal["function"]


class FunctionIn(_FunctionInRequired, total=False):
    """A registered function, and the parameters it is called with."""

    params: dict[str, Any]


class FunctionPatch(TypedDict, total=False):
    """A registered function, and the parameters it is called with."""

    name: str | None
    params: dict[str, Any] | None
    type: Literal["function"] | None


class Health(TypedDict):
    """How the deployment is doing."""

    dead_letters: int
    last_tick_age_seconds: float | None
    last_tick_at: str | None
    overall: Level
    put_aside: int
    tenants: list[TenantHealth]
    warnings: list[HealthWarning]


class HealthWarning(TypedDict):
    """Something that is not as it should be."""

    code: str
    message: str


Heartbeat = TypedDict(
    "Heartbeat",
    {
        "budget": "Budget",
        "checkpoint": "dict[str, Any] | None",
        "continue": "bool",
        "lease_expires_at": "str | None",
        "reason": "str",
    },
    total=False,
)


class HeartbeatIn(TypedDict, total=False):
    """A sign of life, with what there is to report."""

    checkpoint: dict[str, Any] | None
    log: str | list[str | LogEntryIn] | None
    progress: ProgressIn | None
    steps: int | None
    usage: UsageIn | None
    with_checkpoint: bool


class Holder(TypedDict):
    """Who holds a slot."""

    forced: bool
    lease_expires_at: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    since: str | None
    slot: str
    tenant_id: str | None


class Holding(TypedDict):
    """A slot that is held, and the run that holds it."""

    attempt: int | None
    cancel_requested_at: str | None
    expected_end_at: str | None
    forced: bool
    lease_expires_at: str | None
    max_attempts: int | None
    max_steps: int | None
    progress: Progress | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    since: str | None
    slot: str
    started_at: str | None
    status: RunStatus | None
    steps: int | None
    tenant_id: str | None
    trigger: Trigger | None


class _HttpInRequired(TypedDict):
    type: Literal["http"]
    url: str


class HttpIn(_HttpInRequired, total=False):
    """An HTTP request, and which responses to it are a success."""

    body: dict[str, Any] | list[Any] | str | None
    completion: Literal["response", "callback"]
    headers: dict[str, str | SecretIn]
    method: str
    probe: bool
    signing_secret: SecretIn | None
    success_codes: list[int] | None


class HttpPatch(TypedDict, total=False):
    """An HTTP request, and which responses to it are a success."""

    body: dict[str, Any] | list[Any] | str | None
    completion: Literal["response", "callback"] | None
    headers: dict[str, str | SecretIn] | None
    method: str | None
    probe: bool | None
    signing_secret: SecretPatch | None
    success_codes: list[int] | None
    type: Literal["http"] | None
    url: str | None


IntervalIn = TypedDict(
    "IntervalIn",
    {
        "anchor": "str | None",
        "from": 'Literal["completion", "grid"]',
        "seconds": "int",
        "type": 'Literal["interval"]',
    },
    total=False,
)

IntervalPatch = TypedDict(
    "IntervalPatch",
    {
        "anchor": "str | None",
        "from": 'Literal["completion", "grid"] | None',
        "seconds": "int | None",
        "type": 'Literal["interval"] | None',
    },
    total=False,
)


class Job(TypedDict):
    """A registered function, and what parameters it takes."""

    description: str
    name: str
    params_schema: dict[str, Any]


class JobList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Job]
    next_cursor: str | None


class _LambdaInRequired(TypedDict):
    function_arn: str
    type: Literal["lambda"]


class LambdaIn(_LambdaInRequired, total=False):
    """A Lambda function that gets the payload as its event."""

    completion: Literal["response", "callback"]
    payload: dict[str, Any]


class LambdaPatch(TypedDict, total=False):
    """A Lambda function that gets the payload as its event."""

    completion: Literal["response", "callback"] | None
    function_arn: str | None
    payload: dict[str, Any] | None
    type: Literal["lambda"] | None


class LastRun(TypedDict):
    """The schedule's run that ended last."""

    finished_at: str | None
    id: str
    status: RunStatus


Level = Literal[
    "OK",
    "WARNING",
]


class Limit(TypedDict):
    """One limit."""

    limit: int
    used: int | None


class Limits(TypedDict):
    """The limits of the tenant, by the names that they have in the settings."""

    limits: dict[str, Limit]


class LimitsPatch(TypedDict, total=False):
    """What each tenant may have at most."""

    audits: int | None
    definition_bytes: int | None
    forced_runs: int | None
    max_lease_seconds: int | None
    max_run_seconds: int | None
    max_token_days: int | None
    pressure_sources: int | None
    schedules: int | None
    tokens: int | None
    waiting_runs: int | None
    waiting_runs_of_schedule: int | None


class Log(TypedDict):
    """Some lines of a run's log, in order."""

    items: list[LogLine]
    next_after: int
    next_before: int | None


class _LogEntryInRequired(TypedDict):
    message: str


class LogEntryIn(_LogEntryInRequired, total=False):
    """A line for the run's log."""

    data: dict[str, Any] | None
    level: Literal["debug", "info", "warning", "error"]


class _LogLineRequired(TypedDict):
    at: str
    level: str
    message: str
    sequence: int


class LogLine(_LogLineRequired, total=False):
    """One line of a run's log."""

    data: dict[str, Any]


class ManualIn(TypedDict):
    """Never fires by itself."""

    type: Literal["manual"]


class ManualPatch(TypedDict, total=False):
    """Never fires by itself."""

    type: Literal["manual"] | None


class Me(TypedDict):
    """Who is calling."""

    actor_id: str
    expires_at: str | None
    limits: dict[str, int]
    name: str
    scope: Literal["viewer", "operator", "admin", "owner"]
    scopes: list[Literal["viewer", "operator", "admin", "owner"]]
    tenant_id: str


class MisfireIn(TypedDict, total=False):
    """What happens to fire times that are noticed too late."""

    grace_seconds: int
    policy: Literal["skip", "run_once", "run_all"]


class MisfirePatch(TypedDict, total=False):
    """What happens to fire times that are noticed too late."""

    grace_seconds: int | None
    policy: Literal["skip", "run_once", "run_all"] | None


class _NewAuditInRequired(TypedDict):
    title: str


class NewAuditIn(_NewAuditInRequired, total=False):
    """An audit to create."""

    external_id: str | None
    published_at: str | None
    url: str | None


class _NewScheduleInRequired(TypedDict):
    cadence: CronIn | IntervalIn | OnceIn | ManualIn
    name: str
    target: FunctionIn | HttpIn | LambdaIn | StepFunctionIn | ExternalIn


class NewScheduleIn(_NewScheduleInRequired, total=False):
    """A schedule to create."""

    breaker: BreakerIn
    description: str
    enabled: bool
    ends_at: str | None
    jitter_seconds: int
    lease_seconds: int | None
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    misfire: MisfireIn
    pool: str
    priority: int
    queue_limit_seconds: int | None
    retry: RetryIn
    starts_at: str | None
    tags: list[str]
    timeout_seconds: int
    when_busy: Literal["queue", "skip"]


class NewToken(TypedDict):
    """A new token, and its secret."""

    secret: str | None
    token: Token


class NextFire(TypedDict):
    """A schedule that is set to fire, and how long its run should take."""

    due_at: str
    duration_is: Literal["average", "assumed"]
    expected_duration_seconds: float
    schedule_id: str
    schedule_name: str


class Notification(TypedDict):
    """A notification."""

    actions: list[Resolution]
    at: str
    audit_id: str | None
    details: dict[str, Any] | None
    id: str
    kind: NotificationKind
    message: str
    read: bool
    read_at: str | None
    read_by: str | None
    resolution: Resolution | None
    resolved_at: str | None
    resolved_by: str | None
    run_id: str | None
    schedule_id: str | None
    subject: str


NotificationKind = Literal[
    "audit_review",
    "audit_deactivated",
    "schedule_broken",
    "run_failed",
    "no_show",
    "scheduler_late",
]


class Notifications(TypedDict):
    """A page of notifications, newest first, and how many are unread (1,000 at most)."""

    items: list[Notification]
    next_cursor: str | None
    unread_count: int


class OnceIn(TypedDict):
    """Fires once, at an instant."""

    at: str
    type: Literal["once"]


class OncePatch(TypedDict, total=False):
    """Fires once, at an instant."""

    at: str | None
    type: Literal["once"] | None


class OverfullHour(TypedDict):
    """An hour in which more work becomes due than the slots have time for."""

    starts_at: str
    work_seconds: float


class Overview(TypedDict):
    """What goes on now, what comes next, and what needs somebody."""

    broken: list[BrokenSchedule]
    build: str
    counted_at: str
    counts_are_complete: bool
    duration_ms: Spread
    last_tick_age_seconds: float | None
    last_tick_at: str | None
    next: list[NextFire]
    now: str
    pools: list[PoolView]
    pressure: list[Pressure]
    runs_24h: RunCounts
    schedules: ScheduleCounts
    slot_wait_ms: Spread
    unread: int
    unread_is_at_least: bool
    warnings: list[HealthWarning]


class Pass(TypedDict):
    """What a pass did, in numbers."""

    claimed: int
    deferred: int
    fired: int
    left: int
    reaped: int
    skipped: int
    tenants: dict[str, TenantCounts]
    wakes: int


class Planned(TypedDict):
    """A fire time and what should become of it."""

    due_at: str
    end_at: str | None
    outcome: Expected
    run_id: str | None
    schedule_id: str
    start_at: str | None


class Pool(TypedDict):
    """Who holds the slots of a pool, and how many runs wait for one."""

    capacity: int
    holders: list[Holder]
    name: str
    waiting: int


class PoolIn(TypedDict, total=False):
    """A pool."""

    capacity: int
    tenants: list[str]
    weights: dict[str, Any]


class PoolView(TypedDict):
    """Who holds the slots of a pool, and the first who wait for them, in serving order."""

    capacity: int
    holders: list[Holding]
    name: str
    queue: list[Waiting]
    waiting: int
    waiting_is_at_least: bool
    waiting_own: int


class Pressure(TypedDict):
    """A signal that somebody works interactively."""

    deployment: bool
    source: str
    until: str


class PressureIn(TypedDict):
    """For how long the signal holds."""

    ttl_seconds: int


class Preview(TypedDict):
    """What a cadence means, in words and as its next fire times."""

    description: str
    fire_times: list[FireTime]


class PreviewDraftIn(TypedDict, total=False):
    """A draft, and whether its target is to be checked, too, which takes a little longer."""

    check: bool
    count: int
    definition: dict[str, Any]
    schedule_id: str | None


class _PreviewInRequired(TypedDict):
    cadence: CronIn | IntervalIn | OnceIn | ManualIn


class PreviewIn(_PreviewInRequired, total=False):
    """A cadence to try out."""

    after: str | None
    count: int


class _ProblemRequired(TypedDict):
    code: str
    detail: str
    status: int
    title: str
    type: str


class Problem(_ProblemRequired, total=False):
    """What is wrong with a request (RFC 9457)."""

    errors: list[FieldError]


class Progress(TypedDict):
    """How far a run has got."""

    done: int
    total: int


class ProgressIn(TypedDict):
    """How far the work is."""

    done: int
    total: int


class ReadAll(TypedDict):
    """How many notifications were marked as read, and how many are unread now."""

    read: int
    unread_count: int


class ReadAllIn(TypedDict, total=False):
    """Up to which notification everything was seen."""

    up_to: str | None


class Readiness(TypedDict):
    """Whether a schedule's target could run now."""

    checks: list[Check]
    ready: bool


class Reason(TypedDict):
    """One reason."""

    at: str | None
    code: str
    data: dict[str, Any]
    message: str
    run_id: str | None


class Redriven(TypedDict):
    """How many dead letters were sent back to their queues."""

    moved: int


Resolution = Literal[
    "keep",
    "deactivate",
    "deleted",
]


class ResolveIn(TypedDict):
    """The answer to a notification that asks for one."""

    action: Literal["keep", "deactivate"]


class RetentionPatch(TypedDict, total=False):
    """For how many days runs and their logs are kept."""

    log_days: int | None
    run_days: int | None


class RetryIn(TypedDict, total=False):
    """How often a run is tried before it fails, and how long it rests in between."""

    backoff: Literal["fixed", "exponential"]
    delay_seconds: int
    max_attempts: int
    max_delay_seconds: int


class RetryPatch(TypedDict, total=False):
    """How often a run is tried before it fails, and how long it rests in between."""

    backoff: Literal["fixed", "exponential"] | None
    delay_seconds: int | None
    max_attempts: int | None
    max_delay_seconds: int | None


class RotateIn(TypedDict, total=False):
    """For how long the secret that a token has is still good."""

    overlap_seconds: int


class RotatedToken(TypedDict):
    """A token with its new secret, shown this once, and when the one before stops being …."""

    former_secret_ends_at: str
    secret: str | None
    token: Token


class Run(TypedDict):
    """One execution of a schedule, or the record of fire times that did not run."""

    attempt: int
    attempts: list[Attempt]
    cancel_requested_at: str | None
    cancelled_by: str | None
    claimed_at: str | None
    concurrent_runs: int | None
    covers: int
    covers_from: str | None
    deadline_at: str | None
    deferred_by_pressure: bool
    duration_ms: int | None
    error_message: str | None
    exceeded_budget: Budget | None
    failure_reason: FailureReason | None
    finished_at: str | None
    fire_at: str
    for_caller: bool
    forced: bool
    heard_at: str | None
    id: str
    lease_expires_at: str | None
    max_attempts: int
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    not_before: str | None
    pool: str
    priority: int
    progress: Progress | None
    queue_expires_at: str | None
    queued_at: str
    requested_by: str | None
    schedule_id: str
    schedule_name: str
    skip_reason: SkipReason | None
    slot: str | None
    slot_wait_ms: int | None
    started_at: str | None
    status: RunStatus
    steps: int
    summary: str | None
    totals: RunTotals
    trigger: Trigger
    usage: Usage | None


class RunCounts(TypedDict):
    """How many runs had their fire time in the last 24 hours, by status."""

    by_status: dict[str, int]
    total: int


class RunList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Run]
    next_cursor: str | None


class RunNowIn(TypedDict, total=False):
    """A run to start by hand."""

    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    payload: dict[str, Any] | None


RunStatus = Literal[
    "queued",
    "claimed",
    "running",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
]


class RunTotals(TypedDict):
    """How many items a run processed, skipped, and failed at."""

    errors: int
    processed: int
    skipped: int


class SavedSchedule(TypedDict):
    """A schedule as it was saved, and warnings about its definition."""

    schedule: Schedule
    warnings: list[ScheduleWarning]


class Schedule(TypedDict):
    """A schedule."""

    average_cost: float | None
    average_duration_seconds: float | None
    average_steps: float | None
    average_tokens: float | None
    breaker: BreakerIn
    broken_at: str | None
    broken_reason: str | None
    budget_breach_streak: int
    cadence: CronIn | IntervalIn | OnceIn | ManualIn
    created_at: str
    description: str
    ends_at: str | None
    failure_streak: int
    id: str
    interruption_streak: int
    jitter_seconds: int
    last_run: LastRun | None
    lease_seconds: int
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    misfire: MisfireIn
    name: str
    next_fire_at: str | None
    pool: str
    priority: int
    queue_limit_seconds: int | None
    recent: list[list[Any]]
    retry: RetryIn
    starts_at: str | None
    status: ScheduleStatus
    tags: list[str]
    target: FunctionIn | HttpIn | LambdaIn | StepFunctionIn | ExternalIn
    timeout_seconds: int
    updated_at: str
    when_busy: WhenBusy


class ScheduleCounts(TypedDict):
    """How many schedules there are, and in which states."""

    broken: int
    enabled: int
    paused: int
    total: int


class ScheduleForecast(TypedDict):
    """What one schedule has to expect."""

    advice: str | None
    coalesced: int
    collisions: list[Collision]
    duration_is: Literal["average", "assumed"]
    duration_seconds: float
    fire_times: int
    mean_wait_seconds: float
    more_collisions: int
    name: str
    queue_expired: int
    quieter_minutes: list[int]
    runs: int
    schedule_id: str
    skipped: int
    unserved: int
    worst_hour: WorstHour | None
    worst_wait_seconds: float


class ScheduleList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Schedule]
    next_cursor: str | None


class SchedulePatch(TypedDict, total=False):
    """A schedule's definition."""

    breaker: BreakerPatch | None
    cadence: CronPatch | IntervalPatch | OncePatch | ManualPatch | None
    description: str | None
    ends_at: str | None
    jitter_seconds: int | None
    lease_seconds: int | None
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    misfire: MisfirePatch | None
    name: str | None
    pool: str | None
    priority: int | None
    queue_limit_seconds: int | None
    retry: RetryPatch | None
    starts_at: str | None
    tags: list[str] | None
    target: FunctionPatch | HttpPatch | LambdaPatch | StepFunctionPatch | ExternalPatch | None
    timeout_seconds: int | None
    when_busy: Literal["queue", "skip"] | None


ScheduleStatus = Literal[
    "active",
    "paused",
    "broken",
]


class ScheduleWarning(TypedDict):
    """A warning."""

    at: str | None
    code: str
    data: dict[str, Any]
    message: str
    schedule_id: str | None


class SecretIn(TypedDict):
    """The name of one of the tenant's secrets, which stands for its value."""

    secret: str


class SecretPatch(TypedDict, total=False):
    """The name of one of the tenant's secrets, which stands for its value."""

    secret: str | None


class SettingsPatch(TypedDict, total=False):
    """The deployment's settings."""

    audit_deactivation_days: int | None
    audit_review_days: int | None
    batch_per_tenant: int | None
    capacity: int | None
    lease_seconds: int | None
    limits: LimitsPatch | None
    pools: dict[str, Any] | None
    pressure_delay_seconds: int | None
    pressure_max_seconds: int | None
    retention: RetentionPatch | None
    topic_kinds: list[NotificationKind] | None
    webhook_kinds: list[NotificationKind] | None


class SimilarSchedule(TypedDict):
    """A schedule with a similar target."""

    average_cost: float | None
    average_steps: float
    average_tokens: float | None
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    name: str
    schedule_id: str


SkipReason = Literal[
    "slot_busy",
    "misfire",
    "coalesced",
    "queue_expired",
    "schedule_deleted",
    "schedule_paused",
    "schedule_broken",
    "no_show",
]


class Slot(TypedDict):
    """Who holds the slots of the pool `main`, or of the one asked for."""

    capacity: int
    holders: list[Holder]
    last_tick_at: str | None
    pools: list[Pool]
    pressure: list[Pressure]
    waiting: int


class Spread(TypedDict):
    """The median and the 95th percentile in milliseconds."""

    p50: int | None
    p95: int | None


class Stats(TypedDict):
    """A tenant in numbers."""

    active: int
    duration_ms: Spread
    is_complete: bool
    runs_24h: RunCounts
    schedules: ScheduleCounts
    since: str
    slot_wait_ms: Spread
    waiting: int


class _StepFunctionInRequired(TypedDict):
    state_machine_arn: str
    type: Literal["step_function"]


class StepFunctionIn(_StepFunctionInRequired, total=False):
    """A state machine of Step Functions."""

    completion: Literal["response", "callback"]
    input: dict[str, Any]


class StepFunctionPatch(TypedDict, total=False):
    """A state machine of Step Functions."""

    completion: Literal["response", "callback"] | None
    input: dict[str, Any] | None
    state_machine_arn: str | None
    type: Literal["step_function"] | None


class TenantCounts(TypedDict):
    """How many runs of one tenant a pass gave a slot, and how many of its items it …."""

    failed: int
    taken: int


class _TenantHealthRequired(TypedDict):
    pending: int
    running: int
    status: Level
    tenant_id: str


class TenantHealth(_TenantHealthRequired, total=False):
    """How many of a tenant's runs wait, and how many hold a slot."""

    pending_is_at_least: bool


Timeline = TypedDict(
    "Timeline",
    {
        "buckets": "list[TimelineBucket]",
        "complete_from": "str",
        "duration_ms": "Spread",
        "from": "str",
        "is_complete": "bool",
        "runs": "list[TimelineRun]",
        "schedules": "dict[str, str]",
        "slot_wait_ms": "Spread",
        "to": "str",
        "totals": "RunCounts",
    },
)

TimelineBucket = TypedDict(
    "TimelineBucket",
    {
        "by_status": "dict[str, int]",
        "from": "str",
        "runs": "int",
        "schedule_id": "str",
        "waited_ms": "int",
        "worked_ms": "int",
    },
)


class TimelineRun(TypedDict):
    """A run as a time axis shows it."""

    attempt: int
    claimed_at: str | None
    covers: int
    due_at: str
    finished_at: str | None
    forced: bool
    id: str
    pool: str
    queued_at: str | None
    reason: SkipReason | FailureReason | None
    schedule_id: str
    slot: str | None
    started_at: str | None
    status: RunStatus
    trigger: Trigger | None


class Token(TypedDict):
    """A token, without its secret."""

    created_at: str
    created_by: str
    created_by_id: str | None
    expires_at: str | None
    id: str
    last_used_at: str | None
    name: str
    scopes: list[Literal["viewer", "operator", "admin", "owner"]]
    tenant_id: str


class _TokenInRequired(TypedDict):
    name: str
    scopes: list[Literal["viewer", "operator", "admin", "owner"]]


class TokenIn(_TokenInRequired, total=False):
    """A token to create."""

    expires_at: str | None
    expires_in_days: int | None
    tenant_id: str | None


class TokenList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Token]
    next_cursor: str | None


class TotalsIn(TypedDict, total=False):
    """What the work counted."""

    errors: int
    processed: int
    skipped: int


Trial = TypedDict(
    "Trial",
    {
        "duration_is": 'Literal["average", "assumed"]',
        "duration_seconds": "float",
        "from": "str",
        "is_complete": "bool",
        "minute": "int",
        "minutes": "list[AtMinute]",
        "until": "str",
    },
)


class TrialIn(TypedDict, total=False):
    """A schedule or a draft, and over how many hours it is to be tried out."""

    definition: dict[str, Any]
    hours: int
    schedule_id: str | None


Trigger = Literal[
    "scheduled",
    "manual",
    "catch_up",
    "retry",
]


class Usage(TypedDict):
    """What a run's steps have used up, as its job counts it."""

    cost: float
    tokens: int


class UsageIn(TypedDict, total=False):
    """What the steps used up since the attempt began, in the target's own count."""

    cost: float
    tokens: int


class Waiting(TypedDict):
    """A run that waits for a slot."""

    attempt: int | None
    expected_duration_seconds: float
    expected_start_at: str | None
    fire_at: str | None
    is_behind_its_own: bool
    position: int
    priority: int | None
    queued_at: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    tenant_id: str | None
    trigger: Trigger | None


WhenBusy = Literal[
    "queue",
    "skip",
]


class WholeRun(TypedDict):
    """A run with its payload."""

    attempt: int
    attempts: list[Attempt]
    cancel_requested_at: str | None
    cancelled_by: str | None
    checkpoint: dict[str, Any] | None
    claimed_at: str | None
    concurrent_runs: int | None
    covers: int
    covers_from: str | None
    deadline_at: str | None
    deferred_by_pressure: bool
    duration_ms: int | None
    error_message: str | None
    exceeded_budget: Budget | None
    expected_start_at: str | None
    failure_reason: FailureReason | None
    finished_at: str | None
    fire_at: str
    for_caller: bool
    forced: bool
    heard_at: str | None
    id: str
    lease_expires_at: str | None
    log: Log | None
    max_attempts: int
    max_cost: float | None
    max_steps: int | None
    max_tokens: int | None
    not_before: str | None
    payload: dict[str, Any] | None
    pool: str
    position: int | None
    priority: int
    progress: Progress | None
    queue_expires_at: str | None
    queued_at: str
    requested_by: str | None
    schedule_id: str
    schedule_name: str
    skip_reason: SkipReason | None
    slot: str | None
    slot_wait_ms: int | None
    started_at: str | None
    status: RunStatus
    steps: int
    summary: str | None
    totals: RunTotals
    trigger: Trigger
    usage: Usage | None


class WorstHour(TypedDict):
    """The hour with the longest waits."""

    starts_at: str
    wait_seconds: float
