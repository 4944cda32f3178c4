"""Health over HTTP."""

from typing import Any

from tests.api_client import Api
from tests.harness import Stack


def codes(health: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in health["warnings"]]


def test_a_deployment_that_ticks_is_well(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.advance(10)
    assert api.get("/v1/health") == {
        "overall": "OK",
        "warnings": [],
        "last_tick_at": "2026-03-01T00:00:00.000Z",
        "last_tick_age_seconds": 10,
        "dead_letters": 0,
        "put_aside": 0,
        "tenants": [{"tenant_id": "default", "status": "OK", "pending": 0, "running": 0}],
    }


def test_a_tick_that_stays_away_is_a_warning(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.advance(181)
    health = api.get("/v1/health")
    assert (health["overall"], codes(health)) == ("WARNING", ["tick_late"])


def test_a_deployment_that_never_ticked_is_a_warning_once_something_is_overdue(
    api: Api, stack: Stack
) -> None:
    api.create(cadence={"type": "once", "at": "2026-03-01T00:01:00Z"})
    assert codes(api.get("/v1/health")) == []
    stack.advance(241)
    assert codes(api.get("/v1/health")) == ["no_tick"]


def test_over_twenty_pending_of_a_tenant_are_a_warning(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    for _ in range(20):
        api.start(schedule, "?when_busy=queue")
    health = api.get("/v1/health")
    assert (health["overall"], health["tenants"][0]["pending"]) == ("OK", 20)

    api.start(api.create(), "?when_busy=queue")
    health = api.get("/v1/health")
    (tenant,) = health["tenants"]
    assert (health["overall"], codes(health)) == ("WARNING", ["many_pending"])
    assert tenant == {"tenant_id": "default", "status": "WARNING", "pending": 21, "running": 1}


def test_only_an_owner_sees_other_tenants(api: Api, stack: Stack) -> None:
    other = api.create(stack.token(tenant="other"))
    path = f"/v1/schedules/{other['id']}/runs"
    assert stack.http("POST", path, token=stack.token(tenant="other")).status == 202

    assert [each["tenant_id"] for each in api.get("/v1/health")["tenants"]] == ["default"]
    seen = api.get("/v1/health", stack.owner)["tenants"]
    assert [(each["tenant_id"], each["running"]) for each in seen] == [("default", 0), ("other", 1)]


def test_the_public_sign_of_life_has_no_data(stack: Stack) -> None:
    assert stack.http("GET", "/v1/health").status == 401
    assert stack.http("GET", "/healthz").json == {"status": "ok"}
