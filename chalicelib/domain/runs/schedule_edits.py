"""What people change of a schedule: its definition, and whether it is on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs import breaker
from chalicelib.domain.runs.arming import advance, arm, is_set, past_what_is_recorded
from chalicelib.domain.runs.firing import is_due, records_of
from chalicelib.domain.runs.new_runs import DEFAULT_LEASE_SECONDS
from chalicelib.domain.runs.run import Run, SkipReason
from chalicelib.domain.runs.schedule import AnySchedule, Schedule, ScheduleStatus, WholeSchedule
from chalicelib.domain.runs.settle import off_reason
from chalicelib.domain.time import cadences

#: The fields that clients write; every other field of a schedule is Baton's own.
DEFINITION: Final = (
    "name",
    "description",
    "tags",
    "cadence",
    "target",
    "when_busy",
    "misfire",
    "retry",
    "timeout_seconds",
    "lease_seconds",
    "max_steps",
    "max_tokens",
    "max_cost",
    "breaker",
    "pool",
    "priority",
    "jitter_seconds",
    "starts_at",
    "ends_at",
    "queue_limit_seconds",
)
#: A change of one of these starts a new rhythm.
_RHYTHM: Final = ("cadence", "starts_at", "ends_at", "jitter_seconds", "patience")
_BUDGETS: Final = ("max_steps", "max_tokens", "max_cost")


def definition_as_json(schedule: WholeSchedule) -> dict[str, Any]:
    """What clients wrote of the schedule, as the API shows it."""
    view = {name: as_json(getattr(schedule, name)) for name in DEFINITION}
    return {
        **view,
        "cadence": cadences.to_json(schedule.cadence),
        "lease_seconds": schedule.lease_seconds or DEFAULT_LEASE_SECONDS,
    }


def edited(schedule: WholeSchedule, definition: Mapping[str, Any], now: datetime) -> WholeSchedule:
    """The schedule with another definition, as of now.

    A new rhythm starts from now; what was missed under the old one is not made up for. After a
    new budget, breaches do not count for two cadence intervals.
    """
    after = replace(schedule, **definition, updated_at=now, version=schedule.version + 1)
    if _differ(schedule, after, _BUDGETS):
        after = replace(after, breaches_count_from=breaker.grace_after_budget_edit(after, now))
    return arm(after, now) if _differ(schedule, after, _RHYTHM) else after


def _differ(before: Schedule, after: Schedule, names: Sequence[str]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def switched(schedule: AnySchedule, status: ScheduleStatus, now: datetime) -> AnySchedule:
    """The schedule switched on or off by a person; the same object if that changes nothing.

    Its streaks start anew, and switched on it fires from now on. One that was on already keeps its
    next fire time, and only its streaks start anew.
    """
    if schedule.status is status:
        return _with_new_streaks(schedule, now) if status is ScheduleStatus.ACTIVE else schedule
    after = replace(schedule, status=status, broken_reason=None, broken_at=None, updated_at=now)
    return arm(breaker.with_clean_streaks(replace(after, version=schedule.version + 1)), now)


def _with_new_streaks(schedule: AnySchedule, now: datetime) -> AnySchedule:
    """The schedule with no failure counted; the same object if none was."""
    clean = breaker.with_clean_streaks(schedule)
    if clean == schedule:
        return schedule
    return replace(clean, updated_at=now, version=schedule.version + 1)


def keep_what_is_set(
    seen: Schedule, after: AnySchedule, now: datetime
) -> tuple[AnySchedule, Sequence[Run]]:
    """A changed schedule, with what becomes of the fire times that had come before the change.

    None of them is lost (rule 2). Switched off, the schedule gets skip records for all of them.
    With a new rhythm, those that are due already get misfire records, as the new rhythm starts from
    now; the first that waits for its jitter or for interactive work to end stays set, and what has
    come behind it is counted on it. The records are to be stored together with the change.
    """
    if seen.status is not ScheduleStatus.ACTIVE or not is_set(seen, now):
        return after, ()
    if after.status is not ScheduleStatus.ACTIVE:
        records, _ = records_of(seen, lambda each: is_set(each, now), off_reason(after), now)
        return replace(after, recorded_until=past_what_is_recorded(seen, now)), records
    if (after.fire_at, after.next_fire_at) == (seen.fire_at, seen.next_fire_at):
        return after, ()
    records, left = records_of(seen, lambda each: is_due(each, now), SkipReason.MISFIRE, now)
    after = replace(after, recorded_until=past_what_is_recorded(seen, now))
    if not is_set(left, now):
        return after, records
    behind, _ = records_of(advance(left), lambda each: is_set(each, now), SkipReason.COALESCED, now)
    return _set_as(left, after), [*records, *behind]


def _set_as(before: Schedule, after: AnySchedule) -> AnySchedule:
    """The changed schedule, set to the fire time that it was set to before the change.

    It is due as it was; but if others have so long to come for it now, or nobody has to come any
    more, it is due as the changed schedule would have it.
    """
    assert before.fire_at is not None
    due_at = before.next_fire_at
    if before.patience != after.patience:
        due_at = before.fire_at + after.due_after
    return replace(after, fire_at=before.fire_at, next_fire_at=due_at)
