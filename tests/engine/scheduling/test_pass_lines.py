"""What operators find in the log of a pass: what it fired, claimed, and could not do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.time.instants import from_text
from chalicelib.engine.scheduling import passes
from chalicelib.platform.clock import SystemClock
from chalicelib.store import schedule_table
from tests.api_client import Api
from tests.engine.conftest import Lines
from tests.engine.seams import TRANSACTION, deny, just_before
from tests.harness import Stack

DRILL = {"type": "function", "name": "drill"}


def once(seconds: int) -> dict[str, Any]:
    return {"type": "once", "at": f"2026-03-01T00:00:{seconds:02}Z"}


def test_a_fire_time_is_said_to_have_made_its_run(api: Api, stack: Stack, lines: Lines) -> None:
    schedule = api.create(cadence=once(10))
    stack.advance(12)
    stack.tick()

    (run,) = api.runs(schedule)
    about = {"tenant_id": "default", "run_id": run["id"], "schedule_id": schedule["id"]}
    fire_at = from_text("2026-03-01T00:00:10.000Z")
    fired = {"fire_at": fire_at, "status": "claimed", "skip_reason": None, "covers": 1}
    assert lines.of("run_fired") == [{**about, **fired, "late_ms": 2000}]
    assert lines.of("run_claimed") == [{**about, "slot": "000", "token": 1, "slot_wait_ms": 0}]


def test_a_fire_time_is_said_to_be_skipped_with_its_reason(
    api: Api, stack: Stack, lines: Lines
) -> None:
    api.start(api.create())
    api.create(cadence=once(10), when_busy="skip")
    stack.advance(10)
    stack.tick()

    (told,) = lines.of("run_fired")
    assert (told["status"], told["skip_reason"]) == ("skipped", "slot_busy")


def test_a_claim_tells_how_long_its_run_has_waited(api: Api, stack: Stack, lines: Lines) -> None:
    api.start(api.create(target={**DRILL, "params": {"steps": 1, "seconds": 7}}))
    waiting = api.start(api.create(), "?when_busy=queue")
    stack.deliver()

    assert [told["run_id"] for told in lines.of("run_queued")] == [waiting["id"]]
    told = lines.of("run_claimed")[-1]
    assert (told["run_id"], told["token"], told["slot_wait_ms"]) == (waiting["id"], 2, 7000)


def test_a_wake_says_for_which_instant_it_came_and_what_it_did(
    api: Api, stack: Stack, lines: Lines
) -> None:
    api.create(cadence=once(10))
    stack.run_for(10)

    first, again = lines.of("wake_done")  # creation asked for it, and the tick
    assert again["fired"] == 0
    assert first == {
        "at": from_text("2026-03-01T00:00:10.000Z"),
        "reaped": 0,
        "fired": 1,
        "skipped": 0,
        "deferred": 0,
        "wakes": 0,
        "left": 0,
        "claimed": 1,
        "tenants": {"default": {"taken": 1, "failed": 0}},
    }


def test_a_wake_that_comes_far_too_early_is_told_and_does_nothing(
    stack: Stack, lines: Lines
) -> None:
    passes.wake(stack.system, stack.now + timedelta(minutes=2))

    in_two_minutes = from_text("2026-03-01T00:02:00.000Z")
    assert lines.of("wake_too_early") == [{"at": in_two_minutes, "seconds": 120.0}]
    assert lines.of("wake_done") == []


def test_a_fire_time_that_has_its_record_already_is_told(
    api: Api, stack: Stack, lines: Lines
) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    armed = schedule_table.get("default", schedule["id"])
    stack.run_for(60)
    now = schedule_table.get("default", schedule["id"])
    set_back = replace(now, fire_at=armed.fire_at, next_fire_at=armed.next_fire_at)
    schedule_table.replace(now, set_back, SystemClock())
    stack.tick()

    assert lines.of("fire_duplicate") == [{"schedule_id": schedule["id"], "fire_at": armed.fire_at}]


def test_a_tick_counts_what_it_claimed_before_and_after_it_fired(
    api: Api, stack: Stack, lines: Lines
) -> None:
    """A waiting run gets the slot that was added; the one that fires, the slot that frees."""
    api.start(api.create())
    waiting = api.start(api.create(), "?when_busy=queue")
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    fired = api.create(cadence=once(10))
    stack.advance(10)
    (message,) = stack.messages()
    stack.drop(message)

    def end_between_our_look_and_our_write() -> None:
        claimed.append(api.run(waiting)["status"])
        if len(claimed) == 2:
            stack.redeliver(message)

    claimed: list[str] = []
    with just_before(TRANSACTION, end_between_our_look_and_our_write, times=2):
        stack.tick()

    assert claimed == ["queued", "claimed"]
    assert [run["status"] for run in api.runs(fired)] == ["claimed"]
    (told,) = lines.of("tick_done")
    assert (told["claimed"], told["fired"]) == (2, 1)
    assert told["tenants"] == {"default": {"taken": 2, "failed": 0}}


def test_a_tick_counts_what_waited_too_long_as_skipped(
    api: Api, stack: Stack, lines: Lines
) -> None:
    api.start(api.create())
    api.start(api.create(queue_limit_seconds=10), "?when_busy=queue")
    stack.advance(10)
    stack.tick()

    (told,) = lines.of("tick_done")
    assert (told["skipped"], told["fired"], told["claimed"]) == (1, 0, 0)


def test_what_a_pass_has_no_time_for_is_told_and_fired_by_the_next_at_once(
    api: Api, stack: Stack, lines: Lines
) -> None:
    first, second = (api.create(cadence=once(10), priority=priority) for priority in (9, 1))
    stack.lose_wakes()
    stack.advance(10)
    with just_before(TRANSACTION, lambda: stack.advance(41)):
        stack.tick()

    assert (len(api.runs(first)), len(api.runs(second))) == (1, 0)
    assert lines.of("pass_left_some") == [{"left": 1}]
    (told,) = lines.of("tick_done")
    assert (told["fired"], told["left"]) == (1, 1)
    stack.run_for(1)
    assert [told["fired"] for told in lines.of("wake_done")] == [1]
    assert len(api.runs(second)) == 1


def test_a_daily_pass_says_what_it_did_even_if_nothing_was_due(stack: Stack, lines: Lines) -> None:
    stack.daily()
    counts = dict.fromkeys(("looked_at", "notified", "deactivated", "caught_up", "failed"), 0)
    assert lines.of("daily_done") == [{"at": stack.now, **counts, "done": True}]


def test_an_item_that_fails_is_named_and_counted(api: Api, stack: Stack, lines: Lines) -> None:
    schedule = api.create(cadence=once(10))
    stack.advance(10)
    with just_before(TRANSACTION, deny):
        stack.tick()

    assert lines.of("pass_item_failed") == [{"tenant_id": "default", "item": schedule["id"]}]
    (told,) = lines.of("tick_done")
    assert told["tenants"] == {"default": {"taken": 0, "failed": 1}}
