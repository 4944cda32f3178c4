"""What an attempt had counted is not counted again by the next one of the same run."""

from dataclasses import replace

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import FailureReason, RunStatus, Totals
from tests.builders import a_run_that_is, after


def test_a_run_that_is_tried_again_starts_from_nothing() -> None:
    running = replace(
        a_run_that_is(RunStatus.RUNNING),
        steps=7,
        totals=Totals(processed=3, errors=1),
        summary="three seen",
    )
    resting = transitions.retry_later(running, FailureReason.ERROR, "boom", after(600), after(5))
    assert (resting.steps, resting.totals, resting.summary) == (0, Totals(), None)
