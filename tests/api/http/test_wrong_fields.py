"""Every wrong field of a request is named at once, by its path in the request."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

GOOD: dict[str, Any] = {
    "name": "Probe",
    "cadence": {"type": "manual"},
    "target": {"type": "function", "name": "drill"},
}
HTTP = {"type": "http", "url": "https://example.com/hook"}


def named(answer: Answer) -> list[str]:
    """The fields that a 422 names."""
    assert answer.status == 422, answer.json
    return sorted(error["field"] for error in answer.json["errors"])


#: What is changed of a good request, and the fields that are wrong then.
CASES = {
    "a wrong cron beside an unknown field": (
        {"cadence": {"type": "cron", "expression": "never", "x": 1}},
        ["cadence.expression", "cadence.x"],
    ),
    "a wrong cron beside a zone that is no text": (
        {"cadence": {"type": "cron", "expression": "never", "timezone": 5}},
        ["cadence.expression", "cadence.timezone"],
    ),
    "a wrong zone beside a missing cron": (
        {"cadence": {"type": "cron", "timezone": "No/Where"}},
        ["cadence.expression", "cadence.timezone"],
    ),
    "a wrong cron and a wrong zone": (
        {"cadence": {"type": "cron", "expression": "never", "timezone": "No/Where"}},
        ["cadence.expression", "cadence.timezone"],
    ),
    "a cron that never fires beside an unknown field": (
        {"cadence": {"type": "cron", "expression": "0 0 30 2 *", "x": 1}},
        ["cadence.expression", "cadence.x"],
    ),
    "a right cron beside an unknown field": (
        {"cadence": {"type": "cron", "expression": "0 3 * * *", "x": 1}},
        ["cadence.x"],
    ),
    "an interval too short beside a wrong origin": (
        {"cadence": {"type": "interval", "seconds": 1, "from": "start"}},
        ["cadence.from", "cadence.seconds"],
    ),
    "a time that has passed beside an unknown field": (
        {"cadence": {"type": "once", "at": "2020-01-01T00:00:00Z", "x": 1}},
        ["cadence.at", "cadence.x"],
    ),
    "a field that has the name of its object's type": (
        {"cadence": {"type": "cron", "expression": "never", "cron": 1}},
        ["cadence.cron", "cadence.expression"],
    ),
    "the code's own name of a field": (
        {"cadence": {"type": "interval", "seconds": 60, "origin": "grid"}},
        ["cadence.origin"],
    ),
    "a private address beside unknown fields of two objects": (
        {"target": {**HTTP, "url": "http://127.0.0.1/", "x": 1}, "x": 1},
        ["target.url", "target.x", "x"],
    ),
    "an unknown function beside parameters that are no object": (
        {"target": {"type": "function", "name": "nobody", "params": 5}},
        ["target.name", "target.params"],
    ),
    "wrong parameters beside an unknown field": (
        {"target": {"type": "function", "name": "drill", "params": {"steps": "a"}, "x": 1}},
        ["target.params.steps", "target.x"],
    ),
    "a timeout too long beside an unknown field of the target": (
        {"target": {**HTTP, "x": 1}, "timeout_seconds": 3600},
        ["target.x", "timeout_seconds"],
    ),
    "a long timeout of a target that calls back, beside an unknown field": (
        {"target": {**HTTP, "completion": "callback", "x": 1}, "timeout_seconds": 3600},
        ["target.x"],
    ),
}


@pytest.mark.parametrize(("changes", "fields"), CASES.values(), ids=CASES)
def test_a_new_schedule_with_it_is_refused_for_all_of_it(
    stack: Stack, changes: dict[str, Any], fields: list[str]
) -> None:
    answer = stack.http("POST", "/v1/schedules", {**GOOD, **changes}, token=stack.operator)
    assert named(answer) == fields


@pytest.mark.parametrize(("changes", "fields"), CASES.values(), ids=CASES)
def test_a_patch_with_it_is_refused_for_all_of_it(
    api: Api, stack: Stack, changes: dict[str, Any], fields: list[str]
) -> None:
    path = f"/v1/schedules/{api.create()['id']}"
    assert named(stack.http("PATCH", path, changes, token=stack.operator)) == fields


def test_a_value_of_none_of_several_types_is_named_by_its_own_path(stack: Stack) -> None:
    body = {**GOOD, "target": {**HTTP, "body": 5}}
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert set(named(answer)) == {"target.body"}


def test_a_wrong_parameter_and_a_wrong_body_are_named_together(api: Api, stack: Stack) -> None:
    path = f"/v1/schedules/{api.create()['id']}/runs?when_busy=perhaps"
    answer = stack.http("POST", path, {"max_steps": 0, "x": 1}, token=stack.operator)
    assert named(answer) == ["max_steps", "when_busy", "x"]


@pytest.mark.parametrize("value", [None, 1])
def test_no_setting_goes_by_an_unknown_name(stack: Stack, value: Any) -> None:
    answer = stack.http("PATCH", "/v1/settings", {"capacity": 0, "x": value}, token=stack.owner)
    assert named(answer) == ["capacity", "x"]
