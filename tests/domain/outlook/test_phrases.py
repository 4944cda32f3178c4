"""Durations, counts and lists as sentences have them."""

from datetime import timedelta

import pytest

from chalicelib.domain.outlook.phrases import counted, listed, spoken


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (90_000, "1 d 1 h"),
        (86_401, "1 d 1 s"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
    ],
)
def test_lists_name_three_at_most(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_one_is_not_many() -> None:
    assert (counted(1, "run"), counted(2, "run"), counted(0, "run")) == (
        "1 run",
        "2 runs",
        "0 runs",
    )
