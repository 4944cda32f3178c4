"""What operators find in the log: the names of the lines and what each tells."""

from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from chalicelib.store.dynamodb.models import shared_connection
from tests.api_client import Api
from tests.engine.conftest import Lines
from tests.engine.seams import UPDATE, deny, just_before
from tests.harness import STACK, Crash, Stack

DRILL = {"type": "function", "name": "drill"}
PROBE = {"type": "function", "name": "probe"}


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def fail(_context: JobContext, _params: dict[str, Any]) -> None:
    raise ValueError


def test_a_run_is_said_to_have_ended_once_with_how(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", lambda _context, _params: stack.advance(7))
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    assert lines.of("run_ended") == [
        {
            "tenant_id": "default",
            "run_id": run["id"],
            "schedule_id": run["schedule_id"],
            "status": "succeeded",
            "attempt": 1,
            "failure_reason": None,
            "duration_ms": 7000,
            "not_before": None,
        }
    ]
    assert lines.of("run_requeued") == lines.of("finish_lost") == []


def test_an_attempt_that_is_tried_again_is_said_to_be_requeued(
    api: Api, stack: Stack, lines: Lines
) -> None:
    stack.register("probe", fail)
    run = api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 45}))
    (message,) = stack.messages()
    stack.drop(message)
    stack.redeliver(message)

    (told,) = lines.of("run_requeued")
    assert (told["run_id"], told["status"], told["attempt"]) == (run["id"], "queued", 2)
    assert lines.of("run_ended") == []


def test_a_reaped_slot_is_counted_and_named(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    stack.advance(65)
    stack.tick()

    assert lines.of("slot_reaped") == [
        {"slot": "000", "run_id": run["id"], "tenant_id": "default"},
    ]
    (done,) = lines.of("tick_done")
    assert done["reaped"] == 1


def test_an_outcome_that_comes_too_late_is_told(api: Api, stack: Stack, lines: Lines) -> None:
    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(65)
        stack.tick()

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()

    assert lines.of("finish_lost") == [{"run_id": run["id"], "token": 1}]


def test_a_run_that_cannot_be_read_is_named(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", crash)
    run = api.start(api.create(target=PROBE))
    nonsense = {
        "TableName": f"{STACK}-runs",
        "Key": {"tenant_id": {"S": "default"}, "run_id": {"S": run["id"]}},
        "UpdateExpression": "SET #status = :nonsense",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":nonsense": {"S": "odd"}},
    }
    shared_connection().client._make_api_call("UpdateItem", nonsense)
    stack.tick()

    (told,) = lines.of("run_unreadable")
    assert (told["tenant_id"], told["run_id"]) == ("default", run["id"])
    assert "odd" in told["why"]


def test_a_schedule_that_cannot_be_read_is_named(api: Api, stack: Stack, lines: Lines) -> None:
    poison = api.create(cadence={"type": "once", "at": "2026-03-01T00:00:10Z"})
    stack.corrupt_schedule(poison["id"])
    stack.advance(10)
    stack.tick()

    (told,) = lines.of("schedule_unreadable")
    assert (told["tenant_id"], told["item"]) == ("default", poison["id"])
    assert told["why"] not in ("", "None")


@pytest.mark.parametrize(
    ("event", "needs", "seconds"),
    [("heartbeat_failed", UPDATE, 30), ("listening_failed", "GetItem", 4)],
)
def test_a_failed_sign_of_life_is_told_and_the_run_goes_on(  # noqa: PLR0917  # fixtures
    api: Api, stack: Stack, lines: Lines, event: str, needs: str, seconds: int
) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(seconds)
        with just_before(needs, deny):
            context.step()

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    assert lines.of(event) == [{"run_id": run["id"]}]
    assert api.run(run)["status"] == "succeeded"


def test_log_lines_that_could_not_be_stored_are_told_and_stored_later(
    api: Api, stack: Stack, lines: Lines
) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.log("first")
        stack.advance(3)
        with just_before("BatchWriteItem", deny):
            context.log("second")

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()

    assert [told["run_id"] for told in lines.of("log_write_failed")] == [run["id"]]
    assert api.log(run) == ["first", "second"]


def test_a_message_that_comes_again_is_told(api: Api, stack: Stack, lines: Lines) -> None:
    run = api.start(api.create())
    (message,) = stack.messages()
    stack.deliver()
    stack.redeliver(message)

    assert lines.of("start_lost") == [{"run_id": run["id"], "token": 1}]


def test_a_run_whose_schedule_was_deleted_is_said_to_be_cancelled(
    api: Api, stack: Stack, lines: Lines
) -> None:
    schedule = api.create()
    run = api.start(schedule)
    stack.http("DELETE", f"/v1/schedules/{schedule['id']}", token=stack.operator)
    stack.deliver()

    told = {"tenant_id": "default", "schedule_id": schedule["id"]}
    assert lines.of("schedule_deleted") == [told]
    (ended,) = lines.of("run_ended")
    assert (ended["run_id"], ended["status"]) == (run["id"], "cancelled")
