"""Log lines in storage: kept in order, read from any sequence number, removed in batches."""

from typing import Any

from chalicelib.store import log_table
from chalicelib.store.dynamodb.models import LogItem
from chalicelib.store.log_table import LogLine
from tests.builders import NOON, after
from tests.store.engines import Engine, Line


def a_line(sequence: int = 1, **changes: Any) -> LogLine:
    plain = {"run_id": "01RUN", "at": NOON, "level": "info", "message": f"line {sequence}"}
    return LogLine(**{**plain, "sequence": sequence, **changes})


def test_a_line_comes_back_as_it_was() -> None:
    full = a_line(
        at=after(0.123),
        level="warning",
        message="ünï\n\x00 \U0001f600",
        data={"ratio": 0.1, "nothing": None, "empty": "", "deep": [{"x": True}]},
        expires_at=after(86_400),
    )
    log_table.append([full])
    assert log_table.read("01RUN", after=0, limit=10) == ([full], 1)


def test_an_empty_message_is_kept() -> None:
    log_table.append([a_line(message="")])
    assert [line.message for line in log_table.every("01RUN")] == [""]


def test_lines_come_in_the_order_of_their_numbers_and_not_of_their_text() -> None:
    log_table.append(a_line(n) for n in (100, 9, 10, 1))
    lines, last = log_table.read("01RUN", 0, 10)
    assert [line.sequence for line in lines] == [1, 9, 10, 100]
    assert last == 100


def test_reading_goes_on_after_the_number_that_was_read_last() -> None:
    log_table.append(a_line(n) for n in range(1, 8))
    three = [a_line(n) for n in (3, 4, 5)]
    assert log_table.read("01RUN", after=2, limit=3) == (three, 5)
    assert log_table.read("01RUN", after=5, limit=3) == ([a_line(6), a_line(7)], 7)
    assert log_table.read("01RUN", after=7, limit=3) == ([], 7)


def test_more_lines_than_fit_a_batch_are_all_stored(line: Line) -> None:
    log_table.append(a_line(n) for n in range(1, 61))
    assert [each.sequence for each in log_table.every("01RUN")] == list(range(1, 61))
    assert line.count("BatchWriteItem") == 3


def test_no_lines_are_no_request(line: Line) -> None:
    log_table.append([])
    assert line.requests == []


def test_the_newest_number_is_that_of_the_last_line() -> None:
    log_table.append([a_line(9), a_line(10)])
    assert log_table.last_sequence("01RUN") == 10


def test_the_newest_number_of_a_run_without_lines_is_zero() -> None:
    log_table.append([a_line(run_id="01OTHER")])
    assert log_table.last_sequence("01RUN") == 0


def test_another_runs_lines_are_not_shown() -> None:
    log_table.append([a_line(), a_line(run_id="01RUN2", message="other")])
    assert log_table.read("01RUN", 0, 10) == ([a_line()], 1)
    assert [line.message for line in log_table.every("01RUN")] == ["line 1"]


def test_exactly_the_lines_named_are_removed() -> None:
    log_table.append([a_line(1), a_line(2), a_line(3), a_line(1, run_id="01OTHER")])
    log_table.delete([a_line(1), a_line(3)])
    assert [line.sequence for line in log_table.every("01RUN")] == [2]
    assert log_table.last_sequence("01OTHER") == 1


def test_the_same_line_stored_again_is_one_line() -> None:
    log_table.append([a_line()])
    log_table.append([a_line()])
    assert log_table.read("01RUN", 0, 10) == ([a_line()], 1)


def test_the_day_of_removal_is_a_number_of_seconds_as_ttl_wants_it(engine: Engine) -> None:
    log_table.append([a_line(expires_at=NOON)])
    assert engine.item(LogItem)["expires_at"] == {"N": "1772366400"}
