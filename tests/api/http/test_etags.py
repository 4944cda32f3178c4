"""Changes answer with a tag, and `If-Match` keeps people from overwriting each other."""

from typing import Any

import pytest

from chalicelib.jobs.context import Fail, JobContext
from tests.api_client import Api
from tests.harness import Answer, Stack

HOURLY = {"type": "cron", "expression": "0 * * * *"}


def tag(stack: Stack, schedule: dict[str, Any]) -> str:
    return stack.http("GET", f"/v1/schedules/{schedule['id']}", token=stack.viewer).headers["etag"]


def fails(_context: JobContext, _params: Any) -> None:
    raise Fail("out of order")


def a_broken_schedule(api: Api, stack: Stack) -> dict[str, Any]:
    stack.register("fails", fails)
    schedule = api.create(
        cadence=HOURLY, target={"type": "function", "name": "fails"}, breaker={"failures": 1}
    )
    stack.run_for(3700)
    assert api.schedule(schedule)["status"] == "broken"
    return schedule


def patch(stack: Stack, schedule: dict[str, Any], match: str | None, **changes: Any) -> Answer:
    headers = {} if match is None else {"If-Match": match}
    path = f"/v1/schedules/{schedule['id']}"
    return stack.http("PATCH", path, changes, token=stack.operator, headers=headers)


def test_an_edit_of_what_was_seen_goes_through_and_answers_with_the_new_tag(
    api: Api, stack: Stack
) -> None:
    schedule = api.create()
    seen = tag(stack, schedule)
    answer = patch(stack, schedule, seen, name="New")
    assert answer.status == 200
    assert answer.headers["etag"] == tag(stack, schedule) != seen


def test_an_edit_of_what_another_has_changed_is_refused(api: Api, stack: Stack) -> None:
    schedule = api.create()
    seen = tag(stack, schedule)
    patch(stack, schedule, None, name="Theirs")
    answer = patch(stack, schedule, seen, name="Ours")
    assert (answer.status, answer.json["code"]) == (412, "stale")
    assert answer.headers["etag"] == tag(stack, schedule)
    assert api.schedule(schedule)["name"] == "Theirs"


def test_a_run_in_between_does_not_make_an_edit_stale(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=HOURLY)
    seen = tag(stack, schedule)
    stack.run_for(3700)
    assert api.schedule(schedule)["last_run"]["status"] == "succeeded"
    assert patch(stack, schedule, seen, name="New").status == 200


def test_switching_it_off_does(api: Api, stack: Stack) -> None:
    schedule = api.create()
    seen = tag(stack, schedule)
    stack.http("POST", f"/v1/schedules/{schedule['id']}/pause", token=stack.operator)
    assert patch(stack, schedule, seen, name="New").status == 412


@pytest.mark.parametrize("match", ["*", '"other", {seen}', "{seen}"])
def test_any_and_lists_of_tags_match(api: Api, stack: Stack, match: str) -> None:
    schedule = api.create()
    wanted = match.format(seen=tag(stack, schedule))
    assert patch(stack, schedule, wanted, name="New").status == 200


@pytest.mark.parametrize("match", ['"other"', "W/{seen}", "nonsense", '""', ""])
def test_weak_tags_and_nonsense_never_match(api: Api, stack: Stack, match: str) -> None:
    schedule = api.create()
    wanted = match.format(seen=tag(stack, schedule))
    assert patch(stack, schedule, wanted, name="New").status == 412
    assert api.schedule(schedule)["name"] == "Probe"


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/pause")])
def test_other_changes_honour_it_too(api: Api, stack: Stack, method: str, path: str) -> None:
    schedule = api.create()
    answer = stack.http(
        method,
        f"/v1/schedules/{schedule['id']}{path}",
        token=stack.operator,
        headers={"If-Match": '"stale"'},
    )
    assert answer.status == 412
    assert api.schedule(schedule) == schedule


def test_a_break_is_not_undone_by_who_has_seen_another_break_only(api: Api, stack: Stack) -> None:
    schedule = a_broken_schedule(api, stack)
    path = f"/v1/schedules/{schedule['id']}/resume"
    seen = {"If-Match": tag(stack, schedule)}
    first = stack.http("POST", path, token=stack.operator, headers=seen)
    stack.run_for(3700)
    assert api.schedule(schedule)["status"] == "broken"
    second = stack.http("POST", path, token=stack.operator, headers=seen)
    assert (first.status, second.status) == (200, 412)
    assert api.schedule(schedule)["status"] == "broken"


def test_a_run_by_hand_leaves_the_tag_of_a_broken_schedule(api: Api, stack: Stack) -> None:
    schedule = a_broken_schedule(api, stack)
    seen = tag(stack, schedule)
    api.start(schedule)
    stack.deliver()
    assert [run["status"] for run in api.runs(schedule)] == ["failed", "failed"]
    assert tag(stack, schedule) == seen


def test_settings_honour_it(stack: Stack) -> None:
    seen = stack.http("GET", "/v1/settings", token=stack.viewer).headers["etag"]

    def change(capacity: int) -> Answer:
        return stack.http(
            "PATCH",
            "/v1/settings",
            {"capacity": capacity},
            token=stack.owner,
            headers={"If-Match": seen},
        )

    assert (change(2).status, change(3).status) == (200, 412)
    assert stack.http("GET", "/v1/settings", token=stack.viewer).json["capacity"] == 2
