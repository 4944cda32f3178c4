"""How people see things."""

import pytest

from baton_cli.text import clean, duration_text, local_text, seconds_of
from tests.api_client import Api
from tests.cli.conftest import Cli


def test_colours_are_for_terminals_that_want_them(cli: Cli, api: Api) -> None:
    api.create()
    # Another tool in this process may have said that it wants none.
    shown = cli.ok("schedules", "list", FORCE_COLOR="1", TERM="xterm", NO_COLOR=None)
    assert "\x1b[32mactive" in shown
    assert "\x1b[" not in cli.ok("schedules", "list", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1")
    assert "\x1b[" not in cli.ok("schedules", "list")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("1h30m", 5400)],
)
def test_spans_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-1h", "1h x", "1w"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (12, "12 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
    ],
)
def test_spans_are_told(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_text_for_terminals_keeps_its_letters() -> None:
    assert clean("Grüße, 日本 “x”") == "Grüße, 日本 “x”"
    assert clean("a\x1b[1m\r\n\tb\u202e", keep="\n\t") == "a\\x1b[1m\\r\n\tb\\u202e"


def test_what_is_no_instant_is_shown_as_it_is() -> None:
    assert (local_text(None, None), local_text("soon", None)) == ("–", "soon")
