"""What `make run` makes of the lines Lambdas write."""

import pytest

from infra.follow import readable
from infra.stack import LogLine


def line(text: str) -> LogLine:
    return LogLine(at_ms=1_772_323_200_000, function="Tick", stream="a", text=text)


def test_an_event_is_told_by_its_fields() -> None:
    said = readable(line('{"level": "info", "event": "tick_done", "fired": 2, "slot": null}'))
    assert said == "  00:00:00  Tick        tick_done      fired=2"


def test_what_is_not_as_it_should_be_stands_out() -> None:
    said = readable(line('{"level": "warning", "event": "slot_reaped", "slot": "000"}'))
    assert said == "  00:00:00  Tick        WARNING slot_reaped    slot=000"


def test_a_traceback_is_kept_whole() -> None:
    said = readable(line('{"level": "error", "event": "failed", "exception": "Trace\\n  x"}'))
    assert said == "  00:00:00  Tick        ERROR failed        \nTrace\n  x"


@pytest.mark.parametrize("text", ["Worker process died", '"no event"', '{"no": "event"}'])
def test_other_lines_are_told_as_they_are(text: str) -> None:
    assert readable(line(text)) == f"  00:00:00  Tick        {text}"


@pytest.mark.parametrize("text", ["START RequestId: 1", "END RequestId: 1", "REPORT x", ""])
def test_what_lambda_frames_an_invocation_with_is_left_out(text: str) -> None:
    assert readable(line(text)) is None


def test_metrics_and_the_ids_of_requests_are_not_for_people() -> None:
    metrics = '{"level": "info", "event": "metrics", "_aws": {}, "Fired": 1}'
    assert readable(LogLine(0, "Tick", "s", metrics)) is None
    told = readable(
        LogLine(0, "Tick", "s", '{"event": "tick_done", "request_id": "x", "fired": 1}')
    )
    assert told is not None
    assert told.endswith("tick_done      fired=1")
