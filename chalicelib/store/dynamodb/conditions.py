"""The conditions that writes carry, each with a name. They are what makes the rules hold."""

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.deployment.slots import Slot
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


def schedule_is_unchanged(seen: Schedule) -> Condition:
    """Nobody has fired, edited or settled it since we looked: a fire time is taken once."""
    return _all(
        ScheduleItem.version == seen.version,
        _is(ScheduleItem.fire_at, seen.fire_at),
        _is(ScheduleItem.next_fire_at, seen.next_fire_at),
        _is(ScheduleItem.pending_run_id, seen.pending_run_id),
    )


def run_is_new() -> Condition:
    """No run has this id: with derived ids, this fire time has no record yet."""
    return RunItem.run_id.does_not_exist()


def run_is_queued(seen: Run) -> Condition:
    """It still waits, and was not claimed and put back since we looked."""
    return _all(RunItem.status == RunStatus.QUEUED, _is(RunItem.token, seen.token))


def run_is_claimed(token: int) -> Condition:
    """This very claim is still waiting to be started."""
    return _all(RunItem.status == RunStatus.CLAIMED, RunItem.token == token)


def run_is_held(seen: Run) -> Condition:
    """The claim we know is in force, in the state we know: nobody reaped or ended it."""
    return _all(RunItem.status == seen.status, RunItem.token == seen.token)


def target_is_unheard() -> Condition:
    """Its target has not called back in this attempt."""
    return RunItem.heard_at.does_not_exist()


def log_is_unchanged(seen: Run) -> Condition:
    """Nobody has taken numbers for log lines since we looked."""
    return _is(RunItem.log_lines, seen.log_lines)


def lease_has_ended(before: datetime) -> Condition:
    """Its lease ended by that instant: the holder did not renew it after we looked."""
    return _all(RunItem.lease_expires_at <= before)


def slot_is_free(seen: Slot) -> Condition:
    """Nobody holds it, and nobody has held it since we looked."""
    return _all(ControlItem.run_id.does_not_exist(), _is(ControlItem.token, seen.token))


def slot_is_held_by(seen: Slot) -> Condition:
    """The claim we know holds it: this run, with this token."""
    return _all(ControlItem.run_id == seen.run_id, ControlItem.token == seen.token)


def control_is_unchanged(seen_value: dict[str, Any] | None) -> Condition:
    """The item still has the value we saw, or is still not there."""
    if seen_value is None:
        return ControlItem.kind.does_not_exist()
    return _all(ControlItem.value == seen_value)


def token_is_new() -> Condition:
    """No API token has this id."""
    return TokenItem.token_id.does_not_exist()


def token_is_there(tenant_id: str) -> Condition:
    """Nobody has revoked it, and it is this tenant's."""
    return _all(TokenItem.tenant_id == tenant_id)


def token_is_unused(tenant_id: str) -> Condition:
    """It is there, and nobody has ever proven it."""
    return _all(token_is_there(tenant_id), TokenItem.last_used_at.does_not_exist())


def token_is_unused_since(instant: datetime) -> Condition:
    """It is there, and nobody has noted a use of it since."""
    noted_long_ago = TokenItem.last_used_at.does_not_exist() | (TokenItem.last_used_at <= instant)
    return _all(TokenItem.token_id.exists(), noted_long_ago)


def audit_is_new() -> Condition:
    """No audit has this id."""
    return AuditItem.audit_id.does_not_exist()


def audit_is_unchanged(seen: Audit) -> Condition:
    """Nobody has changed it since we looked: each cycle asks once, and ends or is extended."""
    return _all(AuditItem.version == seen.version)


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
    """It is still there, and nobody has answered it."""
    return _all(InboxItem.item_id.exists(), InboxItem.resolution.does_not_exist())


def notification_is_there() -> Condition:
    """It was not removed by its time to live."""
    return InboxItem.item_id.exists()


def _is(attribute: Attribute[Any], seen: Any) -> Condition:
    """The attribute is as seen; what is None or zero is not stored at all."""
    return _all(attribute == seen if seen else attribute.does_not_exist())


def _all(*demands: Condition) -> Condition:
    return reduce(and_, demands)
