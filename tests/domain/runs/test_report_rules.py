"""What is kept of the values that jobs report, whatever they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from chalicelib.domain.runs import report_rules
from chalicelib.domain.runs.report_rules import LONGEST_REST, MOST_COUNT, ReportableReason
from chalicelib.domain.runs.run import FailureReason

NAN, INFINITE = float("nan"), float("inf")
BEYOND_FLOATS = 10**400
#: Python itself writes integers of so many digits as text no more.
UNSHOWABLE = pytest.param(10**5000, MOST_COUNT, True, id="10**5000")


class Integer:
    """As those of numpy: no `int`, and as good as one."""

    def __index__(self) -> int:
        return 3


class Unreadable:
    """Whatever is done with it, it raises."""

    def __str__(self) -> str:
        raise KeyboardInterrupt

    def __index__(self) -> int:
        raise KeyboardInterrupt

    def __float__(self) -> float:
        raise KeyboardInterrupt

    def __repr__(self) -> str:
        raise KeyboardInterrupt

    @property
    def __class__(self) -> Any:
        raise KeyboardInterrupt

    @__class__.setter
    def __class__(self, _value: Any) -> None: ...


@pytest.mark.parametrize(
    ("given", "kept", "is_wrong"),
    [
        (3, 3, False),
        (0, 0, False),
        (Integer(), 3, False),
        (MOST_COUNT, MOST_COUNT, False),
        (MOST_COUNT + 1, MOST_COUNT, True),
        UNSHOWABLE,
        (-1, 0, True),
        (-BEYOND_FLOATS, 0, True),
        (NAN, None, True),
        (INFINITE, None, True),
        (2.0, None, True),
        (True, None, True),
        ("3", None, True),
        (b"3", None, True),
        (None, None, True),
        ([3], None, True),
    ],
)
def test_a_count_is_an_integer_within_bounds(given: Any, kept: int | None, is_wrong: bool) -> None:
    judged = report_rules.count(given)
    assert (judged.kept, judged.fault is not None) == (kept, is_wrong)
    assert judged.kept is None or type(judged.kept) is int


@pytest.mark.parametrize(
    ("given", "kept", "is_wrong"),
    [
        (0.25, 0.25, False),
        (Decimal("0.25"), 0.25, False),
        (2, 2.0, False),
        (MOST_COUNT, float(MOST_COUNT), False),
        (1e300, float(MOST_COUNT), True),
        (-0.5, 0.0, True),
        (NAN, None, True),
        (Decimal("sNaN"), None, True),
        (INFINITE, None, True),
        (BEYOND_FLOATS, None, True),
        (-BEYOND_FLOATS, None, True),
        ("1", None, True),
        (b"1", None, True),
        (True, None, True),
        (1j, None, True),
        (None, None, True),
    ],
)
def test_an_amount_is_a_finite_number_within_bounds(
    given: Any, kept: float | None, is_wrong: bool
) -> None:
    judged = report_rules.amount(given)
    assert (judged.kept, judged.fault is not None) == (kept, is_wrong)


@pytest.mark.parametrize(
    ("given", "kept", "is_wrong"),
    [
        (90, timedelta(seconds=90), False),
        (0.5, timedelta(seconds=0.5), False),
        (timedelta(seconds=90), timedelta(seconds=90), False),
        (0, timedelta(0), False),
        (86_400, LONGEST_REST, False),
        (86_401, LONGEST_REST, True),
        (timedelta.max, LONGEST_REST, True),
        (INFINITE, LONGEST_REST, True),
        (BEYOND_FLOATS, LONGEST_REST, True),
        (-1, timedelta(0), True),
        (timedelta.min, timedelta(0), True),
        (-BEYOND_FLOATS, timedelta(0), True),
        (NAN, None, True),
        ("90", None, True),
        (True, None, True),
        ([], None, True),
    ],
)
def test_a_rest_is_a_day_at_most(given: Any, kept: timedelta | None, is_wrong: bool) -> None:
    judged = report_rules.rest(given)
    assert (judged.kept, judged.fault is not None) == (kept, is_wrong)


@pytest.mark.parametrize(
    "given", ["bored", "ERROR", "", None, 7, [], True, FailureReason.LEASE_EXPIRED, "never_started"]
)
def test_no_other_reason_may_be_given(given: Any) -> None:
    assert report_rules.reason(given).kept is None


@pytest.mark.parametrize("given", get_args(ReportableReason))
def test_a_reason_may_be_given_by_name(given: str) -> None:
    assert report_rules.reason(given) == report_rules.Judged(FailureReason(given))
    assert report_rules.reason(FailureReason(given)) == report_rules.reason(given)


def test_all_reasons_may_be_given_but_those_that_baton_finds() -> None:
    found = {FailureReason.LEASE_EXPIRED, FailureReason.NEVER_STARTED}
    assert set(get_args(ReportableReason)) == set(FailureReason) - found


@pytest.mark.parametrize(
    ("given", "kept", "is_wrong"),
    [
        ("all of it", "all of it", False),
        ("", "", False),
        ("half \ud800", "half ?", False),
        ("x" * 4096, "x" * 4096, False),
        ("x" * 10**6, "x" * 4093 + "…", False),
        ("ü" * 2049, "ü" * 2046 + "…", False),
        (b"all", "b'all'", True),
        (3, "3", True),
        (NAN, "nan", True),
        pytest.param(10**5000, "(int without a readable text)", True, id="10**5000"),
    ],
)
def test_a_text_is_cut_to_what_can_be_kept(given: Any, kept: str, is_wrong: bool) -> None:
    judged = report_rules.text(given)
    assert (judged.kept, judged.fault is not None) == (kept, is_wrong)


def test_an_object_that_raises_whatever_is_done_is_left_out() -> None:
    unreadable = Unreadable()
    for judge in (report_rules.count, report_rules.amount, report_rules.rest, report_rules.reason):
        assert judge(unreadable).kept is None
    assert report_rules.text(unreadable).kept == "(Unreadable without a readable text)"
    assert report_rules.as_shown(unreadable) == "(Unreadable)"
