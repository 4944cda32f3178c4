"""Run now of a schedule that is at work: it never overlaps itself, unless it is forced."""

from collections.abc import Iterator

import pytest

from tests.api_client import Api
from tests.harness import Stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A deployment with a slot to spare."""
    with Stack(capacity=2) as running:
        yield running


def test_it_is_refused_with_its_holder_and_when_that_should_end(api: Api) -> None:
    schedule = api.create(timeout_seconds=90)
    at_work = api.start(schedule)
    answer = api.run_now(schedule)
    assert (answer.status, answer.json["code"]) == (429, "schedule_busy")
    assert [each["run_id"] for each in answer.json["holders"]] == [at_work["id"]]
    assert answer.json["slot_eta_seconds"] == 90
    assert answer.headers["retry-after"] == "90"


def test_another_schedule_starts_beside_it(api: Api) -> None:
    api.start(api.create())
    assert api.run_now(api.create()).status == 202


def test_in_the_queue_it_waits_for_its_own_run_and_then_starts_at_once(
    api: Api, stack: Stack
) -> None:
    schedule = api.create()
    api.start(schedule)
    waiting = api.start(schedule, "?when_busy=queue")
    assert waiting["status"] == "queued"
    (message,) = stack.messages()
    stack.drop(message)
    stack.redeliver(message)
    assert api.run(waiting)["status"] == "claimed"


def test_forced_it_goes_past_on_record(api: Api) -> None:
    schedule = api.create()
    api.start(schedule)
    forced = api.start(schedule, "?when_busy=force")
    assert (forced["status"], forced["forced"]) == ("claimed", True)
    assert api.get("/v1/activity")["items"][0]["action"] == "run_forced"


def test_a_forced_run_keeps_no_run_by_hand_from_starting(api: Api) -> None:
    schedule = api.create()
    api.start(schedule, "?when_busy=force")
    assert api.run_now(schedule).status == 202


def test_a_full_house_is_told_as_such_where_its_own_run_is_not_at_work(api: Api) -> None:
    for _ in range(2):
        api.start(api.create())
    answer = api.run_now(api.create())
    assert (answer.status, answer.json["code"]) == (429, "capacity_full")
    assert len(answer.json["holders"]) == 2


def test_doing_a_run_over_is_refused_just_so(api: Api, stack: Stack) -> None:
    schedule = api.create()
    done = api.start(schedule)
    stack.deliver()
    api.start(schedule)
    answer = stack.http("POST", f"/v1/runs/{done['id']}/retry", token=stack.operator)
    assert (answer.status, answer.json["code"]) == (429, "schedule_busy")
