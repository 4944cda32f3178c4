"""A newer release has written a word that this one does not know, as a new reason to skip a run.

While a release is being deployed both are at work for some minutes. What cannot be understood then
is left to the newer one: it is in no list, nothing is guessed, and everything else goes on.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.releases.conftest import RELEASES, World, going_on, kept_by
from tests.releases.newer import UNKNOWN
from tests.spoiling import set_stored, stored_attribute

MINUTES = 1800


@pytest.fixture
def world() -> Iterator[World]:
    """A deployment over what the newest release has stored."""
    with going_on(kept_by(RELEASES[-1])) as running:
        yield running


def key_of(world: World, table: str, name: str) -> dict[str, str]:
    singular = table.removesuffix("s")
    return {"tenant_id": "default", f"{singular}_id": world.kept.outside[table][name]}


def write(table: str, key: dict[str, str], name: str, value: str = UNKNOWN) -> None:
    """Write a word into an attribute, as the newer release would."""
    set_stored(table, key, name, {"S": value})


def ids(world: World, path: str) -> list[str]:
    return [each["id"] for each in world.call(f"GET {path}?limit=200").json["items"]]


@pytest.mark.parametrize("name", ["status", "when_busy"])
def test_a_schedule_is_left_to_the_newer_release_and_loses_no_fire_time(
    world: World, name: str
) -> None:
    key = key_of(world, "schedules", "on_a_grid")
    before = world.api.runs(world.schedule("on_a_grid"))
    write("schedules", key, name)
    assert key["schedule_id"] not in ids(world, "/v1/schedules")
    assert world.call(f"GET /v1/schedules/{key['schedule_id']}").json["code"] == "unreadable"
    world.stack.run_for(MINUTES)

    write("schedules", key, name, {"status": "active", "when_busy": "queue"}[name])
    world.stack.run_for(MINUTES)
    records = world.api.runs(world.schedule("on_a_grid"))[len(before) :]
    assert sum(run["covers"] for run in records) == 2 * MINUTES / 900


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("failed", "failure_reason"),
        ("succeeded", "status"),
        ("succeeded", "trigger"),
        ("cancelled", "skip_reason"),
        ("rests", "failure_reason"),
        ("waiting", "trigger"),
    ],
)
def test_a_run_is_left_out_of_lists_and_the_others_go_on(world: World, run: str, name: str) -> None:
    key = key_of(world, "runs", run)
    write("runs", key, name)
    listed = ids(world, "/v1/runs")
    assert len(listed) == len(world.call("GET /v1/runs?limit=200").json["items"]) > 1
    assert key["run_id"] not in listed
    assert world.call(f"GET /v1/runs/{key['run_id']}").json["code"] == "unreadable"
    world.stack.run_for(MINUTES)
    assert world.run("claimed")["status"] == "succeeded"
    assert stored_attribute("runs", key, name) == {"S": UNKNOWN}


def test_a_run_of_a_reason_unknown_here_may_wait_until_the_newer_release_takes_it(
    world: World,
) -> None:
    key = key_of(world, "runs", "waiting")
    write("runs", key, "trigger")
    world.stack.run_for(MINUTES)
    write("runs", key, "trigger", "manual")
    world.stack.run_for(120)
    assert world.run("waiting")["status"] == "succeeded"


def test_a_notification_is_left_out_and_keeps_no_run_from_ending(world: World) -> None:
    schedule = key_of(world, "schedules", "over_budget")
    told = stored_attribute("schedules", schedule, "failure_notification_id")["S"]
    write("inbox", {"tenant_id": "default", "item_id": f"n#{told}"}, "kind")
    assert told not in ids(world, "/v1/notifications")
    answers = [
        world.call(f"GET /v1/notifications/{told}"),
        world.call(f"POST /v1/notifications/{told}/read"),
        world.call(f"POST /v1/notifications/{told}/resolve", {"action": "keep"}),
    ]
    assert [(each.status, each.json["code"]) for each in answers] == [(409, "unreadable")] * 3

    world.stack.run_for(MINUTES)
    newest = world.api.runs(world.schedule("over_budget"))[-1]
    assert newest["fire_at"] > world.kept.outside["at"]
    assert (newest["status"], newest["failure_reason"]) == ("failed", "budget_exceeded")


def test_an_audit_is_left_out_and_says_why(world: World) -> None:
    key = key_of(world, "audits", "active")
    write("audits", key, "state")
    path = f"/v1/audits/{key['audit_id']}"
    assert key["audit_id"] not in ids(world, "/v1/audits")
    answers = [
        world.call(f"GET {path}"),
        world.call(f"PATCH {path}", {"title": "Another"}),
        world.call(f"POST {path}/extend", {}),
        world.call(f"DELETE {path}"),
    ]
    assert [(each.status, each.json["code"]) for each in answers] == [(409, "unreadable")] * 4


def test_an_audit_whose_question_is_unknown_can_still_be_kept(world: World) -> None:
    key = key_of(world, "audits", "review_due")
    asked = stored_attribute("audits", key, "notice_id")["S"]
    write("inbox", {"tenant_id": "default", "item_id": f"n#{asked}"}, "kind")
    answer = world.call(f"POST /v1/audits/{key['audit_id']}/extend", {})
    assert (answer.status, answer.json["state"]) == (200, "active")


@pytest.mark.parametrize("scope", ["viewer", "owner"])
def test_a_token_with_a_scope_unknown_here_keeps_its_others(world: World, scope: str) -> None:
    token_id = world.kept.outside["tokens"][scope].split("_")[1]
    scopes = stored_attribute("tokens", {"token_id": token_id}, "scopes")["S"]
    write("tokens", {"token_id": token_id}, "scopes", scopes.replace("]", f',"{UNKNOWN}"]'))
    assert world.call("GET /v1/schedules", scope=scope).status == 200
    assert world.call("PATCH /v1/settings", {"capacity": 2}, scope=scope).status == (
        200 if scope == "owner" else 403
    )


@pytest.mark.parametrize("name", ["topic_kinds", "webhook_kinds"])
def test_settings_may_name_kinds_unknown_here(world: World, name: str) -> None:
    key = {"kind": "floor", "key": "settings"}
    settings: dict[str, Any] = json.loads(stored_attribute("control", key, "value")["S"])
    settings[name] = [*settings[name], UNKNOWN]
    write("control", key, "value", json.dumps(settings, separators=(",", ":")))
    assert world.call("GET /v1/settings").status == 200
    world.stack.run_for(MINUTES)
    assert world.run("claimed")["status"] == "succeeded"
