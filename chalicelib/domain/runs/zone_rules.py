"""Schedules that were set to their fire time by the time-zone rules of another release of tzdata.

A deployment brings new rules, and then the instant that "02:30 in Cairo" was stored as may be an
hour off, either way. Such a schedule is set anew before it fires.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import DUE_SHARDS, Schedule
from chalicelib.domain.time import cadences

#: For so long after a deployment its predecessor may still set a schedule, and the index may lag.
SETTLED_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the schedules were looked through for those set by other rules than these."""

    rules: str
    #: When a tick first went by these rules, and when the present look at all schedules began.
    since: datetime
    began_at: datetime
    #: The partition of the `due` index that is next, and after which of its keys to go on.
    shard: int = 0
    start: Mapping[str, Any] | None = None

    @property
    def is_through(self) -> bool:
        """Whether this look has seen all of them."""
        return self.shard >= DUE_SHARDS


def look_to_take(known: Progress | None, rules: str, now: datetime) -> Progress | None:
    """Where a tick that goes by these rules is to look; None if there is nothing to look for.

    All are looked through again and again until a look began after `SETTLED_AFTER`.
    """
    if known is None or known.rules != rules:
        return Progress(rules=rules, since=now, began_at=now)
    if not known.is_through:
        return known
    if known.began_at < known.since + SETTLED_AFTER:
        return Progress(rules=rules, since=known.since, began_at=now)
    return None


def is_outdated(schedule: Schedule) -> bool:
    """Whether it is set to a fire time that the present rules may place elsewhere."""
    return schedule.fire_at is not None and schedule.zone_rules != cadences.zone_rules(
        schedule.cadence
    )


def set_anew(schedule: Schedule) -> Schedule:
    """The schedule set by the present rules to the first fire time that has no record yet.

    They are counted from its last edit, if that is later. A fire time that had come before that
    edit, and was kept by it, stays.
    """
    if schedule.fire_at is not None and schedule.fire_at <= schedule.updated_at:
        return replace(schedule, zone_rules=cadences.zone_rules(schedule.cadence))
    return arm(schedule, schedule.updated_at)
