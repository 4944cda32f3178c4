"""Pools: who names the same one takes turns, who names another one is in nobody's way."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

Json = dict[str, Any]


def declare(stack: Stack, **pools: Any) -> Answer:
    """Change the pools as an owner does; a number is a capacity."""
    told = {
        name.replace("_", "-"): {"capacity": pool} if isinstance(pool, int) else pool
        for name, pool in pools.items()
    }
    return stack.http("PATCH", "/v1/settings", {"pools": told}, token=stack.owner)


def move(stack: Stack, schedule: Json, pool: str) -> Answer:
    path = f"/v1/schedules/{schedule['id']}"
    return stack.http("PATCH", path, {"pool": pool}, token=stack.operator)


def at_work(api: Api) -> list[tuple[str, str]]:
    """The pool and slot of each run that works, as it says itself."""
    runs = [run for run in api.runs() if run["status"] in ("claimed", "running")]
    return sorted((run["pool"], run["slot"]) for run in runs)


@pytest.fixture
def pools(stack: Stack) -> None:
    """Two named locks, and `main` with one slot."""
    assert declare(stack, mail=1, crm=1).status == 200


@pytest.mark.usefixtures("pools")
def test_two_pools_are_in_nobodys_way(api: Api, stack: Stack) -> None:
    for pool in ("main", "mail", "crm"):
        api.start(api.create(pool=pool))
    assert at_work(api) == [("crm", "000"), ("mail", "000"), ("main", "000")]


@pytest.mark.usefixtures("pools")
def test_a_pool_of_one_is_a_lock(api: Api, stack: Stack) -> None:
    first, second = api.create(pool="mail"), api.create(pool="mail")
    holder = api.start(first)
    refused = api.run_now(second)
    assert (refused.status, refused.json["code"]) == (429, "capacity_full")
    assert [each["run_id"] for each in refused.json["holders"]] == [holder["id"]]
    waiting = api.start(second, "?when_busy=queue")
    assert api.run(waiting)["status"] == "queued"
    stack.deliver()
    assert [api.run(each)["status"] for each in (holder, waiting)] == ["succeeded"] * 2


@pytest.mark.usefixtures("pools")
def test_a_pass_fires_each_into_its_own_pool(api: Api, stack: Stack) -> None:
    at_one = {"type": "once", "at": "2026-03-01T00:01:00Z"}
    due = {
        pool: [api.create(pool=pool, cadence=at_one) for _ in range(2)] for pool in ("main", "mail")
    }
    stack.lose_wakes()
    stack.advance(60)
    stack.tick()
    for schedules in due.values():
        found = sorted(api.runs(each)[0]["status"] for each in schedules)
        assert found == ["claimed", "queued"]


@pytest.mark.usefixtures("pools")
def test_the_end_of_a_run_serves_who_waits_for_its_pool(api: Api, stack: Stack) -> None:
    for pool in ("main", "mail"):
        api.start(api.create(pool=pool))
    waiting = {
        pool: api.start(api.create(pool=pool), "?when_busy=queue") for pool in ("main", "mail")
    }
    (message,) = [each for each in stack.messages() if api.run(_of(each))["pool"] == "mail"]
    for other in stack.messages():
        if other is not message:
            stack.drop(other)
    stack.drop(message)
    stack.redeliver(message)
    assert api.run(waiting["mail"])["status"] == "claimed"
    assert api.run(waiting["main"])["status"] == "queued"


def _of(message: Any) -> Json:
    return {"id": message.json["run_id"]}


@pytest.mark.usefixtures("pools")
def test_a_silent_holder_is_reaped_in_whatever_pool(api: Api, stack: Stack) -> None:
    run = api.start(api.create(pool="mail"))
    for message in stack.messages():
        stack.drop(message)
    waiting = api.start(api.create(pool="mail"), "?when_busy=queue")
    stack.advance(600)
    stack.tick()
    assert {api.run(each)["status"] for each in (run, waiting)} == {"claimed", "queued"}
    stack.run_for(600)
    assert [api.run(each)["status"] for each in (run, waiting)] == ["succeeded"] * 2


# Moving a schedule between pools


@pytest.mark.usefixtures("pools")
def test_a_schedule_does_not_overlap_itself_across_a_move(api: Api, stack: Stack) -> None:
    schedule = api.create(pool="mail")
    working = api.start(schedule)
    assert move(stack, schedule, "crm").status == 200
    refused = api.run_now(schedule)
    assert (refused.status, refused.json["code"]) == (429, "schedule_busy")
    waiting = api.start(schedule, "?when_busy=queue")
    stack.tick()
    assert at_work(api) == [("mail", "000")]
    assert api.run(waiting)["status"] == "queued"
    stack.deliver()
    assert [api.run(each)["status"] for each in (working, waiting)] == ["succeeded"] * 2
    assert [api.run(each)["pool"] for each in (working, waiting)] == ["mail", "crm"]


@pytest.mark.usefixtures("pools")
def test_who_waits_for_its_pool_moves_along_and_starts_where_there_is_room(
    api: Api, stack: Stack
) -> None:
    api.start(api.create(pool="mail"))
    schedule = api.create(pool="mail")
    head, behind = (api.start(schedule, "?when_busy=queue") for _ in range(2))
    assert move(stack, schedule, "crm").status == 200
    assert (api.run(head)["status"], api.run(head)["pool"]) == ("claimed", "crm")
    assert api.run(behind)["status"] == "queued"
    stack.deliver()
    assert (api.run(behind)["status"], api.run(behind)["pool"]) == ("succeeded", "crm")


@pytest.mark.usefixtures("pools")
def test_who_moves_to_a_full_pool_waits_there(api: Api, stack: Stack) -> None:
    holders = {pool: api.start(api.create(pool=pool)) for pool in ("mail", "crm")}
    schedule = api.create(pool="mail")
    head = api.start(schedule, "?when_busy=queue")
    assert move(stack, schedule, "crm").status == 200
    (of_mail,) = [each for each in stack.messages() if _of(each)["id"] == holders["mail"]["id"]]
    stack.drop(of_mail)
    stack.redeliver(of_mail)
    assert api.run(head)["status"] == "queued"
    stack.deliver()
    assert (api.run(head)["status"], api.run(head)["pool"]) == ("succeeded", "crm")


@pytest.mark.usefixtures("pools")
def test_a_retry_that_rests_comes_back_into_the_pool_that_is_named_then(
    api: Api, stack: Stack
) -> None:
    failing = {"type": "function", "name": "drill", "params": {"ending": "fail"}}
    retry = {"max_attempts": 2, "delay_seconds": 60}
    schedule = api.create(pool="mail", target=failing, retry=retry)
    run = api.start(schedule)
    stack.deliver()
    assert move(stack, schedule, "crm").status == 200
    api.start(api.create(pool="mail", target={"type": "function", "name": "drill"}))
    for message in stack.messages():
        stack.drop(message)  # `mail` stays taken.
    stack.advance(70)
    stack.tick()
    assert (api.run(run)["status"], api.run(run)["pool"]) == ("claimed", "crm")


# Changing and removing pools


@pytest.mark.usefixtures("pools")
def test_a_pool_that_schedules_name_is_not_removed(api: Api, stack: Stack) -> None:
    schedules = [api.create(pool="mail") for _ in range(2)]
    refused = declare(stack, mail=None)
    assert (refused.status, refused.json["code"]) == (409, "pool_in_use")
    assert (refused.json["pool"], refused.json["schedules"]) == ("mail", 2)
    assert "mail" in api.get("/v1/settings")["pools"]
    move(stack, schedules[0], "crm")
    stack.http("DELETE", f"/v1/schedules/{schedules[1]['id']}", token=stack.operator)
    removed = declare(stack, mail=None)
    assert (removed.status, set(removed.json["pools"])) == (200, {"main", "crm"})


@pytest.mark.usefixtures("pools")
def test_who_works_in_a_removed_pool_ends_and_is_still_looked_after(api: Api, stack: Stack) -> None:
    schedule = api.create(pool="mail")
    run = api.start(schedule)
    assert move(stack, schedule, "main").status == 200
    assert declare(stack, mail=None).status == 200
    for message in stack.messages():
        stack.drop(message)
    assert at_work(api) == [("mail", "000")]
    stack.advance(600)
    stack.tick()
    assert at_work(api) == [("main", "000")], "it was never started, and is handed out anew"
    stack.run_for(60)
    assert api.run(run)["status"] == "succeeded"


@pytest.mark.usefixtures("pools")
def test_a_removed_pool_cannot_be_named(api: Api, stack: Stack) -> None:
    assert declare(stack, mail=None).status == 200
    body = {"name": "Late", "cadence": {"type": "manual"}, "pool": "mail"}
    body["target"] = {"type": "function", "name": "drill"}
    for pool in ("mail", "never"):
        refused = stack.http("POST", "/v1/schedules", {**body, "pool": pool}, token=stack.operator)
        assert refused.status == 422
        assert [each["field"] for each in refused.json["errors"]] == ["pool"]
    assert move(stack, api.create(), "mail").status == 422


@pytest.mark.usefixtures("pools")
def test_a_pool_declared_anew_is_empty_and_works(api: Api, stack: Stack) -> None:
    schedule = api.create(pool="mail")
    api.start(schedule)
    move(stack, schedule, "main")
    declare(stack, mail=None)
    declare(stack, mail=1)
    other = api.create(pool="mail")
    assert api.run_now(other).status == 429, "the run of before is still at work there"
    stack.deliver()
    assert api.start(other)["status"] == "claimed"


def test_a_shrunk_pool_ends_no_run_and_starts_none_beyond(api: Api, stack: Stack) -> None:
    declare(stack, gpu=3)
    working = [api.start(api.create(pool="gpu")) for _ in range(3)]
    waiting = api.start(api.create(pool="gpu"), "?when_busy=queue")
    assert declare(stack, gpu=1).status == 200
    stack.tick()
    assert [api.run(each)["status"] for each in working] == ["claimed"] * 3
    ends = {_of(each)["id"]: each for each in stack.messages()}
    for run in working[1:]:
        stack.drop(ends[run["id"]])
        stack.redeliver(ends[run["id"]])
        assert api.run(waiting)["status"] == "queued"
    stack.deliver()
    assert api.run(waiting)["status"] == "succeeded"


def test_more_room_is_used_at_once(api: Api, stack: Stack) -> None:
    declare(stack, gpu=1)
    runs = [api.start(api.create(pool="gpu"), "?when_busy=queue") for _ in range(4)]
    for message in stack.messages():
        stack.drop(message)
    declare(stack, gpu=3)
    wake = stack.under_way()[-1]
    stack.drop(wake)
    stack.redeliver(wake)
    assert [api.run(run)["status"] for run in runs].count("queued") == 1


def test_forced_runs_have_slots_of_their_own_in_their_pool(api: Api, stack: Stack) -> None:
    declare(stack, mail=1)
    holder = api.start(api.create(pool="mail"))
    forced = api.start(api.create(pool="mail"), "?when_busy=force")
    assert at_work(api) == [("mail", "000"), ("mail", f"forced-{forced['id']}")]
    stack.deliver()
    assert [api.run(each)["status"] for each in (holder, forced)] == ["succeeded"] * 2
    assert at_work(api) == []


# Who may use a pool


def test_only_tenants_that_it_names_may_use_a_pool(api: Api, stack: Stack) -> None:
    declare(stack, gpu={"capacity": 1, "tenants": ["other"]})
    other = stack.token("other", ["operator"])
    allowed = api.create(other, pool="gpu")
    body = {"pool": "gpu"}
    schedule = api.create()
    refused = stack.http("PATCH", f"/v1/schedules/{schedule['id']}", body, token=stack.operator)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "pool")
    path = f"/v1/schedules/{allowed['id']}"
    assert stack.http("PATCH", path, {"priority": 1}, token=other).status == 200


def test_who_named_a_pool_before_it_was_narrowed_keeps_it_and_may_leave(
    api: Api, stack: Stack
) -> None:
    declare(stack, gpu=1)
    schedule = api.create(pool="gpu")
    declare(stack, gpu={"tenants": ["other"]})
    assert api.start(schedule)["status"] == "claimed"
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("PATCH", path, {"priority": 1}, token=stack.operator).status == 200
    assert move(stack, schedule, "main").status == 200
    assert move(stack, schedule, "gpu").status == 422


# What the settings refuse


@pytest.mark.parametrize(
    ("pool", "field"),
    [
        ({"capacity": 0}, "pools.gpu.capacity"),
        ({"capacity": 1001}, "pools.gpu.capacity"),
        ({"tenants": []}, "pools.gpu.tenants"),
        ({"weights": {"acme": 0}}, "pools.gpu.weights.acme"),
        ({"weights": {"acme": 11}}, "pools.gpu.weights.acme"),
        ({"surprise": 1}, "pools.gpu.surprise"),
    ],
)
def test_a_wrong_pool_is_refused_by_name_and_nothing_changes(
    api: Api, stack: Stack, pool: Json, field: str
) -> None:
    refused = declare(stack, gpu=pool)
    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
    assert set(api.get("/v1/settings")["pools"]) == {"main"}


@pytest.mark.parametrize("name", ["GPU", "-gpu", "a b", "x" * 51, "g#u"])
def test_a_pool_needs_a_plain_name(api: Api, stack: Stack, name: str) -> None:
    body: dict[str, Any] = {"pools": {name: {}}}
    assert stack.http("PATCH", "/v1/settings", body, token=stack.owner).status == 422


def test_a_hundred_pools_are_enough(api: Api, stack: Stack) -> None:
    assert declare(stack, **{f"p{number}": {} for number in range(99)}).status == 200
    refused = declare(stack, one_more=1)
    assert [each["field"] for each in refused.json["errors"]] == ["pools"]
    assert declare(stack, p0=None, one_more=1).status == 200


def test_main_cannot_be_removed_and_has_two_names_for_its_capacity(api: Api, stack: Stack) -> None:
    assert declare(stack, main=None).status == 200
    assert "main" in api.get("/v1/settings")["pools"]
    assert declare(stack, main=4).json["capacity"] == 4
    body = {"capacity": 2, "pools": {"main": {"capacity": 3}}}
    refused = stack.http("PATCH", "/v1/settings", body, token=stack.owner)
    assert [each["field"] for each in refused.json["errors"]] == ["pools.main.capacity"]
    wrong = declare(stack, main=0)
    assert [each["field"] for each in wrong.json["errors"]] == ["pools.main.capacity"]
    assert api.get("/v1/settings")["capacity"] == 4
