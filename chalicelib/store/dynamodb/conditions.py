"""The conditions of writes, each with a name. They enforce the rules that must always hold.

An item is given as it was read: most conditions demand that it has not changed since.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value

from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store.dynamodb.models import (
    AuditItem,
    ControlItem,
    ExternalIdItem,
    InboxItem,
    RunItem,
    ScheduleItem,
    TokenItem,
)


def schedule_is_new() -> Condition:
    """No schedule has this id."""
    return ScheduleItem.schedule_id.does_not_exist()


def schedule_is_there() -> Condition:
    """There is such a schedule."""
    return ScheduleItem.schedule_id.exists()


def schedule_is_unchanged(schedule: Schedule) -> Condition:
    """The schedule is as it was read: not fired, edited or settled, and no run of it took a slot.

    So a fire time is taken once, what is off starts nothing, and no two unforced runs of it hold
    slots at once.
    """
    return _all(
        ScheduleItem.version == schedule.version,
        _is(ScheduleItem.fire_at, schedule.fire_at),
        _is(ScheduleItem.next_fire_at, schedule.next_fire_at),
        _is(ScheduleItem.pending_run_id, schedule.pending_run_id),
        _is(ScheduleItem.working_run_id, schedule.working_run_id),
        _is(ScheduleItem.forced_at_work, schedule.forced_at_work),
        _is(ScheduleItem.waiting_by_hand, schedule.waiting_by_hand),
        _is(ScheduleItem.head_run_id, schedule.head_run_id),
        _is(ScheduleItem.in_line, schedule.in_line),
    )


def run_is_new() -> Condition:
    """No run has this id: with derived ids, this fire time has no record yet."""
    return RunItem.run_id.does_not_exist()


def run_is_queued(run: Run) -> Condition:
    """The run still waits where it did, and was not claimed and put back since it was read."""
    return _all(
        RunItem.status == RunStatus.QUEUED,
        _is(RunItem.token, run.token),
        _is(RunItem.place, run.place),
        _waits_for(run.pool),
    )


def _waits_for(pool: str) -> Condition:
    """The run waits for a slot of that pool. One that an earlier release stored names none."""
    of_pool = RunItem.pool == pool
    return _any(of_pool, RunItem.pool.does_not_exist()) if pool == MAIN else _all(of_pool)


def run_is_claimed(token: int) -> Condition:
    """The run is still claimed, by the claim with this token, and was not started."""
    return _all(RunItem.status == RunStatus.CLAIMED, RunItem.token == token)


def run_is_held(run: Run) -> Condition:
    """The run is still in its state and under its claim: nobody reaped or ended it."""
    return _all(RunItem.status == run.status, RunItem.token == run.token)


def tokens_are_unchanged(run: Run) -> Condition:
    """The run has no other run tokens than it was read with."""
    return _all(RunItem.callback_hashes == dict(run.callback_hashes))


def target_is_unheard() -> Condition:
    """The run's target has not called back in this attempt."""
    return RunItem.heard_at.does_not_exist()


def log_is_unchanged(run: Run) -> Condition:
    """Nobody has reserved sequence numbers for the run's log lines since it was read."""
    return _is(RunItem.log_lines, run.log_lines)


def lease_has_ended(before: datetime) -> Condition:
    """The run's lease ended by that instant: its holder has not renewed it since."""
    return _all(RunItem.lease_expires_at <= before)


def slot_is_free(slot: Slot) -> Condition:
    """Nobody holds the slot, and nobody has held it since it was read."""
    return _all(ControlItem.run_id.does_not_exist(), _is(ControlItem.token, slot.token))


def slot_is_held_by(slot: Slot) -> Condition:
    """The slot is still held by the same claim: by this run with this token."""
    return _all(ControlItem.run_id == slot.run_id, ControlItem.token == slot.token)


def control_is_unchanged(value: dict[str, Any] | None) -> Condition:
    """The item still has this value; for None, there still is no item."""
    if value is None:
        return ControlItem.kind.does_not_exist()
    return _all(ControlItem.value == value)


def control_has_expired(now: datetime) -> Condition:
    """There is no such item, or it has expired by then."""
    return _any(ControlItem.kind.does_not_exist(), ControlItem.expires_at <= now)


def use_is_below(most: int) -> Condition:
    """The counter says that the tenant has less than that of what it counts."""
    return _all(ControlItem.used < most)


def use_is_unknown_or_below(most: int) -> Condition:
    """The counter says that the tenant has less than that; if there is none, it has nothing yet."""
    return _any(ControlItem.used.does_not_exist(), ControlItem.used < most)


def use_is_known() -> Condition:
    """There is a counter of what the tenant has."""
    return ControlItem.used.exists()


def use_is_none() -> Condition:
    """There is nothing of it, or nobody has counted it."""
    return _any(ControlItem.used.does_not_exist(), ControlItem.used <= 0)


def use_is_uncounted() -> Condition:
    """There is no counter yet of what the tenant has."""
    return ControlItem.kind.does_not_exist()


def control_is_as_answered(raw: Mapping[str, Any] | None) -> Condition:
    """The item's value is what DynamoDB answered with, readable or not; for None, there is none."""
    if raw is None:
        return ControlItem.kind.does_not_exist()
    if "value" not in raw:
        return _all(ControlItem.kind.exists(), ControlItem.value.does_not_exist())
    return _all(Path("value") == Value(raw["value"]))


def token_is_new() -> Condition:
    """No API token has this id."""
    return TokenItem.token_id.does_not_exist()


def token_is_there(tenant_id: str) -> Condition:
    """The token exists, and it is this tenant's."""
    return _all(TokenItem.tenant_id == tenant_id)


def token_is_as_read(tenant_id: str, token_hash: str) -> Condition:
    """The token is this tenant's, and has the secret that it had when it was read."""
    return _all(token_is_there(tenant_id), token_has_secret(token_hash))


def token_has_secret(token_hash: str) -> Condition:
    """The token exists, and nobody has given it another secret since it was read."""
    return _all(TokenItem.secret_hash == token_hash)


def token_exists() -> Condition:
    """The token was not revoked."""
    return TokenItem.token_id.exists()


def token_is_unused(tenant_id: str) -> Condition:
    """The token is this tenant's, and has never been used."""
    return _all(token_is_there(tenant_id), TokenItem.last_used_at.does_not_exist())


def token_is_unused_since(instant: datetime) -> Condition:
    """The token exists, and no use of it was noted after that instant."""
    noted_long_ago = TokenItem.last_used_at.does_not_exist() | (TokenItem.last_used_at <= instant)
    return _all(TokenItem.token_id.exists(), noted_long_ago)


def audit_is_new() -> Condition:
    """No audit has this id."""
    return AuditItem.audit_id.does_not_exist()


def audit_is_unchanged(audit: Audit) -> Condition:
    """Nobody has changed the audit since it was read: a cycle asks and ends once."""
    return _all(AuditItem.version == audit.version)


def external_id_is_free() -> Condition:
    """No audit of the tenant has this external id."""
    return ExternalIdItem.key.does_not_exist()


def external_id_is_held_by(audit: Audit) -> Condition:
    """This audit has this external id."""
    return _all(ExternalIdItem.held_by == audit.audit_id)


def notification_is_new() -> Condition:
    """No notification has this id."""
    return InboxItem.item_id.does_not_exist()


def notification_is_open() -> Condition:
    """The notification is still there, and nobody has answered it."""
    return _all(InboxItem.item_id.exists(), InboxItem.resolution.does_not_exist())


def notification_is_there() -> Condition:
    """The notification was not removed by its time to live."""
    return InboxItem.item_id.exists()


def _is(attribute: Attribute[Any], value: Any) -> Condition:
    """The attribute has this value. None and zero are not stored, so they must be absent."""
    return _all(attribute == value if value else attribute.does_not_exist())


def _all(*demands: Condition) -> Condition:
    return reduce(and_, demands)


def _any(*demands: Condition) -> Condition:
    return reduce(or_, demands)
