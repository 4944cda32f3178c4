"""Items that earlier releases wrote are read and used by this one; so are items with more in them.

`python -m tests.releases.write` keeps what the present release writes.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import PREFIX, Notification
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.codec import from_raw
from chalicelib.store.dynamodb.models import (
    AuditItem,
    ControlItem,
    InboxItem,
    LogItem,
    RunItem,
    ScheduleItem,
    Table,
    TokenItem,
)
from chalicelib.store.log_table import LogLine
from chalicelib.store.token_table import Token
from tests.releases import snapshots, write
from tests.releases.conftest import RELEASES, Kept, World, going_on
from tests.releases.newer import UNKNOWN, with_unknown_parts
from tests.releases.scenario import REPEATED
from tests.releases.snapshots import Item

QUARTER_OF_AN_HOUR = 900
AN_HOUR = 3600
#: What else is asked, and reads the tables in its own way.
LOOKS = [
    "/v1/slot",
    "/v1/settings",
    "/v1/stats",
    "/v1/health",
    "/v1/forecast",
    "/v1/tokens",
    "/v1/notifications?unread=true",
    "/v1/audits?state=review_due",
    "/v1/runs?status=failed",
]


def readers(table: str, item: Item) -> tuple[type[Table], type] | None:
    """The model and the domain's value of an item; None if it is read in another way."""
    plain = {"schedules": (ScheduleItem, Schedule), "runs": (RunItem, Run)}
    plain |= {"run-log": (LogItem, LogLine), "tokens": (TokenItem, Token)}
    if table == "inbox":
        is_notification = item["item_id"]["S"].startswith(PREFIX)
        return InboxItem, Notification if is_notification else Activity
    if table == "audits":
        return None if item["audit_id"]["S"].startswith("#") else (AuditItem, Audit)
    if table == "control":
        return (ControlItem, Slot) if item["key"]["S"].startswith("slot#") else None
    return plain[table]


def readable_items(kept: Kept) -> Iterator[tuple[type[Table], type, Item]]:
    """Every item that becomes a value, but for the one that the scenario spoils."""
    for table, items in kept.stored.items():
        for item in items:
            found = readers(table, item)
            spoilt = kept.outside["schedules"]["spoilt"] in str(item.get("schedule_id"))
            if found and not (table == "schedules" and spoilt):
                yield *found, item


def everything(world: World, path: str) -> list[dict[str, Any]]:
    """A list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = world.call(f"GET {path}?limit=20{cursor}").json
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def of_tenant(kept: Kept, table: str) -> list[Item]:
    return [item for item in kept.stored[table] if item["tenant_id"]["S"] == "default"]


def test_there_is_a_release_to_read() -> None:
    assert RELEASES


# Reading


def test_every_item_becomes_a_value(kept: Kept) -> None:
    assert [from_raw(model, kind, item) for model, kind, item in readable_items(kept)]


def test_what_a_later_release_adds_changes_no_value(kept: Kept) -> None:
    more = Kept(with_unknown_parts(kept.stored), kept.outside)
    pairs = list(zip(readable_items(kept), readable_items(more), strict=True))
    assert all(UNKNOWN in item for _, (_, _, item) in pairs)
    for (model, kind, item), (_, _, with_more) in pairs:
        assert from_raw(model, kind, with_more) == from_raw(model, kind, item)


def test_lists_have_all_of_it_and_their_cursors_stay_good(world: World) -> None:
    stored = {
        "/v1/schedules": len(of_tenant(world.kept, "schedules")) - 1,  # One is spoilt.
        "/v1/runs": len(of_tenant(world.kept, "runs")),
        "/v1/audits": len(world.kept.outside["audits"]),
        "/v1/notifications": _in_inbox(world.kept, "n#"),
        "/v1/activity": _in_inbox(world.kept, "a#"),
    }
    whole = {path: everything(world, path) for path in stored}
    assert {path: len(items) for path, items in whole.items()} == stored
    for path, cursor in world.kept.outside["cursors"].items():
        further = world.call(f"GET {path}?cursor={cursor}")
        assert further.json["items"][0] == whole[path][1]


def _in_inbox(kept: Kept, prefix: str) -> int:
    keys = [item["item_id"]["S"] for item in of_tenant(kept, "inbox")]
    return sum(key.startswith(prefix) for key in keys)


def test_whatever_else_is_asked_is_answered(world: World) -> None:
    assert [path for path in LOOKS if world.call(f"GET {path}").status != 200] == []


def test_each_schedule_and_each_run_is_shown_and_explained(world: World) -> None:
    for schedule in everything(world, "/v1/schedules"):
        for tail in ("", "/runs", "/explain"):
            assert world.call(f"GET /v1/schedules/{schedule['id']}{tail}").status == 200
    for run in everything(world, "/v1/runs"):
        for tail in ("", "/log"):
            assert world.call(f"GET /v1/runs/{run['id']}{tail}").status == 200


def test_settings_are_those_that_were_made(world: World) -> None:
    settings = world.call("GET /v1/settings").json
    assert (settings["capacity"], settings["lease_seconds"]) == (3, 600)
    assert settings["retention"] == {"run_days": 400, "log_days": 40}
    assert settings["webhook_kinds"] == ["schedule_broken", "run_failed"]


def test_tokens_stay_valid(world: World) -> None:
    for scope, status in {"viewer": 403, "operator": 200, "owner": 200}.items():
        assert world.call("GET /v1/schedules", scope=scope).status == 200
        assert world.call("POST /v1/tick", scope=scope).status == status


def test_a_repeated_request_gets_its_first_answer(world: World) -> None:
    answer = world.stack.http(
        "POST",
        "/v1/schedules",
        REPEATED["body"],
        token=world.kept.outside["tokens"]["owner"],
        headers={"Idempotency-Key": str(REPEATED["key"])},
    )
    assert (answer.status, answer.json) == (201, world.kept.outside["once"])


# Going on


def test_what_was_at_work_waited_and_rested_comes_to_its_end(world: World) -> None:
    world.stack.run_for(AN_HOUR)
    ends = {name: world.run(name) for name in ("claimed", "waiting", "at_work", "forced", "rests")}
    assert {name: run["status"] for name, run in ends.items()} == {
        "claimed": "succeeded",
        "waiting": "succeeded",
        "at_work": "failed",
        "forced": "failed",
        "rests": "failed",
    }
    for name in ("at_work", "forced"):
        assert ends[name]["failure_reason"] == "lease_expired"
    assert [each["reason"] for each in ends["rests"]["attempts"]] == ["error"] * 3
    held = {each["run_id"] for each in world.call("GET /v1/slot").json["holders"]}
    assert held & {item["run_id"]["S"] for item in world.kept.stored["runs"]} == set()


def test_a_run_that_waits_too_long_is_given_up(world: World) -> None:
    world.stack.run_for(QUARTER_OF_AN_HOUR)
    run = world.run("impatient")
    assert run["status"] == "succeeded" or run["skip_reason"] == "queue_expired"


def test_a_target_still_calls_back_with_the_token_it_has(world: World) -> None:
    path = f"/v1/runs/{world.kept.outside['runs']['calls_back']}"
    token = world.kept.outside["run_token"]
    world.stack.run_for(600)
    said = world.stack.http("POST", f"{path}/heartbeat", {"steps": 5}, token=token)
    assert (said.status, said.json["continue"]) == (200, True)
    done = {"summary": "Done at last.", "totals": {"processed": 4}}
    assert world.stack.http("POST", f"{path}/complete", done, token=token).status == 200
    ended = world.run("calls_back")
    assert (ended["status"], ended["summary"], ended["steps"]) == ("succeeded", "Done at last.", 5)


def test_each_fire_time_has_exactly_one_record(world: World) -> None:
    world.stack.run_for(AN_HOUR)
    for name, seconds in {"every_five": 300, "on_a_grid": 900, "makes_up": 600}.items():
        records = world.api.runs(world.schedule(name))
        assert max(Counter(run["fire_at"] for run in records).values()) == 1
        since = [run["covers"] for run in records if run["fire_at"] > world.kept.outside["at"]]
        assert sum(since) == AN_HOUR // seconds


def test_what_was_off_stays_off(world: World) -> None:
    before = {name: len(world.api.runs(world.schedule(name))) for name in ("paused", "breaks")}
    world.stack.run_for(AN_HOUR)
    assert before == {
        name: len(world.api.runs(world.schedule(name))) for name in ("paused", "breaks")
    }
    assert world.schedule("paused")["status"] == "paused"
    assert world.schedule("breaks")["status"] == "broken"


def test_each_schedule_can_be_changed_switched_started_and_deleted(world: World) -> None:
    for schedule in everything(world, "/v1/schedules"):
        path = f"/v1/schedules/{schedule['id']}"
        changed = world.call(f"PATCH {path}", {"name": "Another", "priority": 1})
        assert (changed.status, changed.json["schedule"]["name"]) == (200, "Another")
        assert world.call(f"POST {path}/pause").status == 200
        assert world.call(f"POST {path}/resume").status in (200, 409)
        started = world.call(f"POST {path}/runs?when_busy=queue", {})
        assert started.status in (202, 409), started.json
        assert world.call(f"DELETE {path}").status == 204
    assert everything(world, "/v1/schedules") == []


def test_audits_go_on_through_their_days(world: World) -> None:
    audits = world.kept.outside["audits"]
    assert world.call(f"POST /v1/audits/{audits['draft']}/publish").status == 200
    assert world.call(f"POST /v1/audits/{audits['inactive']}/reactivate").status == 200
    [found] = world.call("GET /v1/audits?external_id=page-2").json["items"]
    assert found["id"] == audits["review_due"]
    world.stack.advance(29 * 86_400)
    world.stack.daily()
    states = {
        name: world.call(f"GET /v1/audits/{audit_id}").json["state"]
        for name, audit_id in audits.items()
    }
    assert states == {
        "draft": "active",
        "active": "review_due",
        "kept": "active",
        "review_due": "inactive",
        "inactive": "active",
        "taken_down": "inactive",
    }


def test_what_the_next_release_knows_outlives_what_this_one_writes(kept: Kept) -> None:
    with going_on(Kept(with_unknown_parts(kept.stored), kept.outside)) as world:
        world.call("PATCH /v1/settings", {"lease_seconds": 700})
        world.stack.run_for(QUARTER_OF_AN_HOUR)
        stored = snapshots.take()
    known = {"schedules": "schedule_id", "runs": "run_id", "audits": "audit_id"}
    for table, key in known.items():
        before = {item[key]["S"] for item in kept.stored[table]}
        again = [item for item in stored[table] if item[key]["S"] in before]
        assert len(again) == len(before)
        assert [item for item in again if UNKNOWN not in item] == []
    [settings] = [item for item in stored["control"] if item["key"]["S"] == "settings"]
    assert UNKNOWN in settings["value"]["S"]


# What is kept


def test_the_scenario_still_reaches_every_attribute() -> None:
    snapshot, _ = write.played()
    assert write.never_stored(snapshot) == set(write.OUT_OF_REACH)
