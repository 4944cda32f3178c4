"""A schedule that cannot be used is put aside, and comes back by itself once it can be."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.time.instants import to_text
from chalicelib.engine.scheduling import asides
from chalicelib.engine.scheduling.passes import Pass
from chalicelib.store import aside_items
from chalicelib.store.aside_items import Aside
from tests.api_client import Api
from tests.builders import NOON
from tests.engine.conftest import Lines
from tests.harness import Stack
from tests.spoiling import set_stored, spoil_run, spoil_schedule, stored_attribute

EVERY_MINUTE = {"type": "cron", "expression": "* * * * *", "timezone": "Europe/Berlin"}
#: Berlin's minutes, in a zone that the database of zones had once.
DROPPED = '{"type":"cron","expression":"* * * * *","timezone":"US/Pacific-New"}'


def key_of(schedule: dict[str, Any]) -> dict[str, str]:
    return {"tenant_id": "default", "schedule_id": schedule["id"]}


def set_cadence(schedule: dict[str, Any], stored: dict[str, Any]) -> None:
    set_stored("schedules", key_of(schedule), "cadence", stored)


def aside_ids() -> list[str]:
    return [aside.item_id for aside in aside_items.every()]


def outcomes(api: Api, schedule: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    return [(run["status"], run["skip_reason"], run["covers"]) for run in api.runs(schedule)]


@pytest.mark.parametrize("spoilt", ["{", DROPPED], ids=["unreadable", "its zone is gone"])
def test_it_fires_again_once_it_is_repaired_and_what_it_missed_is_one_skip(
    api: Api, stack: Stack, spoilt: str
) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    good = stored_attribute("schedules", key_of(schedule), "cadence")
    set_cadence(schedule, {"S": spoilt})
    stack.run_for(300)
    assert aside_ids() == [schedule["id"]]

    set_cadence(schedule, good)
    stack.run_for(60)
    assert aside_ids() == []
    assert outcomes(api, schedule) == [("skipped", "misfire", 6)]
    stack.run_for(60)
    assert outcomes(api, schedule)[1:] == [("succeeded", None, 1)]


def test_a_pass_meets_it_once_and_not_again(api: Api, stack: Stack, lines: Lines) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    set_cadence(schedule, {"S": DROPPED})
    stack.run_for(300)
    (line,) = lines.of("schedule_unusable")
    assert (line["tenant_id"], line["item"]) == ("default", schedule["id"])
    assert "US/Pacific-New" in line["why"]
    assert lines.of("pass_item_failed") == []


def test_it_stays_aside_since_then_with_what_is_wrong_now(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    spoil_schedule(schedule["id"])
    stack.run_for(120)
    (before,) = aside_items.every()
    assert "cadence" in before.why

    set_cadence(schedule, {"S": DROPPED})
    stack.run_for(120)
    (now,) = aside_items.every()
    assert "US/Pacific-New" in now.why
    assert now.since == before.since


def test_others_fire_meanwhile(api: Api, stack: Stack) -> None:
    spoilt, other = api.create(cadence=EVERY_MINUTE), api.create(cadence=EVERY_MINUTE)
    spoil_schedule(spoilt["id"])
    stack.run_for(180)
    assert [run["status"] for run in api.runs(other)] == ["succeeded"] * 3


def test_one_whose_zone_people_change_fires_again(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    set_cadence(schedule, {"S": DROPPED})
    stack.run_for(120)
    body = {"cadence": {"type": "cron", "expression": "* * * * *", "timezone": "UTC"}}
    path = f"/v1/schedules/{schedule['id']}"
    answer = stack.http("PATCH", path, body, token=stack.operator)
    assert answer.status == 200, answer.json["errors"]

    stack.run_for(180)
    assert aside_ids() == []
    assert [run["status"] for run in api.runs(schedule)].count("succeeded") >= 2


def test_one_that_is_paused_comes_back_paused(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    good = stored_attribute("schedules", key_of(schedule), "cadence")
    spoil_schedule(schedule["id"])
    stack.run_for(60)
    set_cadence(schedule, good)
    set_stored("schedules", key_of(schedule), "status", {"S": "paused"})
    stack.run_for(180)
    assert aside_ids() == []
    assert api.runs(schedule) == []


def test_of_one_that_is_deleted_nothing_is_left(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    spoil_schedule(schedule["id"])
    stack.run_for(60)
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    stack.run_for(60)
    assert aside_ids() == []


def test_a_wake_takes_nothing_back(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE)
    good = stored_attribute("schedules", key_of(schedule), "cadence")
    spoil_schedule(schedule["id"])
    stack.run_for(60)
    set_cadence(schedule, good)
    Pass(stack.system).make()
    assert aside_ids() == [schedule["id"]]


def test_a_run_that_ended_meanwhile_holds_it_up_no_more(api: Api, stack: Stack) -> None:
    stack.register("probe", lambda _context, _params: spoil_schedule(schedule["id"]))
    target = {"type": "function", "name": "probe"}
    schedule = api.create(cadence=EVERY_MINUTE, target=target)
    good = stored_attribute("schedules", key_of(schedule), "cadence")
    api.start(schedule)
    stack.deliver()
    stack.register("probe", lambda _context, _params: None)
    stack.run_for(120)
    assert [run["status"] for run in api.runs() if run["trigger"] == "manual"] == ["succeeded"]

    set_cadence(schedule, good)
    stack.run_for(120)
    assert [run["status"] for run in api.runs(schedule)][-1] == "succeeded"
    assert api.runs(schedule)[-1]["trigger"] == "scheduled"


def test_a_waiting_run_that_cannot_be_read_keeps_its_schedule_from_nothing(
    api: Api, stack: Stack
) -> None:
    blocker = api.create()
    schedule = api.create(cadence={"type": "cron", "expression": "*/2 * * * *"})
    api.start(blocker)
    (message,) = stack.messages()
    stack.drop(message)
    stack.advance(120)
    stack.tick()
    (waiting,) = api.runs(schedule)
    assert waiting["status"] == "queued"
    spoil_run(waiting["id"])
    stack.run_for(600)
    assert "succeeded" in {run["status"] for run in api.runs(schedule)}
    assert aside_ids() == []


def an_aside(number: int) -> Aside:
    return Aside(kind="schedule", tenant_id="acme", item_id=f"{number:04d}", why="it", since=NOON)


@pytest.mark.parametrize("count", [0, 1, asides.MOST_TRIED])
def test_few_are_all_tried_each_minute(count: int) -> None:
    many = [an_aside(number) for number in range(count)]
    assert asides._tried_now(many, NOON) == many


def test_many_are_tried_in_turns_and_each_comes_round() -> None:
    many = [an_aside(number) for number in range(2 * asides.MOST_TRIED + 1)]
    turns = [asides._tried_now(many, NOON + timedelta(minutes=minute)) for minute in range(3)]
    assert [len(turn) for turn in turns] == [asides.MOST_TRIED] * 3
    assert {each.item_id for turn in turns for each in turn} == {each.item_id for each in many}


def test_what_cannot_be_taken_back_for_another_reason_keeps_no_other_aside(
    api: Api, stack: Stack, lines: Lines
) -> None:
    """A schedule that makes the engine fail, beside one that was repaired."""
    odd, schedule = api.create(cadence=EVERY_MINUTE), api.create(cadence=EVERY_MINUTE)
    good = stored_attribute("schedules", key_of(schedule), "cadence")
    for each in (odd, schedule):
        spoil_schedule(each["id"])
    stack.run_for(60)
    for each in (odd, schedule):
        set_cadence(each, good)
    set_stored("schedules", key_of(odd), "jitter_seconds", {"N": "-1"})
    set_stored("schedules", key_of(odd), "fire_at", {"S": to_text(stack.now)})
    stack.run_for(60)
    assert [line["item"] for line in lines.of("taking_back_failed")] == [odd["id"]]
    assert aside_ids() == [odd["id"]]


@pytest.mark.parametrize("name", ["next_fire_at", "fire_at"])
def test_an_instant_that_cannot_be_read_stops_no_pass_and_no_forecast(
    api: Api, stack: Stack, name: str
) -> None:
    spoilt, other = api.create(cadence=EVERY_MINUTE), api.create(cadence=EVERY_MINUTE)
    set_stored("schedules", key_of(spoilt), name, {"S": "2026-02-30T00:00:00.000Z"})
    stranger = stack.token(tenant="other")
    assert stack.http("GET", "/v1/forecast?hours=4", token=stranger).status == 200

    stack.run_for(120)
    assert [run["status"] for run in api.runs(other)] == ["succeeded"] * 2
    assert aside_ids() == [spoilt["id"]]
    set_stored("schedules", key_of(spoilt), name, {"S": to_text(stack.now)})
    stack.run_for(120)
    assert aside_ids() == []
    assert "succeeded" in {run["status"] for run in api.runs(spoilt)}
