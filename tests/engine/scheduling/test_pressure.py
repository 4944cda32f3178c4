"""While somebody works interactively, scheduled firings are put off, within a bound."""

from tests.api_client import Api
from tests.harness import Stack

AT_10 = {"type": "once", "at": "2026-03-01T00:00:10Z"}


def press(stack: Stack, seconds: int) -> None:
    body = {"ttl_seconds": seconds}
    answer = stack.http("PUT", "/v1/pressure/editor", body, token=stack.operator)
    assert answer.status == 200


def test_a_due_schedule_is_put_off_by_half_a_minute(api: Api, stack: Stack) -> None:
    press(stack, 20)
    schedule = api.create(cadence=AT_10)
    stack.run_for(39)
    assert api.runs(schedule) == []

    stack.run_for(1)
    (run,) = api.runs(schedule)
    assert (run["fire_at"], run["started_at"]) == (
        "2026-03-01T00:00:10.000Z",
        "2026-03-01T00:00:40.000Z",
    )
    assert run["deferred_by_pressure"]


def test_without_pressure_nothing_is_put_off(api: Api, stack: Stack) -> None:
    press(stack, 10)
    schedule = api.create(cadence=AT_10)
    stack.run_for(10)
    (run,) = api.runs(schedule)
    assert not run["deferred_by_pressure"]


def test_the_signal_can_be_taken_back(api: Api, stack: Stack) -> None:
    press(stack, 600)
    assert [signal["source"] for signal in api.get("/v1/slot")["pressure"]] == ["editor"]
    assert stack.http("DELETE", "/v1/pressure/editor", token=stack.operator).status == 204
    assert api.get("/v1/slot")["pressure"] == []

    schedule = api.create(cadence=AT_10)
    stack.run_for(10)
    assert len(api.runs(schedule)) == 1


def test_pressure_without_end_puts_off_no_longer_than_its_bound(api: Api, stack: Stack) -> None:
    body = {"pressure_delay_seconds": 45, "pressure_max_seconds": 100}
    stack.http("PATCH", "/v1/settings", body, token=stack.owner)
    press(stack, 86_400)
    schedule = api.create(cadence=AT_10)
    stack.run_for(300)

    (run,) = api.runs(schedule)
    assert run["started_at"] == "2026-03-01T00:01:50.000Z"


def test_runs_by_hand_and_waiting_runs_are_not_put_off(api: Api, stack: Stack) -> None:
    slow = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 30}}
    api.start(api.create(target=slow))
    waiting = api.start(api.create(), "?when_busy=queue")
    press(stack, 600)
    stack.deliver()
    assert api.run(waiting)["status"] == "succeeded"


def test_the_tick_counts_what_it_put_off(api: Api, stack: Stack) -> None:
    press(stack, 600)
    api.create(cadence=AT_10)
    stack.advance(10)
    summary = stack.http("POST", "/v1/tick", token=stack.operator).json
    assert (summary["deferred"], summary["fired"]) == (1, 0)
