"""Pressure belongs to the tenant that raises it: it puts off that tenant's firings alone."""

from typing import Any

import pytest

from chalicelib.domain.deployment.limits import Limits
from infra import template
from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Answer, Stack

#: How many sources of a tenant may signal at a time, unless owners set another limit.
PRESSURE_SOURCES = Limits().pressure_sources
AT_10 = {"type": "once", "at": "2026-03-01T00:00:10Z"}


@pytest.fixture
def acme(stack: Stack) -> str:
    return stack.token(tenant="acme", scopes=["owner"])


def press(stack: Stack, token: str, source: str = "editor", query: str = "") -> Answer:
    body = {"ttl_seconds": 600}
    return stack.http("PUT", f"/v1/pressure/{source}{query}", body, token=token)


def pressure(api: Api, token: str) -> list[tuple[str, bool]]:
    shown = api.get("/v1/slot", token)["pressure"]
    return [(each["source"], each["deployment"]) for each in shown]


def started(api: Api, schedule: dict[str, Any], token: str) -> list[str]:
    runs = api.get(f"/v1/schedules/{schedule['id']}/runs", token)["items"]
    return [run["started_at"] for run in runs]


def test_one_tenants_pressure_delays_its_own_firings_alone(
    stack: Stack, api: Api, acme: str
) -> None:
    press(stack, acme)
    theirs, ours = api.create(token=acme, cadence=AT_10), api.create(cadence=AT_10)
    stack.run_for(60)
    assert started(api, theirs, acme) == []
    assert started(api, ours, stack.viewer) == ["2026-03-01T00:00:10.000Z"]
    codes = {reason["code"] for reason in api.get(f"/v1/schedules/{ours['id']}/explain")["reasons"]}
    assert not codes & {"pressure", "deferred"}


def test_for_the_whole_deployment_it_delays_everybody(stack: Stack, api: Api, acme: str) -> None:
    assert press(stack, acme, query="?deployment=true").json["deployment"] is True
    ours = api.create(cadence=AT_10)
    stack.run_for(60)
    assert started(api, ours, stack.viewer) == []


def test_only_owners_signal_for_the_whole_deployment(stack: Stack, api: Api) -> None:
    refused = press(stack, stack.admin, query="?deployment=true")
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    path = "/v1/pressure/editor?deployment=true"
    assert stack.http("DELETE", path, token=stack.admin).status == 403
    assert pressure(api, stack.viewer) == []


def test_sources_of_others_are_neither_shown_nor_deletable(
    stack: Stack, api: Api, acme: str
) -> None:
    press(stack, acme)
    press(stack, acme, "release", "?deployment=true")
    assert pressure(api, acme) == [("editor", False), ("release", True)]
    assert pressure(api, stack.viewer) == [("release", True)]
    for source in ("editor", "release"):
        path = f"/v1/pressure/{source}"
        assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert pressure(api, acme) == [("editor", False), ("release", True)]


def test_two_tenants_may_call_their_sources_alike(stack: Stack, api: Api, acme: str) -> None:
    press(stack, acme)
    press(stack, stack.operator)
    stack.http("DELETE", "/v1/pressure/editor", token=stack.operator)
    assert (pressure(api, acme), pressure(api, stack.viewer)) == ([("editor", False)], [])


def test_twenty_sources_and_no_more(stack: Stack, api: Api, acme: str) -> None:
    for number in range(PRESSURE_SOURCES):
        assert press(stack, stack.operator, f"s{number}").status == 200
    beyond = press(stack, stack.operator, "one-more")
    assert (beyond.status, beyond.json["code"]) == (409, "limit_exceeded")
    assert (beyond.json["limit"], beyond.json["most"]) == ("pressure_sources", 20)
    assert press(stack, stack.operator, "s7").status == 200
    assert press(stack, acme, "one-more").status == 200
    assert stack.http("DELETE", "/v1/pressure/s3", token=stack.operator).status == 204
    assert press(stack, stack.operator, "one-more").status == 200
    stack.advance(601)
    assert press(stack, stack.operator, "after-their-end").status == 200
    assert pressure(api, stack.viewer) == [("after-their-end", False)]


def test_owners_say_how_many_and_who_had_more_keeps_them(stack: Stack, api: Api) -> None:
    for number in range(3):
        press(stack, stack.operator, f"s{number}")
    change = {"limits": {"pressure_sources": 2}}
    assert stack.http("PATCH", "/v1/settings", change, token=stack.owner).status == 200
    beyond = press(stack, stack.operator, "one-more")
    assert (beyond.status, beyond.json["most"], beyond.json["wanted"]) == (409, 2, 4)
    assert press(stack, stack.operator, "s1").status == 200
    told = api.get("/v1/limits")["limits"]["pressure_sources"]
    assert told == {"limit": 2, "used": 3}


def test_it_is_on_record(stack: Stack, api: Api) -> None:
    press(stack, stack.operator)
    stack.http("DELETE", "/v1/pressure/editor", token=stack.operator)
    stack.http("DELETE", "/v1/pressure/editor", token=stack.operator)
    deeds = api.get("/v1/activity")["items"]
    assert [(each["action"], each["subject"]) for each in deeds] == [
        ("pressure_dropped", "editor"),
        ("pressure_raised", "editor"),
    ]
    assert deeds[1]["details"] == {"until": "2026-03-01T00:10:00.000Z", "deployment": False}


def read_units_of_an_idle_tick(tenants: int) -> float:
    """What a tick reads while so many tenants work interactively, with all their sources."""
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        stack.tick()
        for number in range(tenants):
            token = stack.token(tenant=f"t{number}")
            for source in range(PRESSURE_SOURCES):
                press(stack, token, "x" * 90 + str(source))
        engine.meter.reset()
        stack.tick()
        return sum(engine.meter.read_units.values())


def test_a_look_at_the_floor_costs_the_same_whoever_signals() -> None:
    assert read_units_of_an_idle_tick(30) == read_units_of_an_idle_tick(0)
