"""The items of all tables, attribute by attribute. `infra/` creates the tables with these keys."""

import os
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from typing import Any, Final, Self

from botocore.session import Session
from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.domain.access.token_secrets import FormerSecret
from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.audits.notifications import NotificationKind, Resolution
from chalicelib.domain.runs.run import (
    AttemptRecord,
    CountedAs,
    FailureReason,
    Holder,
    Place,
    RunStatus,
    SkipReason,
    Totals,
    Trigger,
)
from chalicelib.domain.runs.schedule import (
    Backoff,
    Breaker,
    Misfire,
    MisfirePolicy,
    Retry,
    ScheduleStatus,
    WhenBusy,
)
from chalicelib.domain.targets.target_label import TargetLabel, label_of
from chalicelib.domain.time import cadences
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform import aws
from chalicelib.store.dynamodb.attributes import (
    EnumAttribute,
    InstantAttribute,
    JsonAttribute,
    PayloadAttribute,
    RecentAttribute,
    attempts_from_json,
    attempts_to_json,
    known_fields,
)

#: As many as threads of one process may write at once, and some more for those that read.
MOST_CONNECTIONS: Final = 32
#: What the names of all tables begin with.
_PREFIX: Final = os.environ.get("BATON_TABLE_PREFIX") or os.environ.get("BATON_STACK") or "baton"


class SharedConnection(Connection):
    """A connection whose client is made with the session that all clients share."""

    @property
    def session(self) -> Session:
        return aws.session()


@cache
def shared_connection() -> Connection:
    """One connection for all tables: a Lambda's first request pays for one client, not for six."""
    return SharedConnection(
        connect_timeout_seconds=aws.CONNECT_SECONDS,
        read_timeout_seconds=aws.READ_SECONDS,
        max_retry_attempts=aws.MOST_TRIES - 1,
        max_pool_connections=MOST_CONNECTIONS,
    )


class Table(Model):
    """A table reached over the shared connection."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._connection is None:
            own = super()._get_connection()
            with suppress(ValueError):  # It knows the table already: two models share it.
                shared_connection().add_meta_table(own.get_meta_table())
            own.connection = shared_connection()
        return super()._get_connection()

    @classmethod
    def reach(cls) -> TableConnection:
        """The connection to the table, for requests that PynamoDB's models cannot make."""
        return cls._get_connection()


class DueIndex(GlobalSecondaryIndex[Any]):
    """Only schedules that can fire."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    next_fire_at = InstantAttribute(range_key=True)


class ScheduleItem(Table):
    """A schedule. What has its default value is not stored: items stay below one write unit.

    Its body (target, description, tags) is here if it is small, and else in a `BodyItem`.
    """

    class Meta:
        table_name = f"{_PREFIX}-schedules"

    due = DueIndex()
    tenant_id = UnicodeAttribute(hash_key=True)
    schedule_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    tags = JsonAttribute[tuple[str, ...]](decode=tuple, null=True)
    cadence = JsonAttribute[cadences.Cadence](cadences.to_json, cadences.from_json)
    target = JsonAttribute[dict[str, Any]](null=True)
    when_busy = EnumAttribute(WhenBusy, null=True)
    misfire = JsonAttribute[Misfire](
        asdict,
        lambda data: Misfire(MisfirePolicy(data["policy"]), data["grace_seconds"]),
        null=True,
    )
    retry = JsonAttribute[Retry](
        asdict,
        lambda data: Retry(**{**known_fields(Retry, data), "backoff": Backoff(data["backoff"])}),
        null=True,
    )
    timeout_seconds = NumberAttribute(null=True)
    lease_seconds = NumberAttribute(null=True)
    max_steps = NumberAttribute(null=True)
    max_tokens = NumberAttribute(null=True)
    max_cost = NumberAttribute(null=True)
    breaker = JsonAttribute[Breaker](
        asdict, lambda data: Breaker(**known_fields(Breaker, data)), null=True
    )
    pool = UnicodeAttribute(null=True)
    priority = NumberAttribute(null=True)
    jitter_seconds = NumberAttribute(null=True)
    starts_at = InstantAttribute(null=True)
    ends_at = InstantAttribute(null=True)
    queue_limit_seconds = NumberAttribute(null=True)
    status = EnumAttribute(ScheduleStatus, null=True)
    broken_reason = UnicodeAttribute(null=True)
    broken_at = InstantAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    fire_at = InstantAttribute(null=True)
    next_fire_at = InstantAttribute(null=True)
    zone_rules = UnicodeAttribute(null=True)
    recorded_until = InstantAttribute(null=True)
    pending_run_id = UnicodeAttribute(null=True)
    working_run_id = UnicodeAttribute(null=True)
    forced_at_work = NumberAttribute(null=True)
    head_run_id = UnicodeAttribute(null=True)
    in_line = NumberAttribute(null=True)
    waiting_by_hand = NumberAttribute(null=True)
    held_up_until = InstantAttribute(null=True)
    failure_notification_id = UnicodeAttribute(null=True)
    no_show_notification_id = UnicodeAttribute(null=True)
    turned_away_for = InstantAttribute(null=True)
    last_run = JsonAttribute[dict[str, Any]](null=True)
    recent = RecentAttribute(null=True)
    failure_streak = NumberAttribute(null=True)
    budget_breach_streak = NumberAttribute(null=True)
    interruption_streak = NumberAttribute(null=True)
    breaches_count_from = InstantAttribute(null=True)
    average_steps = NumberAttribute(null=True)
    average_tokens = NumberAttribute(null=True)
    average_cost = NumberAttribute(null=True)
    average_duration_seconds = NumberAttribute(null=True)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()
    version = NumberAttribute()
    label = JsonAttribute[TargetLabel](
        lambda label: [label.kind, label.resource, *([True] if label.calls_back else [])],
        lambda data: TargetLabel(*data),
        null=True,
    )

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The item; one that was stored before there were labels has that of its target."""
        item = super().from_raw_data(data)
        target: dict[str, Any] | None = item.target
        if "label" not in data and target is not None:
            item.label = label_of(target)
        return item


class BodyItem(Table):
    """What is large of a schedule (`s#<id>`) or of a run (`r#<id>`), beside what the engine moves.

    A schedule's item has its target, description and tags; a run's has its payload, and expires.
    """

    class Meta:
        table_name = f"{_PREFIX}-bodies"

    tenant_id = UnicodeAttribute(hash_key=True)
    body_id = UnicodeAttribute(range_key=True)
    target = JsonAttribute[dict[str, Any]](null=True)
    description = UnicodeAttribute(null=True)
    tags = JsonAttribute[tuple[str, ...]](decode=tuple, null=True)
    payload = JsonAttribute[dict[str, Any]](null=True)
    expires_at = TTLAttribute(null=True)


class ByScheduleIndex(GlobalSecondaryIndex[Any]):
    """The runs of one schedule, by time."""

    class Meta:
        index_name = "by_schedule"
        projection = KeysOnlyProjection()

    schedule_id = UnicodeAttribute(hash_key=True)
    run_id = UnicodeAttribute(range_key=True)


class WaitingIndex(GlobalSecondaryIndex[Any]):
    """Only queued runs, in the order they are served."""

    class Meta:
        index_name = "waiting"
        projection = KeysOnlyProjection()

    partition = UnicodeAttribute(hash_key=True, attr_name="pool")
    queue_key = UnicodeAttribute(range_key=True)


class RunItem(Table):
    """A run. `partition` and `queue_key` are there only while it waits."""

    class Meta:
        table_name = f"{_PREFIX}-runs"

    by_schedule = ByScheduleIndex()
    waiting = WaitingIndex()
    tenant_id = UnicodeAttribute(hash_key=True)
    run_id = UnicodeAttribute(range_key=True)
    schedule_id = UnicodeAttribute()
    schedule_name = UnicodeAttribute()
    trigger = EnumAttribute(Trigger)
    status = EnumAttribute(RunStatus)
    fire_at = InstantAttribute()
    queued_at = InstantAttribute()
    place = EnumAttribute(Place, null=True)
    queue_expires_at = InstantAttribute(null=True)
    priority = NumberAttribute(null=True)
    pool = UnicodeAttribute(null=True, attr_name="slots_of")
    partition = UnicodeAttribute(null=True, attr_name="pool")
    queue_key = UnicodeAttribute(null=True)
    not_before = InstantAttribute(null=True)
    claimed_at = InstantAttribute(null=True)
    started_at = InstantAttribute(null=True)
    finished_at = InstantAttribute(null=True)
    attempt = NumberAttribute(null=True)
    max_attempts = NumberAttribute(null=True)
    unstarted_claims = NumberAttribute(null=True)
    token = NumberAttribute(null=True)
    slot = UnicodeAttribute(null=True)
    lease_seconds = NumberAttribute(null=True)
    lease_expires_at = InstantAttribute(null=True)
    started_by = UnicodeAttribute(null=True)
    cancel_requested_at = InstantAttribute(null=True)
    cancelled_by = UnicodeAttribute(null=True)
    callback_hashes = JsonAttribute[dict[str, str]](null=True)
    deadline_at = InstantAttribute(null=True)
    heard_at = InstantAttribute(null=True)
    verdict = EnumAttribute(FailureReason, null=True)
    log_lines = NumberAttribute(null=True)
    forced = BooleanAttribute(null=True)
    for_caller = BooleanAttribute(null=True)
    counted_as = EnumAttribute(CountedAs, null=True)
    payload = PayloadAttribute(null=True)
    slot_wait_ms = NumberAttribute(null=True)
    duration_ms = NumberAttribute(null=True)
    steps = NumberAttribute(null=True)
    max_steps = NumberAttribute(null=True)
    max_tokens = NumberAttribute(null=True)
    max_cost = NumberAttribute(null=True)
    progress = JsonAttribute[dict[str, int]](null=True)
    usage = JsonAttribute[dict[str, float]](null=True)
    checkpoint = JsonAttribute[dict[str, Any]](null=True)
    totals = JsonAttribute[Totals](
        asdict, lambda data: Totals(**known_fields(Totals, data)), null=True
    )
    summary = UnicodeAttribute(null=True)
    failure_reason = EnumAttribute(FailureReason, null=True)
    error_message = UnicodeAttribute(null=True)
    skip_reason = EnumAttribute(SkipReason, null=True)
    requested_by = UnicodeAttribute(null=True)
    concurrent_runs = NumberAttribute(null=True)
    deferred_by_pressure = BooleanAttribute(null=True)
    attempts = JsonAttribute[tuple[AttemptRecord, ...]](
        attempts_to_json, attempts_from_json, null=True
    )
    behind = JsonAttribute[tuple[Holder, ...]](
        lambda holders: [asdict(holder) for holder in holders],
        lambda data: tuple(Holder(**known_fields(Holder, each)) for each in data),
        null=True,
    )
    behind_others = NumberAttribute(null=True)
    covers = NumberAttribute(null=True)
    covers_from = InstantAttribute(null=True)
    expires_at = TTLAttribute(null=True)


class LogItem(Table):
    """One line of a run's log."""

    class Meta:
        table_name = f"{_PREFIX}-run-log"

    run_id = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)
    at = InstantAttribute()
    level = UnicodeAttribute()
    message = UnicodeAttribute()
    data = JsonAttribute[dict[str, Any]](null=True)
    expires_at = TTLAttribute(null=True)


class ControlItem(Table):
    """One item of the deployment's own state: a slot, the settings, a mark of a pass."""

    class Meta:
        table_name = f"{_PREFIX}-control"

    kind = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    token = NumberAttribute(null=True)
    turn = NumberAttribute(null=True)
    served = UnicodeAttribute(null=True)
    in_a_row = NumberAttribute(null=True)
    tenant_id = UnicodeAttribute(null=True)
    run_id = UnicodeAttribute(null=True)
    schedule_id = UnicodeAttribute(null=True)
    schedule_name = UnicodeAttribute(null=True)
    since = InstantAttribute(null=True)
    expected_end_at = InstantAttribute(null=True)
    forced = BooleanAttribute(null=True)
    value = JsonAttribute[dict[str, Any]](null=True)
    used = NumberAttribute(null=True)
    expires_at = TTLAttribute(null=True)


class ByTenantIndex(GlobalSecondaryIndex[Any]):
    """The tokens of one tenant, by time."""

    class Meta:
        index_name = "by_tenant"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    token_id = UnicodeAttribute(range_key=True)


class TokenItem(Table):
    """An API token; of its secret only the hash."""

    class Meta:
        table_name = f"{_PREFIX}-tokens"

    by_tenant = ByTenantIndex()
    token_id = UnicodeAttribute(hash_key=True)
    secret_hash = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    name = UnicodeAttribute()
    scopes = JsonAttribute[tuple[str, ...]](decode=tuple)
    created_at = InstantAttribute()
    created_by = UnicodeAttribute(null=True)
    created_by_id = UnicodeAttribute(null=True)
    former = JsonAttribute[tuple[FormerSecret, ...]](
        lambda secrets: [[each.hash, to_text(each.until)] for each in secrets],
        lambda data: tuple(FormerSecret(digest, from_text(until)) for digest, until in data),
        null=True,
    )
    valid_until = InstantAttribute(null=True)
    last_used_at = InstantAttribute(null=True)
    expires_at = TTLAttribute(null=True)


class UnreadIndex(GlobalSecondaryIndex[Any]):
    """Only notifications that nobody has read yet."""

    class Meta:
        index_name = "unread"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    unread_key = UnicodeAttribute(range_key=True)


class InboxItem(Table):
    """An item of a tenant's inbox: an activity, or a notification."""

    class Meta:
        table_name = f"{_PREFIX}-inbox"

    unread = UnreadIndex()
    tenant_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute(range_key=True)
    at = InstantAttribute()
    subject = UnicodeAttribute()
    details = JsonAttribute[Any](null=True)
    expires_at = TTLAttribute(null=True)
    # Only activities have these.
    actor = UnicodeAttribute(null=True)
    actor_id = UnicodeAttribute(null=True)
    action = UnicodeAttribute(null=True)
    # Only notifications have these.
    unread_key = UnicodeAttribute(null=True)
    kind = EnumAttribute(NotificationKind, null=True)
    message = UnicodeAttribute(null=True)
    read_at = InstantAttribute(null=True)
    read_by = UnicodeAttribute(null=True)
    resolution = EnumAttribute(Resolution, null=True)
    resolved_at = InstantAttribute(null=True)
    resolved_by = UnicodeAttribute(null=True)
    sent_by = JsonAttribute[tuple[str, ...]](decode=tuple, null=True)


class ReviewIndex(GlobalSecondaryIndex[Any]):
    """Only audits that have a date ahead."""

    class Meta:
        index_name = "review"
        projection = KeysOnlyProjection()

    review_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class ByStateIndex(GlobalSecondaryIndex[Any]):
    """A tenant's audits by state, then by time."""

    class Meta:
        index_name = "by_state"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    state_key = UnicodeAttribute(range_key=True)


class AuditItem(Table):
    """An audit."""

    class Meta:
        table_name = f"{_PREFIX}-audits"

    review = ReviewIndex()
    by_state = ByStateIndex()
    tenant_id = UnicodeAttribute(hash_key=True)
    audit_id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    url = UnicodeAttribute(null=True)
    external_id = UnicodeAttribute(null=True)
    state = EnumAttribute(AuditState, null=True)
    state_key = UnicodeAttribute()
    published_at = InstantAttribute(null=True)
    review_at = InstantAttribute(null=True)
    deactivates_at = InstantAttribute(null=True)
    review_shard = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    deactivated_at = InstantAttribute(null=True)
    deactivated_by = UnicodeAttribute(null=True)
    notification_id = UnicodeAttribute(null=True, attr_name="notice_id")
    created_at = InstantAttribute()
    created_by = UnicodeAttribute()
    updated_at = InstantAttribute()
    version = NumberAttribute()


class ExternalIdItem(Table):
    """Says which audit of the tenant has an external id. It is kept in the table of audits."""

    class Meta:
        table_name = f"{_PREFIX}-audits"

    tenant_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True, attr_name="audit_id")
    held_by = UnicodeAttribute()
