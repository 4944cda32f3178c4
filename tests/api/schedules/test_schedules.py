"""Schedules over HTTP."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

GOOD: dict[str, Any] = {
    "name": "Nightly crawl",
    "cadence": {"type": "cron", "expression": "0 3 * * 1-5", "timezone": "Europe/Berlin"},
    "target": {"type": "function", "name": "drill"},
}


def post(stack: Stack, **changes: Any) -> Answer:
    return stack.http("POST", "/v1/schedules", {**GOOD, **changes}, token=stack.operator)


def fields(answer: Answer) -> set[str]:
    assert answer.status == 422, answer.json
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "invalid_fields"
    return {error["field"] for error in answer.json["errors"]}


def test_creating_answers_with_the_whole_schedule_and_its_place(stack: Stack) -> None:
    answer = post(stack)
    made = answer.json["schedule"]
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/schedules/{made['id']}"
    assert made["cadence"] == GOOD["cadence"]
    assert made["next_fire_at"] == "2026-03-02T02:00:00.000Z"
    assert {
        name: made[name]
        for name in ("status", "when_busy", "timeout_seconds", "lease_seconds", "priority")
    } == {
        "status": "active",
        "when_busy": "queue",
        "timeout_seconds": 300,
        "lease_seconds": 1200,
        "priority": 5,
    }
    assert made["misfire"] == {"policy": "run_once", "grace_seconds": 300}
    assert made["retry"] == {
        "max_attempts": 1,
        "delay_seconds": 60,
        "backoff": "fixed",
        "max_delay_seconds": 3600,
    }
    assert made["breaker"] == {"failures": 3, "budget_breaches": 5, "interruptions": 10}


def test_a_schedule_reads_back_as_it_was_made(api: Api) -> None:
    made = api.create(
        description="What for",
        tags=["night", "web"],
        cadence={"type": "interval", "seconds": 3600, "from": "grid"},
        target={
            "type": "http",
            "method": "PUT",
            "url": "https://example.com/hook",
            "headers": {"X-Key": "1"},
            "body": {"deep": [1, 2.5, None, "ü"]},
            "success_codes": [200, 204],
        },
        when_busy="skip",
        misfire={"policy": "run_all", "grace_seconds": 0},
        retry={"max_attempts": 4, "delay_seconds": 5, "backoff": "exponential"},
        starts_at="2026-03-02T00:00:00Z",
        ends_at="2026-04-01T00:00:00Z",
        max_steps=50,
        jitter_seconds=30,
        priority=9,
    )
    assert api.schedule(made) == made


def test_every_wrong_field_is_named_at_once(stack: Stack) -> None:
    answer = post(
        stack,
        name="",
        cadence={"type": "cron", "expression": "61 * * * *", "timezone": "Mars/Base"},
        timeout_seconds="300",
        surprise=1,
        retry={"max_attempts": 0},
    )
    assert fields(answer) >= {"name", "timeout_seconds", "surprise", "retry.max_attempts"}


def test_wrong_cadence_fields_are_named_at_once(stack: Stack) -> None:
    cadence = {"type": "cron", "expression": "61 * * * *", "timezone": "Mars/Base"}
    assert fields(post(stack, cadence=cadence)) == {"cadence.expression", "cadence.timezone"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"cadence": {"type": "interval", "seconds": 59}}, "cadence.seconds"),
        ({"cadence": {"type": "interval", "seconds": 60.5}}, "cadence.seconds"),
        ({"cadence": {"type": "once", "at": "tomorrow"}}, "cadence.at"),
        ({"cadence": {"type": "once", "at": "2026-03-01T00:00:00"}}, "cadence.at"),
        ({"cadence": {"type": "cron"}}, "cadence.expression"),
        ({"cadence": {"type": "cron", "expression": "0 0 30 2 *"}}, "cadence.expression"),
        ({"cadence": {"type": "never"}}, "cadence"),
        ({"target": {"type": "function", "name": "nobody"}}, "target.name"),
        (
            {"target": {"type": "function", "name": "drill", "params": {"steps": 0}}},
            "target.params.steps",
        ),
        ({"target": {"type": "http", "url": "ftp://example.com"}}, "target.url"),
        ({"target": {"type": "http", "url": "https://u:p@example.com"}}, "target.url"),
        ({"lease_seconds": 5}, "lease_seconds"),
        ({"priority": 10}, "priority"),
        ({"priority": True}, "priority"),
        (
            {"starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"},
            "ends_at",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    stack: Stack, changes: dict[str, Any], field: str
) -> None:
    assert fields(post(stack, **changes)) == {field}
    assert stack.http("GET", "/v1/schedules", token=stack.viewer).json["items"] == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"[]", "malformed_json"),
        (b'"text"', "malformed_json"),
        (b'{"name": NaN}', "malformed_json"),
        (b'{"name": "\xff"}', "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
    ],
)
def test_a_body_that_is_no_json_object_is_400(stack: Stack, raw: bytes, code: str) -> None:
    answer = stack.http("POST", "/v1/schedules", raw=raw, token=stack.operator)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_another_content_type_is_415(stack: Stack) -> None:
    answer = stack.http(
        "POST",
        "/v1/schedules",
        raw=b"name=x",
        token=stack.operator,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


def test_a_body_over_the_limit_is_413(stack: Stack) -> None:
    raw = b'{"name": "' + b"x" * 256 * 1024 + b'"}'
    answer = stack.http("POST", "/v1/schedules", raw=raw, token=stack.operator)
    assert (answer.status, answer.json["code"]) == (413, "too_large")


def test_a_patch_changes_what_it_names_and_null_resets(api: Api, stack: Stack) -> None:
    made = api.create(description="old", priority=7, retry={"max_attempts": 3})
    patch = {"name": "New", "priority": None, "retry": {"delay_seconds": 5}}
    path = f"/v1/schedules/{made['id']}"
    after = stack.http("PATCH", path, patch, token=stack.operator).json["schedule"]

    assert (after["name"], after["priority"], after["description"]) == ("New", 5, "old")
    assert (after["retry"]["max_attempts"], after["retry"]["delay_seconds"]) == (3, 5)
    assert api.schedule(made) == after


@pytest.mark.parametrize("field", ["status", "next_fire_at", "id", "surprise"])
def test_a_patch_of_what_cannot_be_written_is_422(api: Api, stack: Stack, field: str) -> None:
    path = f"/v1/schedules/{api.create()['id']}"
    answer = stack.http("PATCH", path, {field: "x"}, token=stack.operator)
    assert fields(answer) == {field}


def test_a_patch_that_changes_no_rhythm_keeps_the_fire_time(api: Api, stack: Stack) -> None:
    made = api.create(cadence={"type": "interval", "seconds": 3600})
    stack.advance(600)
    path = f"/v1/schedules/{made['id']}"
    after = stack.http("PATCH", path, {"name": "New"}, token=stack.operator).json["schedule"]
    assert after["next_fire_at"] == made["next_fire_at"]


def test_lists_are_paged_newest_first_and_stable_while_items_are_added(
    api: Api, stack: Stack
) -> None:
    made = [api.create(name=f"S{number}")["id"] for number in range(5)]
    first = api.get("/v1/schedules?limit=2")
    api.create(name="later")
    second = api.get(f"/v1/schedules?limit=2&cursor={first['next_cursor']}")
    third = api.get(f"/v1/schedules?limit=2&cursor={second['next_cursor']}")

    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == made[::-1]
    assert third["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "limit=-1"])
def test_a_wrong_limit_is_422(stack: Stack, query: str) -> None:
    answer = stack.http("GET", f"/v1/schedules?{query}", token=stack.viewer)
    assert fields(answer) == {"limit"}


@pytest.mark.parametrize("cursor", ["x", "e30", "bnVsbA", "eyJhIjogMX0", "%00"])
def test_a_damaged_cursor_is_400(stack: Stack, cursor: str) -> None:
    answer = stack.http("GET", f"/v1/schedules?cursor={cursor}", token=stack.viewer)
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")


def test_a_cursor_of_another_tenant_is_400(api: Api, stack: Stack) -> None:
    api.create()
    api.create()
    cursor = api.get("/v1/schedules?limit=1")["next_cursor"]
    foreign = stack.token(tenant="other", scopes=["viewer"])
    answer = stack.http("GET", f"/v1/schedules?cursor={cursor}", token=foreign)
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")


def test_semantic_and_structural_mistakes_are_told_together(stack: Stack) -> None:
    answer = post(
        stack,
        colour="red",
        cadence={"type": "cron", "expression": "61 * * * *", "timezone": "Mars/Olympus"},
        target={"type": "function", "name": "drill", "params": {"steps": 0}},
        starts_at="2026-05-01T00:00:00Z",
        ends_at="2026-04-01T00:00:00Z",
    )
    assert fields(answer) == {
        "colour",
        "cadence.expression",
        "cadence.timezone",
        "target.params.steps",
        "ends_at",
    }


def test_another_type_of_target_or_cadence_replaces_the_whole_of_it(api: Api, stack: Stack) -> None:
    schedule = api.create()
    patch = {
        "target": {"type": "http", "url": "https://example.com/"},
        "cadence": {"type": "interval", "seconds": 3600},
    }
    path = f"/v1/schedules/{schedule['id']}"
    answer = stack.http("PATCH", path, patch, token=stack.operator)
    assert answer.status == 200, answer.json
    assert answer.json["schedule"]["target"]["url"] == "https://example.com/"
    assert "params" not in answer.json["schedule"]["target"]
    assert answer.json["schedule"]["cadence"]["seconds"] == 3600


def test_what_cannot_be_written_is_refused_also_as_null(api: Api, stack: Stack) -> None:
    path = f"/v1/schedules/{api.create()['id']}"
    answer = stack.http("PATCH", path, {"status": None, "name": 5}, token=stack.operator)
    assert fields(answer) == {"status", "name"}
