"""Digests of a tenant: looked at if they are good, and else made anew and kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.outlook import digest as digests
from chalicelib.domain.outlook import hours as counting
from chalicelib.domain.outlook.digest import Digest
from chalicelib.domain.outlook.hours import DayOfRuns, Hour
from chalicelib.store import digest_items, surveys

#: How many runs are looked at for one digest; hours that are not reached are counted next time.
MOST_RUNS: Final = surveys.MOST_RUNS


def of_schedules(tenant_id: str, now: datetime) -> Digest:
    """The tenant's schedules in short: a minute old at most, a little more if there are many.

    What has fired since is as it is set now.
    """
    kept = digest_items.schedules(tenant_id)
    if kept is None or not kept.is_good(now):
        return _made(tenant_id, now)
    fired = digests.over(kept, now)
    if not fired:
        return kept
    keys = [(tenant_id, schedule_id) for schedule_id in fired]
    return digests.brought_up(kept, surveys.schedules_at(keys).values(), now)


def _made(tenant_id: str, now: datetime) -> Digest:
    found = surveys.schedules_of(tenant_id, strong=False)
    made = digests.digest(found.found, now, is_complete=found.is_complete)
    digest_items.keep_schedules(tenant_id, made)
    return made


def of_runs(tenant_id: str, now: datetime, *, of_now: bool = False) -> DayOfRuns:
    """The tenant's last day of runs in numbers: of now, or else half a minute old at most."""
    kept = None if of_now else digest_items.day_of_runs(tenant_id)
    if kept is not None and kept.is_good(now):
        return kept
    day = _counted(tenant_id, now)
    digest_items.keep_day_of_runs(tenant_id, day)
    return day


@dataclass(slots=True)
class _Count:
    """What has been counted of a day, and how many more runs may be looked at."""

    hours: dict[datetime, Hour]
    left: int = MOST_RUNS
    is_complete: bool = True


def _counted(tenant_id: str, now: datetime) -> DayOfRuns:
    """The last day, of which only those hours are read that are not counted for good."""
    stored = digest_items.hours(tenant_id)
    known = counting.kept(stored, now)
    count = _Count(dict(known))
    for since, until in counting.gaps(known, now):
        _count_between(tenant_id, since, until, now, count)
    after = counting.kept(count.hours, now)
    if after.keys() != stored.keys() or known.keys() != after.keys():
        digest_items.keep_hours(tenant_id, after, now)
    return DayOfRuns(
        at=now, runs=counting.in_all(count.hours.values()), is_complete=count.is_complete
    )


def _count_between(
    tenant_id: str, since: datetime, until: datetime | None, now: datetime, count: _Count
) -> None:
    if count.left <= 0:
        count.is_complete = False
        return
    found = surveys.measured_runs(tenant_id, since, until, count.left)
    count.left -= len(found.found) + found.unreadable
    count.is_complete = count.is_complete and found.is_complete
    count.hours.update(
        counting.counted(found.found, since, until, now, is_complete=found.is_complete)
    )
