"""Explaining a schedule over HTTP."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from infra import template
from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack

EVERY_FIVE = {"type": "cron", "expression": "*/5 * * * *", "timezone": "Europe/Berlin"}


def slow(seconds: float) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}


def explained(api: Api, schedule: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return dict(api.get(f"/v1/schedules/{schedule['id']}/explain", token))


def codes(explanation: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in explanation["reasons"]]


def test_a_new_schedule_says_when_it_runs_and_has_no_history(api: Api) -> None:
    schedule = api.create(cadence=EVERY_FIVE)
    explanation = explained(api, schedule)
    assert explanation["will_run"] is True
    assert explanation["next_fire_at"] == "2026-03-01T00:05:00.000Z"
    assert codes(explanation) == ["active", "next_fire", "slot_free"]
    assert explanation["reasons"][1]["data"]["local"] == "2026-03-01T01:05:00+01:00"
    assert explanation["history"] == []


def test_history_says_what_ran_and_what_waited_behind_whom(api: Api, stack: Stack) -> None:
    api.create(name="Crawl", cadence=EVERY_FIVE, target=slow(90))
    schedule = api.create(name="Sync", cadence=EVERY_FIVE)
    stack.run_for(720)

    newest, before = explained(api, schedule)["history"]
    assert newest["fire_at"] == "2026-03-01T00:10:00.000Z"
    assert (before["code"], before["also"]) == ("ran", ["waited"])
    assert before["message"].endswith("It waited 1 min 30 s behind “Crawl”.")
    assert before["data"]["slot_wait_ms"] == 90_000


def test_another_tenants_run_is_never_named(api: Api, stack: Stack) -> None:
    other = stack.token(tenant="another")
    api.create(other, name="Secret plan", cadence=EVERY_FIVE, target=slow(90))
    schedule = api.create(cadence=EVERY_FIVE)
    stack.run_for(500)
    waited = explained(api, schedule)
    assert "another tenant's run" in waited["history"][0]["message"]
    assert waited["history"][0]["data"]["behind_another_tenant"] is True
    assert "Secret plan" not in str(waited)


def test_a_waiting_run_says_who_holds_the_slot_and_how_long_it_will_take(
    api: Api, stack: Stack
) -> None:
    seen: list[dict[str, Any]] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(10)
        stack.tick()
        seen.append(explained(api, waiter))

    stack.register("probe", probe)
    holder = api.create(
        name="Crawl", target={"type": "function", "name": "probe"}, timeout_seconds=100
    )
    waiter = api.create(cadence={"type": "once", "at": "2026-03-01T00:00:05Z"})
    api.start(holder)
    stack.deliver()

    (explanation,) = seen
    assert codes(explanation) == ["active", "run_waiting", "ended", "slots_taken", "expected_wait"]
    assert explanation["will_run"] is True
    by_code = {reason["code"]: reason for reason in explanation["reasons"]}
    assert "“Crawl”" in by_code["slots_taken"]["message"]
    assert by_code["expected_wait"]["data"] == {"ahead": 0, "seconds": 90}
    assert by_code["run_waiting"]["run_id"] == explanation["history"][0]["run_id"]


def test_a_broken_schedule_names_the_runs_that_broke_it(api: Api, stack: Stack) -> None:
    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        raise ValueError("boom")

    stack.register("probe", probe)
    schedule = api.create(
        cadence=EVERY_FIVE,
        target={"type": "function", "name": "probe"},
        breaker={"failures": 2},
    )
    stack.run_for(720)
    explanation = explained(api, schedule)
    (broken,) = explanation["reasons"]
    assert (broken["code"], explanation["will_run"]) == ("broken", False)
    assert broken["at"] == "2026-03-01T00:10:00.000Z"
    assert broken["data"]["run_ids"] == [run["id"] for run in api.runs(schedule)][::-1]
    assert [each["code"] for each in explanation["history"]] == ["failed", "failed"]


def test_pressure_shows_before_and_after(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_FIVE)
    stack.http("PUT", "/v1/pressure/editor", {"ttl_seconds": 320}, token=stack.operator)
    assert "pressure" in codes(explained(api, schedule))
    stack.run_for(301)
    assert "deferred" in codes(explained(api, schedule))
    stack.run_for(60)
    (ran,) = explained(api, schedule)["history"]
    assert ran["also"] == ["deferred"]


def test_an_outage_shows_by_what_it_did(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=EVERY_FIVE, misfire={"policy": "skip", "grace_seconds": 60})
    stack.advance(3000)
    stack.tick()
    missed = explained(api, schedule)["history"][-1]
    assert missed["code"] == "missed"
    assert missed["also"] == ["covers"]
    assert "It stands for 9 fire times." in missed["message"]


def test_runs_by_hand_are_no_fire_times(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    stack.deliver()
    explanation = explained(api, schedule)
    assert (codes(explanation), explanation["history"]) == (["active", "manual"], [])


@pytest.mark.parametrize("tenant", ["other", "default"])
def test_what_is_not_ones_own_or_not_there_is_not_found(
    api: Api, stack: Stack, tenant: str
) -> None:
    schedule = api.create() if tenant == "other" else {"id": "01KJKB3Q00BM4ZFD197AA6C68Q"}
    token = stack.token(tenant=tenant)
    answer = stack.http("GET", f"/v1/schedules/{schedule['id']}/explain", token=token)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def requests_to_explain(runs: int) -> int:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        api = Api(stack)
        api.create(cadence=EVERY_FIVE, target=slow(90))
        schedule = api.create(cadence=EVERY_FIVE)
        stack.run_for(runs * 300 + 200)
        engine.meter.reset()
        assert len(explained(api, schedule)["history"]) == min(runs, 10)
        return sum(engine.meter.requests.values())


def test_it_takes_few_requests_however_much_there_is() -> None:
    few, many, more = (requests_to_explain(runs) for runs in (2, 10, 20))
    assert few < many == more <= 21
