"""Each attempt of a run stays on its record, also after a success."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

PROBE = {"type": "function", "name": "probe"}
RETRY = {"max_attempts": 3, "delay_seconds": 60}


def test_failed_attempts_stay_with_their_reason_after_a_success(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        stack.advance(1)
        if context.attempt < 3:
            raise RuntimeError(f"no luck, {context.attempt}")

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, retry=RETRY))
    assert [each["number"] for each in run["attempts"]] == [1]
    stack.run_for(300)

    ended = api.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("succeeded", None)
    first, second, third = ended["attempts"]
    assert first == {
        "number": 1,
        "claimed_at": "2026-03-01T00:00:00.000Z",
        "started_at": "2026-03-01T00:00:00.000Z",
        "ended_at": "2026-03-01T00:00:01.000Z",
        "reason": "error",
        "message": "RuntimeError: no luck, 1",
    }
    assert (second["number"], second["message"]) == (2, "RuntimeError: no luck, 2")
    assert (third["reason"], third["message"]) == (None, None)
    assert third["ended_at"] == ended["finished_at"]


def test_the_last_attempt_of_a_failed_run_says_why_it_failed(api: Api, stack: Stack) -> None:
    def probe(_context: JobContext, _params: dict[str, Any]) -> None:
        raise RuntimeError("x" * 2000)

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 0}))
    stack.run_for(120)
    first, second = api.run(run)["attempts"]
    assert len(first["message"]) == 500, "of those before the last, the beginning is kept"
    assert second["message"] == api.run(run)["error_message"]


def test_a_run_that_never_got_a_slot_has_no_attempts(api: Api) -> None:
    api.start(api.create())
    waiting = api.start(api.create(), "?when_busy=queue")
    assert waiting["attempts"] == []
