"""What is seen of an attempt while it works: its steps, its progress, its log."""

from collections.abc import Callable
from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

PROBE = {"type": "function", "name": "probe"}
APPEND = "BatchWriteItem"

Json = dict[str, Any]


def work(api: Api, stack: Stack, job: Callable[[JobContext, Json], None]) -> Json:
    """Do this in a job, and return its run as it is when the job looks at it."""
    seen: list[Json] = []

    def probe(context: JobContext, _params: Json) -> None:
        run = api.runs()[0]
        job(context, run)
        seen.append(api.run(run))

    stack.register("probe", probe)
    api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    assert seen, api.runs()
    return seen[0]


def test_a_heartbeat_shows_how_far_the_job_is(api: Api, stack: Stack) -> None:
    def job(context: JobContext, _run: Json) -> None:
        context.step(3)
        stack.advance(20)
        context.step()

    run = work(api, stack, job)
    assert (run["status"], run["steps"], run["progress"]) == ("running", 4, None)
    assert run["lease_expires_at"] == "2026-03-01T00:01:20.000Z"


def test_a_first_line_is_seen_at_once_and_more_within_a_second_and_a_half(
    api: Api, stack: Stack
) -> None:
    def job(context: JobContext, run: Json) -> None:
        with stack.counting() as requests:
            context.log("first")
            for each in ("second", "third"):
                stack.advance(0.7)
                context.log(each)
            context.step()
        assert requests[APPEND] == 1, "the others are stored together"
        assert api.log(run) == ["first"]
        stack.advance(0.1)
        context.step()
        assert api.log(run) == ["first", "second", "third"]

    assert work(api, stack, job)["status"] == "running"


def test_a_job_that_says_nothing_writes_no_lines(api: Api, stack: Stack) -> None:
    def job(context: JobContext, _run: Json) -> None:
        with stack.counting() as requests:
            for _ in range(3):
                stack.advance(2)
                context.step()
        assert requests[APPEND] == 0

    assert work(api, stack, job)["status"] == "running"


def test_twenty_five_lines_are_stored_without_delay(api: Api, stack: Stack) -> None:
    def job(context: JobContext, run: Json) -> None:
        context.log("first")
        for number in range(24):
            context.log(f"{number}")
        assert api.log(run) == ["first"]
        context.log("24")
        assert api.log(run) == ["first", *map(str, range(25))]

    assert work(api, stack, job)["status"] == "running"
