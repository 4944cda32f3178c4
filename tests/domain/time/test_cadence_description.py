"""Cadences in plain English."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once, describe
from tests.domain.time.test_cron_properties import expressions

NOON = datetime(2026, 12, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * * *", "Every minute"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("@hourly", "Every hour"),
        ("@daily", "At 00:00"),
        ("30 2 * * *", "At 02:30"),
        ("0 3 * * 1-5", "At 03:00, on Monday to Friday"),
        ("0 3 * * 6-7", "At 03:00, on Saturday and Sunday"),
        ("0 3 1,15 * *", "At 03:00, on day 1 and 15 of the month"),
        ("0 3 1-7 * *", "At 03:00, on day 1 to 7 of the month"),
        ("0 3 L * *", "At 03:00, on the last day of the month"),
        (
            "0 3 1,L * *",
            "At 03:00, on day 1 of the month and on the last day of the month",
        ),
        ("0 3 * * 5L", "At 03:00, on the last Friday of the month"),
        (
            "0 3 * * 1,5#2,5L",
            "At 03:00, on Monday, the second Friday of the month and the last Friday of the month",
        ),
        ("0 3 29 2 *", "At 03:00, on day 29 of the month, only in February"),
        # The same fields joined by OR and by AND.
        ("0 3 1-7 * 1", "At 03:00, on day 1 to 7 of the month, or on Monday"),
        ("0 3 1-7 * */8,1", "At 03:00, on day 1 to 7 of the month, but only on Monday and Sunday"),
        ("0 3 13 * 0-6", "At 03:00"),
        # Steps that do not come round evenly are spelled out.
        ("*/25 * * * *", "At 0, 25, and 50 minutes past the hour"),
        ("*/90 * * * *", "Every hour"),
        ("*/10 5-7,9 * * *", "Every 10 minutes, in the hours 05, 06, 07 and 09"),
        ("*/15 */12 * * *", "Every 15 minutes, in the hours 00 and 12"),
        ("*/10 5-7 * * *", "Every 10 minutes, between 05:00 and 07:59"),
        ("0 */6 * * *", "Every 6 hours"),
        ("10-12 3 * * *", "Every minute between 03:10 and 03:12"),
        ("10,11 3 * * *", "At 10 and 11 minutes past the hour, at 03:00"),
        ("0 3 8,9,10 * *", "At 03:00, on day 8 to 10 of the month"),
        ("5 4 * 1-3 *", "At 04:05, January through March"),
        ("5 4 * */3 *", "At 04:05, every 3 months"),
        ("0 0 * * 1/3", "At 00:00, on Monday, Thursday and Sunday"),
        ("5-5 7-7 * * *", "At 07:05"),
    ],
)
def test_a_cron_says_what_it_means(expression: str, words: str) -> None:
    assert describe(Cron(expression)) == f"{words} (UTC)"


def test_a_cron_names_its_zone() -> None:
    assert describe(Cron("0 3 * * *", "Europe/Berlin")) == "At 03:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        (Interval(60), "1 minute after the last run has ended"),
        (Interval(7200), "2 hours after the last run has ended"),
        (Interval(93_784), "1 day 2 hours 3 minutes 4 seconds after the last run has ended"),
        (Interval(5400), "1 hour 30 minutes after the last run has ended"),
        (Interval(3600, "grid"), "Every 1 hour, counted from 1970-01-01 00:00 UTC"),
        (Interval(86_401, "grid", NOON), "Every 1 day 1 second, counted from 2026-12-24 18:00 UTC"),
        (Once(NOON), "Once, at 2026-12-24 18:00 UTC"),
        (Once(NOON.replace(second=5)), "Once, at 2026-12-24 18:00:05 UTC"),
        (Manual(), "Only when somebody starts it"),
    ],
)
def test_the_others_say_what_they_mean(cadence: Cadence, words: str) -> None:
    assert describe(cadence) == words


@given(expressions)
def test_every_expression_has_a_description(expression: str) -> None:
    words = describe(Cron(expression))
    assert words.endswith(" (UTC)")
    assert "None" not in words and "*" not in words
