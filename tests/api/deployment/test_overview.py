"""What goes on, in one bounded look: holders, the queue, what comes next, what needs somebody."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

EVERY_TEN: dict[str, Any] = {"type": "cron", "expression": "*/10 * * * *"}
EVERY_FIVE: dict[str, Any] = {"type": "cron", "expression": "*/5 * * * *"}


def taking(seconds: float) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}


def main_pool(api: Api, token: str | None = None) -> dict[str, Any]:
    (pool,) = api.get("/v1/overview", token)["pools"]
    return dict(pool)


def test_the_caller_learns_who_they_are_and_what_they_may_do(stack: Stack, api: Api) -> None:
    me = api.get("/v1/me", stack.token("acme", ["admin"]))
    assert (me["tenant_id"], me["scope"]) == ("acme", "admin")
    assert me["scopes"] == ["viewer", "operator", "admin"]
    assert me["actor_id"].startswith("token:")
    assert me["limits"]["schedules"] == 1000


def test_a_new_tenant_sees_a_free_slot_and_nothing_else(api: Api, stack: Stack) -> None:
    seen = api.get("/v1/overview")
    assert seen["now"] == "2026-03-01T00:00:00.000Z"
    (pool,) = seen["pools"]
    assert (pool["name"], pool["capacity"], pool["holders"], pool["queue"]) == ("main", 1, [], [])
    assert (seen["next"], seen["broken"], seen["warnings"], seen["unread"]) == ([], [], [], 0)
    assert seen["schedules"] == {"total": 0, "enabled": 0, "paused": 0, "broken": 0}
    assert seen["runs_24h"]["total"] == 0
    assert seen["counts_are_complete"]


def test_a_holder_is_shown_with_how_far_it_is_and_when_it_should_end(
    api: Api, stack: Stack
) -> None:
    schedule = api.create(name="Crawl", target=taking(120), max_steps=9)
    api.start(schedule)
    stack.deliver()
    run = api.start(schedule)
    stack.advance(20)
    (holder,) = main_pool(api)["holders"]
    assert holder["run_id"] == run["id"]
    assert (holder["schedule_name"], holder["status"]) == ("Crawl", "claimed")
    assert (holder["steps"], holder["max_steps"], holder["trigger"]) == (0, 9, "manual")
    # It takes two minutes on average, and began twenty seconds ago.
    assert (holder["since"], holder["expected_end_at"]) == (
        "2026-03-01T00:02:00.000Z",
        "2026-03-01T00:04:00.000Z",
    )


def test_the_queue_is_shown_in_serving_order_with_expected_starts(api: Api, stack: Stack) -> None:
    first = api.create(name="First", target=taking(60))
    urgent = api.create(name="Urgent", target=taking(30), priority=9)
    for each in (first, urgent):  # Now they have averages.
        api.start(each)
        stack.deliver()
    now = stack.now
    api.start(first)
    late = [api.start(each, "?when_busy=queue")["id"] for each in (first, urgent)]
    pool = main_pool(api)
    assert [each["run_id"] for each in pool["queue"]] == [late[1], late[0]]
    assert [each["position"] for each in pool["queue"]] == [1, 2]
    waits = [each["expected_start_at"] for each in pool["queue"]]
    assert [now.isoformat()[:10] in wait for wait in waits] == [True, True]
    assert waits == ["2026-03-01T00:02:30.000Z", "2026-03-01T00:03:00.000Z"]
    assert [each["expected_duration_seconds"] for each in pool["queue"]] == [30, 60]
    assert (pool["waiting"], pool["waiting_own"], pool["waiting_is_at_least"]) == (2, 2, False)


def test_others_runs_are_nameless_but_for_owners(api: Api, stack: Stack) -> None:
    acme = stack.token("acme", ["operator"])
    theirs = api.create(acme, name="Secret", target=taking(60))
    path = f"/v1/schedules/{theirs['id']}/runs?when_busy=queue"
    for _ in range(2):
        assert stack.http("POST", path, {}, token=acme).status == 202
    seen = api.get("/v1/overview")
    assert "Secret" not in str(seen)
    assert theirs["id"] not in str(seen)
    assert "acme" not in str(seen)
    (pool,) = seen["pools"]
    (holder,) = pool["holders"]
    assert (holder["slot"], holder["since"]) == ("000", "2026-03-01T00:00:00.000Z")
    (waiting,) = pool["queue"]
    assert waiting["position"] == 1
    assert waiting["expected_start_at"] is not None
    assert (pool["waiting"], pool["waiting_own"]) == (1, 0)
    assert seen["runs_24h"]["total"] == 0

    (pool,) = api.get("/v1/overview", stack.owner)["pools"]
    assert pool["holders"][0]["schedule_name"] == pool["queue"][0]["schedule_name"] == "Secret"
    assert pool["queue"][0]["tenant_id"] == "acme"


def test_what_fires_next_comes_in_order_and_moves_on_as_it_fires(api: Api, stack: Stack) -> None:
    api.create(name="Ten", cadence=EVERY_TEN)
    api.create(name="Five", cadence=EVERY_FIVE)
    api.create(stack.token("other"), name="Other", cadence=EVERY_FIVE)
    api.create(name="Off", cadence=EVERY_FIVE, enabled=False)

    def coming() -> list[tuple[str, str]]:
        fires = api.get("/v1/overview")["next"]
        return [(each["schedule_name"], each["due_at"][11:16]) for each in fires]

    stack.advance(270)
    assert coming() == [("Five", "00:05"), ("Ten", "00:10")]
    stack.advance(30)
    stack.tick()  # Five fires, within the minute that a look at all schedules is good for.
    assert coming() == [("Five", "00:10"), ("Ten", "00:10")] or coming() == [
        ("Ten", "00:10"),
        ("Five", "00:10"),
    ]


def test_an_edit_shows_at_once(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Before", cadence=EVERY_TEN)
    assert api.get("/v1/overview")["schedules"]["enabled"] == 1
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("PATCH", path, {"name": "After"}, token=stack.operator).status == 200
    assert api.get("/v1/overview")["next"][0]["schedule_name"] == "After"
    assert stack.http("POST", f"{path}/pause", {}, token=stack.operator).status == 200
    seen = api.get("/v1/overview")
    assert (seen["schedules"]["paused"], seen["next"]) == (1, [])
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert api.get("/v1/overview")["schedules"]["total"] == 0


def test_a_broken_schedule_is_named_with_its_reason(api: Api, stack: Stack) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    api.create(name="Invoices", cadence=EVERY_FIVE, target=failing, breaker={"failures": 1})
    stack.run_for(400)
    seen = api.get("/v1/overview")
    (broken,) = seen["broken"]
    assert broken["schedule_name"] == "Invoices"
    assert broken["broken_reason"]
    assert (seen["schedules"]["broken"], seen["unread"]) == (1, 2)


def test_the_days_runs_are_counted_and_half_a_minute_old_at_most(api: Api, stack: Stack) -> None:
    schedule = api.create(target=taking(0))
    assert api.get("/v1/overview")["runs_24h"]["total"] == 0
    api.start(schedule)
    stack.deliver()
    assert api.get("/v1/overview")["runs_24h"]["total"] == 0
    stack.advance(30)
    seen = api.get("/v1/overview")
    assert seen["runs_24h"]["by_status"]["succeeded"] == 1
    assert seen["counted_at"] == "2026-03-01T00:00:00.000Z"  # The schedules, which stay so.


def test_pressure_and_a_late_tick_are_told(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.http("PUT", "/v1/pressure/ide", {"ttl_seconds": 600}, token=stack.operator)
    stack.advance(240)
    seen = api.get("/v1/overview")
    assert [each["source"] for each in seen["pressure"]] == ["ide"]
    assert [warning["code"] for warning in seen["warnings"]] == ["tick_late"]
    assert seen["last_tick_age_seconds"] == 240


@pytest.mark.parametrize("path", ["/v1/me", "/v1/overview", "/v1/timeline"])
def test_nobody_sees_it_without_a_token(stack: Stack, path: str) -> None:
    assert stack.http("GET", path).status == 401


def test_each_pool_that_one_may_use_is_shown_with_its_own_queue(api: Api, stack: Stack) -> None:
    pools = {"gpu": {"capacity": 1}, "theirs": {"capacity": 1, "tenants": ["acme"]}}
    changed = stack.http("PATCH", "/v1/settings", {"pools": pools}, token=stack.owner)
    assert changed.status == 200, changed.json
    on_gpu = [api.create(name=f"G{n}", pool="gpu", target=taking(60)) for n in range(2)]
    for each in on_gpu:
        api.start(each, "?when_busy=queue")
    in_main = api.start(api.create(name="Plain"))
    main, gpu = api.get("/v1/overview")["pools"]
    assert (main["name"], main["waiting"]) == ("main", 0)
    assert [each["run_id"] for each in main["holders"]] == [in_main["id"]]
    assert (gpu["name"], gpu["capacity"], gpu["waiting"]) == ("gpu", 1, 1)
    assert gpu["holders"][0]["schedule_name"] == "G0"
    assert gpu["queue"][0]["schedule_name"] == "G1"
    assert gpu["queue"][0]["expected_start_at"] == "2026-03-01T00:05:00.000Z"
    names = [each["name"] for each in api.get("/v1/overview", stack.owner)["pools"]]
    assert names == ["main", "gpu", "theirs"]


def test_what_waits_behind_its_own_run_has_its_place_by_age_and_says_so(
    api: Api, stack: Stack
) -> None:
    busy, other = api.create(name="Busy"), api.create(name="Other")
    api.start(busy)
    api.start(busy, "?when_busy=queue")
    api.start(other, "?when_busy=queue")
    queue = main_pool(api)["queue"]
    shown = [(each["schedule_name"], each["is_behind_its_own"]) for each in queue]
    assert shown == [("Busy", True), ("Other", False)]


def test_tenants_are_served_in_turn(api: Api, stack: Stack) -> None:
    """Whoever was served last comes last."""
    acme = stack.token("acme", ["operator"])
    api.start(api.create(name="Holder"))
    for token, names in ((None, "AB"), (acme, "CD")):
        for name in names:
            schedule = api.create(token, name=name)
            path = f"/v1/schedules/{schedule['id']}/runs?when_busy=queue"
            assert stack.http("POST", path, {}, token=token or stack.operator).status == 202
    queue = main_pool(api, stack.owner)["queue"]
    assert [each["schedule_name"] for each in queue] == ["C", "A", "D", "B"]
