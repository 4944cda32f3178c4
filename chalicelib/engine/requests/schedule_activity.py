"""What people did to schedules, as the activity keeps it: what changed, before and after."""

import json
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WholeSchedule
from chalicelib.domain.runs.schedule_edits import definition_as_json
from chalicelib.store import activity_items
from chalicelib.store.activity_items import Activity

#: A field's value is kept up to this many characters: all of a change fits into one item.
_LONGEST: Final = 2_000
#: What people change of a schedule's streaks by resuming it.
_STREAKS: Final = ("failure_streak", "budget_breach_streak", "interruption_streak")


def schedule_activity(
    before: WholeSchedule | None, after: WholeSchedule | None, by: Actor, now: datetime
) -> Activity:
    """The record of a schedule created (no `before`), changed or deleted (no `after`)."""
    subject = after or before
    assert subject is not None
    old, new = _shown(before), _shown(after)
    if before and after:
        old, new = {**old, **_streaks(before)}, {**new, **_streaks(after)}
    changed = [name for name in old | new if _differ(old.get(name), new.get(name))]
    return activity_items.new_activity(
        subject.tenant_id,
        now,
        actor=by,
        action=_action(before, after),
        subject=subject.schedule_id,
        details={
            "name": subject.name,
            "before": {name: _kept(name, old[name]) for name in changed} if before else None,
            "after": {name: _kept(name, new[name]) for name in changed} if after else None,
        },
    )


def _differ(before: Any, after: Any) -> bool:
    """Whether the two are different JSON: to Python, 1 equals 1.0 and True."""
    return json.dumps(before) != json.dumps(after)


def _action(before: Schedule | None, after: Schedule | None) -> str:
    if before is None:
        return "schedule_created"
    if after is None:
        return "schedule_deleted"
    if before.status is after.status and _streaks(before) == _streaks(after):
        return "schedule_changed"
    on = after.status is ScheduleStatus.ACTIVE
    return "schedule_resumed" if on else "schedule_paused"


def _streaks(schedule: Schedule) -> dict[str, int]:
    return {name: getattr(schedule, name) for name in _STREAKS}


def _shown(schedule: WholeSchedule | None) -> dict[str, Any]:
    if schedule is None:
        return {}
    return {**definition_as_json(schedule), "status": schedule.status.value}


def _kept(name: str, value: Any) -> Any:
    """The value without what may be a secret: header values that are given and not named."""
    if name == "target" and isinstance(value.get("headers"), dict):
        headers = {key: "…" if isinstance(of, str) else of for key, of in value["headers"].items()}
        value = {**value, "headers": headers}
    size = len(json.dumps(value))
    return value if size <= _LONGEST else f"({size} characters)"
