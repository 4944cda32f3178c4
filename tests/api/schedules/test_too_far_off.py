"""A schedule begins within five years: what would not is taken for a mistake."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.time.cadences import LONGEST_WAIT, Once
from chalicelib.store import schedule_table
from tests.api_client import Api
from tests.harness import Answer, Stack

JUST_NEAR = LONGEST_WAIT
TOO_FAR = LONGEST_WAIT + timedelta(milliseconds=1)


def starting_in(stack: Stack, wait: timedelta) -> dict[str, Any]:
    return {"starts_at": (stack.now + wait).isoformat()}


def once_in(stack: Stack, wait: timedelta) -> dict[str, Any]:
    return {"cadence": {"type": "once", "at": (stack.now + wait).isoformat()}}


def post(stack: Stack, **changes: Any) -> Answer:
    body = {
        "name": "Far off",
        "cadence": {"type": "interval", "seconds": 3600},
        "target": {"type": "function", "name": "drill"},
        **changes,
    }
    return stack.http("POST", "/v1/schedules", body, token=stack.operator)


def patch(stack: Stack, schedule: dict[str, Any], **changes: Any) -> Answer:
    return stack.http("PATCH", f"/v1/schedules/{schedule['id']}", changes, token=stack.operator)


def wrong(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.json
    return [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("begins", "field"),
    [(starting_in, "starts_at"), (once_in, "cadence.at")],
    ids=["start", "once"],
)
def test_a_beginning_is_at_most_five_years_off(stack: Stack, begins: Any, field: str) -> None:
    assert post(stack, **begins(stack, JUST_NEAR)).status == 201
    refused = post(stack, **begins(stack, TOO_FAR))
    assert wrong(refused) == [field]
    assert "five years" in refused.json["errors"][0]["message"]


@pytest.mark.parametrize("field", ["starts_at", "cadence"])
def test_what_was_saved_under_other_rules_is_not_judged_again(
    api: Api, stack: Stack, field: str
) -> None:
    far = stack.now + TOO_FAR
    schedule = api.create()
    seen = schedule_table.get("default", schedule["id"])
    old: dict[str, Any] = {"starts_at": far, "cadence": Once(far)}
    schedule_table.replace(seen, replace(seen, **{field: old[field]}), stack.clock)

    given = {**starting_in(stack, TOO_FAR), **once_in(stack, TOO_FAR)}[field]
    assert patch(stack, schedule, name="New").status == 200
    assert patch(stack, schedule, name="Newer", **{field: given}).status == 200
    later = stack.now + TOO_FAR + timedelta(days=1)
    moved = {"starts_at": later.isoformat(), "cadence": {"at": later.isoformat()}}[field]
    assert patch(stack, schedule, **{field: moved}).status == 422


def test_a_patch_is_held_to_it_as_a_new_schedule_is(api: Api, stack: Stack) -> None:
    schedule = api.create()
    assert patch(stack, schedule, **starting_in(stack, JUST_NEAR)).status == 200
    assert wrong(patch(stack, schedule, **starting_in(stack, TOO_FAR))) == ["starts_at"]
    assert wrong(patch(stack, schedule, **once_in(stack, TOO_FAR))) == ["cadence.at"]


def test_a_preview_looks_at_what_has_passed_but_not_at_what_is_too_far_off(stack: Stack) -> None:
    def preview(wait: timedelta) -> int:
        body = once_in(stack, wait)
        return stack.http("POST", "/v1/cadence/preview", body, token=stack.viewer).status

    assert preview(timedelta(days=-1)) == 200
    assert preview(JUST_NEAR) == 200
    assert preview(TOO_FAR) == 422
