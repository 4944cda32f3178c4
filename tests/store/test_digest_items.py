"""Digests come back as they were kept, and what cannot be read is as if it were not there."""

import pytest

from chalicelib.domain.outlook import digest as digests
from chalicelib.domain.outlook import hours
from chalicelib.domain.outlook.statistics import Measured
from chalicelib.domain.runs.schedule import ScheduleStatus
from chalicelib.store import digest_items
from chalicelib.store.dynamodb.models import ControlItem
from tests.builders import NOON, a_schedule, after


def test_the_digest_of_schedules() -> None:
    broken = a_schedule(status=ScheduleStatus.BROKEN, broken_at=NOON, broken_reason="no")
    coming = a_schedule(schedule_id="S2", fire_at=after(9), next_fire_at=after(9))
    made = digests.digest([broken, coming], NOON, is_complete=True)
    digest_items.keep_schedules("acme", made)
    assert digest_items.schedules("acme") == made
    assert digest_items.schedules("other") is None
    digest_items.forget_schedules("acme")
    assert digest_items.schedules("acme") is None


def test_the_day_and_its_hours() -> None:
    counted = hours.counted([Measured(NOON, "succeeded", 5, 7)], NOON, None, after(60))
    day = hours.DayOfRuns(at=after(60), runs=hours.in_all(counted.values()), is_complete=False)
    digest_items.keep_day_of_runs("acme", day)
    digest_items.keep_hours("acme", counted, after(60))
    assert digest_items.day_of_runs("acme") == day
    assert digest_items.hours("acme") == counted


@pytest.mark.parametrize("value", [{}, {"at": 7}, {"12:00": None}, None])
def test_what_cannot_be_read_is_not_there(value: dict[str, object] | None) -> None:
    for key in ("schedules", "runs", "hours"):
        ControlItem("digest#acme", key, value=value).save()
    assert digest_items.schedules("acme") is None
    assert digest_items.day_of_runs("acme") is None
    assert digest_items.hours("acme") == {}
