"""A tenant in numbers, over HTTP."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack


def slow(seconds: float) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}


def test_a_new_tenant_has_nothing_and_every_status_with_zero(api: Api) -> None:
    stats = api.get("/v1/stats")
    assert stats["schedules"] == {"total": 0, "enabled": 0, "paused": 0, "broken": 0}
    assert stats["runs_24h"]["total"] == 0
    assert stats["runs_24h"]["by_status"]["succeeded"] == 0
    assert stats["slot_wait_ms"] == {"p50": None, "p95": None}
    assert (stats["active"], stats["waiting"], stats["is_complete"]) == (0, 0, True)


def test_schedules_are_counted_by_whether_they_are_on(api: Api, stack: Stack) -> None:
    for enabled in (True, True, False):
        api.create(enabled=enabled)
    api.create(stack.token(tenant="other"))
    counts = api.get("/v1/stats")["schedules"]
    assert counts == {"total": 3, "enabled": 2, "paused": 1, "broken": 0}


def test_runs_waits_and_durations_of_the_last_day(api: Api, stack: Stack) -> None:
    schedule = api.create(target=slow(30))
    api.start(schedule)
    api.start(schedule, "?when_busy=queue")
    before = api.get("/v1/stats")
    assert (before["active"], before["waiting"]) == (1, 1)
    assert before["runs_24h"]["by_status"]["queued"] == 1

    stack.deliver()
    after = api.get("/v1/stats")
    assert (after["active"], after["waiting"]) == (0, 0)
    assert after["runs_24h"]["by_status"]["succeeded"] == after["runs_24h"]["total"] == 2
    assert after["slot_wait_ms"] == {"p50": 0, "p95": 30_000}
    assert after["duration_ms"] == {"p50": 30_000, "p95": 30_000}

    stack.advance(86_400)
    assert api.get("/v1/stats")["runs_24h"]["total"] == 0


def test_other_tenants_do_not_count(api: Api, stack: Stack) -> None:
    seen: list[dict[str, Any]] = []

    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        seen.append(api.get("/v1/stats", stack.token("other", ["viewer"])))

    stack.register("probe", probe)
    schedule = api.create(target={"type": "function", "name": "probe"})
    api.start(schedule)
    api.start(schedule, "?when_busy=queue")
    stack.deliver()
    for stats in seen:
        assert (stats["active"], stats["waiting"], stats["runs_24h"]["total"]) == (0, 0, 0)
    assert len(seen) == 2


def test_it_takes_as_many_requests_with_ten_runs_as_with_one(api: Api, stack: Stack) -> None:
    token, counts = stack.viewer, []
    schedule = api.create()
    # The first use of a token is kept with it, and so are hours that are over.
    api.get("/v1/stats", token)
    for more in (1, 9):
        for _ in range(more):
            api.start(schedule)
            stack.deliver()
        with stack.counting() as requests:
            api.get("/v1/stats", token)
        counts.append(requests.total())
    assert counts[0] == counts[1]


def test_nobody_without_a_token(stack: Stack) -> None:
    assert stack.http("GET", "/v1/stats").status == 401
    assert stack.http("GET", "/v1/stats?x=1", token=stack.viewer).status == 422
