"""Lists can be narrowed, page by page, and a page's cursor goes on where it stopped."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

WEB = {"type": "http", "url": "https://example.com/"}


def names(api: Api, query: str) -> list[str]:
    return [one["name"] for one in api.get(f"/v1/schedules{query}")["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=paused", ["Mail sync"]),
        ("?status=active", ["Crawl", "Nightly report"]),
        ("?target=http", ["Crawl"]),
        ("?target=drill", ["Mail sync", "Nightly report"]),
        ("?target=function", ["Mail sync", "Nightly report"]),
        ("?q=NIGHT", ["Nightly report"]),
        ("?q=inbox", ["Mail sync"]),
        ("?q=eu", ["Crawl"]),
        ("?q=nothing", []),
        ("?q=r&status=active&target=function", ["Nightly report"]),
    ],
)
def test_schedules_by_status_target_and_text(api: Api, query: str, found: list[str]) -> None:
    api.create(name="Nightly report")
    api.create(name="Mail sync", description="Reads the inbox", enabled=False)
    api.create(name="Crawl", tags=["EU"], target=WEB)
    assert sorted(names(api, query)) == found


def test_a_filtered_list_goes_on_from_page_to_page(api: Api) -> None:
    for number in range(7):
        api.create(name=f"Odd {number}" if number % 2 else f"Even {number}")
    first = api.get("/v1/schedules?q=odd&limit=2")
    second = api.get(f"/v1/schedules?q=odd&limit=2&cursor={first['next_cursor']}")
    shown = [[one["name"] for one in page["items"]] for page in (first, second)]
    assert shown == [["Odd 5", "Odd 3"], ["Odd 1"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("of_schedule", [True, False])
def test_runs_by_status_and_trigger(api: Api, stack: Stack, of_schedule: bool) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "*/10 * * * *"})
    stack.run_for(25 * 60)
    api.start(schedule)
    path = f"/v1/schedules/{schedule['id']}/runs" if of_schedule else "/v1/runs"

    def triggers(query: str) -> list[str]:
        return [run["trigger"] for run in api.get(f"{path}?{query}")["items"]]

    assert triggers("trigger=manual") == ["manual"]
    assert triggers("status=succeeded") == ["scheduled", "scheduled"]
    assert triggers("status=succeeded&trigger=manual") == []
    assert triggers("status=claimed") == ["manual"]


def test_a_filtered_list_of_runs_goes_on_from_page_to_page(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    stack.run_for(300)
    for path in ("/v1/runs", f"/v1/schedules/{schedule['id']}/runs"):
        seen: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = api.get(f"{path}?status=succeeded&limit=2{cursor}")
            seen += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert [run["id"] for run in seen] == [run["id"] for run in reversed(api.runs())]


@pytest.mark.parametrize("of_schedule", [True, False])
def test_runs_by_when_they_were_due(api: Api, stack: Stack, of_schedule: bool) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "*/10 * * * *"})
    stack.run_for(45 * 60)
    path = f"/v1/schedules/{schedule['id']}/runs" if of_schedule else "/v1/runs"

    def due(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = api.get(f"{path}?{query}{cursor}")
            found += [run["fire_at"][11:16] for run in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    day = "2026-03-01T"
    assert due(f"from={day}00:10:00Z&to={day}00:30:00Z") == ["00:20", "00:10"]
    assert due(f"from={day}00:25:00Z&limit=1") == ["00:40", "00:30"]
    assert due(f"to={day}00:20:00Z") == ["00:10"]
    assert due(f"from={day}00:10:00Z&to={day}00:30:00Z&status=succeeded&limit=1") == [
        "00:20",
        "00:10",
    ]
    assert due(f"from={day}03:00:00Z") == []


def test_a_cursor_does_not_lead_out_of_the_time_asked_for(api: Api, stack: Stack) -> None:
    api.create(cadence={"type": "cron", "expression": "*/10 * * * *"})
    stack.run_for(45 * 60)
    outside = api.get("/v1/runs?limit=1")["next_cursor"].rpartition(".")[0]
    path = f"/v1/runs?to=2026-03-01T00:20:00Z&cursor={outside}"
    answer = stack.http("GET", path, token=stack.viewer)
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")


def test_what_is_read_follows_the_time_asked_for(api: Api, stack: Stack) -> None:
    """And not what there is: runs that came later are passed over by their key."""
    api.create(cadence={"type": "cron", "expression": "* * * * *"})
    stack.run_for(200 * 60)
    viewer = stack.viewer
    api.get("/v1/runs", viewer)  # The first use of a token is noted.
    with stack.counting() as requests:
        path = "/v1/runs?to=2026-03-01T00:05:00Z&status=succeeded&from=2026-03-01T00:00:00Z"
        assert len(api.get(path, viewer)["items"]) == 4
    assert requests["Query"] == 1


def test_runs_by_several_states_and_by_reason_and_pool(api: Api, stack: Stack) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    failed = api.start(api.create(target=failing))
    stack.deliver()
    fine = api.start(api.create())
    stack.deliver()
    working = api.start(api.create())

    def found(query: str) -> set[str]:
        return {run["id"] for run in api.get(f"/v1/runs?{query}")["items"]}

    assert found("status=failed,succeeded") == {failed["id"], fine["id"]}
    assert found("status=claimed,running") == {working["id"]}
    assert found("failure_reason=error") == {failed["id"]}
    assert found("failure_reason=timeout") == found("skip_reason=slot_busy") == set()
    assert found("pool=main") == {failed["id"], fine["id"], working["id"]}
    assert found("pool=gpu") == set()


def test_activity_by_subject_actor_and_action(api: Api, stack: Stack) -> None:
    schedule = api.create()
    path = f"/v1/schedules/{schedule['id']}"
    stack.http("PATCH", path, {"name": "Other"}, token=stack.admin)
    api.create(name="Third")

    def found(query: str) -> list[str]:
        return [each["action"] for each in api.get(f"/v1/activity?{query}")["items"]]

    everything = api.get("/v1/activity")["items"]
    assert found(f"subject={schedule['id']}") == [
        each["action"] for each in everything if each["subject"] == schedule["id"]
    ]
    assert len(found(f"subject={schedule['id']}")) == 2
    (admin,) = {each["actor_id"] for each in everything if each["actor"] == "default-admin"}
    assert found("actor=default-admin") == found(f"actor={admin}") != []
    assert found(f"action={everything[0]['action']}&actor=nobody") == []


def test_a_rare_match_far_back_is_found_over_several_pages(api: Api, stack: Stack) -> None:
    api.create(name="Needle")
    for number in range(230):
        api.create(name=f"Hay {number}")
    with stack.counting() as requests:
        assert names(api, "?q=needle") == ["Needle"]
    assert requests["Query"] == 3


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/schedules?status=off", "status"),
        ("/v1/schedules?q=", "q"),
        ("/v1/runs?status=done", "status"),
        ("/v1/runs?status=failed,done", "status"),
        ("/v1/runs?status=", "status"),
        ("/v1/runs?trigger=magic", "trigger"),
        ("/v1/runs?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from"),
        ("/v1/runs?failure_reason=bad", "failure_reason"),
        ("/v1/runs?pool=No%20pool", "pool"),
        ("/v1/activity?actor=", "actor"),
        ("/v1/runs?sort=asc", "sort"),
        ("/v1/runs?limit=1&limit=2", "limit"),
        ("/v1/runs?limit=0x10", "limit"),
        ("/v1/runs?limit=%2B1", "limit"),
        ("/v1/runs?limit=٣", "limit"),
    ],
)
def test_a_wrong_filter_is_named(stack: Stack, path: str, field: str) -> None:
    answer = stack.http("GET", path, token=stack.viewer)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_wrong_query_and_wrong_body_are_told_together(api: Api, stack: Stack) -> None:
    answer = api.run_now(api.create(), "?when_busy=hurry", max_steps=0)
    assert {error["field"] for error in answer.json["errors"]} == {"when_busy", "max_steps"}
