"""Step budgets suggested from the schedules whose targets do similar work."""

import pytest

from chalicelib.domain.outlook.budget import rounded_up, suggest
from tests.builders import a_schedule


@pytest.mark.parametrize(
    ("steps", "shown"), [(0.2, 1), (9, 9), (99.1, 100), (101, 110), (1234, 1300), (99_500, 100_000)]
)
def test_budgets_are_round_and_never_less(steps: float, shown: int) -> None:
    assert rounded_up(steps) == shown


def test_the_suggestion_is_twice_what_the_most_demanding_takes() -> None:
    similar = [
        a_schedule(schedule_id="A", name="Small", average_steps=10.0),
        a_schedule(schedule_id="B", name="Large", average_steps=55.5),
        a_schedule(schedule_id="D"),
    ]
    suggestion = suggest(similar)
    assert suggestion.max_steps == 120
    assert [each.schedule_id for each in suggestion.similar] == ["B", "A"]
    assert suggestion.explanation.startswith("2 times the 55.5 steps that “Large” takes on average")


def test_without_schedules_that_counted_steps_there_is_none_and_it_says_so() -> None:
    suggestion = suggest([a_schedule()])
    assert suggestion.max_steps is None
    assert "yet" in suggestion.explanation


def test_a_suggestion_stays_within_what_may_be_set() -> None:
    assert suggest([a_schedule(average_steps=900_000.0)]).max_steps == 1_000_000
