"""What the API takes and gives, as types of its JSON: made by `python -m infra.clients`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Activity(TypedDict):
    """One activity."""

    id: str
    at: str
    actor: str
    actor_id: str | None
    action: str
    subject: str
    details: dict[str, Any] | None


class ActivityList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Activity]
    next_cursor: str | None


class AtMinute(TypedDict):
    """What would become of the schedule at that minute of the hour."""

    minute: int
    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int
    waits: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    others_wait_seconds: float


class Attempt(TypedDict):
    """One attempt of a run."""

    number: int
    claimed_at: str | None
    started_at: str | None
    ended_at: str | None
    reason: FailureReason | None
    message: str | None


class Audit(TypedDict):
    """An audit."""

    id: str
    title: str
    url: str | None
    external_id: str | None
    state: AuditState
    published_at: str | None
    review_at: str | None
    deactivates_at: str | None
    deactivated_at: str | None
    deactivated_by: str | None
    notification_id: str | None
    created_at: str
    created_by: str
    updated_at: str


class AuditList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Audit]
    next_cursor: str | None


class AuditPatch(TypedDict, total=False):
    """An audit's definition."""

    title: str | None
    url: str | None
    external_id: str | None


AuditState = Literal[
    "draft",
    "active",
    "review_due",
    "inactive",
]


class BreakerIn(TypedDict, total=False):
    """How many failures, budget breaches or interruptions in a row switch the schedule …."""

    failures: int
    budget_breaches: int
    interruptions: int


class BreakerPatch(TypedDict, total=False):
    """How many failures, budget breaches or interruptions in a row switch the schedule …."""

    failures: int | None
    budget_breaches: int | None
    interruptions: int | None


class BrokenSchedule(TypedDict):
    """A schedule that its breaker has switched off."""

    schedule_id: str
    schedule_name: str
    broken_at: str | None
    broken_reason: str | None


class Budget(TypedDict):
    """A suggested step budget, and the schedules it was taken from."""

    suggested_max_steps: int | None
    explanation: str
    similar: list[SimilarSchedule]


class BusySpan(TypedDict):
    """When runs of other tenants are at work."""

    start_at: str
    end_at: str


CapacityFull = dict[str, Any]


class Check(TypedDict):
    """One readiness check."""

    name: str
    ok: bool
    detail: str


class Collision(TypedDict):
    """A schedule whose runs hold a slot as fire times come, and keep them from running …."""

    schedule_id: str | None
    schedule_name: str | None
    times: int
    first_at: str


class CompleteIn(TypedDict, total=False):
    """The work is done."""

    totals: TotalsIn | None
    steps: int | None
    usage: UsageIn | None
    summary: str | None


class _CronInRequired(TypedDict):
    type: Literal["cron"]
    expression: str


class CronIn(_CronInRequired, total=False):
    """Fires whenever the expression matches the local time of the zone."""

    timezone: str


class CronPatch(TypedDict, total=False):
    """Fires whenever the expression matches the local time of the zone."""

    type: Literal["cron"] | None
    expression: str | None
    timezone: str | None


class DeadLetter(TypedDict):
    """A message that was delivered three times without success."""

    id: str
    kind: str
    sent_at: str | None
    receives: int
    content: dict[str, Any]


class DeadLetters(TypedDict):
    """The oldest dead letters, and how many there are of each kind."""

    items: list[DeadLetter]
    counts: dict[str, int]


class Draft(TypedDict):
    """What saving the draft would say."""

    errors: list[DraftError]
    schedule: Schedule | None
    description: str | None
    fire_times: list[FireTime]
    warnings: list[ScheduleWarning]
    effect: Effect | None
    readiness: Readiness | None


class DraftError(TypedDict):
    """A wrong field."""

    field: str
    message: str


class Effect(TypedDict):
    """What the coming 24 hours hold for the schedule, and the slots' load without and …."""

    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    duration_seconds: float
    duration_is: Literal["average", "assumed"]
    load_before: float
    load_after: float


Expected = Literal[
    "run",
    "skipped",
    "queue_expired",
    "unserved",
]


class Explanation(TypedDict):
    """Whether a schedule will run, why, and what became of its last ten fire times."""

    schedule_id: str
    status: str
    will_run: bool
    next_fire_at: str | None
    reasons: list[Reason]
    history: list[FireTimeOutcome]


class ExtendIn(TypedDict, total=False):
    """For how many days an audit is kept."""

    days: int | None


class _FailInRequired(TypedDict):
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
    message: str


class FailIn(_FailInRequired, total=False):
    """The work failed."""

    totals: TotalsIn | None
    steps: int | None
    usage: UsageIn | None
    summary: str | None
    retry_after_seconds: int | None


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

    fire_at: str
    run_id: str
    code: str
    also: list[str]
    message: str
    at: str | None
    data: dict[str, Any]


Forecast = TypedDict(
    "Forecast",
    {
        "from": "str",
        "until": "str",
        "hours": "int",
        "capacity": "int",
        "is_complete": "bool",
        "includes_other_tenants": "bool",
        "load": "float",
        "impossible": "bool",
        "overfull_hours": "list[OverfullHour]",
        "notes": "list[str]",
        "totals": "ForecastTotals",
        "schedules": "list[ScheduleForecast]",
        "planned": "list[Planned] | None",
        "others": "list[BusySpan] | None",
        "planned_until": "str | None",
    },
)


class ForecastTotals(TypedDict):
    """All of the tenant's schedules together."""

    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int


class _FunctionInRequired(TypedDict):
    type: Literal["function"]
    name: str


class FunctionIn(_FunctionInRequired, total=False):
    """A registered function, and the parameters it is called with."""

    params: dict[str, Any]


class FunctionPatch(TypedDict, total=False):
    """A registered function, and the parameters it is called with."""

    type: Literal["function"] | None
    name: str | None
    params: dict[str, Any] | None


class Health(TypedDict):
    """How the deployment is doing."""

    overall: Level
    warnings: list[HealthWarning]
    last_tick_at: str | None
    last_tick_age_seconds: float | None
    dead_letters: int
    put_aside: int
    tenants: list[TenantHealth]


class HealthWarning(TypedDict):
    """Something that is not as it should be."""

    code: str
    message: str


Heartbeat = TypedDict(
    "Heartbeat",
    {"continue": "bool", "reason": "str", "lease_expires_at": "str | None"},
    total=False,
)


class HeartbeatIn(TypedDict, total=False):
    """A sign of life, with what there is to report."""

    steps: int | None
    usage: UsageIn | None
    progress: ProgressIn | None
    log: str | list[str | LogEntryIn] | None


class Holder(TypedDict):
    """Who holds a slot."""

    slot: str
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    since: str | None
    lease_expires_at: str | None
    forced: bool


class Holding(TypedDict):
    """A slot that is held, and the run that holds it."""

    slot: str
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    status: RunStatus | None
    trigger: Trigger | None
    forced: bool
    since: str | None
    started_at: str | None
    attempt: int | None
    max_attempts: int | None
    progress: Progress | None
    steps: int | None
    max_steps: int | None
    lease_expires_at: str | None
    cancel_requested_at: str | None
    expected_end_at: str | None


class _HttpInRequired(TypedDict):
    type: Literal["http"]
    url: str


class HttpIn(_HttpInRequired, total=False):
    """An HTTP request, and which responses to it are a success."""

    method: str
    headers: dict[str, str | SecretIn]
    body: dict[str, Any] | list[Any] | str | None
    success_codes: list[int] | None
    completion: Literal["response", "callback"]
    signing_secret: SecretIn | None
    probe: bool


class HttpPatch(TypedDict, total=False):
    """An HTTP request, and which responses to it are a success."""

    type: Literal["http"] | None
    method: str | None
    url: str | None
    headers: dict[str, str | SecretIn] | None
    body: dict[str, Any] | list[Any] | str | None
    success_codes: list[int] | None
    completion: Literal["response", "callback"] | None
    signing_secret: SecretPatch | None
    probe: bool | None


IntervalIn = TypedDict(
    "IntervalIn",
    {
        "type": 'Literal["interval"]',
        "seconds": "int",
        "from": 'Literal["completion", "grid"]',
        "anchor": "str | None",
    },
    total=False,
)

IntervalPatch = TypedDict(
    "IntervalPatch",
    {
        "type": 'Literal["interval"] | None',
        "seconds": "int | None",
        "from": 'Literal["completion", "grid"] | None',
        "anchor": "str | None",
    },
    total=False,
)


class Job(TypedDict):
    """A registered function, and what parameters it takes."""

    name: str
    description: str
    params_schema: dict[str, Any]


class JobList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Job]
    next_cursor: str | None


class _LambdaInRequired(TypedDict):
    type: Literal["lambda"]
    function_arn: str


class LambdaIn(_LambdaInRequired, total=False):
    """A Lambda function that gets the payload as its event."""

    payload: dict[str, Any]
    completion: Literal["response", "callback"]


class LambdaPatch(TypedDict, total=False):
    """A Lambda function that gets the payload as its event."""

    type: Literal["lambda"] | None
    function_arn: str | None
    payload: dict[str, Any] | None
    completion: Literal["response", "callback"] | None


class LastRun(TypedDict):
    """The schedule's run that ended last."""

    id: str
    status: RunStatus
    finished_at: str | None


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

    schedules: int | None
    definition_bytes: int | None
    waiting_runs: int | None
    waiting_runs_of_schedule: int | None
    tokens: int | None
    audits: int | None
    pressure_sources: int | None
    forced_runs: int | None
    max_lease_seconds: int | None
    max_run_seconds: int | None
    max_token_days: int | None


class Log(TypedDict):
    """Some lines of a run's log, in order."""

    items: list[LogLine]
    next_after: int
    next_before: int | None


class _LogEntryInRequired(TypedDict):
    message: str


class LogEntryIn(_LogEntryInRequired, total=False):
    """A line for the run's log."""

    level: Literal["debug", "info", "warning", "error"]
    data: dict[str, Any] | None


class _LogLineRequired(TypedDict):
    sequence: int
    at: str
    level: str
    message: str


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

    tenant_id: str
    name: str
    actor_id: str
    scope: Literal["viewer", "operator", "admin", "owner"]
    scopes: list[Literal["viewer", "operator", "admin", "owner"]]
    expires_at: str | None
    limits: dict[str, int]


class MisfireIn(TypedDict, total=False):
    """What happens to fire times that are noticed too late."""

    policy: Literal["skip", "run_once", "run_all"]
    grace_seconds: int


class MisfirePatch(TypedDict, total=False):
    """What happens to fire times that are noticed too late."""

    policy: Literal["skip", "run_once", "run_all"] | None
    grace_seconds: int | None


class _NewAuditInRequired(TypedDict):
    title: str


class NewAuditIn(_NewAuditInRequired, total=False):
    """An audit to create."""

    url: str | None
    external_id: str | None
    published_at: str | None


class _NewScheduleInRequired(TypedDict):
    name: str
    cadence: CronIn | IntervalIn | OnceIn | ManualIn
    target: FunctionIn | HttpIn | LambdaIn | StepFunctionIn


class NewScheduleIn(_NewScheduleInRequired, total=False):
    """A schedule to create."""

    description: str
    tags: list[str]
    when_busy: Literal["queue", "skip"]
    misfire: MisfireIn
    retry: RetryIn
    timeout_seconds: int
    lease_seconds: int | None
    max_steps: int | None
    breaker: BreakerIn
    pool: str
    priority: int
    jitter_seconds: int
    starts_at: str | None
    ends_at: str | None
    queue_limit_seconds: int | None
    enabled: bool


class NewToken(TypedDict):
    """A new token, and its secret."""

    token: Token
    secret: str | None


class NextFire(TypedDict):
    """A schedule that is set to fire, and how long its run should take."""

    schedule_id: str
    schedule_name: str
    due_at: str
    expected_duration_seconds: float
    duration_is: Literal["average", "assumed"]


class Notification(TypedDict):
    """A notification."""

    id: str
    kind: NotificationKind
    at: str
    subject: str
    audit_id: str | None
    schedule_id: str | None
    run_id: str | None
    message: str
    details: dict[str, Any] | None
    actions: list[Resolution]
    read: bool
    read_at: str | None
    read_by: str | None
    resolution: Resolution | None
    resolved_at: str | None
    resolved_by: str | None


NotificationKind = Literal[
    "audit_review",
    "audit_deactivated",
    "schedule_broken",
    "run_failed",
    "scheduler_late",
]


class Notifications(TypedDict):
    """A page of notifications, newest first, and how many are unread (1,000 at most)."""

    items: list[Notification]
    next_cursor: str | None
    unread_count: int


class OnceIn(TypedDict):
    """Fires once, at an instant."""

    type: Literal["once"]
    at: str


class OncePatch(TypedDict, total=False):
    """Fires once, at an instant."""

    type: Literal["once"] | None
    at: str | None


class OverfullHour(TypedDict):
    """An hour in which more work becomes due than the slots have time for."""

    starts_at: str
    work_seconds: float


class Overview(TypedDict):
    """What goes on now, what comes next, and what needs somebody."""

    now: str
    build: str
    pools: list[PoolView]
    next: list[NextFire]
    pressure: list[Pressure]
    last_tick_at: str | None
    last_tick_age_seconds: float | None
    warnings: list[HealthWarning]
    unread: int
    unread_is_at_least: bool
    schedules: ScheduleCounts
    broken: list[BrokenSchedule]
    runs_24h: RunCounts
    slot_wait_ms: Spread
    duration_ms: Spread
    counted_at: str
    counts_are_complete: bool


class Pass(TypedDict):
    """What a pass did, in numbers."""

    reaped: int
    fired: int
    skipped: int
    deferred: int
    claimed: int
    wakes: int
    left: int
    tenants: dict[str, TenantCounts]


class Planned(TypedDict):
    """A fire time and what should become of it."""

    schedule_id: str
    run_id: str | None
    due_at: str
    start_at: str | None
    end_at: str | None
    outcome: Expected


class Pool(TypedDict):
    """Who holds the slots of a pool, and how many runs wait for one."""

    name: str
    capacity: int
    holders: list[Holder]
    waiting: int


class PoolIn(TypedDict, total=False):
    """A pool."""

    capacity: int
    tenants: list[str]
    weights: dict[str, Any]


class PoolView(TypedDict):
    """Who holds the slots of a pool, and the first who wait for them, in serving order."""

    name: str
    capacity: int
    holders: list[Holding]
    waiting: int
    waiting_own: int
    waiting_is_at_least: bool
    queue: list[Waiting]


class Pressure(TypedDict):
    """A signal that somebody works interactively."""

    source: str
    until: str
    deployment: bool


class PressureIn(TypedDict):
    """For how long the signal holds."""

    ttl_seconds: int


class Preview(TypedDict):
    """What a cadence means, in words and as its next fire times."""

    description: str
    fire_times: list[FireTime]


class PreviewDraftIn(TypedDict, total=False):
    """A draft, and whether its target is to be checked, too, which takes a little longer."""

    schedule_id: str | None
    definition: dict[str, Any]
    check: bool
    count: int


class _PreviewInRequired(TypedDict):
    cadence: CronIn | IntervalIn | OnceIn | ManualIn


class PreviewIn(_PreviewInRequired, total=False):
    """A cadence to try out."""

    count: int
    after: str | None


class _ProblemRequired(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    code: str


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


class Readiness(TypedDict):
    """Whether a schedule's target could run now."""

    ready: bool
    checks: list[Check]


class Reason(TypedDict):
    """One reason."""

    code: str
    message: str
    at: str | None
    run_id: str | None
    data: dict[str, Any]


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

    run_days: int | None
    log_days: int | None


class RetryIn(TypedDict, total=False):
    """How often a run is tried before it fails, and how long it rests in between."""

    max_attempts: int
    delay_seconds: int
    backoff: Literal["fixed", "exponential"]
    max_delay_seconds: int


class RetryPatch(TypedDict, total=False):
    """How often a run is tried before it fails, and how long it rests in between."""

    max_attempts: int | None
    delay_seconds: int | None
    backoff: Literal["fixed", "exponential"] | None
    max_delay_seconds: int | None


class RotateIn(TypedDict, total=False):
    """For how long the secret that a token has is still good."""

    overlap_seconds: int


class RotatedToken(TypedDict):
    """A token with its new secret, shown this once, and when the one before stops being …."""

    token: Token
    secret: str | None
    former_secret_ends_at: str


class Run(TypedDict):
    """One execution of a schedule, or the record of fire times that did not run."""

    id: str
    schedule_id: str
    schedule_name: str
    trigger: Trigger
    status: RunStatus
    fire_at: str
    queued_at: str
    queue_expires_at: str | None
    pool: str
    priority: int
    not_before: str | None
    claimed_at: str | None
    started_at: str | None
    finished_at: str | None
    attempt: int
    max_attempts: int
    attempts: list[Attempt]
    slot: str | None
    lease_expires_at: str | None
    cancel_requested_at: str | None
    cancelled_by: str | None
    deadline_at: str | None
    heard_at: str | None
    forced: bool
    slot_wait_ms: int | None
    duration_ms: int | None
    steps: int
    max_steps: int | None
    progress: Progress | None
    usage: Usage | None
    totals: RunTotals
    summary: str | None
    failure_reason: FailureReason | None
    error_message: str | None
    skip_reason: SkipReason | None
    requested_by: str | None
    concurrent_runs: int | None
    deferred_by_pressure: bool
    covers: int
    covers_from: str | None


class RunCounts(TypedDict):
    """How many runs had their fire time in the last 24 hours, by status."""

    total: int
    by_status: dict[str, int]


class RunList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Run]
    next_cursor: str | None


class RunNowIn(TypedDict, total=False):
    """A run to start by hand."""

    payload: dict[str, Any] | None
    max_steps: int | None


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

    processed: int
    skipped: int
    errors: int


class SavedSchedule(TypedDict):
    """A schedule as it was saved, and warnings about its definition."""

    schedule: Schedule
    warnings: list[ScheduleWarning]


class Schedule(TypedDict):
    """A schedule."""

    id: str
    name: str
    description: str
    tags: list[str]
    cadence: CronIn | IntervalIn | OnceIn | ManualIn
    target: FunctionIn | HttpIn | LambdaIn | StepFunctionIn
    when_busy: WhenBusy
    misfire: MisfireIn
    retry: RetryIn
    timeout_seconds: int
    lease_seconds: int
    max_steps: int | None
    breaker: BreakerIn
    pool: str
    priority: int
    jitter_seconds: int
    starts_at: str | None
    ends_at: str | None
    queue_limit_seconds: int | None
    status: ScheduleStatus
    broken_reason: str | None
    broken_at: str | None
    next_fire_at: str | None
    last_run: LastRun | None
    failure_streak: int
    budget_breach_streak: int
    interruption_streak: int
    average_steps: float | None
    average_duration_seconds: float | None
    created_at: str
    updated_at: str


class ScheduleCounts(TypedDict):
    """How many schedules there are, and in which states."""

    total: int
    enabled: int
    paused: int
    broken: int


class ScheduleForecast(TypedDict):
    """What one schedule has to expect."""

    schedule_id: str
    name: str
    fire_times: int
    runs: int
    skipped: int
    coalesced: int
    queue_expired: int
    unserved: int
    mean_wait_seconds: float
    worst_wait_seconds: float
    worst_hour: WorstHour | None
    duration_seconds: float
    duration_is: Literal["average", "assumed"]
    collisions: list[Collision]
    more_collisions: int
    quieter_minutes: list[int]
    advice: str | None


class ScheduleList(TypedDict):
    """Some items, newest first, and the cursor of the next page."""

    items: list[Schedule]
    next_cursor: str | None


class SchedulePatch(TypedDict, total=False):
    """A schedule's definition."""

    name: str | None
    description: str | None
    tags: list[str] | None
    cadence: CronPatch | IntervalPatch | OncePatch | ManualPatch | None
    target: FunctionPatch | HttpPatch | LambdaPatch | StepFunctionPatch | None
    when_busy: Literal["queue", "skip"] | None
    misfire: MisfirePatch | None
    retry: RetryPatch | None
    timeout_seconds: int | None
    lease_seconds: int | None
    max_steps: int | None
    breaker: BreakerPatch | None
    pool: str | None
    priority: int | None
    jitter_seconds: int | None
    starts_at: str | None
    ends_at: str | None
    queue_limit_seconds: int | None


ScheduleStatus = Literal[
    "active",
    "paused",
    "broken",
]


class ScheduleWarning(TypedDict):
    """A warning."""

    code: str
    message: str
    schedule_id: str | None
    at: str | None
    data: dict[str, Any]


class SecretIn(TypedDict):
    """The name of one of the tenant's secrets, which stands for its value."""

    secret: str


class SecretPatch(TypedDict, total=False):
    """The name of one of the tenant's secrets, which stands for its value."""

    secret: str | None


class SettingsPatch(TypedDict, total=False):
    """The deployment's settings."""

    capacity: int | None
    pools: dict[str, Any] | None
    lease_seconds: int | None
    pressure_delay_seconds: int | None
    pressure_max_seconds: int | None
    batch_per_tenant: int | None
    retention: RetentionPatch | None
    audit_review_days: int | None
    audit_deactivation_days: int | None
    topic_kinds: list[NotificationKind] | None
    webhook_kinds: list[NotificationKind] | None
    limits: LimitsPatch | None


class SimilarSchedule(TypedDict):
    """A schedule with a similar target."""

    schedule_id: str
    name: str
    average_steps: float
    max_steps: int | None


SkipReason = Literal[
    "slot_busy",
    "misfire",
    "coalesced",
    "queue_expired",
    "schedule_deleted",
    "schedule_paused",
    "schedule_broken",
]


class Slot(TypedDict):
    """Who holds the slots of the pool `main`, or of the one asked for."""

    capacity: int
    holders: list[Holder]
    waiting: int
    last_tick_at: str | None
    pressure: list[Pressure]
    pools: list[Pool]


class Spread(TypedDict):
    """The median and the 95th percentile in milliseconds."""

    p50: int | None
    p95: int | None


class Stats(TypedDict):
    """A tenant in numbers."""

    schedules: ScheduleCounts
    runs_24h: RunCounts
    active: int
    waiting: int
    slot_wait_ms: Spread
    duration_ms: Spread
    is_complete: bool
    since: str


class _StepFunctionInRequired(TypedDict):
    type: Literal["step_function"]
    state_machine_arn: str


class StepFunctionIn(_StepFunctionInRequired, total=False):
    """A state machine of Step Functions."""

    input: dict[str, Any]
    completion: Literal["response", "callback"]


class StepFunctionPatch(TypedDict, total=False):
    """A state machine of Step Functions."""

    type: Literal["step_function"] | None
    state_machine_arn: str | None
    input: dict[str, Any] | None
    completion: Literal["response", "callback"] | None


class TenantCounts(TypedDict):
    """How many runs of one tenant a pass gave a slot, and how many of its items it …."""

    taken: int
    failed: int


class _TenantHealthRequired(TypedDict):
    tenant_id: str
    status: Level
    pending: int
    running: int


class TenantHealth(_TenantHealthRequired, total=False):
    """How many of a tenant's runs wait, and how many hold a slot."""

    pending_is_at_least: bool


Timeline = TypedDict(
    "Timeline",
    {
        "from": "str",
        "to": "str",
        "is_complete": "bool",
        "complete_from": "str",
        "schedules": "dict[str, str]",
        "runs": "list[TimelineRun]",
        "buckets": "list[TimelineBucket]",
        "totals": "RunCounts",
        "slot_wait_ms": "Spread",
        "duration_ms": "Spread",
    },
)

TimelineBucket = TypedDict(
    "TimelineBucket",
    {
        "from": "str",
        "schedule_id": "str",
        "runs": "int",
        "by_status": "dict[str, int]",
        "waited_ms": "int",
        "worked_ms": "int",
    },
)


class TimelineRun(TypedDict):
    """A run as a time axis shows it."""

    id: str
    schedule_id: str
    status: RunStatus
    reason: SkipReason | FailureReason | None
    trigger: Trigger | None
    pool: str
    due_at: str
    queued_at: str | None
    claimed_at: str | None
    started_at: str | None
    finished_at: str | None
    attempt: int
    slot: str | None
    forced: bool
    covers: int


class Token(TypedDict):
    """A token, without its secret."""

    id: str
    tenant_id: str
    name: str
    scopes: list[Literal["viewer", "operator", "admin", "owner"]]
    created_at: str
    created_by: str
    created_by_id: str | None
    expires_at: str | None
    last_used_at: str | None


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

    processed: int
    skipped: int
    errors: int


Trial = TypedDict(
    "Trial",
    {
        "from": "str",
        "until": "str",
        "is_complete": "bool",
        "minute": "int",
        "duration_seconds": "float",
        "duration_is": 'Literal["average", "assumed"]',
        "minutes": "list[AtMinute]",
    },
)


class TrialIn(TypedDict, total=False):
    """A schedule or a draft, and over how many hours it is to be tried out."""

    schedule_id: str | None
    definition: dict[str, Any]
    hours: int


Trigger = Literal[
    "scheduled",
    "manual",
    "catch_up",
    "retry",
]


class Usage(TypedDict):
    """What a run's steps have used up, as its job counts it."""

    tokens: int
    cost: float


class UsageIn(TypedDict, total=False):
    """What the steps used up since the attempt began, in the target's own count."""

    tokens: int
    cost: float


class Waiting(TypedDict):
    """A run that waits for a slot."""

    position: int
    tenant_id: str | None
    run_id: str | None
    schedule_id: str | None
    schedule_name: str | None
    trigger: Trigger | None
    priority: int | None
    attempt: int | None
    fire_at: str | None
    queued_at: str | None
    is_behind_its_own: bool
    expected_start_at: str | None
    expected_duration_seconds: float


WhenBusy = Literal[
    "queue",
    "skip",
]


class WholeRun(TypedDict):
    """A run with its payload."""

    id: str
    schedule_id: str
    schedule_name: str
    trigger: Trigger
    status: RunStatus
    fire_at: str
    queued_at: str
    queue_expires_at: str | None
    pool: str
    priority: int
    not_before: str | None
    claimed_at: str | None
    started_at: str | None
    finished_at: str | None
    attempt: int
    max_attempts: int
    attempts: list[Attempt]
    slot: str | None
    lease_expires_at: str | None
    cancel_requested_at: str | None
    cancelled_by: str | None
    deadline_at: str | None
    heard_at: str | None
    forced: bool
    slot_wait_ms: int | None
    duration_ms: int | None
    steps: int
    max_steps: int | None
    progress: Progress | None
    usage: Usage | None
    totals: RunTotals
    summary: str | None
    failure_reason: FailureReason | None
    error_message: str | None
    skip_reason: SkipReason | None
    requested_by: str | None
    concurrent_runs: int | None
    deferred_by_pressure: bool
    covers: int
    covers_from: str | None
    payload: dict[str, Any] | None
    log: Log | None


class WorstHour(TypedDict):
    """The hour with the longest waits."""

    starts_at: str
    wait_seconds: float
