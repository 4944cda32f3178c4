"""What is on record of a reaped run, and how it ends."""

from dataclasses import replace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import MAX_UNSTARTED_CLAIMS, FailureReason, Run, RunStatus, Totals
from chalicelib.engine.moves import settling
from chalicelib.engine.running.runner import run_message
from chalicelib.engine.scheduling.passes import Pass
from chalicelib.jobs.context import JobContext
from chalicelib.platform.queues import RunMessage
from chalicelib.store import run_table
from tests.builders import NOON, after
from tests.engine.seams import (
    CLAIMED,
    NOT_STARTED,
    RESTING,
    ROOM,
    RUNNING,
    SILENT,
    UPDATE,
    just_before,
    set_up,
)
from tests.harness import Stack

TOLD: Final = replace(
    RUNNING,
    steps=4,
    progress={"done": 3, "total": 9},
    totals=Totals(processed=3),
    summary="a third",
)


def reaped(stack: Stack, run: Run, seconds: float) -> Run:
    """The run after a pass at that moment."""
    stack.clock.set(NOON)
    scene = set_up(stack, RESTING, run)
    assert Pass(scene.system_at(seconds)).make().total("reaped") == 1
    return run_table.get("acme", "01RUN")


def test_it_keeps_what_it_had_told_and_says_why_it_ended(stack: Stack) -> None:
    ended = reaped(stack, TOLD, SILENT)

    assert (ended.status, ended.failure_reason) == (RunStatus.FAILED, FailureReason.LEASE_EXPIRED)
    assert ended.error_message == (
        f"Its runner fell silent: no heartbeat within {RUNNING.lease_seconds} s."
    )
    assert ended.finished_at == after(SILENT)
    assert (ended.steps, ended.progress) == (TOLD.steps, TOLD.progress)
    assert (ended.totals, ended.summary) == (TOLD.totals, TOLD.summary)


def test_it_is_cancelled_if_somebody_had_asked_for_that(stack: Stack) -> None:
    asked = replace(TOLD, cancel_requested_at=after(9), cancelled_by="ann")
    ended = reaped(stack, asked, SILENT)

    assert (ended.status, ended.failure_reason) == (RunStatus.CANCELLED, None)


def test_a_claim_that_was_to_be_cancelled_is_so_without_ever_starting(stack: Stack) -> None:
    asked = replace(CLAIMED, cancel_requested_at=after(9), cancelled_by="ann")
    ended = reaped(stack, asked, NOT_STARTED)

    assert (ended.status, ended.finished_at) == (RunStatus.CANCELLED, after(NOT_STARTED))


@pytest.mark.parametrize(
    ("before", "status"),
    [(MAX_UNSTARTED_CLAIMS - 1, RunStatus.CLAIMED), (MAX_UNSTARTED_CLAIMS, RunStatus.FAILED)],
)
def test_a_claim_that_nobody_starts_goes_back_until_it_has_been_enough(
    stack: Stack, before: int, status: RunStatus
) -> None:
    run = reaped(stack, replace(CLAIMED, unstarted_claims=before), NOT_STARTED)

    assert run.status is status
    if status is RunStatus.FAILED:
        assert run.failure_reason is FailureReason.NEVER_STARTED
        assert run.error_message == "No runner ever started it."
        assert run.finished_at == after(NOT_STARTED)
    else:
        assert run.unstarted_claims == before + 1


@pytest.mark.parametrize(("late_ms", "is_reaped"), [(-1, False), (0, True)])
def test_the_margin_for_clock_skew_is_kept_to_the_millisecond(
    stack: Stack, late_ms: int, is_reaped: bool
) -> None:
    stack.clock.set(NOON)
    scene = set_up(stack, RESTING, RUNNING)
    assert Pass(scene.system_at(SILENT + late_ms / 1000)).make().total("reaped") == is_reaped


def test_whoever_looks_too_early_writes_nothing(stack: Stack) -> None:
    """The write repeats what the look has seen."""
    stack.clock.set(NOON)
    scene = set_up(stack, RESTING, RUNNING)
    system = scene.system_at(SILENT - 1)
    assert settling.reap(system, RUNNING, Settings(), system.clock.now()) is None
    assert run_table.get("acme", "01RUN") == RUNNING


def test_a_start_whose_answer_got_lost_is_known_for_ones_own(stack: Stack) -> None:
    """The client tries again by itself, and finds the run started: by itself."""
    starts: list[str] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        starts.append(context.run_id)

    def refuse() -> None:
        lost: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
        raise ClientError(lost, "UpdateItem")

    stack.clock.set(NOON)
    stack.register("own", probe)
    schedule = replace(RESTING, target={"type": "function", "name": "own"})
    scene = set_up(stack, schedule, CLAIMED)
    with just_before(UPDATE, refuse, moment="after"):
        run_message(scene.system_at(2), RunMessage.of(CLAIMED), ROOM)

    assert starts == ["01RUN"]
    assert run_table.get("acme", "01RUN").status is RunStatus.SUCCEEDED
