"""Numbers about runs."""

import pytest

from chalicelib.domain.outlook.statistics import Measured, Percentiles, of_runs, percentiles
from chalicelib.domain.runs.run import RunStatus
from tests.builders import NOON


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Percentiles(None, None)),
        ([7], Percentiles(7, 7)),
        ([1, 2], Percentiles(1, 2)),
        (list(range(100, 0, -1)), Percentiles(50, 95)),
        (list(range(1, 21)), Percentiles(10, 19)),
    ],
)
def test_percentiles_are_values_by_nearest_rank(values: list[int], expected: Percentiles) -> None:
    assert percentiles(values) == expected


def test_every_status_is_there_and_what_was_not_measured_is_left_out() -> None:
    numbers = of_runs(
        [
            Measured(NOON, "succeeded", 0, 100),
            Measured(NOON, "succeeded", 40, 300),
            Measured(NOON, "skipped", None, None),
            Measured(NOON, "what a later version writes", None, None),
        ]
    )
    assert set(numbers.by_status) == set(RunStatus)
    assert (numbers.by_status["succeeded"], numbers.by_status["skipped"]) == (2, 1)
    assert sum(numbers.by_status.values()) == 3
    assert (numbers.waits, numbers.durations) == (Percentiles(0, 40), Percentiles(100, 300))
