"""A fire time that has come waits for its jitter, or behind pressure: no change loses it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

Json = dict[str, Any]
HOURLY = {"type": "cron", "expression": "0 * * * *"}
COME = "2026-03-01T01:00:00.000Z"


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A deployment one second after a full hour."""
    with Stack("2026-03-01T00:30:00Z") as running:
        yield running


@pytest.fixture
def jittered(api: Api, stack: Stack) -> Json:
    """A schedule whose fire time has come, and which is due some minutes later."""
    while True:
        schedule = api.create(cadence=HOURLY, jitter_seconds=3600)
        if "2026-03-01T01:05" < schedule["next_fire_at"] < "2026-03-01T01:50":
            break
    stack.run_for(1801)
    return schedule


def fates(api: Api, schedule: Json) -> dict[str, str]:
    """Fire time → skip reason, or else status."""
    return {run["fire_at"]: run["skip_reason"] or run["status"] for run in api.runs(schedule)}


def change(stack: Stack, schedule: Json, **changes: Any) -> Json:
    path = f"/v1/schedules/{schedule['id']}"
    answer = stack.http("PATCH", path, changes, token=stack.operator)
    assert answer.status == 200, answer.json
    return dict(answer.json["schedule"])


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": "2027-01-01T00:00:00Z"},
        {"ends_at": "2026-03-01T00:59:00Z"},
        {"starts_at": "2026-03-01T12:00:00Z"},
        {"jitter_seconds": 0},
        {"cadence": {"type": "cron", "expression": "30 5 * * *"}},
        {"cadence": {"type": "interval", "seconds": 86_400}},
        {"cadence": {"type": "manual"}},
        {"name": "Another"},
    ],
    ids=str,
)
def test_an_edit_keeps_it(api: Api, stack: Stack, jittered: Json, changes: Json) -> None:
    after = change(stack, jittered, **changes)
    assert after["next_fire_at"] == jittered["next_fire_at"]
    stack.run_for(3600)
    assert fates(api, jittered)[COME] == "succeeded"


def test_the_new_rhythm_counts_from_the_edit_and_not_from_the_fire_time_that_was_kept(
    api: Api, stack: Stack, jittered: Json
) -> None:
    stack.advance(100)
    change(stack, jittered, cadence={"type": "cron", "expression": "* * * * *"}, jitter_seconds=0)
    stack.run_for(3600)
    between = [at for at in fates(api, jittered) if COME < at <= "2026-03-01T01:01:41"]
    assert between == []


def test_a_pause_records_it_as_skipped(api: Api, stack: Stack, jittered: Json) -> None:
    path = f"/v1/schedules/{jittered['id']}/pause"
    assert stack.http("POST", path, token=stack.operator).json["next_fire_at"] is None
    assert fates(api, jittered) == {COME: "schedule_paused"}


def test_paused_behind_pressure_it_is_recorded_with_those_behind_it(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    stack.http("PUT", "/v1/pressure/editor", {"ttl_seconds": 600}, token=stack.operator)
    stack.run_for(150)
    stack.http("POST", f"/v1/schedules/{schedule['id']}/pause", token=stack.operator)
    (record,) = api.runs(schedule)
    assert (record["skip_reason"], record["covers"]) == ("schedule_paused", 2)


def test_a_change_before_it_has_come_starts_anew(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=HOURLY, jitter_seconds=3600)
    after = change(stack, schedule, cadence={"type": "cron", "expression": "30 5 * * *"})
    assert after["next_fire_at"] >= "2026-03-01T05:30"
    stack.run_for(2 * 3600)
    assert api.runs(schedule) == []


def test_what_pressure_held_up_behind_another_is_put_off_and_no_misfire(
    api: Api, stack: Stack
) -> None:
    misfire = {"policy": "skip", "grace_seconds": 60}
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"}, misfire=misfire)
    stack.http("PUT", "/v1/pressure/editor", {"ttl_seconds": 300}, token=stack.operator)
    stack.run_for(420)
    runs = api.runs(schedule)
    assert len(runs) == 7
    assert "misfire" not in fates(api, schedule).values()
    assert [run["deferred_by_pressure"] for run in runs] == [True] * 5 + [False] * 2
