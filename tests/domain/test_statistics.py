"""Numbers about runs."""

import pytest

from chalicelib.domain.outlook.statistics import Measured, Spread, of_runs, spread
from chalicelib.domain.runs.run import RunStatus


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Spread(None, None)),
        ([7], Spread(7, 7)),
        ([1, 2], Spread(1, 2)),
        (list(range(100, 0, -1)), Spread(50, 95)),
        (list(range(1, 21)), Spread(10, 19)),
    ],
)
def test_percentiles_are_values_by_nearest_rank(values: list[int], expected: Spread) -> None:
    assert spread(values) == expected


def test_every_status_is_there_and_what_was_not_measured_is_left_out() -> None:
    numbers = of_runs(
        [
            Measured("succeeded", 0, 100),
            Measured("succeeded", 40, 300),
            Measured("skipped", None, None),
            Measured("what a later version writes", None, None),
        ]
    )
    assert set(numbers.by_status) == set(RunStatus)
    assert (numbers.by_status["succeeded"], numbers.by_status["skipped"]) == (2, 1)
    assert sum(numbers.by_status.values()) == 3
    assert (numbers.waits, numbers.durations) == (Spread(0, 40), Spread(100, 300))
