"""Owners see whose run holds a slot and may cancel it; nobody else learns of another tenant."""

import base64
import json
from typing import Any

import pytest

from chalicelib.domain import ids
from tests.api_client import Api
from tests.harness import Stack

DUE = {"type": "once", "at": "2026-03-01T00:00:30Z"}


@pytest.fixture
def acme(stack: Stack) -> str:
    return stack.token(tenant="acme", scopes=["admin"])


@pytest.fixture
def holder(stack: Stack, api: Api, acme: str) -> dict[str, Any]:
    """A run of the tenant acme that holds the slot, and that nobody has started yet."""
    schedule = api.create(token=acme)
    path = f"/v1/schedules/{schedule['id']}/runs"
    return dict(stack.http("POST", path, {}, token=acme).json)


def activity(api: Api, token: str) -> list[dict[str, Any]]:
    return list(api.get("/v1/activity", token)["items"])


def test_owners_see_whose_run_holds_a_slot(
    stack: Stack, api: Api, acme: str, holder: dict[str, Any]
) -> None:
    (seen,) = api.get("/v1/slot", stack.owner)["holders"]
    assert (seen["tenant_id"], seen["run_id"]) == ("acme", holder["id"])
    (own,) = api.get("/v1/slot", acme)["holders"]
    assert (own["tenant_id"], own["run_id"]) == ("acme", holder["id"])


def test_others_do_not(stack: Stack, api: Api, holder: dict[str, Any]) -> None:
    answer = stack.http("GET", "/v1/slot", token=stack.admin)
    (hidden,) = answer.json["holders"]
    named = ("tenant_id", "run_id", "schedule_id", "schedule_name")
    assert [hidden[name] for name in named] == [None] * 4
    assert b"acme" not in answer.body
    refused = stack.http("POST", f"/v1/schedules/{api.create()['id']}/runs", {}, token=stack.admin)
    assert (refused.status, refused.json["holders"][0]["tenant_id"]) == (429, None)


def test_an_owner_cancels_the_run_that_holds_a_slot_by_its_id(
    stack: Stack, api: Api, acme: str, holder: dict[str, Any]
) -> None:
    answer = stack.http("POST", f"/v1/runs/{holder['id']}/cancel", token=stack.owner)
    assert answer.status == 202
    stack.deliver()
    assert api.get(f"/v1/runs/{holder['id']}", acme)["status"] == "cancelled"


def test_it_is_on_record_on_both_sides_and_names_nobody_to_the_other(
    stack: Stack, api: Api, acme: str, holder: dict[str, Any]
) -> None:
    stack.http("POST", f"/v1/runs/{holder['id']}/cancel", token=stack.owner)
    theirs, ours = activity(api, acme)[0], activity(api, stack.owner)[0]
    assert theirs["action"] == ours["action"] == "run_cancelled"
    assert theirs["subject"] == ours["subject"] == holder["id"]
    assert (theirs["actor"], theirs["actor_id"]) == ("an owner of this deployment", "owner")
    assert (ours["actor"], ours["details"]["tenant_id"]) == ("default-owner", "acme")
    assert activity(api, stack.viewer)[0]["details"]["tenant_id"] is None


def test_an_owner_cancels_any_run_of_a_named_tenant(
    stack: Stack, api: Api, acme: str, holder: dict[str, Any]
) -> None:
    path = f"/v1/schedules/{holder['schedule_id']}/runs?when_busy=queue"
    waiting = stack.http("POST", path, {}, token=acme).json
    plain = f"/v1/runs/{waiting['id']}/cancel"
    assert stack.http("POST", f"{plain}?tenant_id=default", token=stack.owner).status == 404
    answer = stack.http("POST", f"{plain}?tenant_id=acme", token=stack.owner)
    assert (answer.status, answer.json["status"]) == (202, "cancelled")


def test_an_owner_cancels_a_run_that_waits_by_its_id(
    stack: Stack, acme: str, holder: dict[str, Any]
) -> None:
    path = f"/v1/schedules/{holder['schedule_id']}/runs?when_busy=queue"
    waiting = stack.http("POST", path, {}, token=acme).json
    answer = stack.http("POST", f"/v1/runs/{waiting['id']}/cancel", token=stack.owner)
    assert (answer.status, answer.json["status"]) == (202, "cancelled")


def test_nobody_else_does(stack: Stack, holder: dict[str, Any]) -> None:
    plain = f"/v1/runs/{holder['id']}/cancel"
    assert stack.http("POST", plain, token=stack.admin).status == 404
    assert stack.http("POST", f"{plain}?tenant_id=acme", token=stack.admin).status == 403
    assert stack.http("POST", f"{plain}?tenant_id=default", token=stack.admin).status == 404


def test_a_tick_tells_others_what_it_did_for_them(stack: Stack, api: Api, acme: str) -> None:
    api.create(cadence=DUE)
    api.create(token=acme, cadence=DUE, when_busy="skip")
    stack.advance(30)
    answer = stack.http("POST", "/v1/tick", token=stack.operator)
    assert b"acme" not in answer.body
    assert (answer.json["fired"], answer.json["skipped"]) in [(1, 0), (0, 1)]
    assert set(answer.json["tenants"]) <= {"default"}


def test_and_owners_everything(stack: Stack, api: Api, acme: str) -> None:
    api.create(cadence=DUE)
    api.create(token=acme, cadence=DUE, when_busy="queue")
    stack.advance(30)
    told = stack.http("POST", "/v1/tick", token=stack.owner).json
    assert (told["fired"], told["claimed"]) == (2, 1)
    assert sum(counts["taken"] for counts in told["tenants"].values()) == 1


def test_the_runs_of_a_foreign_schedule_leak_nothing(
    stack: Stack, api: Api, acme: str, holder: dict[str, Any]
) -> None:
    for _ in range(2):
        path = f"/v1/schedules/{holder['schedule_id']}/runs?when_busy=queue"
        stack.http("POST", path, {}, token=acme)
    for query in ("&limit=1", "&status=queued&limit=1", "&trigger=manual"):
        answer = api.get(f"/v1/runs?schedule_id={holder['schedule_id']}{query}", stack.admin)
        assert answer == {"items": [], "next_cursor": None}
    nothing = api.get(f"/v1/runs?schedule_id={ids.new_id(stack.now)}", stack.admin)
    assert nothing == {"items": [], "next_cursor": None}


def test_a_cursor_is_good_for_its_tenant_list_and_filters_alone(
    stack: Stack, api: Api, acme: str
) -> None:
    for _ in range(3):
        api.create()
        api.create(token=acme)
    cursor = api.get("/v1/schedules?limit=1&q=Probe")["next_cursor"]
    assert api.get(f"/v1/schedules?limit=2&q=Probe&cursor={cursor}")["items"]
    for path, token in (
        (f"/v1/schedules?q=Probe&cursor={cursor}", acme),
        (f"/v1/schedules?q=Other&cursor={cursor}", stack.viewer),
        (f"/v1/schedules?cursor={cursor}", stack.viewer),
        (f"/v1/runs?cursor={cursor}", stack.viewer),
        (f"/v1/schedules?q=Probe&cursor={cursor.rpartition('.')[0]}", acme),
    ):
        answer = stack.http("GET", path, token=token)
        assert (answer.status, answer.json["code"]) == (400, "bad_cursor"), path


def test_a_cursor_of_an_earlier_release_is_good_for_its_own_tenant(stack: Stack, api: Api) -> None:
    for _ in range(3):
        api.create()
    bare, _, _ = api.get("/v1/schedules?limit=1")["next_cursor"].rpartition(".")
    assert len(api.get(f"/v1/schedules?cursor={bare}")["items"]) == 2


def test_a_made_up_position_reaches_nobody_elses_items(stack: Stack, api: Api, acme: str) -> None:
    for _ in range(3):
        api.create()
        theirs = api.create(token=acme)
    _, _, tag = api.get("/v1/schedules?limit=1")["next_cursor"].rpartition(".")
    position = json.dumps({"tenant_id": "acme", "schedule_id": theirs["id"]}).encode()
    forged = base64.urlsafe_b64encode(position).decode().rstrip("=") + "." + tag
    answer = stack.http("GET", f"/v1/schedules?cursor={forged}", token=stack.viewer)
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")
