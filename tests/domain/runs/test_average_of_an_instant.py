"""A run so short that its duration is nothing counts as nothing."""

from dataclasses import replace

from chalicelib.domain.runs.run import RunStatus
from chalicelib.domain.runs.settle import record_end
from tests.builders import NOON, a_run_that_is, a_schedule


def test_a_run_of_no_time_is_an_average_of_none() -> None:
    run = replace(a_run_that_is(RunStatus.SUCCEEDED), duration_ms=0)
    assert record_end(a_schedule(), run, NOON).average_duration_seconds == 0
