"""Digests of a tenant's schedules, and its counted hours, in storage.

They are kept so that looking around often does not read everything often. Nobody decides by them:
whoever finds one gone, old or spoilt makes it anew, and the last one written stays.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from chalicelib.domain.outlook.digest import BrokenSchedule, Digest, NextFire
from chalicelib.domain.outlook.hours import DayOfRuns, Hour
from chalicelib.domain.outlook.statistics import Percentiles, RunStatistics
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.attributes import known_fields
from chalicelib.store.dynamodb.codec import stored_value
from chalicelib.store.dynamodb.models import ControlItem

T = TypeVar("T")

_SCHEDULES: Final = "schedules"
_HOURS: Final = "hours"
_RUNS: Final = "runs"
#: TTL removes what nobody has looked at for so long.
_KEPT: Final = timedelta(days=2)


def schedules(tenant_id: str) -> Digest | None:
    """The digest of the tenant's schedules, if there is one that can be read."""
    return _read(tenant_id, _SCHEDULES, _to_digest)


def keep_schedules(tenant_id: str, digest: Digest) -> None:
    """Store the digest of the tenant's schedules."""
    _keep(tenant_id, _SCHEDULES, digest, digest.at)


def forget_schedules(tenant_id: str) -> None:
    """Remove the digest of the tenant's schedules: somebody has changed one."""
    ControlItem(_kind(tenant_id), _SCHEDULES).delete()


def day_of_runs(tenant_id: str) -> DayOfRuns | None:
    """The tenant's last day of runs in numbers, if it is there and can be read."""
    return _read(tenant_id, _RUNS, _to_day)


def keep_day_of_runs(tenant_id: str, day: DayOfRuns) -> None:
    """Store the tenant's last day of runs in numbers."""
    _keep(tenant_id, _RUNS, day, day.at)


def hours(tenant_id: str) -> dict[datetime, Hour]:
    """The tenant's counted hours, as far as they can be read."""
    return _read(tenant_id, _HOURS, _to_hours) or {}


def keep_hours(tenant_id: str, counted: Mapping[datetime, Hour], now: datetime) -> None:
    """Store the tenant's counted hours."""
    _keep(tenant_id, _HOURS, {to_text(start): hour for start, hour in counted.items()}, now)


def _read(tenant_id: str, key: str, read: Callable[[dict[str, Any]], T]) -> T | None:
    """What `read` makes of the item's value; None if there is none that it understands."""
    answer = ControlItem.reach().get_item(_kind(tenant_id), key, consistent_read=False)
    value = stored_value(ControlItem.value, answer.get("Item", {}))
    try:
        return None if value is None else read(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _keep(tenant_id: str, key: str, value: Any, now: datetime) -> None:
    plain = json.loads(json.dumps(value, default=_plain))
    expires_at = now.replace(microsecond=0) + _KEPT
    ControlItem(_kind(tenant_id), key, value=plain, expires_at=expires_at).save()


def _plain(value: Any) -> Any:
    """An instant as text, a value of the domain as its fields."""
    if isinstance(value, datetime):
        return to_text(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _to_digest(value: dict[str, Any]) -> Digest:
    return Digest(
        at=from_text(value["at"]),
        by_status=Counter(value["by_status"]),
        following=[
            NextFire(**{**known_fields(NextFire, each), "due_at": from_text(each["due_at"])})
            for each in value["following"]
        ],
        broken=[
            BrokenSchedule(
                **{
                    **known_fields(BrokenSchedule, each),
                    "broken_at": each["broken_at"] and from_text(each["broken_at"]),
                }
            )
            for each in value["broken"]
        ],
        is_complete=value["is_complete"],
    )


def _to_day(value: dict[str, Any]) -> DayOfRuns:
    runs = value["runs"]
    return DayOfRuns(
        at=from_text(value["at"]),
        runs=RunStatistics(
            by_status=dict(runs["by_status"]),
            waits=Percentiles(**runs["waits"]),
            durations=Percentiles(**runs["durations"]),
        ),
        is_complete=value["is_complete"],
    )


def _to_hours(value: dict[str, Any]) -> dict[datetime, Hour]:
    return {
        from_text(start): Hour(
            counted_at=from_text(hour["counted_at"]),
            by_status=Counter(hour["by_status"]),
            waits=_counts(hour["waits"]),
            durations=_counts(hour["durations"]),
        )
        for start, hour in value.items()
    }


def _counts(stored: dict[str, int]) -> Counter[int]:
    return Counter({int(milliseconds): count for milliseconds, count in stored.items()})


def _kind(tenant_id: str) -> str:
    return f"digest#{tenant_id}"
