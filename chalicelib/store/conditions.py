"""The conditions that writes carry, each with a name. They are what makes the rules hold."""

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.run import Run, RunStatus
from chalicelib.domain.schedule import Schedule
from chalicelib.domain.slots import Slot
from chalicelib.store.models import ControlItem, RunItem, ScheduleItem, TokenItem


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


def lease_has_ended(before: datetime) -> Condition:
    """Its lease ended by that instant: the holder did not renew it after we looked."""
    return _all(RunItem.lease_expires_at <= before)


def slot_is_free(seen: Slot) -> Condition:
    """Nobody holds it, and nobody has held it since we looked."""
    return _all(ControlItem.run_id.does_not_exist(), _is(ControlItem.token, seen.token))


def slot_is_held_by(seen: Slot) -> Condition:
    """The claim we know holds it: this run, with this token."""
    return _all(ControlItem.run_id == seen.run_id, ControlItem.token == seen.token)


def token_is_new() -> Condition:
    """No API token has this id."""
    return TokenItem.token_id.does_not_exist()


def _is(attribute: Attribute[Any], seen: Any) -> Condition:
    """The attribute is as seen; what is None or zero is not stored at all."""
    return _all(attribute == seen if seen else attribute.does_not_exist())


def _all(*demands: Condition) -> Condition:
    return reduce(and_, demands)
