"""What an expression must not look like, and what the answer says about it."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cron_text import MAX_LENGTH, parse

ALLOWED = {
    "minute": "0-59",
    "hour": "0-23",
    "day of month": "1-31, L (the last day)",
    "month": "1-12 or JAN-DEC",
    "day of week": "0-7 or SUN-SAT",
}
COLUMNS = tuple(ALLOWED)


def messages(expression: str) -> list[str]:
    with pytest.raises(InvalidFields) as refused:
        parse(expression)
    assert {error.field for error in refused.value.errors} == {"cadence.expression"}
    return [error.message for error in refused.value.errors]


def with_column(name: str, text: str) -> str:
    return " ".join(text if name == each else "*" for each in COLUMNS)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    "text",
    [
        *("-1", "99", "+1", "1.5", "0x1", "1_0", "ABC", "JANUARY", "1e1"),
        *("5-1", "2-1/1", "1--5", "1-", "-5", "1-2-3", "1-99", "99-100"),
        *("*/0", "1-5/0", "*/00", "*/", "*/-1", "*/x", "/2", "1//2", "*/2/2", "**", "*5", "*-5"),
        *(",", "1,", ",1", "1,,2", ",,"),
        *("R", "R/5", "R(1-5)", "H", "h", "H/5", "H(1-5)/2", "?", "?/2", "1?", "W", "LW", "1W"),
        *("#", "1#", "#1", "1##1", "1#0", "1#6", "1#1#1", "*#1", "1/2#1", "L/2", "L-1", "LL"),
        *("\u0661", "\uff11", "\u00b2", "\u00b9", "\u0967-5", "*/\u0662", "\u2217", "1\u00a02"),
        *("\u0406AN", "\u017fUN", "FR\u0130", "1\ud800"),
    ],
)
def test_a_column_refuses(column: str, text: str) -> None:
    (message,) = messages(with_column(column, text))
    assert message.startswith(f"{column} ")
    assert f"allowed are {ALLOWED[column]}" in message


@pytest.mark.parametrize(
    ("column", "below", "above"),
    [
        ("minute", None, "60"),
        ("hour", None, "24"),
        ("day of month", "0", "32"),
        ("month", "0", "13"),
        ("day of week", None, "8"),
    ],
)
def test_a_column_refuses_just_what_is_out_of_its_range(
    column: str, below: str | None, above: str
) -> None:
    for text in filter(None, (below, above)):
        assert "is not one of" in messages(with_column(column, text))[0]
    parse(with_column(column, str(int(above) - 1)))
    parse(with_column(column, str(int(below or -1) + 1)))


@pytest.mark.parametrize("text", ["L", "5L", "L5", "5#2", "MON", "JAN"])
@pytest.mark.parametrize("column", ["minute", "hour"])
def test_a_time_takes_no_days(column: str, text: str) -> None:
    messages(with_column(column, text))


@pytest.mark.parametrize("column", ["day of month", "month"])
@pytest.mark.parametrize("text", ["5L", "L5", "5#2", "MON"])
def test_only_the_day_of_week_takes_weekdays(column: str, text: str) -> None:
    messages(with_column(column, text))


@pytest.mark.parametrize("text", ["L", "MONL", "LMON", "5L-6", "5L#1", "5L/3", "8L", "L8", "55L"])
def test_the_day_of_week_takes_a_last_weekday_by_its_number_only(text: str) -> None:
    messages(with_column("day of week", text))


@pytest.mark.parametrize("text", ["SAT-SUN", "6-0", "FRI-MON", "7-1", "FRI-MON#1"])
def test_a_week_does_not_run_backwards_over_sunday(text: str) -> None:
    assert "runs backwards" in messages(with_column("day of week", text))[0]


@pytest.mark.parametrize(
    "expression",
    ["", " ", "*", "* * * *", "* * * * * *", "0 0 * * * 2026", "* * * * * * *", "0 0 1 1 * #x"],
)
def test_there_must_be_five_fields(expression: str) -> None:
    (message,) = messages(expression)
    assert "fields, where five are needed" in message
    for column, allowed in ALLOWED.items():
        assert f"{column} {allowed}" in message


@pytest.mark.parametrize("expression", ["@reboot", "@every 5m", "@", "@dailyy", "@ daily", "@5"])
def test_only_the_aliases_of_times_are_known(expression: str) -> None:
    (message,) = messages(expression)
    assert "is not known" in message
    assert "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually" in message


def test_an_alias_is_not_spelled_with_a_kelvin_sign() -> None:
    messages("@wee\u212aly")


@pytest.mark.parametrize("character", [chr(code) for code in (*range(9), *range(10, 32), 127, 133)])
def test_there_must_be_no_control_characters(character: str) -> None:
    for expression in (f"* * * *{character}*", f"*{character} * * * *", f"* * * * *{character}"):
        assert "control characters" in messages(expression)[0]


@pytest.mark.parametrize("separator", ["\u00a0", "\u2003", "\u3000", "\u200b", "\u2028"])
def test_only_spaces_and_tabs_separate_fields(separator: str) -> None:
    messages(separator.join("*****"))


def test_it_must_not_be_longer_than_256_characters() -> None:
    longest = "* * * * *".ljust(MAX_LENGTH)
    parse(longest)
    assert "more than 256" in messages(longest + " ")[0]


def test_every_wrong_field_is_named_at_once() -> None:
    named = [message.split(" '")[0] for message in messages("60 24 * 13 8")]
    assert named == ["minute", "hour", "month", "day of week"]


def test_a_message_does_not_repeat_a_long_text() -> None:
    assert all(len(message) < 400 for message in messages("9" * 200 + " * * * *"))


@given(st.text(max_size=300) | st.text("0123456789*/-,#L @ANJRH?", max_size=40))
@example("\ud800 * * * *")
def test_no_text_raises_anything_else(expression: str) -> None:
    with suppress(InvalidFields):
        parse(expression)


def test_a_refusal_says_all_that_the_column_takes() -> None:
    assert messages("* 24 * * *") == [
        "hour '24': '24' is not one of 0-23; allowed are 0-23, "
        "all (*), lists (1,2), ranges (1-5) and steps (*/2, 1-5/2)"
    ]
