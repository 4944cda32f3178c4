"""Runs over HTTP."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

PROBE = {"type": "function", "name": "probe"}


def test_a_run_tells_its_whole_story(api: Api, stack: Stack) -> None:
    schedule = api.create(
        name="Drill",
        target={"type": "function", "name": "drill", "params": {"steps": 2, "seconds": 4}},
    )
    api.start(schedule)
    stack.deliver()

    (run,) = api.runs(schedule)
    assert run == {
        "id": run["id"],
        "schedule_id": schedule["id"],
        "schedule_name": "Drill",
        "trigger": "manual",
        "status": "succeeded",
        "fire_at": "2026-03-01T00:00:00.000Z",
        "queued_at": "2026-03-01T00:00:00.000Z",
        "claimed_at": "2026-03-01T00:00:00.000Z",
        "started_at": "2026-03-01T00:00:00.000Z",
        "finished_at": "2026-03-01T00:00:04.000Z",
        "attempt": 1,
        "max_attempts": 1,
        "attempts": [
            {
                "number": 1,
                "claimed_at": "2026-03-01T00:00:00.000Z",
                "started_at": "2026-03-01T00:00:00.000Z",
                "ended_at": "2026-03-01T00:00:04.000Z",
                "reason": None,
                "message": None,
            }
        ],
        "not_before": None,
        "slot": None,
        "lease_expires_at": None,
        "forced": False,
        "slot_wait_ms": 0,
        "duration_ms": 4000,
        "steps": 2,
        "max_steps": None,
        "max_tokens": None,
        "max_cost": None,
        "exceeded_budget": None,
        "for_caller": False,
        "progress": {"done": 2, "total": 2},
        "usage": None,
        "totals": {"processed": 2, "skipped": 0, "errors": 0},
        "summary": "2 steps in 4 s",
        "failure_reason": None,
        "error_message": None,
        "skip_reason": None,
        "requested_by": "default-admin",
        "concurrent_runs": 1,
        "deferred_by_pressure": False,
        "priority": 5,
        "cancel_requested_at": None,
        "cancelled_by": None,
        "deadline_at": None,
        "heard_at": None,
        "covers": 1,
        "covers_from": None,
        "pool": "main",
        "queue_expires_at": None,
    }
    assert api.schedule(schedule)["last_run"] == {
        "id": run["id"],
        "status": "succeeded",
        "finished_at": "2026-03-01T00:00:04.000Z",
    }


def test_log_and_progress_are_seen_while_the_run_goes_on(api: Api, stack: Stack) -> None:
    seen: list[Any] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.progress(1, 2)
        context.log("half way", item=7)
        run = {"id": context.run_id}
        seen.append((api.run(run)["status"], api.run(run)["progress"], api.log(run)))

    stack.register("probe", probe)
    api.start(api.create(target=PROBE))
    stack.deliver()
    assert seen == [("running", {"done": 1, "total": 2}, ["half way"])]


def test_the_log_is_read_on_from_where_one_left_off(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        for number in range(60):
            context.log(f"line {number}", number=number)

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    path = f"/v1/runs/{run['id']}/log"
    first = api.get(f"{path}?limit=40")
    rest = api.get(f"{path}?limit=40&after={first['next_after']}")
    nothing = api.get(f"{path}?after={rest['next_after']}")
    assert [line["data"]["number"] for line in first["items"] + rest["items"]] == list(range(60))
    assert first["items"][0]["sequence"] == 1
    assert (nothing["items"], nothing["next_after"]) == ([], rest["next_after"])


def test_a_log_is_cut_at_its_limit_and_says_how_much_is_missing(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        for number in range(10_007):
            context.log(str(number))

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    last = api.get(f"/v1/runs/{run['id']}/log?after=9999")["items"]
    assert [line["message"] for line in last] == ["9999", "7 further lines dropped"]


def test_an_over_long_line_is_shortened_visibly(api: Api, stack: Stack) -> None:
    stack.register("probe", lambda context, _params: context.log("ü" * 5000))
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    (message,) = api.log(run)
    assert len(message.encode()) <= 4096
    assert message.endswith("…")


def test_a_second_attempt_logs_after_the_first(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.log(f"attempt {context.attempt}")
        if context.attempt == 1:
            raise RuntimeError

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 0}))
    stack.run_for(60)
    assert api.log(run) == ["attempt 1", "RuntimeError: ", "attempt 2"]


def test_a_payload_adds_to_the_functions_parameters(api: Api, stack: Stack) -> None:
    seen: list[dict[str, Any]] = []
    stack.register("probe", lambda _context, params: seen.append(params))
    schedule = api.create(target={**PROBE, "params": {"a": 1, "b": 2}})
    api.start(schedule, payload={"b": 3})
    stack.deliver()
    assert seen == [{"a": 1, "b": 3}]


def test_runs_are_listed_newest_first_over_all_schedules(api: Api, stack: Stack) -> None:
    first, second = api.create(), api.create()
    ids = []
    for schedule in (first, second, first):
        ids.append(api.start(schedule)["id"])
        stack.deliver()
        stack.advance(1)

    assert [run["id"] for run in api.get("/v1/runs")["items"]] == ids[::-1]
    of_first = api.get(f"/v1/runs?schedule_id={first['id']}")["items"]
    assert [run["id"] for run in of_first] == [ids[2], ids[0]]


def test_the_tick_by_hand_answers_with_its_summary(api: Api, stack: Stack) -> None:
    api.create(cadence={"type": "once", "at": "2026-03-01T00:00:30Z"})
    stack.advance(30)
    answer = stack.http("POST", "/v1/tick", token=stack.operator)
    assert answer.status == 200
    assert answer.json == {
        "reaped": 0,
        "fired": 1,
        "skipped": 0,
        "deferred": 0,
        "claimed": 1,
        "wakes": 0,
        "left": 0,
        "tenants": {"default": {"taken": 1, "failed": 0}},
    }


def test_an_ended_run_can_be_done_over_with_its_payload(api: Api, stack: Stack) -> None:
    seen: list[dict[str, Any]] = []
    stack.register("probe", lambda _context, params: seen.append(params))
    first = api.start(api.create(target=PROBE), payload={"page": 7})
    stack.deliver()
    answer = stack.http("POST", f"/v1/runs/{first['id']}/retry", token=stack.operator)
    stack.deliver()

    assert answer.status == 202
    assert (answer.json["trigger"], answer.json["id"] != first["id"]) == ("retry", True)
    assert seen == [{"page": 7}, {"page": 7}]


def test_a_run_that_has_not_ended_cannot_be_done_over(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    answer = stack.http("POST", f"/v1/runs/{run['id']}/retry", token=stack.operator)
    assert (answer.status, answer.json["code"]) == (409, "conflict")


def test_doing_over_a_failure_by_hand_never_moves_the_breaker(api: Api, stack: Stack) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    schedule = api.create(target=failing, breaker={"failures": 1})
    run = api.start(schedule)
    stack.deliver()
    stack.http("POST", f"/v1/runs/{run['id']}/retry", token=stack.operator)
    stack.deliver()
    assert [each["status"] for each in api.runs(schedule)] == ["failed", "failed"]
    assert api.schedule(schedule)["status"] == "active"


def test_data_that_json_does_not_know_or_that_is_too_long_keeps_no_line_from_the_log(
    api: Api, stack: Stack
) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.log("odd", thing={1, 2}, at=context.fire_at)
        context.log("long", text="x" * 500_000)
        context.log("last")

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    odd, long, last = api.get(f"/v1/runs/{run['id']}/log")["items"]
    assert odd["data"]["thing"] == "{1, 2}"
    assert len(long["data"]["shortened"].encode()) <= 4096
    assert last["message"] == "last"
