"""Two owners who change the settings at the same moment."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.engine.system import use
from tests.api_client import Api
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Answer, Stack


def tag(stack: Stack) -> str:
    return stack.http("GET", "/v1/settings", token=stack.viewer).headers["etag"]


def change(stack: Stack, match: str | None = None, **changes: Any) -> Answer:
    headers = {} if match is None else {"If-Match": match}
    return stack.http("PATCH", "/v1/settings", changes, token=stack.owner, headers=headers)


def other(stack: Stack, match: str | None = None, **changes: Any) -> Callable[[], None]:
    def act() -> None:
        assert change(stack, match, **changes).status == 200

    return act


def test_of_two_who_saw_the_same_settings_only_one_gets_through(api: Api, stack: Stack) -> None:
    for capacity in (2, 4):  # The first time nothing is stored yet.
        seen = tag(stack)
        with just_before(TRANSACTION, other(stack, seen, capacity=capacity)):
            assert change(stack, seen, capacity=capacity + 1).status == 412
        assert api.get("/v1/settings")["capacity"] == capacity


def test_without_a_tag_neither_change_undoes_the_other(api: Api, stack: Stack) -> None:
    for days in (7, 8):
        with just_before(TRANSACTION, other(stack, retention={"run_days": days})):
            assert change(stack, capacity=days).status == 200
        settings = api.get("/v1/settings")
        assert (settings["capacity"], settings["retention"]["run_days"]) == (days, days)


def test_what_is_on_record_is_what_was_changed(api: Api, stack: Stack) -> None:
    with just_before(TRANSACTION, other(stack, capacity=2)):
        change(stack, capacity=3)
    later, earlier = api.get("/v1/activity")["items"]
    assert later["details"]["before"] == earlier["details"]["after"]
    assert later["details"]["after"]["capacity"] == 3


def test_a_change_that_is_refused_is_not_on_record(api: Api, stack: Stack) -> None:
    seen = tag(stack)
    with just_before(TRANSACTION, other(stack, seen, capacity=2)):
        change(stack, seen, capacity=3)
    assert len(api.get("/v1/activity")["items"]) == 1


def test_there_are_not_more_slots_than_runners(api: Api, stack: Stack) -> None:
    few = replace(stack.system, config=replace(stack.system.config, runner_concurrency=12))
    use(few)
    assert change(stack, capacity=2).status == 200
    refused = change(stack, capacity=3)
    assert refused.status == 422
    (fault,) = refused.json["errors"]
    assert fault["field"] == "capacity"
    assert "RunnerConcurrency" in fault["message"]
    assert api.get("/v1/settings")["capacity"] == 2
