"""A tenant's schedules in short: how many are in which state, what is broken, what fires next.

It is made of all of them, so it is kept for a while and looked at instead of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus

#: How many that fire next are kept, which is a few more than are shown, and how many broken ones.
MOST_NEXT: Final = 14
MOST_BROKEN: Final = 10
#: For how long a digest is good at least, and for each schedule: so it never takes more than about
#: one read unit a second, however many there are.
_GOOD_FOR: Final = timedelta(seconds=60)
_GOOD_FOR_EACH: Final = timedelta(milliseconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFire:
    """A schedule that is set to fire: when it is due, and how long its run should take."""

    schedule_id: str
    schedule_name: str
    due_at: datetime
    takes_seconds: float
    #: Whether that is no average of its runs, for it has none yet.
    is_assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenSchedule:
    """A schedule that its breaker has switched off."""

    schedule_id: str
    schedule_name: str
    broken_at: datetime | None
    broken_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The schedules in short, as they were then."""

    at: datetime
    by_status: Counter[str]
    #: The first that fire, in order; those broken last, the latest first.
    following: Sequence[NextFire]
    broken: Sequence[BrokenSchedule]
    is_complete: bool

    def is_good(self, now: datetime) -> bool:
        """Whether it may still be looked at instead of the schedules."""
        good_for = max(_GOOD_FOR, self.by_status.total() * _GOOD_FOR_EACH)
        return timedelta(0) <= now - self.at < good_for


def digest(schedules: Sequence[Schedule], now: datetime, *, is_complete: bool) -> Digest:
    """The digest of these schedules, which are all of a tenant's unless it is not complete."""
    broken = [each for each in schedules if each.status is ScheduleStatus.BROKEN]
    broken.sort(key=lambda each: each.broken_at or each.updated_at, reverse=True)
    return Digest(
        at=now,
        by_status=Counter(each.status.value for each in schedules),
        following=_following(schedules)[:MOST_NEXT],
        broken=[
            BrokenSchedule(
                schedule_id=each.schedule_id,
                schedule_name=each.name,
                broken_at=each.broken_at,
                broken_reason=each.broken_reason,
            )
            for each in broken[:MOST_BROKEN]
        ],
        is_complete=is_complete,
    )


def over(before: Digest, now: datetime) -> list[str]:
    """The ids of those in the digest that were to fire by now: they have, and fire anew."""
    return [each.schedule_id for each in before.following if each.due_at <= now]


def brought_up(before: Digest, fired: Iterable[Schedule], now: datetime) -> Digest:
    """The digest with those that have fired meanwhile as they are set now."""
    ahead = [each for each in before.following if each.due_at > now]
    following = sorted([*ahead, *_following(fired)], key=_order)
    return replace(before, following=following)


def _following(schedules: Iterable[Schedule]) -> list[NextFire]:
    found = [
        NextFire(
            schedule_id=each.schedule_id,
            schedule_name=each.name,
            due_at=each.next_start_at,
            takes_seconds=expected_duration(each).total_seconds(),
            is_assumed=each.average_duration_seconds is None,
        )
        for each in schedules
        if each.next_start_at is not None and each.status is ScheduleStatus.ACTIVE
    ]
    return sorted(found, key=_order)


def _order(each: NextFire) -> tuple[datetime, str]:
    return each.due_at, each.schedule_id
