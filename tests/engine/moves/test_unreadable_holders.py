"""What cannot be read any more while a run is at work: the slot is neither lost nor given away."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import lease
from chalicelib.domain.runs.run import RunStatus
from chalicelib.jobs.context import JobContext
from chalicelib.store import floor_items
from chalicelib.store.run_table import StoredLease
from tests.api_client import Api
from tests.builders import NOON, after
from tests.harness import Crash, Stack
from tests.spoiling import is_stored, set_stored, spoil_run, spoil_schedule, stored_attribute

PROBE = {"type": "function", "name": "probe"}


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def holders() -> list[str | None]:
    return [slot.run_id for slot in floor_items.read(1).holders]


@pytest.mark.parametrize("name", ["trigger", "status", "queued_at"])
def test_a_holder_that_cannot_be_read_keeps_its_slot_until_its_lease_is_over(
    api: Api, stack: Stack, name: str
) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    spoil_run(run["id"], name)
    stack.advance(64)
    stack.tick()
    assert holders() == [run["id"]]

    stack.advance(1)
    stack.tick()
    assert holders() == []
    assert is_stored("runs", {"tenant_id": "default", "run_id": run["id"]})


def test_one_that_lost_its_slot_is_in_health_and_ends_once_it_can_be_read(
    api: Api, stack: Stack
) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    key = {"tenant_id": "default", "run_id": run["id"]}
    good = stored_attribute("runs", key, "trigger")
    spoil_run(run["id"])
    stack.advance(65)
    stack.tick()
    health = api.get("/v1/health")
    assert (health["overall"], health["put_aside"]) == ("WARNING", 1)
    (message,) = [warning["message"] for warning in health["warnings"]]
    assert message.startswith("1 run cannot be used: What is stored cannot be read: trigger: ")
    assert message.endswith(f"; see GET /v1/runs/{run['id']} of the tenant default.")

    set_stored("runs", key, "trigger", good)
    stack.tick()
    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert api.get("/v1/health")["put_aside"] == 0


def test_one_that_lost_its_slot_and_is_removed_is_aside_no_more(api: Api, stack: Stack) -> None:
    stack.register("probe", crash)
    schedule = api.create(target=PROBE, lease_seconds=60)
    run = api.start(schedule)
    stack.deliver()
    spoil_run(run["id"])
    stack.advance(65)
    stack.tick()
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    stack.tick()
    assert api.get("/v1/health")["put_aside"] == 0


def test_one_whose_item_says_that_it_has_ended_gives_its_slot_back_at_once(
    api: Api, stack: Stack
) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    spoil_run(run["id"])
    key = {"tenant_id": "default", "run_id": run["id"]}
    set_stored("runs", key, "status", {"S": "failed"})
    stack.tick()
    assert holders() == []


def test_a_run_whose_item_is_spoilt_while_it_works_goes_on_and_ends(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        key = {"tenant_id": "default", "run_id": run["id"]}
        good = stored_attribute("runs", key, "trigger")
        spoil_run(run["id"])
        for _ in range(4):
            stack.advance(30)
            context.step()
            stack.tick()
        set_stored("runs", key, "trigger", good)

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    assert api.run(run)["status"] == "succeeded"
    assert holders() == []


@pytest.mark.parametrize(("dies", "status"), [(False, "succeeded"), (True, "failed")])
def test_a_schedule_that_cannot_be_read_keeps_no_run_of_it_from_ending(
    api: Api, stack: Stack, dies: bool, status: str
) -> None:
    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        spoil_schedule(schedule["id"])
        if dies:
            raise Crash

    stack.register("probe", probe)
    schedule = api.create(target=PROBE, lease_seconds=60)
    run = api.start(schedule)
    stack.deliver()
    stack.advance(65)
    stack.tick()
    assert holders() == []
    assert api.run(run)["status"] == status


def test_with_neither_run_nor_schedule_readable_the_slot_is_free_once_the_lease_is_over(
    api: Api, stack: Stack
) -> None:
    stack.register("probe", crash)
    schedule = api.create(target=PROBE, lease_seconds=60)
    run = api.start(schedule)
    stack.deliver()
    spoil_run(run["id"])
    spoil_schedule(schedule["id"])
    stack.advance(65)
    stack.tick()
    assert holders() == []


HELD = StoredLease(status=RunStatus.RUNNING, token=1, expires_at=after(60))


@pytest.mark.parametrize(
    ("changes", "now", "holds"),
    [
        ({}, after(64), True),
        ({}, after(65), False),
        ({"status": None, "token": None}, after(64), True),
        ({"status": RunStatus.QUEUED}, NOON, False),
        ({"status": RunStatus.CLAIMED}, NOON, True),
        ({"token": 2}, NOON, False),
        ({"expires_at": None}, NOON + lease.LONGEST, True),
        ({"expires_at": None}, lease.reapable_at(NOON + lease.LONGEST), False),
    ],
)
def test_a_lease_is_judged_by_what_can_be_read_of_it(
    changes: dict[str, Any], now: datetime, holds: bool
) -> None:
    slot = Slot(key="000", tenant_id="acme", run_id="01RUN", token=1, since=NOON)
    assert replace(HELD, **changes).may_hold(slot, now) is holds
