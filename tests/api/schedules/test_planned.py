"""Each fire time that a forecast expects, and what works and waits now counted in."""

from typing import Any

from chalicelib.store.dynamodb.models import ScheduleItem
from tests.api_client import Api
from tests.harness import Stack

HOURLY: dict[str, Any] = {"type": "cron", "expression": "0 * * * *"}


def with_average(schedule: dict[str, Any], seconds: float, tenant: str = "default") -> None:
    item = ScheduleItem.get(tenant, schedule["id"])
    item.average_duration_seconds = seconds
    item.save()


def planned(api: Api, query: str = "") -> list[tuple[str, str, str | None, str]]:
    """Name, when due, when it starts, and what becomes of it."""
    seen = api.get(f"/v1/forecast?hours=2&planned=true{query}")
    names = {each["schedule_id"]: each["name"] for each in seen["schedules"]}
    return [
        (
            names.get(each["schedule_id"], ""),
            each["due_at"][11:16],
            each["start_at"] and each["start_at"][11:16],
            each["outcome"],
        )
        for each in seen["planned"]
    ]


def test_without_being_asked_there_is_none(api: Api) -> None:
    seen = api.get("/v1/forecast")
    assert (seen["planned"], seen["others"], seen["planned_until"]) == (None, None, None)


def test_each_fire_time_says_when_it_starts_and_ends(api: Api, stack: Stack) -> None:
    first = api.create(name="First", cadence=HOURLY)
    second = api.create(name="Second", cadence=HOURLY)
    with_average(first, 300)
    with_average(second, 60)
    assert planned(api) == [
        ("First", "01:00", "01:00", "run"),
        ("Second", "01:00", "01:05", "run"),
    ]
    (_, entry) = api.get("/v1/forecast?hours=2&planned=true")["planned"]
    assert (entry["end_at"], entry["run_id"]) == ("2026-03-01T01:06:00.000Z", None)


def test_skips_and_waits_given_up_are_entries_and_the_unserved_too(api: Api, stack: Stack) -> None:
    long = api.create(name="Long", cadence=HOURLY, priority=9)
    with_average(long, 3600 * 3)
    api.create(name="Skips", cadence=HOURLY, when_busy="skip")
    api.create(name="Gives up", cadence=HOURLY, queue_limit_seconds=600)
    api.create(name="Waits", cadence=HOURLY)
    assert set(planned(api)) == {
        ("Long", "01:00", "01:00", "run"),
        ("Skips", "01:00", None, "skipped"),
        ("Gives up", "01:00", None, "queue_expired"),
        ("Waits", "01:00", None, "unserved"),
    }


def test_others_are_nothing_but_taken_time(api: Api, stack: Stack) -> None:
    theirs = api.create(stack.token("acme"), name="Secret", cadence=HOURLY)
    with_average(theirs, 300, "acme")
    seen = api.get("/v1/forecast?hours=2&planned=true")
    assert (seen["planned"], "Secret" in str(seen)) == ([], False)
    assert seen["others"] == [
        {"start_at": "2026-03-01T01:00:00.000Z", "end_at": "2026-03-01T01:05:00.000Z"}
    ]


def test_what_works_and_waits_now_comes_first(api: Api, stack: Stack) -> None:
    busy = api.create(name="Busy", target=_never_ending(stack))
    with_average(busy, 4800)
    with_average(api.create(name="Hourly", cadence=HOURLY), 60)
    one = api.start(busy)
    two = api.start(busy, "?when_busy=queue")
    stack.advance(600)
    assert planned(api)[0] == ("Hourly", "01:00", "01:00", "run")
    seen = api.get("/v1/forecast?hours=3&planned=true&current=true")
    assert seen["from"] == "2026-03-01T00:10:00.000Z"
    runs = {each["run_id"]: each for each in seen["planned"]}
    assert runs[one["id"]]["end_at"] == "2026-03-01T01:20:00.000Z"
    assert runs[two["id"]]["start_at"] == "2026-03-01T01:20:00.000Z"
    # The hourly one waits until both are done.
    hourly = next(each for each in seen["planned"] if each["run_id"] is None)
    assert hourly["start_at"] == "2026-03-01T02:40:00.000Z"
    assert hourly["due_at"] == "2026-03-01T01:00:00.000Z"


def _never_ending(stack: Stack) -> dict[str, Any]:
    """The target of runs whose messages nobody delivers."""
    stack.register("endless", lambda _context, _params: None)
    return {"type": "function", "name": "endless"}


def test_fire_times_behind_a_run_of_their_own_are_counted_on_it(api: Api, stack: Stack) -> None:
    often = api.create(name="Often", cadence={"type": "cron", "expression": "*/10 * * * *"})
    with_average(often, 1500)
    stack.advance(600)
    stack.tick()  # A run of it works until 00:35.
    seen = api.get("/v1/forecast?hours=1&planned=true&current=true")
    runs = [each for each in seen["planned"] if each["outcome"] == "run"]
    # What is due at :20 and :30 is one run, after the one at work.
    assert [(each["due_at"][11:16], each["start_at"][11:16]) for each in runs] == [
        ("00:10", "00:10"),
        ("00:20", "00:35"),
        ("00:40", "01:00"),
    ]
