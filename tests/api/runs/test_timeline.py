"""Runs on a time axis: rows that overlap a window, sums where they are many, and no more."""

from typing import Any

import pytest

from chalicelib.engine.outlook import timelines
from tests.api_client import Api
from tests.harness import Stack

EVERY_MINUTE: dict[str, Any] = {"type": "cron", "expression": "* * * * *"}


def taking(seconds: float) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}


def test_a_row_says_when_it_was_due_waited_worked_and_how_it_ended(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Crawl", target=taking(30))
    api.start(schedule)
    waiting = api.start(schedule, "?when_busy=queue")
    stack.deliver()
    seen = api.get("/v1/timeline")
    assert seen["schedules"] == {schedule["id"]: "Crawl"}
    row = next(each for each in seen["runs"] if each["id"] == waiting["id"])
    assert row == {
        "id": waiting["id"],
        "schedule_id": schedule["id"],
        "status": "succeeded",
        "reason": None,
        "trigger": "manual",
        "pool": "main",
        "due_at": "2026-03-01T00:00:00.000Z",
        "queued_at": "2026-03-01T00:00:00.000Z",
        "claimed_at": "2026-03-01T00:00:30.000Z",
        "started_at": "2026-03-01T00:00:30.000Z",
        "finished_at": "2026-03-01T00:01:00.000Z",
        "attempt": 1,
        "slot": None,
        "forced": False,
        "covers": 1,
    }
    assert seen["totals"]["by_status"]["succeeded"] == seen["totals"]["total"] == 2
    assert seen["slot_wait_ms"] == {"p50": 0, "p95": 30_000}
    assert seen["is_complete"]


def test_skips_and_failures_carry_their_reason(api: Api, stack: Stack) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    failed = api.start(api.create(target=failing))
    stack.deliver()
    holder = api.start(api.create(target=taking(300)))
    api.create(cadence=EVERY_MINUTE, when_busy="skip")
    stack.advance(60)
    stack.tick()
    reasons = {each["id"]: each["reason"] for each in api.get("/v1/timeline")["runs"]}
    assert reasons.pop(failed["id"]) == "error"
    assert reasons.pop(holder["id"]) is None
    assert list(reasons.values()) == ["slot_busy"]


def test_a_run_that_reaches_into_the_window_belongs_to_it(api: Api, stack: Stack) -> None:
    early = api.start(api.create(target=taking(0)))
    stack.deliver()
    long = api.start(api.create(target=taking(200)))
    stack.deliver()

    def ids(query: str) -> list[str]:
        return [each["id"] for each in api.get(f"/v1/timeline?{query}")["runs"]]

    assert ids("from=2026-03-01T00:02:00Z&to=2026-03-01T00:03:00Z") == [long["id"]]
    assert ids("from=2026-03-01T00:03:20Z&to=2026-03-01T00:20:00Z") == []
    assert set(ids("from=2026-02-28T23:00:00Z&to=2026-03-01T00:00:00.001Z")) == {
        early["id"],
        long["id"],
    }
    assert ids("from=2026-02-28T23:00:00Z&to=2026-03-01T00:00:00Z") == []


def test_one_schedules_runs_alone(api: Api, stack: Stack) -> None:
    one, other = api.create(), api.create()
    wanted = api.start(one)
    stack.deliver()
    api.start(other)
    stack.deliver()
    seen = api.get(f"/v1/timeline?schedule_id={one['id']}")
    assert [each["id"] for each in seen["runs"]] == [wanted["id"]]
    foreign = stack.token("acme", ["viewer"])
    theirs = api.get(f"/v1/timeline?schedule_id={one['id']}", foreign)
    assert (theirs["runs"], theirs["schedules"]) == ([], {})
    assert api.get("/v1/timeline", foreign)["totals"]["total"] == 0


def test_sums_have_each_schedules_runs_by_time(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_MINUTE, target=taking(10))
    stack.run_for(900)
    path = "/v1/timeline?from=2026-03-01T00:00:00Z&to=2026-03-01T00:15:00Z&bucket_seconds=300"
    seen = api.get(path)
    assert seen["runs"] == []
    latest, middle, _first = seen["buckets"]
    assert latest["from"] == "2026-03-01T00:10:00.000Z"
    assert middle == {
        "from": "2026-03-01T00:05:00.000Z",
        "schedule_id": schedule["id"],
        "runs": 5,
        "by_status": {"succeeded": 5},
        "waited_ms": 0,
        "worked_ms": 50_000,
    }


def test_what_is_more_than_is_read_is_said_and_comes_next(
    api: Api, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "MOST_ROWS", 4)
    api.create(cadence=EVERY_MINUTE, target=taking(1))
    stack.run_for(600)
    path = "/v1/timeline?from=2026-03-01T00:00:00Z"
    seen = api.get(f"{path}&to=2026-03-01T01:00:00Z")
    assert not seen["is_complete"]
    assert len(seen["runs"]) == 4
    assert seen["complete_from"] == seen["runs"][-1]["due_at"]
    rest = api.get(f"{path}&to={seen['complete_from']}")
    assert rest["runs"][0]["due_at"] < seen["complete_from"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("from=2026-03-01T01:00:00Z&to=2026-03-01T01:00:00Z", ["from"]),
        ("from=2026-01-01T01:00:00Z", ["from"]),
        ("from=yesterday&to=noon", ["from", "to"]),
        ("bucket_seconds=10", ["bucket_seconds"]),
        ("from=2026-02-10T00:00:00Z&bucket_seconds=300", ["bucket_seconds"]),
        ("since=2026-02-10T00:00:00Z", ["since"]),
    ],
)
def test_windows_that_make_no_sense_are_refused(
    stack: Stack, query: str, fields: list[str]
) -> None:
    answer = stack.http("GET", f"/v1/timeline?{query}", token=stack.viewer)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == fields
