"""A schedule that other time-zone rules set is set anew, by those of now, before it fires."""

from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from chalicelib.domain.runs.schedule import DUE_SHARDS
from chalicelib.domain.runs.zone_rules import SETTLED_AFTER, Progress
from chalicelib.domain.time.cron import tzdata_release
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.engine.scheduling import rule_changes
from chalicelib.store import floor_items
from tests.api_client import Api
from tests.builders import NOON
from tests.engine.conftest import Lines
from tests.harness import Stack
from tests.spoiling import set_stored, spoil_schedule, stored_attribute

HOURLY: Final = {"type": "cron", "expression": "0 * * * *", "timezone": "Europe/Berlin"}
#: Two hours after midnight in UTC, when the tests begin.
AT_THREE_IN_BERLIN: Final = {
    "type": "cron",
    "expression": "0 3 * * *",
    "timezone": HOURLY["timezone"],
}
OTHER_RULES: Final = "2020a"


def key_of(schedule: dict[str, Any]) -> dict[str, str]:
    return {"tenant_id": "default", "schedule_id": schedule["id"]}


def set_by_other_rules(schedule: dict[str, Any], later_by: timedelta) -> None:
    """Store the schedule as rules would have set it that place its fire time elsewhere."""
    for name in ("fire_at", "next_fire_at"):
        right = stored_attribute("schedules", key_of(schedule), name)["S"]
        moved = to_text(from_text(right) + later_by)
        set_stored("schedules", key_of(schedule), name, {"S": moved})
    set_stored("schedules", key_of(schedule), "zone_rules", {"S": OTHER_RULES})


def deploy_with_the_rules_of_now() -> None:
    """Forget that all schedules were set by the present rules already."""
    floor_items.keep_progress(
        Progress(rules=OTHER_RULES, since=NOON, began_at=NOON, shard=DUE_SHARDS)
    )


def long_after_the_deployment(stack: Stack) -> None:
    stack.run_for((SETTLED_AFTER + timedelta(minutes=2)).total_seconds())


def rules_of(schedule: dict[str, Any]) -> str:
    return str(stored_attribute("schedules", key_of(schedule), "zone_rules")["S"])


def fire_times(api: Api, schedule: dict[str, Any]) -> list[str]:
    return [run["fire_at"] for run in api.runs(schedule)]


def test_one_that_came_too_early_by_the_old_rules_waits_for_its_time(
    api: Api, stack: Stack, lines: Lines
) -> None:
    schedule = api.create(cadence=AT_THREE_IN_BERLIN)
    set_by_other_rules(schedule, -timedelta(minutes=90))
    stack.lose_wakes()
    stack.run_for(3 * 3600)
    assert fire_times(api, schedule) == ["2026-03-01T02:00:00.000Z"]
    (line,) = lines.of("schedule_set_anew")
    assert (line["schedule_id"], line["zone_rules"]) == (schedule["id"], tzdata_release())


@pytest.mark.parametrize("rules_are_new", [False, True])
def test_one_that_would_come_too_late_by_the_old_rules_comes_in_time(
    api: Api, stack: Stack, rules_are_new: bool
) -> None:
    schedule = api.create(cadence=AT_THREE_IN_BERLIN)
    long_after_the_deployment(stack)
    set_by_other_rules(schedule, timedelta(hours=1))
    if rules_are_new:
        deploy_with_the_rules_of_now()
    stack.run_for(2 * 3600 + 60)
    # Where no deployment is noticed nobody looks at it before it is due.
    assert len(fire_times(api, schedule)) == rules_are_new


def test_what_should_have_come_before_the_deployment_is_recorded(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=AT_THREE_IN_BERLIN, misfire={"policy": "skip"})
    long_after_the_deployment(stack)
    set_by_other_rules(schedule, timedelta(hours=2))
    stack.run_for(3 * 3600)
    deploy_with_the_rules_of_now()
    stack.run_for(60)
    (run,) = api.runs(schedule)
    assert (run["fire_at"], run["skip_reason"]) == ("2026-03-01T02:00:00.000Z", "misfire")


def test_a_fire_time_that_an_edit_kept_stays(api: Api, stack: Stack) -> None:
    while True:
        schedule = api.create(cadence=HOURLY, jitter_seconds=3600)
        if "2026-03-01T01:02" < schedule["next_fire_at"] < "2026-03-01T02:00":
            break
    due_at = from_text(schedule["next_fire_at"])
    stack.advance((due_at - stack.now).total_seconds() - 30)
    path, changes = f"/v1/schedules/{schedule['id']}", {"name": "It waits for its jitter"}
    stack.http("PATCH", path, changes, token=stack.operator)
    set_stored("schedules", key_of(schedule), "zone_rules", {"S": OTHER_RULES})
    stack.run_for(60)
    assert fire_times(api, schedule) == [to_text(due_at.replace(minute=0, second=0))]


def test_by_utc_nothing_changes(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "0 * * * *", "timezone": "UTC"})
    with pytest.raises(KeyError):
        stored_attribute("schedules", key_of(schedule), "zone_rules")


def test_a_tick_looks_at_so_many_and_the_next_goes_on(
    api: Api, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_changes, "MOST_LOOKED_AT", 3)
    stack.tick()
    schedules = [api.create(cadence=AT_THREE_IN_BERLIN) for _ in range(10)]
    for schedule in schedules:
        set_by_other_rules(schedule, timedelta(hours=1))
    deploy_with_the_rules_of_now()
    outdated = []
    for _ in range(6):
        stack.tick()
        outdated.append([rules_of(each) for each in schedules].count(OTHER_RULES))
    assert outdated[0] >= 7
    assert outdated[-1] == 0
    assert all(0 <= before - after <= 3 for before, after in pairwise(outdated))


def test_once_all_were_looked_at_a_tick_looks_no_more(api: Api, stack: Stack) -> None:
    api.create(cadence=AT_THREE_IN_BERLIN)
    calls = []
    for _ in range(10):
        with stack.counting() as counted:
            stack.tick()
        calls.append(counted.total())
        stack.advance(60)
    assert calls[:6] == [max(calls)] * 6
    assert calls[7:] == [min(calls)] * 3
    assert min(calls) < max(calls)


def test_one_that_the_version_before_sets_while_it_is_replaced_is_found_too(
    api: Api, stack: Stack
) -> None:
    stack.run_for(120)
    schedule = api.create(cadence=AT_THREE_IN_BERLIN)
    set_by_other_rules(schedule, timedelta(hours=1))
    stack.run_for(60)
    assert rules_of(schedule) == tzdata_release()


def test_where_the_mark_is_spoilt_all_are_looked_through_again(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=AT_THREE_IN_BERLIN)
    long_after_the_deployment(stack)
    set_by_other_rules(schedule, timedelta(hours=1))
    set_stored("control", {"kind": "floor", "key": "zone-rules"}, "value", {"S": '{"rules": 1}'})
    stack.tick()
    assert rules_of(schedule) == tzdata_release()


def test_one_that_cannot_be_used_keeps_none_of_the_others(
    api: Api, stack: Stack, lines: Lines
) -> None:
    stack.tick()
    schedules = [api.create(cadence=AT_THREE_IN_BERLIN) for _ in range(4)]
    for schedule in schedules:
        set_by_other_rules(schedule, timedelta(hours=1))
    spoil_schedule(schedules[0]["id"])
    dropped = '{"type":"cron","expression":"* * * * *","timezone":"US/Pacific-New"}'
    set_stored("schedules", key_of(schedules[1]), "cadence", {"S": dropped})
    set_stored("schedules", key_of(schedules[2]), "jitter_seconds", {"N": "-1"})
    deploy_with_the_rules_of_now()
    stack.tick()
    assert rules_of(schedules[3]) == tzdata_release()
    unusable = {schedules[1]["id"], schedules[2]["id"]}
    assert {line["item"] for line in lines.of("not_set_anew")} == unusable
