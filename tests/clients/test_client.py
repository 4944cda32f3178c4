"""The Python client's calls: what is sent, what comes back, and what is sent again."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
import pytest

import baton
from baton import AsyncClient, Call, Client, NotBaton, Problem, Unreachable, etag_of
from baton.operations import AsyncOperations, Operations
from baton.types import NewScheduleIn
from tests.api_client import Api
from tests.clients.wire import CUT, LOST, Naps, Wire, refusal
from tests.harness import PUBLIC_URL, Stack

T = TypeVar("T")

NEW: NewScheduleIn = {
    "name": "Nightly",
    "cadence": {"type": "manual"},
    "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
}


def now(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


# Calls and answers


def test_a_schedule_from_its_making_to_its_end(client: Client, stack: Stack) -> None:
    made = client.create_schedule(NEW)
    schedule = client.get_schedule(made["schedule"]["id"])
    assert schedule["name"] == "Nightly"
    run = client.run_now(schedule["id"])
    stack.deliver()
    assert client.get_run(run["id"])["status"] == "succeeded"
    assert client.get_log(run["id"], limit=1)["items"][0]["message"]
    client.delete_schedule(schedule["id"])
    with pytest.raises(Problem) as refused:
        client.get_schedule(schedule["id"])
    assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_the_same_for_asynchronous_programs(asynchronous: AsyncClient, stack: Stack) -> None:
    async def work() -> str:
        async with asynchronous as client:
            made = await client.create_schedule(NEW)
            schedule = await client.get_schedule(made["schedule"]["id"])
            run = await client.run_now(schedule["id"])
            stack.deliver()
            ended = await client.get_run(run["id"])
            with pytest.raises(Problem, match="not_found"):
                await client.get_run("01M7WHPSW972H8YH4X4HQ4HA30")
            return ended["status"]

    assert now(work()) == "succeeded"


def test_a_change_undoes_no_other(client: Client) -> None:
    schedule_id = client.create_schedule(NEW)["schedule"]["id"]
    seen = client.get_schedule(schedule_id)
    changed = client.patch_schedule(schedule_id, {"name": "B"}, if_match=etag_of(seen))
    assert changed["schedule"]["name"] == "B"
    with pytest.raises(Problem) as stale:
        client.patch_schedule(schedule_id, {"name": "C"}, if_match=etag_of(seen))
    assert (stale.value.code, stale.value.headers["etag"]) == ("stale", etag_of(changed))
    assert etag_of({}) is None


def test_a_problem_names_every_wrong_field(client: Client) -> None:
    wrong: Any = {**NEW, "priority": 99, "extra": 1}
    with pytest.raises(Problem) as refused:
        client.create_schedule(wrong)
    assert {each["field"] for each in refused.value.errors} == {"priority", "extra"}
    assert str(refused.value) == "Some fields are not valid. (422 invalid_fields)"


def test_a_full_house_says_who_is_in_it(client: Client, api: Api) -> None:
    client.run_now(client.create_schedule(NEW)["schedule"]["id"])
    with pytest.raises(Problem) as full:
        client.run_now(client.create_schedule(NEW)["schedule"]["id"])
    assert (full.value.status, full.value.code) == (429, "capacity_full")
    assert full.value.document["holders"][0]["schedule_name"] == "Nightly"
    assert full.value.retry_after == full.value.document["slot_eta_seconds"]


def test_ids_stay_in_their_segment_of_the_path(client: Client, wire: Wire) -> None:
    with pytest.raises(Problem):
        client.get_run("../schedules?x=1")
    assert wire.asked() == ["GET /v1/runs/..%2Fschedules%3Fx%3D1"]


def test_yes_and_no_are_written_as_the_api_has_them(client: Client, wire: Wire) -> None:
    [*client.list_notifications(unread=True)]
    assert wire.asked() == ["GET /v1/notifications?unread=true"]


def test_what_has_no_name_here_can_be_called_too(client: Client) -> None:
    answer = client.call(Call("GET", "/healthz"))
    assert (answer.status, answer.json["status"]) == (200, "ok")


def test_both_clients_have_every_call() -> None:
    calls = {name for name in vars(Operations) if not name.startswith("_")}
    assert calls == {name for name in vars(AsyncOperations) if not name.startswith("_")}
    assert {"create_schedule", "run_now", "list_runs", "heartbeat"} <= calls


# Where, and who


def test_the_environment_says_where_and_who(
    stack: Stack, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BATON_URL", raising=False)
    with pytest.raises(ValueError, match="BATON_URL"):
        Client()
    monkeypatch.setenv("BATON_URL", f"{PUBLIC_URL}/v1/")
    monkeypatch.setenv("BATON_TOKEN", stack.viewer)
    with Client(transport=wire) as client:
        assert client.get_slot()["capacity"] == 1
    assert wire.asked() == ["GET /v1/slot"]
    assert wire.sent[0].headers["user-agent"] == f"baton-client/{baton.__version__}"


def test_without_a_token_the_api_says_so(
    stack: Stack, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BATON_TOKEN", raising=False)
    with pytest.raises(Problem) as refused:
        Client(PUBLIC_URL, transport=wire).get_slot()
    assert refused.value.status == 401


# Pages


def test_a_list_is_read_as_far_as_it_is_used(client: Client, api: Api, wire: Wire) -> None:
    ids = [api.create()["id"] for _ in range(5)]
    schedules = client.list_schedules(limit=2)
    assert next(iter(schedules))["id"] == ids[-1]
    assert len(wire.sent) == 1
    assert [each["id"] for each in schedules] == ids[::-1]
    assert len(wire.sent) == 4
    assert [len(page["items"]) for page in schedules.pages()] == [2, 2, 1]


def test_a_list_is_read_as_far_as_it_is_used_by_asynchronous_programs(
    asynchronous: AsyncClient, api: Api
) -> None:
    ids = [api.create()["id"] for _ in range(3)]

    async def work() -> list[str]:
        async with asynchronous as client:
            return [each["id"] async for each in client.list_schedules(limit=2)]

    assert now(work()) == ids[::-1]


def test_a_list_is_filtered_as_asked(client: Client, api: Api) -> None:
    good, bad = api.create(), api.create(cadence={"type": "manual"}, enabled=False)
    assert [each["id"] for each in client.list_schedules(status="active")] == [good["id"]]
    assert [each["id"] for each in client.list_schedules(status="paused")] == [bad["id"]]


# What is sent again


def test_a_run_whose_answer_was_lost_is_started_once(client: Client, api: Api, wire: Wire) -> None:
    schedule = api.create()
    wire.faults = [LOST]
    run = client.run_now(schedule["id"])
    assert [each["id"] for each in api.runs(schedule)] == [run["id"]]
    first, second = wire.sent
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_the_same_key_is_the_same_run(client: Client, api: Api) -> None:
    schedule = api.create()
    runs = [
        client.run_now(schedule["id"], when_busy="queue", idempotency_key="build-7")
        for _ in range(2)
    ]
    assert runs[0]["id"] == runs[1]["id"]
    assert client.run_now(schedule["id"], when_busy="queue")["id"] != runs[0]["id"]


def test_a_change_whose_answer_was_lost_is_not_sent_again(
    client: Client, api: Api, wire: Wire
) -> None:
    schedule = api.create()
    wire.faults = [LOST]
    with pytest.raises(Unreachable, match=f"No answer from {PUBLIC_URL}: Connection reset"):
        client.pause_schedule(schedule["id"])
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("fault", "slept"),
    [
        (lambda: CUT, 0.5),
        (lambda: refusal(503, "busy"), 0.5),
        (lambda: refusal(503, "busy", **{"retry-after": "7"}), 7.0),
        (lambda: refusal(429, "throttled", **{"retry-after": "2"}), 2.0),
        (lambda: refusal(429, "throttled", **{"retry-after": "900"}), 30.0),
        (lambda: httpx.Response(502, text="<html>"), 0.5),
    ],
)
def test_what_is_busy_or_away_is_asked_again(
    client: Client, wire: Wire, naps: Naps, fault: Callable[[], Any], slept: float
) -> None:
    wire.faults = [fault()]
    assert client.get_slot()["capacity"] == 1
    assert naps.slept == [slept]


def test_nobody_is_asked_for_ever(client: Client, wire: Wire, naps: Naps) -> None:
    wire.is_cut = True
    with pytest.raises(Unreachable):
        client.get_slot()
    assert (len(wire.sent), naps.slept) == (4, [0.5, 1.0, 2.0])
    wire.is_cut, wire.faults = False, [refusal(503, "busy") for _ in range(4)]
    with pytest.raises(Problem, match="503 busy"):
        client.get_slot()
    assert len(wire.sent) == 8


def test_asynchronous_programs_ask_again_too(
    asynchronous: AsyncClient, api: Api, wire: Wire, naps: Naps
) -> None:
    schedule = api.create()
    wire.faults = [LOST, refusal(409, "idempotency_in_progress", **{"retry-after": "1"})]

    async def work() -> str:
        async with asynchronous as client:
            return (await client.run_now(schedule["id"]))["id"]

    assert [now(work())] == [each["id"] for each in api.runs(schedule)]
    assert naps.slept == [0.5, 1.0]


def test_a_refusal_is_not_asked_again(client: Client, wire: Wire) -> None:
    with pytest.raises(Problem):
        client.get_run("x")
    assert len(wire.sent) == 1


# What is not Baton


def test_what_is_no_baton_is_told_so(client: Client, wire: Wire) -> None:
    wire.faults = [httpx.Response(200, text="<html>")]
    with pytest.raises(NotBaton, match="its answer is no JSON"):
        client.get_slot()
    wire.faults = [httpx.Response(302, headers={"location": "https://login.test/"})]
    with pytest.raises(NotBaton, match=r"redirects to https://login\.test/"):
        client.get_slot()
    assert len(wire.sent) == 2


def test_a_refusal_without_a_reason_is_a_problem_all_the_same(client: Client, wire: Wire) -> None:
    wire.faults = [httpx.Response(418, text="<html>")]
    with pytest.raises(Problem) as refused:
        client.get_slot()
    assert (refused.value.status, refused.value.code, refused.value.errors) == (418, "", [])


def test_what_cannot_be_json_is_not_sent(client: Client, wire: Wire) -> None:
    for body in ({"name": object()}, {"priority": float("nan")}):
        with pytest.raises(ValueError, match="JSON"):
            client.call(Call("POST", "/v1/schedules", body=body))
    assert wire.sent == []


def test_the_token_is_in_no_message(client: Client, wire: Wire, stack: Stack) -> None:
    wire.is_cut = True
    with pytest.raises(Unreachable) as unreachable:
        client.get_slot()
    assert stack.operator not in json.dumps([str(unreachable.value), repr(client)])
