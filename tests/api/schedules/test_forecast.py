"""Forecasts, warnings at save and budget suggestions over HTTP."""

from typing import Any

import pytest

from chalicelib.domain.time.cadences import Cron
from chalicelib.store.dynamodb.models import ScheduleItem
from tests.api_client import Api
from tests.harness import Stack


def cron(expression: str) -> dict[str, str]:
    return {"type": "cron", "expression": expression}


def of(forecast: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in forecast["schedules"] if each["name"] == name]
    return dict(found)


def store_zone(schedule_id: str, tenant_id: str, timezone: str) -> None:
    """Put a time zone in a stored schedule that the API would refuse today."""
    item = ScheduleItem.get(tenant_id, schedule_id)
    item.update([ScheduleItem.cadence.set(Cron("*/5 * * * *", timezone))])


def test_a_forecast_has_runs_waits_and_where_to_move(api: Api) -> None:
    first = api.create(name="A", cadence=cron("30 * * * *"))
    api.create(name="B", cadence=cron("30 * * * *"))
    forecast = api.get("/v1/forecast")

    assert (forecast["from"], forecast["until"]) == (
        "2026-03-01T00:00:00.000Z",
        "2026-03-02T00:00:00.000Z",
    )
    assert (forecast["hours"], forecast["capacity"], forecast["is_complete"]) == (24, 1, True)
    assert (forecast["load"], forecast["impossible"]) == (round(48 * 60 / 86_400, 4), False)
    assert forecast["totals"]["runs"] == 48
    waits = of(forecast, "B")
    assert (waits["fire_times"], waits["runs"], waits["mean_wait_seconds"]) == (24, 24, 60)
    assert waits["worst_hour"] == {"starts_at": "2026-03-01T00:00:00.000Z", "wait_seconds": 60}
    assert (waits["duration_seconds"], waits["duration_is"]) == (60, "assumed")
    assert waits["quieter_minutes"] == [31, 29, 32]
    assert waits["advice"] == "At :31, :29 and :32 it would not wait."
    assert waits["collisions"] == [
        {
            "schedule_id": first["id"],
            "schedule_name": "A",
            "times": 24,
            "first_at": "2026-03-01T00:30:00.000Z",
        }
    ]
    assert of(forecast, "A")["worst_wait_seconds"] == 0


def test_what_it_advises_works(api: Api, stack: Stack) -> None:
    api.create(name="A", cadence=cron("30 * * * *"))
    schedule = api.create(name="B", cadence=cron("30 * * * *"))
    for minute in of(api.get("/v1/forecast"), "B")["quieter_minutes"]:
        change = {"cadence": cron(f"{minute} * * * *")}
        path = f"/v1/schedules/{schedule['id']}"
        assert stack.http("PATCH", path, change, token=stack.operator).json["warnings"] == []
        assert of(api.get("/v1/forecast"), "B")["worst_wait_seconds"] == 0


def test_averages_take_the_place_of_the_assumption(api: Api, stack: Stack) -> None:
    target = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 7}}
    schedule = api.create(name="A", cadence=cron("*/5 * * * *"), target=target)
    api.start(schedule)
    stack.deliver()
    found = of(api.get("/v1/forecast?hours=1"), "A")
    assert (found["duration_seconds"], found["duration_is"]) == (7, "average")


def test_an_impossible_plan_is_flagged(api: Api) -> None:
    for number in range(6):
        api.create(name=f"S{number}", cadence=cron("*/5 * * * *"))
    forecast = api.get("/v1/forecast?hours=2")
    # Twenty-three fire times each: none at the very instant they were made.
    assert (forecast["impossible"], forecast["load"]) == (True, 1.15)
    assert [hour["starts_at"] for hour in forecast["overfull_hours"]] == [
        "2026-03-01T00:00:00.000Z",
        "2026-03-01T01:00:00.000Z",
    ]
    assert any("more work than time" in note for note in forecast["notes"])


def test_another_tenant_is_felt_and_not_seen(api: Api, stack: Stack) -> None:
    api.create(stack.token(tenant="another"), name="Secret plan", cadence=cron("30 * * * *"))
    created = stack.http(
        "POST",
        "/v1/schedules",
        {
            "name": "B",
            "cadence": cron("30 * * * *"),
            "target": {"type": "function", "name": "drill", "params": {}},
        },
        token=stack.operator,
    )
    forecast = api.get("/v1/forecast")
    assert of(forecast, "B")["worst_wait_seconds"] == 60
    (collision,) = of(forecast, "B")["collisions"]
    assert (collision["schedule_id"], collision["schedule_name"]) == (None, None)
    assert forecast["includes_other_tenants"] is True
    assert "overlaps_others" in [each["code"] for each in created.json["warnings"]]
    assert "Secret plan" not in str(forecast) + str(created.json)


def test_the_same_minute_gives_the_same_forecast(api: Api, stack: Stack) -> None:
    for number in range(3):
        api.create(name=f"S{number}", cadence=cron("*/20 * * * *"))
    first = api.get("/v1/forecast?hours=168")
    stack.advance(59)
    assert api.get("/v1/forecast?hours=168") == first


@pytest.mark.parametrize(
    "query", ["hours=0", "hours=169", "hours=x", "hours=1.5", "hours=-1", "days=1", "hours="]
)
def test_bad_queries_are_refused_by_name(stack: Stack, query: str) -> None:
    answer = stack.http("GET", f"/v1/forecast?{query}", token=stack.viewer)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [query.partition("=")[0]]


def test_the_requests_it_takes_follow_pages_and_not_schedules(api: Api, stack: Stack) -> None:
    token, seen = stack.viewer, []
    api.get("/v1/forecast", token)  # the first use of a token is kept with it
    for _ in range(2):
        for number in range(10):
            api.create(name=f"S{number}", cadence=cron("0 * * * *"))
        with stack.counting() as requests:
            api.get("/v1/forecast", token)
        seen.append(requests.total())
    # Its own schedules, the four shards of what is due, the slots; and who calls.
    assert seen[0] == seen[1] <= 7


def test_saving_warns_of_collisions_and_says_the_same_twice(api: Api, stack: Stack) -> None:
    other = api.create(name="Crawl", cadence=cron("30 2 * * *"))
    schedule = api.create(name="Sync", cadence=cron("30 4 * * *"))
    path, change = f"/v1/schedules/{schedule['id']}", {"cadence": cron("30 2 * * *")}
    warned = stack.http("PATCH", path, change, token=stack.operator).json["warnings"]
    overlap, wait, quieter = warned
    assert (overlap["code"], overlap["schedule_id"]) == ("overlap", other["id"])
    assert overlap["at"] == "2026-03-01T02:30:00.000Z"
    assert "“Crawl”" in overlap["message"]
    assert (wait["code"], wait["data"]["worst_wait_seconds"]) == ("expected_wait", 60)
    assert (quieter["code"], quieter["data"]["minutes"]) == ("quieter_minutes", [31, 29, 32])

    stack.advance(600)
    assert stack.http("PATCH", path, change, token=stack.operator).json["warnings"] == warned


def test_a_schedule_in_nobodys_way_is_saved_without_warnings(api: Api, stack: Stack) -> None:
    api.create(cadence=cron("10 2 * * *"))
    schedule = api.create(cadence=cron("30 2 * * *"))
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("PATCH", path, {"name": "X"}, token=stack.operator).json["warnings"] == []


def test_an_unreadable_schedule_keeps_nobody_from_saving(api: Api, stack: Stack) -> None:
    broken = api.create(cadence=cron("30 2 * * *"))
    stack.corrupt_schedule(broken["id"])
    api.create(name="Crawl", cadence=cron("30 2 * * *"))
    answer = stack.http(
        "POST",
        "/v1/schedules",
        {
            "name": "Sync",
            "cadence": cron("30 2 * * *"),
            "target": {"type": "function", "name": "drill", "params": {}},
        },
        token=stack.operator,
    )
    assert (answer.status, answer.json["warnings"][0]["code"]) == (201, "overlap")
    assert len(api.get("/v1/forecast")["schedules"]) == 2


def test_a_budget_is_suggested_from_like_schedules(api: Api, stack: Stack) -> None:
    target = {"type": "function", "name": "drill", "params": {"steps": 60, "seconds": 0}}
    schedule = api.create(name="Crawl", target=target)
    api.start(schedule)
    stack.deliver()
    suggested = api.get("/v1/budget-suggestion?name=drill")
    assert suggested["suggested_max_steps"] == 120
    assert suggested["similar"] == [
        {
            "schedule_id": schedule["id"],
            "name": "Crawl",
            "average_steps": 60,
            "average_tokens": None,
            "average_cost": None,
            "max_steps": None,
            "max_tokens": None,
            "max_cost": None,
        }
    ]
    nothing = api.get("/v1/budget-suggestion?type=http&name=example.com")
    assert (nothing["suggested_max_steps"], nothing["similar"]) == (None, [])
    foreign = api.get("/v1/budget-suggestion?name=drill", stack.token("other", ["viewer"]))
    assert foreign["suggested_max_steps"] is None
    answer = stack.http("GET", "/v1/budget-suggestion?type=mail", token=stack.viewer)
    assert [error["field"] for error in answer.json["errors"]] == ["type", "name"]


def test_one_schedule_that_cannot_be_used_spoils_nobodys_forecast(api: Api, stack: Stack) -> None:
    every_five = {**cron("*/5 * * * *"), "timezone": "Europe/Berlin"}
    gone = api.create(stack.token("acme"), name="Old zone", cadence=every_five)
    store_zone(gone["id"], "acme", "US/Pacific-New")
    api.create(name="A", cadence=cron("30 * * * *"))

    forecast = api.get("/v1/forecast")
    assert (len(forecast["schedules"]), forecast["is_complete"]) == (1, False)
    assert "Schedules that cannot be read or used are left out." in forecast["notes"]
    assert "Old zone" not in str(forecast)

    theirs = stack.token("acme", ["viewer"])
    note = "Left out, for as stored they cannot be used: “Old zone”."
    assert note in api.get("/v1/forecast", theirs)["notes"]
    assert api.get("/v1/stats", theirs)["schedules"]["total"] == 1
    explained = api.get(f"/v1/schedules/{gone['id']}/explain", theirs)
    assert (explained["reasons"][0]["code"], explained["will_run"]) == ("unusable", False)


def test_a_plan_without_trouble_has_no_notes(api: Api) -> None:
    api.create(name="A", cadence=cron("30 * * * *"))
    assert api.get("/v1/forecast")["notes"] == []
