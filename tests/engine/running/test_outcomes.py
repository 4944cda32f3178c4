"""How runs end, and what that does to their schedules."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail, JobContext
from tests.api_client import Api
from tests.harness import Stack

PROBE = {"type": "function", "name": "probe"}
MINUTELY = {"type": "cron", "expression": "* * * * *"}


def failing(_context: JobContext, _params: dict[str, Any]) -> None:
    raise RuntimeError("no luck")


def test_an_exception_is_an_error_with_its_message_and_traceback(api: Api, stack: Stack) -> None:
    stack.register("probe", failing)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "error")
    assert ended["error_message"] == "RuntimeError: no luck"
    (line,) = api.get(f"/v1/runs/{run['id']}/log")["items"]
    assert line["level"] == "error"
    assert "no luck" in line["data"]["traceback"]


def test_a_job_that_exits_the_interpreter_fails_and_frees_the_slot(api: Api, stack: Stack) -> None:
    def leave(_context: JobContext, _params: dict[str, Any]) -> None:
        raise SystemExit(3)

    stack.register("probe", leave)
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    assert api.run(run)["failure_reason"] == "error"
    assert api.get("/v1/slot")["holders"] == []


def test_errors_in_items_fail_the_run(api: Api, stack: Stack) -> None:
    def half_good(context: JobContext, _params: dict[str, Any]) -> None:
        context.totals.processed, context.totals.errors = 3, 1
        context.summary = "3 of 4"

    stack.register("probe", half_good)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "item_errors")
    assert ended["totals"] == {"processed": 3, "skipped": 0, "errors": 1}
    assert ended["summary"] == "3 of 4"


def test_work_past_its_timeout_is_a_timeout(api: Api, stack: Stack) -> None:
    def dawdle(context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(31)
        context.step()
        raise AssertionError("it was not stopped")

    stack.register("probe", dawdle)
    run = api.start(api.create(target=PROBE, timeout_seconds=30))
    stack.deliver()

    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "timeout")


def test_work_that_returns_too_late_is_a_timeout_too(api: Api, stack: Stack) -> None:
    stack.register("probe", lambda _context, _params: stack.advance(31))
    run = api.start(api.create(target=PROBE, timeout_seconds=30))
    stack.deliver()
    assert api.run(run)["failure_reason"] == "timeout"


def test_the_step_budget_stops_the_run_at_its_last_step(api: Api, stack: Stack) -> None:
    def climb(context: JobContext, _params: dict[str, Any]) -> None:
        for _ in range(100):
            context.step()

    stack.register("probe", climb)
    run = api.start(api.create(target=PROBE, max_steps=7))
    stack.deliver()

    ended = api.run(run)
    assert (ended["failure_reason"], ended["steps"], ended["max_steps"]) == (
        "budget_exceeded",
        7,
        7,
    )


def test_a_budget_used_to_the_last_step_is_no_breach(api: Api, stack: Stack) -> None:
    stack.register("probe", lambda context, _params: context.step(7))
    run = api.start(api.create(target=PROBE, max_steps=7))
    stack.deliver()
    assert api.run(run)["status"] == "succeeded"


def test_a_failed_attempt_is_retried_after_its_delay_with_the_slot_free(
    api: Api, stack: Stack
) -> None:
    attempts: list[int] = []

    def second_time_lucky(context: JobContext, _params: dict[str, Any]) -> None:
        attempts.append(context.attempt)
        if context.attempt == 1:
            raise RuntimeError

    stack.register("probe", second_time_lucky)
    retry = {"max_attempts": 3, "delay_seconds": 45}
    run = api.start(api.create(target=PROBE, retry=retry))
    stack.deliver()

    resting = api.run(run)
    assert (resting["status"], resting["attempt"]) == ("queued", 2)
    assert resting["not_before"] == "2026-03-01T00:00:45.000Z"
    assert api.get("/v1/slot")["holders"] == []

    stack.run_for(44)
    assert attempts == [1]
    stack.run_for(1)
    ended = api.run(run)
    assert attempts == [1, 2]
    assert (ended["status"], ended["failure_reason"]) == ("succeeded", None)


def test_the_target_may_ask_for_a_longer_rest(api: Api, stack: Stack) -> None:
    def limited(_context: JobContext, _params: dict[str, Any]) -> None:
        raise Fail("later", FailureReason.RATE_LIMITED, timedelta(seconds=500))

    stack.register("probe", limited)
    run = api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 10}))
    stack.deliver()
    assert api.run(run)["not_before"] == "2026-03-01T00:08:20.000Z"


def test_failures_in_a_row_break_the_schedule_and_say_why(api: Api, stack: Stack) -> None:
    stack.register("probe", failing)
    schedule = api.create(target=PROBE, cadence=MINUTELY, breaker={"failures": 3})
    stack.run_for(600)

    broken = api.schedule(schedule)
    assert len(api.runs(schedule)) == 3
    assert (broken["status"], broken["next_fire_at"]) == ("broken", None)
    last = api.runs(schedule)[-1]
    assert broken["broken_reason"] == (
        f"3 failures in a row; the last one: error in run {last['id']}"
    )
    assert broken["broken_at"] == last["finished_at"]


def test_runs_asked_for_by_hand_never_move_the_breaker(api: Api, stack: Stack) -> None:
    stack.register("probe", failing)
    schedule = api.create(target=PROBE, breaker={"failures": 1})
    for _ in range(3):
        api.start(schedule)
        stack.deliver()

    assert api.schedule(schedule)["status"] == "active"
    assert api.schedule(schedule)["failure_streak"] == 0


def test_a_success_ends_the_streak(api: Api, stack: Stack) -> None:
    def every_third_is_good(context: JobContext, _params: dict[str, Any]) -> None:
        if context.fire_at.minute % 3:
            raise RuntimeError

    stack.register("probe", every_third_is_good)
    schedule = api.create(target=PROBE, cadence=MINUTELY, breaker={"failures": 3})
    stack.run_for(900)

    assert api.schedule(schedule)["status"] == "active"
    assert len(api.runs(schedule)) == 15


def test_resuming_a_broken_schedule_clears_reason_and_streak(api: Api, stack: Stack) -> None:
    stack.register("probe", failing)
    schedule = api.create(target=PROBE, cadence=MINUTELY, breaker={"failures": 1})
    stack.run_for(60)
    path = f"/v1/schedules/{schedule['id']}/resume"
    resumed = stack.http("POST", path, token=stack.operator).json

    assert (resumed["status"], resumed["broken_reason"]) == ("active", None)
    assert resumed["failure_streak"] == 0


def test_averages_follow_the_successful_runs(api: Api, stack: Stack) -> None:
    seconds = iter([10, 20])
    stack.register("probe", lambda context, _params: context.sleep(next(seconds)))
    schedule = api.create(target=PROBE)
    for _ in range(2):
        api.start(schedule)
        stack.deliver()

    assert api.schedule(schedule)["average_duration_seconds"] == pytest.approx(12)


def test_cancelling_a_waiting_run_ends_it_at_once(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    waiting = api.start(schedule, "?when_busy=queue")
    answer = stack.http("POST", f"/v1/runs/{waiting['id']}/cancel", token=stack.operator)

    assert answer.status == 202
    assert api.run(waiting)["status"] == "cancelled"
    assert api.get("/v1/slot")["waiting"] == 0


def test_cancelling_a_working_run_stops_it_within_seconds(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        path = f"/v1/runs/{context.run_id}/cancel"
        assert stack.http("POST", path, token=stack.operator).status == 202
        stack.advance(3)
        context.step()
        raise AssertionError("it was not stopped")

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    assert api.run(run)["status"] == "cancelled"


def test_cancelling_an_ended_run_is_a_conflict(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    stack.deliver()
    answer = stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    assert (answer.status, answer.json["code"]) == (409, "conflict")


def test_deleting_a_schedule_takes_its_history_and_its_waiting_runs(api: Api, stack: Stack) -> None:
    holder, schedule = api.create(), api.create(cadence=MINUTELY)
    stack.run_for(60)
    api.start(holder)
    stack.advance(60)
    stack.tick()
    assert [run["status"] for run in api.runs(schedule)] == ["succeeded", "queued"]

    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert stack.http("GET", path, token=stack.viewer).status == 404
    assert [run["schedule_id"] for run in api.runs()] == [holder["id"]]
    stack.run_for(300)
    assert len(api.runs()) == 1


def test_an_outage_is_made_up_for_once_by_default(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=MINUTELY)
    stack.advance(3600)
    stack.tick()
    stack.deliver()

    (run,) = api.runs(schedule)
    assert (run["trigger"], run["status"], run["covers"]) == ("catch_up", "succeeded", 60)
    assert run["covers_from"] == "2026-03-01T00:01:00.000Z"


def test_a_fire_time_within_the_grace_is_no_misfire(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence={"type": "cron", "expression": "1 * * * *"})
    stack.advance(60 + 300)
    stack.tick()
    assert [run["trigger"] for run in api.runs(schedule)] == ["scheduled"]


def test_missed_fire_times_can_be_skipped_on_record(api: Api, stack: Stack) -> None:
    hourly = {"type": "cron", "expression": "0 * * * *"}
    schedule = api.create(cadence=hourly, misfire={"policy": "skip", "grace_seconds": 60})
    stack.advance(3 * 3600 + 120)
    stack.tick()

    (record,) = api.runs(schedule)
    assert (record["status"], record["skip_reason"]) == ("skipped", "misfire")
    assert record["covers"] == 3
    assert api.schedule(schedule)["next_fire_at"] == "2026-03-01T04:00:00.000Z"


def test_missed_fire_times_can_all_be_made_up_for_oldest_first(api: Api, stack: Stack) -> None:
    hourly = {"type": "cron", "expression": "0 * * * *"}
    schedule = api.create(cadence=hourly, misfire={"policy": "run_all", "grace_seconds": 60})
    stack.advance(3 * 3600 + 120)
    stack.tick()
    stack.deliver()

    runs = api.runs(schedule)
    assert [run["fire_at"][11:13] for run in runs] == ["01", "02", "03"]
    assert [run["status"] for run in runs] == ["succeeded"] * 3
    assert runs == sorted(runs, key=lambda run: str(run["started_at"]))


def test_a_run_that_works_while_its_schedule_is_deleted_stops_and_leaves_nothing(
    api: Api, stack: Stack
) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.log("at work")
        path = f"/v1/schedules/{context.schedule_id}"
        assert stack.http("DELETE", path, token=stack.operator).status == 204
        stack.advance(30)
        context.step()
        raise AssertionError("it was not stopped")

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    assert api.get("/v1/slot")["holders"] == []
    assert stack.http("GET", f"/v1/runs/{run['id']}", token=stack.viewer).status == 404
