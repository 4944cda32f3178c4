"""A schedule tried out before it is saved: what saving would say, and each minute of the hour."""

from typing import Any

import pytest

from chalicelib.store.dynamodb.models import ScheduleItem
from tests.api_client import Api
from tests.harness import Answer, Stack

DRILL: dict[str, Any] = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}}
HOURLY: dict[str, Any] = {"type": "cron", "expression": "0 * * * *"}
GOOD: dict[str, Any] = {"name": "Draft", "cadence": HOURLY, "target": DRILL}


def preview(stack: Stack, definition: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"definition": definition, **more}
    answer = stack.http("POST", "/v1/schedules/preview", body, token=stack.operator)
    assert answer.status == 200, answer.json
    return dict(answer.json)


def trial(stack: Stack, token: str | None = None, **body: Any) -> Answer:
    return stack.http("POST", "/v1/forecast/trial", body, token=token or stack.operator)


def test_a_good_draft_has_its_fire_times_its_effect_and_nothing_is_saved(
    api: Api, stack: Stack
) -> None:
    seen = preview(stack, GOOD, count=2)
    assert seen["errors"] == []
    assert seen["schedule"]["name"] == "Draft"
    assert seen["schedule"]["next_fire_at"] == "2026-03-01T01:00:00.000Z"
    assert [each["at"][11:16] for each in seen["fire_times"]] == ["01:00", "02:00"]
    assert seen["description"]
    assert (seen["effect"]["fire_times"], seen["effect"]["duration_is"]) == (23, "assumed")
    assert seen["effect"]["load_before"] == 0
    assert seen["effect"]["load_after"] > 0
    assert seen["readiness"] is None
    assert api.get("/v1/schedules")["items"] == []
    assert api.get("/v1/activity")["items"] == []


def test_every_error_is_named_and_a_right_cadence_is_told_all_the_same(stack: Stack) -> None:
    wrong = {"cadence": HOURLY, "target": {"type": "function", "name": "nobody"}, "priority": 10}
    seen = preview(stack, {**wrong, "colour": "red"}, count=1)
    fields = {error["field"] for error in seen["errors"]}
    assert fields == {"name", "target.name", "priority", "colour"}
    assert seen["schedule"] is None
    assert [each["at"][11:16] for each in seen["fire_times"]] == ["01:00"]


@pytest.mark.parametrize("cadence", [None, {"type": "cron", "expression": "* *"}, 7])
def test_a_wrong_cadence_has_no_fire_times(stack: Stack, cadence: Any) -> None:
    seen = preview(stack, {**GOOD, "cadence": cadence})
    assert seen["errors"]
    assert (seen["description"], seen["fire_times"]) == (None, [])


def test_a_draft_beyond_a_limit_says_where(stack: Stack) -> None:
    seen = preview(stack, {**GOOD, "lease_seconds": 7200})
    assert [error["field"] for error in seen["errors"]] == ["lease_seconds"]


def test_warnings_are_those_of_saving(api: Api, stack: Stack) -> None:
    api.create(name="There", cadence=HOURLY)
    seen = preview(stack, GOOD)
    codes = [warning["code"] for warning in seen["warnings"]]
    answer = stack.http("POST", "/v1/schedules", GOOD, token=stack.operator)
    assert codes == [warning["code"] for warning in answer.json["warnings"]]
    assert "overlap" in codes


def test_a_patch_is_tried_out_on_what_is_there(api: Api, stack: Stack) -> None:
    schedule = api.create(name="There", cadence=HOURLY, tags=["a"])
    patch = {"cadence": {"expression": "17 * * * *"}}
    seen = preview(stack, patch, schedule_id=schedule["id"], count=1)
    assert (seen["schedule"]["name"], seen["schedule"]["tags"]) == ("There", ["a"])
    assert seen["fire_times"][0]["at"] == "2026-03-01T00:17:00.000Z"
    assert api.schedule(schedule)["cadence"]["expression"] == "0 * * * *"
    wrong = preview(stack, {"priority": "high"}, schedule_id=schedule["id"])
    assert [error["field"] for error in wrong["errors"]] == ["priority"]


def test_start_and_end_bound_the_fire_times(stack: Stack) -> None:
    bounds = {"starts_at": "2026-03-01T05:00:00Z", "ends_at": "2026-03-01T06:00:00Z"}
    seen = preview(stack, {**GOOD, **bounds})
    assert [each["at"][11:16] for each in seen["fire_times"]] == ["05:00", "06:00"]


def test_readiness_is_looked_at_if_asked(stack: Stack) -> None:
    seen = preview(stack, GOOD, check=True)
    assert seen["readiness"]["ready"]
    assert seen["readiness"]["checks"]


def test_what_never_fires_by_itself_has_no_effect(stack: Stack) -> None:
    assert preview(stack, {**GOOD, "cadence": {"type": "manual"}})["effect"] is None
    assert preview(stack, {**GOOD, "enabled": False})["effect"] is None


def test_a_foreign_schedule_is_not_there_and_viewers_try_nothing_out(
    api: Api, stack: Stack
) -> None:
    theirs = api.create(stack.token("acme"), cadence=HOURLY)
    for path in ("/v1/schedules/preview", "/v1/forecast/trial"):
        body = {"schedule_id": theirs["id"], "definition": {}}
        assert stack.http("POST", path, body, token=stack.operator).status == 404
        assert stack.http("POST", path, {"definition": GOOD}, token=stack.viewer).status == 403


def test_each_minute_says_what_would_become_of_it(api: Api, stack: Stack) -> None:
    """One that takes twenty minutes holds the slot from :00 to :20."""
    item = ScheduleItem.get("default", api.create(name="Long", cadence=HOURLY)["id"])
    item.average_duration_seconds = 1200
    item.save()
    seen = trial(stack, definition=GOOD).json
    assert (seen["minute"], seen["duration_is"]) == (0, "assumed")
    assert [each["minute"] for each in seen["minutes"]] == list(range(60))
    at = {each["minute"]: each for each in seen["minutes"]}
    assert at[10]["waits"] > 0
    assert at[10]["worst_wait_seconds"] == 600
    assert (at[30]["waits"], at[30]["others_wait_seconds"]) == (0, 0)
    assert at[59]["waits"] == 0
    assert at[30]["fire_times"] == at[30]["runs"] >= 23


def test_a_stored_schedule_is_tried_out_also_if_it_is_off(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "20 3 * * *"}, enabled=False)
    seen = trial(stack, schedule_id=schedule["id"]).json
    assert seen["minute"] == 20
    # It begins shortly before the hour in which it fires.
    assert seen["from"] == "2026-03-01T02:00:00.000Z"
    assert all(each["runs"] == 1 for each in seen["minutes"])


def test_what_has_no_minute_cannot_be_moved(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "*/5 * * * *"})
    answer = trial(stack, schedule_id=schedule["id"])
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "schedule_id")
    wrong = trial(stack, definition={**GOOD, "priority": 11})
    assert [each["field"] for each in wrong.json["errors"]] == ["definition.priority"]


def test_many_schedules_end_the_trial_early_and_that_is_said(api: Api, stack: Stack) -> None:
    for number in range(20):
        api.create(name=f"S{number}", cadence={"type": "cron", "expression": "* * * * *"})
    seen = trial(stack, definition=GOOD, hours=48).json
    assert not seen["is_complete"]
    assert seen["until"] < "2026-03-02T12"
