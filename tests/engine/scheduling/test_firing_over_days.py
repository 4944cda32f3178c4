"""Schedules fire at their instants and not otherwise, over simulated days."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.engine.scheduling.fire import Fire
from chalicelib.store import schedule_table
from infra import template
from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack

DAY = 24 * 3600


def test_a_cron_an_interval_and_a_once_schedule_fire_at_their_instants_only() -> None:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))):
        api = Api(stack)
        cron = api.create(
            cadence={"type": "cron", "expression": "15 3,15 * * *", "timezone": "Europe/Berlin"}
        )
        interval = api.create(cadence={"type": "interval", "seconds": 6 * 3600})
        once = api.create(cadence={"type": "once", "at": "2026-03-02T09:30:07Z"})

        stack.run_for(1.5 * DAY)  # on the engine in memory: it is 2,000 ticks

        assert [run["fire_at"] for run in api.runs(cron)] == [
            "2026-03-01T02:15:00.000Z",
            "2026-03-01T14:15:00.000Z",
            "2026-03-02T02:15:00.000Z",
        ]
        assert [run["fire_at"] for run in api.runs(interval)] == [
            "2026-03-01T06:00:00.000Z",
            "2026-03-01T12:00:00.000Z",
            "2026-03-01T18:00:00.000Z",
            "2026-03-02T00:00:00.000Z",
            "2026-03-02T06:00:00.000Z",
            "2026-03-02T12:00:00.000Z",
        ]
        assert [run["fire_at"] for run in api.runs(once)] == ["2026-03-02T09:30:07.000Z"]
        assert Counter(run["status"] for run in api.runs()) == {"succeeded": 10}
        assert all(run["started_at"] == run["fire_at"] for run in api.runs())


def test_a_schedule_with_no_fire_time_left_is_active_and_never_due(api: Api, stack: Stack) -> None:
    once = api.create(cadence={"type": "once", "at": "2026-03-01T00:00:30Z"})
    stack.run_for(180)

    assert len(api.runs(once)) == 1
    assert api.schedule(once)["next_fire_at"] is None


def test_a_fire_time_is_met_to_the_second_by_its_wake(api: Api, stack: Stack) -> None:
    """The tick comes on the minute; the wake comes when something is due."""
    api.create(cadence={"type": "once", "at": "2026-03-01T00:05:42Z"})
    stack.run_for(400)

    (run,) = api.runs()
    assert run["started_at"] == "2026-03-01T00:05:42.000Z"


def test_a_lost_wake_costs_precision_and_not_the_run(api: Api, stack: Stack) -> None:
    api.create(cadence={"type": "once", "at": "2026-03-01T00:00:42Z"})
    stack.lose_wakes()
    stack.advance(60)
    stack.tick()
    stack.deliver()

    (run,) = api.runs()
    assert (run["fire_at"], run["started_at"]) == (
        "2026-03-01T00:00:42.000Z",
        "2026-03-01T00:01:00.000Z",
    )


def test_two_ticks_for_the_same_minute_make_one_run(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    stack.advance(60)
    stack.tick()
    stack.tick()

    assert [run["fire_at"] for run in api.runs(schedule)] == ["2026-03-01T00:01:00.000Z"]
    assert len(stack.messages()) == 1


def test_an_interval_from_completion_rests_while_its_run_works(api: Api, stack: Stack) -> None:
    slow = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 90}}
    schedule = api.create(cadence={"type": "interval", "seconds": 60}, target=slow)
    assert schedule["next_fire_at"] == "2026-03-01T00:01:00.000Z"

    stack.advance(60)
    stack.tick()
    assert api.schedule(schedule)["next_fire_at"] is None
    stack.deliver()

    assert api.schedule(schedule)["next_fire_at"] == "2026-03-01T00:03:30.000Z"


def test_an_interval_on_the_grid_does_not_drift(api: Api, stack: Stack) -> None:
    slow = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 90}}
    cadence = {"type": "interval", "seconds": 600, "from": "grid"}
    schedule = api.create(cadence=cadence, target=slow)
    stack.run_for(1800)

    assert [run["fire_at"][11:19] for run in api.runs(schedule)] == [
        "00:10:00",
        "00:20:00",
        "00:30:00",
    ]


@pytest.mark.parametrize("change", [{"enabled": False}, {"ends_at": "2026-03-01T00:00:30Z"}])
def test_what_is_off_or_over_does_not_fire(api: Api, stack: Stack, change: dict[str, Any]) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"}, **change)
    stack.run_for(180)

    assert schedule["next_fire_at"] is None
    assert api.runs(schedule) == []


def test_an_edit_takes_effect_at_once_and_replays_nothing(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "0 * * * *"})
    stack.advance(3 * 3600)
    cadence = {"cadence": {"type": "cron", "expression": "30 * * * *"}}
    path = f"/v1/schedules/{schedule['id']}"
    answer = stack.http("PATCH", path, cadence, token=stack.operator)

    assert answer.json["schedule"]["next_fire_at"] == "2026-03-01T03:30:00.000Z"
    stack.tick()
    (missed,) = api.runs(schedule)
    assert (missed["status"], missed["skip_reason"]) == ("skipped", "misfire")
    assert (missed["covers"], missed["covers_from"]) == (3, "2026-03-01T01:00:00.000Z")


def test_resuming_starts_from_now(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "0 * * * *"})
    path = f"/v1/schedules/{schedule['id']}"
    paused = stack.http("POST", f"{path}/pause", token=stack.operator).json
    stack.run_for(3 * 3600)
    resumed = stack.http("POST", f"{path}/resume", token=stack.operator).json

    assert (paused["status"], paused["next_fire_at"]) == ("paused", None)
    assert resumed["next_fire_at"] == "2026-03-01T04:00:00.000Z"
    assert api.runs(schedule) == []


def test_wakes_do_not_breed(api: Api, stack: Stack) -> None:
    """A pass that meets a schedule which others have moved on meanwhile asks for no wake."""
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    seen = schedule_table.get("default", schedule["id"])
    stack.advance(60)
    stack.tick()
    late = Fire(stack.system, stack.system.floors(), stack.now)
    late.all_of(seen)
    assert late.next_fire_times == set()
    assert len(api.runs(schedule)) == 1
