"""A schedule set back behind a fire time that has its record, as from a backup, fires on."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.platform.clock import SystemClock
from chalicelib.store import schedule_table
from tests.api_client import Api
from tests.harness import Stack


@pytest.mark.parametrize(
    "cadence",
    [
        {"type": "cron", "expression": "* * * * *"},
        {"type": "interval", "seconds": 60},
    ],
    ids=lambda cadence: str(cadence["type"]),
)
def test_no_fire_time_is_doubled_and_the_next_one_comes(
    api: Api, stack: Stack, cadence: dict[str, Any]
) -> None:
    schedule = api.create(cadence=cadence)
    armed = schedule_table.get("default", schedule["id"])
    stack.run_for(60)
    (first,) = api.runs(schedule)

    now = schedule_table.get("default", schedule["id"])
    before = replace(now, fire_at=armed.fire_at, next_fire_at=armed.next_fire_at)
    schedule_table.replace(now, before, SystemClock())
    stack.tick()
    assert api.runs(schedule) == [first]

    stack.run_for(120)
    times = [run["fire_at"] for run in api.runs(schedule)]
    assert len(times) > 1
    assert times == sorted(set(times))
