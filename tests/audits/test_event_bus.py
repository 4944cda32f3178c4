"""The event bus hears of every run that ended and every schedule that broke, at least once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.api.resources import event_bus
from chalicelib.engine import system
from chalicelib.store.dynamodb.models import shared_connection
from tests.api_client import Api
from tests.harness import Stack
from tests.permissions import PARAMETERS
from tests.spoiling import spoil_run

BUS: Final = f"arn:aws:events:us-east-1:123456789012:event-bus/{PARAMETERS['EventBusName']}"
FAILING: Final = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}


class Bus:
    """Stands in for EventBridge: keeps what is put, or refuses it so many times."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.refusals = 0

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # as boto3 has it
        if self.refusals:
            self.refusals -= 1
            refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "Try again."}
            return {"FailedEntryCount": 1, "Entries": [refused]}
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """The kind and the detail of each event."""
        return [(each["DetailType"], json.loads(each["Detail"])) for each in self.entries]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def stack(bus: Bus) -> Iterator[Stack]:
    with Stack() as running:
        running.clients["events"] = bus
        config = replace(running.system.config, event_bus_arn=BUS)
        running.system = replace(running.system, config=config)
        system.use(running.system)
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack)


def ended(api: Api, end: str) -> dict[str, Any]:
    """A run that ended so."""
    stack = api.stack
    if end == "skipped":
        api.start(api.create(), "?when_busy=queue")
        waiting = api.create(cadence={"type": "cron", "expression": "* * * * *"}, when_busy="skip")
        stack.advance(60)
        stack.tick()
        return next(run for run in api.runs(waiting) if run["status"] == "skipped")
    schedule = api.create(target=FAILING) if end == "failed" else api.create()
    run = api.start(schedule)
    if end == "cancelled":
        path = f"/v1/runs/{run['id']}/cancel"
        assert stack.http("POST", path, token=stack.operator).status == 202
    stack.deliver()
    return api.run(run)


@pytest.mark.parametrize("end", ["succeeded", "failed", "skipped", "cancelled"])
def test_a_run_that_ended_is_told_as_the_apis_lists_show_it(
    api: Api, stack: Stack, bus: Bus, end: str
) -> None:
    run = ended(api, end)
    assert run["status"] == end
    stack.outgoing()
    [entry] = [each for each in bus.entries if json.loads(each["Detail"])["id"] == run["id"]]
    assert entry["EventBusName"] == BUS
    assert entry["Source"] == "baton.baton"
    assert entry["DetailType"] == f"Run {end.capitalize()}"
    detail = json.loads(entry["Detail"])
    assert (detail.pop("event_id"), detail.pop("tenant_id")) == (run["id"], "default")
    assert detail == next(each for each in api.runs() if each["id"] == run["id"])


def test_what_has_not_ended_is_not_told(api: Api, stack: Stack, bus: Bus) -> None:
    api.start(api.create())
    api.start(api.create(), "?when_busy=queue")
    stack.outgoing()
    assert bus.entries == []


def test_a_schedule_that_broke_is_told_once_with_the_run_that_broke_it(
    api: Api, stack: Stack, bus: Bus
) -> None:
    schedule = _break(api)
    stack.outgoing()
    kinds = [kind for kind, _ in bus.heard()]
    assert kinds == ["Run Failed", "Run Failed", "Schedule Broken"]
    detail = bus.heard()[-1][1]
    assert detail.pop("tenant_id") == "default"
    [notification] = [
        each for each in api.get("/v1/notifications")["items"] if each["kind"] == "schedule_broken"
    ]
    assert detail.pop("event_id") == notification["id"]
    assert detail == api.schedule(schedule)
    assert detail["status"] == "broken"


def _break(api: Api) -> dict[str, Any]:
    """A schedule that broke by its second failure."""
    schedule = api.create(
        cadence={"type": "cron", "expression": "* * * * *"},
        target=FAILING,
        breaker={"failures": 2},
        retry={"max_attempts": 1},
    )
    api.stack.run_for(130)
    assert api.schedule(schedule)["status"] == "broken"
    return schedule


def test_a_break_is_told_though_somebody_has_switched_the_schedule_on_again(
    api: Api, stack: Stack, bus: Bus
) -> None:
    schedule = _break(api)
    broken = api.schedule(schedule)
    path = f"/v1/schedules/{schedule['id']}/resume"
    assert stack.http("POST", path, token=stack.operator).status == 200
    stack.outgoing()
    detail = bus.heard()[-1][1]
    shown = {
        name: detail[name] for name in ("status", "broken_reason", "broken_at", "next_fire_at")
    }
    assert shown == {name: broken[name] for name in shown}


def test_a_large_schedule_that_broke_is_told_whole(api: Api, stack: Stack, bus: Bus) -> None:
    schedule = _break(api)
    change = {"description": "x" * 1500}
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("PATCH", path, change, token=stack.operator).status == 200
    stack.outgoing()
    assert bus.heard()[-1][1]["description"] == "x" * 1500


def test_of_a_schedule_that_is_deleted_only_its_runs_are_told(
    api: Api, stack: Stack, bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = _break(api)
    client = shared_connection().client
    images = client._make_api_call("Scan", {"TableName": "baton-runs"})["Items"]
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    for image in images:
        event_bus.tell_of_end(stack.system, image)
    assert [kind for kind, _ in bus.heard()] == ["Run Failed", "Run Failed"]
    assert "break_not_told" in {getattr(record, "event", "") for record in caplog.records}


def test_what_the_bus_refuses_is_told_again(
    api: Api, stack: Stack, bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    run = ended(api, "succeeded")
    caplog.set_level("INFO", logger="baton")
    bus.refusals = 3
    stack.outgoing()
    assert [detail["event_id"] for _, detail in bus.heard()] == [run["id"]]
    told = [getattr(record, "event", "") for record in caplog.records]
    assert told.count("event_not_told") == 3
    assert told.count("event_told") == 1


def test_what_is_told_twice_has_one_id(api: Api, stack: Stack, bus: Bus) -> None:
    _break(api)
    for _ in range(2):
        stack.outgoing()
    ids = [detail["event_id"] for _, detail in bus.heard()]
    assert len(ids) == 6
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3


def test_a_run_that_cannot_be_read_holds_up_no_other(api: Api, stack: Stack, bus: Bus) -> None:
    spoilt, sound = ended(api, "succeeded"), ended(api, "succeeded")
    spoil_run(spoilt["id"])
    stack.outgoing()
    assert [detail["id"] for _, detail in bus.heard()] == [sound["id"]]


def test_runs_end_without_a_request_more_because_of_the_bus(api: Api, stack: Stack) -> None:
    schedule = api.create()
    counted = []
    for bus_arn in ("", "", BUS):
        config = replace(stack.system.config, event_bus_arn=bus_arn)
        stack.system = replace(stack.system, config=config)
        system.use(stack.system)
        with stack.counting() as requests:
            api.start(schedule)
            stack.deliver()
        counted.append(dict(requests))
    assert counted[1] == counted[2]  # The first one is noted as the tenant's first.
