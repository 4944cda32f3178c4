"""In a merge patch, null sets a field back to what a new schedule has that does not name it."""

from typing import Any, Final

import pytest

from chalicelib.api.schemas.schedule_schemas import WRITABLE
from chalicelib.domain.runs.schedule import WATCHED_LEASE_SECONDS
from chalicelib.store import run_table, schedule_table
from tests.api_client import Api
from tests.harness import Answer, Stack

#: A value for each field that may be left out, other than the one it has then.
GIVEN: Final[dict[str, Any]] = {
    "description": "What for",
    "tags": ["night"],
    "when_busy": "skip",
    "misfire": {"policy": "skip", "grace_seconds": 7},
    "retry": {
        "max_attempts": 4,
        "delay_seconds": 5,
        "backoff": "exponential",
        "max_delay_seconds": 6,
    },
    "timeout_seconds": 42,
    "lease_seconds": 77,
    "max_steps": 9,
    "max_tokens": 900,
    "max_cost": 2.5,
    "breaker": {"failures": 8, "budget_breaches": 9, "interruptions": 11},
    "priority": 7,
    "pool": "gpu",
    "jitter_seconds": 30,
    "starts_at": "2026-03-02T00:00:00.000Z",
    "ends_at": "2026-04-01T00:00:00.000Z",
    "queue_limit_seconds": 90,
}
NEEDED: Final = ("name", "cadence", "target")


@pytest.fixture(autouse=True)
def gpu(stack: Stack) -> None:
    """There is another pool beside `main`."""
    body: Any = {"pools": {"gpu": {}}}
    assert stack.http("PATCH", "/v1/settings", body, token=stack.owner).status == 200


def patch(stack: Stack, schedule: dict[str, Any], **changes: Any) -> Answer:
    return stack.http("PATCH", f"/v1/schedules/{schedule['id']}", changes, token=stack.operator)


def test_every_field_that_clients_write_is_looked_at_here() -> None:
    assert {*GIVEN, *NEEDED} == set(WRITABLE)


@pytest.mark.parametrize("field", GIVEN)
def test_null_resets_that_field_and_no_other(api: Api, stack: Stack, field: str) -> None:
    plain = api.create(target={"type": "function", "name": "drill"})
    made = api.create(target={"type": "function", "name": "drill"}, **GIVEN)
    assert made[field] == GIVEN[field] != plain[field]
    after = patch(stack, made, **{field: None}).json["schedule"]
    assert after[field] == plain[field]
    assert {name: after[name] for name in GIVEN if name != field} == {
        name: value for name, value in GIVEN.items() if name != field
    }
    assert api.schedule(made) == after


@pytest.mark.parametrize(
    ("field", "part"),
    [(field, part) for field, value in GIVEN.items() if isinstance(value, dict) for part in value],
)
def test_null_resets_that_part_and_no_other(api: Api, stack: Stack, field: str, part: str) -> None:
    plain, made = api.create(), api.create(**GIVEN)
    after = patch(stack, made, **{field: {part: None}}).json["schedule"]
    assert after[field] == {**GIVEN[field], part: plain[field][part]} != GIVEN[field]


@pytest.mark.parametrize("field", NEEDED)
def test_a_field_that_every_schedule_has_cannot_be_reset(
    api: Api, stack: Stack, field: str
) -> None:
    made = api.create()
    refused = patch(stack, made, **{field: None})
    assert refused.status == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert api.schedule(made) == made


def test_a_lease_that_was_reset_is_none_of_its_own(api: Api, stack: Stack) -> None:
    made = api.create(lease_seconds=WATCHED_LEASE_SECONDS + 1)
    assert patch(stack, made, lease_seconds=None).status == 200
    assert schedule_table.get("default", made["id"]).lease_seconds is None
    run = api.start(made)
    assert run_table.get("default", run["id"]).lease_seconds == WATCHED_LEASE_SECONDS


def test_an_edit_of_another_field_makes_what_is_shown_no_lease_of_its_own(
    api: Api, stack: Stack
) -> None:
    made = api.create()
    assert patch(stack, made, name="New", lease_seconds=None).json["schedule"]["name"] == "New"
    assert patch(stack, made, name="Newer").status == 200
    assert schedule_table.get("default", made["id"]).lease_seconds is None
